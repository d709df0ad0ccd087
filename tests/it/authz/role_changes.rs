//! Roles and calls that are under way: what a caller has is read again before anything changes, for both who take part.

use oauth_registry::authz::{CreateRole, DeleteOauthApp, DeleteRole, Denied, Permit, UpdateRole};
use oauth_registry::domain::invalid::Violations;
use oauth_registry::domain::patch::Patch;
use oauth_registry::domain::role::{OwnRole, RoleDraft, RolePatch};
use oauth_registry::domain::stamp::Expected;
use oauth_registry::proto::{self, Role};
use oauth_registry::service::{Error, Mode, NewRole, RoleUpdate};

use super::{once, permit, set};
use crate::harness::on_both_backends;
use crate::harness::server::{SYSTEM, TestServer};

async fn describe(server: &TestServer, permit: &Permit<UpdateRole>, role: &str) -> Result<OwnRole, Error> {
    let update = RoleUpdate {
        id: role.parse().unwrap(),
        expected: Expected::Any,
        patch: RolePatch { description: Patch::Set("New".to_owned()), ..Default::default() },
        tenant_id: None,
        violations: Violations::new(),
    };
    server.registry.update_role(permit, update, Mode::ValidateOnly).await
}

fn is_self_change(answer: &Result<OwnRole, Error>) -> bool {
    matches!(answer, Err(Error::Denied(Denied::SelfChange)))
}

on_both_backends! {
    async fn nobody_changes_a_role_that_the_user_has_for_whom_they_act_nor_one_that_they_have_themselves(server: TestServer) {
        let admin = server.admin();
        let tenant = admin.new_tenant("Alpha").await;
        let theirs = admin.new_role(&tenant, "Theirs", &set(&[11, 19])).await;
        let nobodys = admin.new_role(&tenant, "Of nobody", &set(&[11])).await;
        let subject = admin.new_holder(&tenant, "subject", &[&theirs]).await;
        let mine = admin.new_role(SYSTEM, "Mine", &set(&[12])).await;
        let actor = admin.new_holder(SYSTEM, "actor", &[&mine]).await;
        let token = admin.new_key(&actor, &set(&[12])).await.token().unwrap().to_owned();
        let for_subject = permit::<UpdateRole>(&server, &token, Some(&subject)).await;
        assert!(is_self_change(&describe(&server, &for_subject, &theirs).await));
        describe(&server, &for_subject, &nobodys).await.unwrap();
        describe(&server, &permit(&server, &token, None).await, &theirs).await.unwrap();
        let other = admin.new_user(SYSTEM, "other", &set(&[12])).await;
        let for_other = permit::<UpdateRole>(&server, &token, Some(&other)).await;
        assert!(is_self_change(&describe(&server, &for_other, &mine).await), "the actor has it");
        describe(&server, &for_other, &theirs).await.unwrap();
    }

    async fn a_role_that_the_caller_got_after_the_decision_is_one_that_they_have(server: TestServer) {
        let admin = server.admin();
        let role = admin.new_role(SYSTEM, "Role", &set(&[28])).await;
        let user = admin.new_user(SYSTEM, "editor", &set(&[12])).await;
        let token = admin.new_key(&user, &set(&[12])).await.token().unwrap().to_owned();
        let permit = permit::<UpdateRole>(&server, &token, None).await;
        let ids = [SYSTEM, &user, &role].map(|id| server.sql_id(id)).join(", ");
        server.execute(&format!("INSERT INTO user_role (tenant_id, user_id, role_id) VALUES ({ids})")).await;
        assert!(is_self_change(&describe(&server, &permit, &role).await));
    }

    async fn a_permission_that_a_role_lost_after_the_decision_stops_its_holders(server: TestServer) {
        let admin = server.admin();
        let role = admin.new_role(SYSTEM, "Role", &set(&[11, 17, 19, 20, 28])).await;
        let other = admin.new_role(SYSTEM, "Other", &set(&[11])).await;
        let app = admin.new_app(SYSTEM, "App").await.id;
        let user = admin.new_holder(SYSTEM, "holder", &[&role]).await;
        let token = admin.new_key(&user, &set(&[11, 17, 19, 20, 28])).await.token().unwrap().to_owned();
        let delete_app = permit::<DeleteOauthApp>(&server, &token, None).await;
        let create = permit::<CreateRole>(&server, &token, None).await;
        let update = permit::<UpdateRole>(&server, &token, None).await;
        let delete = permit::<DeleteRole>(&server, &token, None).await;
        let lowered = Role { id: role, permissions: vec![1009], ..Default::default() };
        let lowered = proto::UpdateRoleRequest { role: Some(lowered), ..Default::default() };
        admin.roles().update_role(lowered).await.unwrap();
        let registry = &server.registry;
        let draft = RoleDraft { name: Some("New".to_owned()), description: None, permissions: vec![11] };
        let new = NewRole { tenant_id: None, draft, violations: Violations::new() };
        let target = (other.parse().unwrap(), &Expected::Any);
        let failures = [
            registry.delete_oauth_app(&delete_app, (app.parse().unwrap(), &Expected::Any), Mode::Store).await.unwrap_err(),
            registry.create_role(&create, new, &once()).await.unwrap_err(),
            describe(&server, &update, &other).await.unwrap_err(),
            registry.delete_role(&delete, target, Mode::Store).await.unwrap_err(),
        ];
        for error in failures {
            assert!(matches!(error, Error::ConcurrentChange), "{error:?}");
        }
    }
}
