//! Administrative access: given by holders of 12 alone, to users of the system tenant alone, never to oneself.

use oauth_registry::proto;

use super::{outcome, set};
use crate::harness::caller::Caller;
use crate::harness::on_both_backends;
use crate::harness::server::SYSTEM;

on_both_backends! {
    async fn access_is_for_users_of_the_system_tenant(server: TestServer) {
        let admin = server.admin();
        let (alpha, beta) = (admin.new_tenant("Alpha").await, admin.new_tenant("Beta").await);
        let child = admin.new_user(&beta, "child", &set(&[11, 28])).await;
        assert_eq!(added(&admin, &alpha, &child).await, "NOT_IN_SYSTEM_TENANT");
        assert_eq!(added(&admin, &beta, &child).await, "NOT_IN_SYSTEM_TENANT", "not even to their own");
        let user = admin.new_user(SYSTEM, "delegate", &set(&[11, 28])).await;
        assert_eq!(added(&admin, &alpha, &user).await, "OK");
    }

    async fn nobody_changes_their_own_access(server: TestServer) {
        let admin = server.admin();
        let tenant = admin.new_tenant("Alpha").await;
        let user = admin.new_user(SYSTEM, "twelve", &set(&[12])).await;
        let twelve = admin.new_key(&user, &set(&[12])).await;
        assert_eq!(added(&twelve, &tenant, &user).await, "SELF_CHANGE");
        admin.add_administrator(&tenant, &user).await;
        assert_eq!(removed(&twelve, &tenant, &user).await, "SELF_CHANGE");
    }

    async fn a_delegate_passes_no_access_on(server: TestServer) {
        let admin = server.admin();
        let tenant = admin.new_tenant("Alpha").await;
        let all = set(&[11, 13, 14, 15, 25, 28]);
        let user = admin.new_user(SYSTEM, "delegate", &all).await;
        admin.add_administrator(&tenant, &user).await;
        let delegate = admin.new_key(&user, &all).await;
        let other = admin.new_user(SYSTEM, "other", &set(&[11])).await;
        assert_eq!(added(&delegate, &tenant, &other).await, "MISSING_PERMISSION");
        assert_eq!(removed(&delegate, &tenant, &other).await, "MISSING_PERMISSION");
    }

    async fn only_a_holder_of_1006_controls_a_holder(server: TestServer) {
        let admin = server.admin();
        let tenant = admin.new_tenant("Alpha").await;
        let twelve = admin.new_caller(SYSTEM, "twelve", &set(&[12])).await;
        let holder = admin.new_user(SYSTEM, "holder", &set(&[11, 1006])).await;
        assert_eq!(added(&twelve, &tenant, &holder).await, "EXCEEDS_CALLER");
        admin.add_administrator(&tenant, &holder).await;
        assert_eq!(removed(&twelve, &tenant, &holder).await, "EXCEEDS_CALLER");
        assert_eq!(removed(&admin, &tenant, &holder).await, "OK");
    }

    async fn a_bound_key_makes_no_tenant_and_no_administrator(server: TestServer) {
        let admin = server.admin();
        let tenant = admin.new_tenant("Alpha").await;
        let strong = admin.new_user(SYSTEM, "strong", &set(&[12, 1006])).await;
        let candidate = admin.new_user(SYSTEM, "candidate", &set(&[11])).await;
        for bound_to in [tenant.as_str(), SYSTEM] {
            let key = proto::ApiKey {
                user_id: Some(strong.clone()),
                permissions: vec![12, 1006],
                tenant_id: Some(bound_to.to_owned()),
                ..Default::default()
            };
            let request = proto::CreateApiKeyRequest { api_key: Some(key), ..Default::default() };
            let secret = admin.api_keys().create_api_key(request).await.unwrap().into_inner().secret;
            let bound = server.caller(&secret);
            assert_eq!(added(&bound, &tenant, &candidate).await, "CREDENTIAL_REFUSED");
            assert_eq!(removed(&bound, &tenant, &candidate).await, "CREDENTIAL_REFUSED");
            let tenant = proto::Tenant { name: Some("Another".to_owned()), ..Default::default() };
            let request = proto::CreateTenantRequest { tenant: Some(tenant), ..Default::default() };
            assert_eq!(outcome(&bound.tenants().create_tenant(request).await), "CREDENTIAL_REFUSED");
        }
    }
}

async fn added(caller: &Caller, tenant: &str, user: &str) -> String {
    let request = proto::AddTenantAdministratorRequest { tenant_id: tenant.to_owned(), user_id: user.to_owned() };
    outcome(&caller.tenants().add_tenant_administrator(request).await)
}

async fn removed(caller: &Caller, tenant: &str, user: &str) -> String {
    let request = proto::RemoveTenantAdministratorRequest { tenant_id: tenant.to_owned(), user_id: user.to_owned() };
    outcome(&caller.tenants().remove_tenant_administrator(request).await)
}
