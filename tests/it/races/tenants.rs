//! Suspensions and deletions of tenants against everything that goes on in them.

use oauth_registry::proto::{self, Permission};
use tonic::Status;

use super::{all_at_once, outcomes};
use crate::harness::caller::{Caller, sample_app};
use crate::harness::on_both_backends;
use crate::harness::raw::Raw;
use crate::harness::server::TestServer;

/// What is answered to work in a tenant that is being suspended or deleted; nothing else is.
const FATES: [&str; 4] =
    ["OK", "Unauthenticated INVALID_CREDENTIAL", "FailedPrecondition TENANT_SUSPENDED", "NotFound RESOURCE_NOT_FOUND"];

async fn new_app(caller: Caller, tenant: String, number: usize) -> Result<(), Status> {
    let app = proto::OauthApp { tenant_id: Some(tenant), ..sample_app(&format!("App {number}")) };
    let client_secret = Some("s3cret".to_owned());
    let request = proto::CreateOauthAppRequest { oauth_app: Some(app), client_secret, ..Default::default() };
    caller.apps().create_oauth_app(request).await.map(drop)
}

async fn new_user(caller: Caller, tenant: String, number: usize) -> Result<(), Status> {
    let user = proto::User {
        tenant_id: Some(tenant),
        kind: proto::UserKind::ServiceAccount.into(),
        login_name: Some(format!("user-{number}")),
        ..Default::default()
    };
    let request = proto::CreateUserRequest { user: Some(user), ..Default::default() };
    caller.users().create_user(request).await.map(drop)
}

async fn suspend(caller: &Caller, tenant_id: &str) -> Result<(), Status> {
    let request = proto::SuspendTenantRequest { tenant_id: tenant_id.to_owned(), ..Default::default() };
    caller.tenants().suspend_tenant(request).await.map(drop)
}

async fn delete(caller: &Caller, tenant_id: &str) -> Result<(), Status> {
    let request = proto::DeleteTenantRequest { tenant_id: tenant_id.to_owned(), force: true, ..Default::default() };
    caller.tenants().delete_tenant(request).await.map(drop)
}

async fn apps(server: &TestServer, tenant: &str) -> i64 {
    let raw = Raw::of(server).await;
    raw.count("oauth_app", &format!("tenant_id = {}", raw.id(tenant))).await
}

async fn describe(caller: Caller, (id, etag): (String, String), number: usize) -> Result<(), Status> {
    let tenant = Some(proto::Tenant { id, etag, description: Some(format!("by {number}")), ..Default::default() });
    let request = proto::UpdateTenantRequest { tenant, ..Default::default() };
    caller.tenants().update_tenant(request).await.map(drop)
}

on_both_backends! {
    async fn many_updates_of_a_tenant_all_succeed_and_of_those_with_one_etag_one(server: TestServer) {
        let admin = server.admin();
        let tenant = admin.new_tenant("Acme").await;
        let counted = all_at_once(64, |number| describe(admin.clone(), (tenant.clone(), String::new()), number)).await;
        assert_eq!(counted, outcomes(&[("OK", 64)]));
        let request = proto::GetTenantRequest { tenant_id: tenant.clone() };
        let etag = admin.tenants().get_tenant(request).await.unwrap().into_inner().tenant.unwrap().etag;
        assert_eq!(etag, format!("v{:x}", 65), "one version for each change");
        let counted = all_at_once(32, |number| describe(admin.clone(), (tenant.clone(), etag.clone()), 100 + number)).await;
        assert_eq!(counted, outcomes(&[("OK", 1), ("Aborted ETAG_MISMATCH", 31)]));
    }

    async fn what_a_tenant_makes_is_made_before_its_suspension_is_answered(server: TestServer) {
        let server = std::sync::Arc::new(server);
        let admin = server.admin();
        for round in 0..4 {
            let tenant = admin.new_tenant(&format!("Tenant {round}")).await;
            let resident = admin.new_caller(&tenant, "resident", &[Permission::MgmtApi, Permission::Oauth]).await;
            let counted = all_at_once(24, |number| {
                let (server, admin, resident, tenant) = (server.clone(), admin.clone(), resident.clone(), tenant.clone());
                async move {
                    if number != 12 {
                        return new_app(if number % 2 == 0 { admin } else { resident }, tenant, number).await;
                    }
                    suspend(&admin, &tenant).await?;
                    let at_once = apps(&server, &tenant).await;
                    // Whoever was still at work would show up until a call that began now has ended.
                    for _ in 0..3 {
                        new_app(resident.clone(), tenant.clone(), 100).await.unwrap_err();
                        assert_eq!(apps(&server, &tenant).await, at_once);
                    }
                    Ok(())
                }
            })
            .await;
            assert!(counted.keys().all(|outcome| FATES[..3].contains(&outcome.as_str())), "{counted:?}");
            assert_eq!(apps(&server, &tenant).await, i64::try_from(counted["OK"]).unwrap() - 1);
        }
    }

    async fn a_deletion_amid_creations_leaves_no_orphan_and_nothing_half_done(server: TestServer) {
        let admin = server.admin();
        for round in 0..4 {
            let tenant = admin.new_tenant(&format!("Tenant {round}")).await;
            let resident = admin.new_caller(&tenant, "resident", &[Permission::MgmtApi, Permission::Oauth]).await;
            let counted = all_at_once(24, |number| {
                let (admin, resident, tenant) = (admin.clone(), resident.clone(), tenant.clone());
                async move {
                    match number {
                        8 => {
                            suspend(&admin, &tenant).await?;
                            delete(&admin, &tenant).await
                        }
                        _ if number % 3 == 0 => new_user(admin, tenant, number).await,
                        _ if number % 3 == 1 => new_app(admin, tenant, number).await,
                        _ => new_app(resident, tenant, number).await,
                    }
                }
            })
            .await;
            assert!(counted.keys().all(|outcome| FATES.contains(&outcome.as_str())), "{counted:?}");
            let raw = Raw::of(&server).await;
            let id = raw.id(&tenant);
            for table in ["user_account", "oauth_app", "api_key", "secret_version", "tenant_key", "tenant_administrator"] {
                assert_eq!(raw.count(table, &format!("tenant_id = {id}")).await, 0, "{table}");
            }
            assert_eq!(raw.count("tenant", &format!("id = {id}")).await, 0);
        }
    }

    async fn of_many_deletions_of_a_tenant_one_succeeds(server: TestServer) {
        let admin = server.admin();
        let tenant = admin.new_tenant("Acme").await;
        admin.new_app(&tenant, "App").await;
        suspend(&admin, &tenant).await.unwrap();
        let counted = all_at_once(16, |_| {
            let (admin, tenant) = (admin.clone(), tenant.clone());
            async move { delete(&admin, &tenant).await }
        })
        .await;
        assert_eq!(counted, outcomes(&[("OK", 1), ("NotFound RESOURCE_NOT_FOUND", 15)]));
        let told = "method = 'oauthregistry.v1.TenantService/DeleteTenant' AND decision = 'allowed'";
        assert_eq!(Raw::of(&server).await.count("event", told).await, 1);
    }
}
