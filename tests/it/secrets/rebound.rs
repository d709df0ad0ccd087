//! Somebody who can write the database, but has no key, gains no secret and no other caller's identity: not by a row that is put back,
//! kept or renumbered, not by a key that is given to somebody else, and not by a user who is moved.

use oauth_registry::proto::{self, Permission};
use tonic::{Code, Status};

use crate::harness::caller::{Caller, PASSWORD, reason};
use crate::harness::on_both_backends;
use crate::harness::raw::Raw;
use crate::harness::server::{SYSTEM, TestServer};
use crate::secrets::reveal;

/// A server, and the database behind it.
struct Attack {
    raw: Raw,
    admin: Caller,
    tenant: String,
}

impl Attack {
    async fn on(server: &TestServer) -> Self {
        let admin = server.admin();
        Self { raw: Raw::of(server).await, tenant: admin.new_tenant("Acme").await, admin }
    }

    /// Copies the stored versions of an owner's secret aside.
    async fn copy(&self, owner: &str) {
        let owner = self.raw.id(owner);
        self.raw.run(&format!("CREATE TABLE aside AS SELECT * FROM secret_version WHERE owner_id = {owner}")).await;
    }

    /// Puts the copied rows back, beside what is stored now.
    async fn keep(&self) {
        assert_eq!(self.raw.run("INSERT INTO secret_version SELECT * FROM aside").await, 1);
    }

    /// Puts the copied rows back in the place of what is stored now.
    async fn put_back(&self, owner: &str) {
        let owner = self.raw.id(owner);
        assert_eq!(self.raw.run(&format!("DELETE FROM secret_version WHERE owner_id = {owner}")).await, 2);
        self.keep().await;
    }

    /// Gives the one stored row of an owner's secret another number.
    async fn renumber(&self, owner: &str, number: u8) {
        let owner = self.raw.id(owner);
        let change = format!("UPDATE secret_version SET secret_version = {number} WHERE owner_id = {owner}");
        assert_eq!(self.raw.run(&change).await, 1);
    }

    /// Says whether somebody gets in.
    async fn lets_in(&self, caller: &Caller) -> bool {
        match caller.callers().get_caller(proto::GetCallerRequest {}).await {
            Ok(_) => true,
            Err(status) => {
                assert_eq!((status.code(), reason(&status).as_str()), (Code::Unauthenticated, "INVALID_CREDENTIAL"));
                false
            }
        }
    }

    /// Returns kind, id, versions and actor of the events of secrets that did not open, in a tenant.
    async fn losses(&self, tenant: &str) -> Vec<(String, String, Vec<String>, String)> {
        // Refusals go the same way into the log and are waited for, so whatever went before has arrived.
        self.admin.with_token("nobody's").callers().get_caller(proto::GetCallerRequest {}).await.unwrap_err();
        let request = proto::ListEventsRequest { tenant_id: Some(tenant.to_owned()), page_size: 500, ..Default::default() };
        let events = self.admin.events().list_events(request).await.unwrap().into_inner().events;
        let failed = events.into_iter().filter(|event| event.decision() == proto::EventDecision::Failed);
        let told = failed.map(|event| {
            assert_eq!(event.error_reason, "SECRET_UNREADABLE");
            let versions = event.secret_versions.iter().map(ToString::to_string).collect();
            (event.resource_kind, event.resource_id, versions, event.actor)
        });
        told.collect()
    }
}

const ACTOR: &str = "system:record_data_loss";

fn is_lost(status: &Status) {
    assert_eq!((status.code(), reason(status).as_str()), (Code::DataLoss, "SECRET_UNREADABLE"), "{status:?}");
}

/// Registers an app, and replaces its secret `s3cret` by `second`.
async fn rotated_app(attack: &Attack) -> String {
    let app = attack.admin.new_app(&attack.tenant, "App").await.id;
    attack.copy(&app).await;
    let oauth_app = Some(proto::OauthApp { id: app.clone(), ..Default::default() });
    let request = proto::UpdateOauthAppRequest { oauth_app, client_secret: Some("second".to_owned()), ..Default::default() };
    attack.admin.apps().update_oauth_app(request).await.unwrap();
    app
}

on_both_backends! {
    async fn an_apps_old_secret_that_is_put_back_is_not_revealed(server: TestServer) {
        let attack = Attack::on(&server).await;
        let app = rotated_app(&attack).await;
        attack.keep().await;
        assert_eq!(reveal(&attack.admin, &app).await.unwrap().client_secret, "second", "a dead version's row is kept");
        attack.put_back(&app).await;
        is_lost(&reveal(&attack.admin, &app).await.unwrap_err());
        attack.renumber(&app, 2).await;
        is_lost(&reveal(&attack.admin, &app).await.unwrap_err());
        let lost = ("oauth_app".to_owned(), app, vec!["2".to_owned()], ACTOR.to_owned());
        assert_eq!(attack.losses(&attack.tenant).await, [lost], "one event for both, in the app's tenant");
    }

    async fn an_old_api_key_that_is_put_back_lets_nobody_in(server: TestServer) {
        let attack = Attack::on(&server).await;
        let old = attack.admin.new_caller(&attack.tenant, "robot", &[Permission::MgmtApi]).await;
        let id = old.callers().get_caller(proto::GetCallerRequest {}).await.unwrap().into_inner().api_key_id;
        attack.copy(&id).await;
        let request = proto::RotateApiKeyRequest { api_key_id: id.clone(), ..Default::default() };
        let rotated = attack.admin.api_keys().rotate_api_key(request).await.unwrap().into_inner().secret;
        let new = old.with_token(&rotated);
        // The old token's public id is put back too.
        let public_id = |caller: &Caller| caller.token().unwrap()[4..16].to_owned();
        let name = |caller: &Caller| format!("UPDATE api_key SET public_id = '{}' WHERE id = {}", public_id(caller), attack.raw.id(&id));
        attack.keep().await;
        attack.raw.run(&name(&old)).await;
        assert!(!attack.lets_in(&old).await, "a dead version's row is kept");
        attack.put_back(&id).await;
        assert!(!attack.lets_in(&old).await);
        attack.renumber(&id, 2).await;
        assert!(!attack.lets_in(&old).await);
        attack.raw.run(&name(&new)).await;
        assert!(!attack.lets_in(&new).await);
        let lost = ("api_key".to_owned(), id, vec!["2".to_owned()], ACTOR.to_owned());
        assert_eq!(attack.losses(&attack.tenant).await, [lost], "one event for all, in the key's tenant");
    }

    async fn an_old_password_that_is_put_back_lets_nobody_in(server: TestServer) {
        let attack = Attack::on(&server).await;
        let (id, old) = attack.admin.new_person(&attack.tenant, "jo", &[Permission::MgmtApi]).await;
        attack.copy(&id).await;
        let new_password = "another horse, another battery".to_owned();
        let request = proto::SetUserPasswordRequest { user_id: id.clone(), new_password: new_password.clone(), ..Default::default() };
        attack.admin.users().set_user_password(request).await.unwrap();
        let new = old.with_password(&new_password);
        attack.keep().await;
        assert!(!attack.lets_in(&old).await, "a dead version's row is kept");
        assert!(attack.lets_in(&new).await);
        attack.put_back(&id).await;
        assert!(!attack.lets_in(&old).await);
        attack.renumber(&id, 2).await;
        assert!(!attack.lets_in(&old.with_password(PASSWORD)).await);
        let lost = ("user".to_owned(), id, vec!["2".to_owned()], ACTOR.to_owned());
        assert_eq!(attack.losses(&attack.tenant).await, [lost]);
    }

    async fn a_key_that_is_given_to_another_user_lets_nobody_in(server: TestServer) {
        let attack = Attack::on(&server).await;
        let weak = attack.admin.new_caller(SYSTEM, "weak", &[Permission::MgmtApi]).await;
        let id = weak.callers().get_caller(proto::GetCallerRequest {}).await.unwrap().into_inner().api_key_id;
        let strong = attack.admin.own_user_id().await;
        let (key, user) = (attack.raw.id(&id), attack.raw.id(&strong));
        let theft = format!("UPDATE api_key SET user_id = {user}, permissions = '12,1006,1007' WHERE id = {key}");
        assert_eq!(attack.raw.run(&theft).await, 1);
        assert!(!attack.lets_in(&weak).await);
        assert_eq!(attack.losses(SYSTEM).await, [("api_key".to_owned(), id, vec!["1".to_owned()], ACTOR.to_owned())]);
    }

    async fn a_user_who_is_moved_to_another_tenant_is_nobody_there(server: TestServer) {
        let attack = Attack::on(&server).await;
        let caller = attack.admin.new_caller(&attack.tenant, "climber", &[Permission::MgmtApi]).await;
        let me = caller.callers().get_caller(proto::GetCallerRequest {}).await.unwrap().into_inner();
        let (key, user, system) =
            (attack.raw.id(&me.api_key_id), attack.raw.id(&me.user.unwrap().id), attack.raw.id(SYSTEM));
        let unbound = attack.raw.either("PRAGMA foreign_keys = OFF", "SET session_replication_role = replica");
        let moved = format!("{unbound}; UPDATE user_account SET tenant_id = {system}, permissions = '12' WHERE id = {user}");
        attack.raw.run(&moved).await;
        assert!(!attack.lets_in(&caller).await, "the key is of another tenant than its user");
        assert_eq!(attack.losses(&attack.tenant).await, [("api_key".to_owned(), me.api_key_id, vec![], ACTOR.to_owned())]);
        attack.raw.run(&format!("{unbound}; UPDATE api_key SET tenant_id = {system}, permissions = '12' WHERE id = {key}")).await;
        assert!(!attack.lets_in(&caller).await, "the secret stayed where it was");
        attack.raw.run(&format!("{unbound}; UPDATE secret_version SET tenant_id = {system} WHERE owner_id = {key}")).await;
        assert!(!attack.lets_in(&caller).await, "the secret is bound to its tenant");
        assert_eq!(attack.losses(SYSTEM).await.len(), 1);
    }

    async fn numbers_of_the_system_tenant_count_for_nobody_else(server: TestServer) {
        let attack = Attack::on(&server).await;
        let (id, caller) = attack.admin.new_person(&attack.tenant, "jo", &[Permission::MgmtApi]).await;
        let role = attack.admin.new_role(&attack.tenant, "Helper", &[Permission::ViewUsers]).await;
        let edits = [
            format!("UPDATE user_account SET permissions = '11,12,25,27,1010' WHERE id = {}", attack.raw.id(&id)),
            format!("UPDATE role SET permissions = '12,14,25,27,1010' WHERE id = {}", attack.raw.id(&role)),
            format!(
                "INSERT INTO user_role (tenant_id, user_id, role_id) VALUES ({}, {}, {})",
                attack.raw.id(&attack.tenant),
                attack.raw.id(&id),
                attack.raw.id(&role)
            ),
        ];
        for edit in edits {
            assert_eq!(attack.raw.run(&edit).await, 1);
        }
        let me = caller.callers().get_caller(proto::GetCallerRequest {}).await.unwrap().into_inner();
        assert_eq!(me.permissions, [11, 14]);
    }

    async fn the_database_lets_only_users_of_the_system_tenant_administer(server: TestServer) {
        let attack = Attack::on(&server).await;
        let user = attack.admin.new_user(&attack.tenant, "climber", &[]).await;
        let (tenant, user) = (attack.raw.id(&attack.tenant), attack.raw.id(&user));
        let columns = "tenant_id, user_tenant_id, user_id, create_time, create_actor";
        let edge = format!("INSERT INTO tenant_administrator ({columns}) VALUES ({tenant}, {tenant}, {user}, 1, 'x')");
        let refused = attack.raw.try_run(&edge).await.unwrap_err();
        assert!(refused.contains("CHECK constraint") || refused.contains("check constraint"), "{refused}");
    }

    async fn a_secrets_row_of_an_impossible_number_is_nobodys(server: TestServer) {
        let attack = Attack::on(&server).await;
        let caller = attack.admin.new_caller(&attack.tenant, "caller", &[Permission::MgmtApi]).await;
        let key = caller.callers().get_caller(proto::GetCallerRequest {}).await.unwrap().into_inner().api_key_id;
        attack.copy(&key).await;
        assert_eq!(attack.raw.run("UPDATE aside SET secret_version = 0").await, 1);
        attack.keep().await;
        assert!(attack.lets_in(&caller).await, "a row that no list names changes nothing");
    }

    async fn a_damaged_row_is_a_bug_that_tells_the_caller_nothing(server: TestServer) {
        let attack = Attack::on(&server).await;
        let app = attack.admin.new_app(&attack.tenant, "App").await.id;
        let damage = format!("UPDATE oauth_app SET secrets = '1;1:current' WHERE id = {}", attack.raw.id(&app));
        assert_eq!(attack.raw.run(&damage).await, 1);
        let request = proto::GetOauthAppRequest { oauth_app_id: app };
        let refused = attack.admin.apps().get_oauth_app(request).await.unwrap_err();
        assert_eq!((refused.code(), reason(&refused).as_str()), (Code::Internal, "INTERNAL"));
        assert!(!format!("{refused:?}").contains("secrets"));
    }
}
