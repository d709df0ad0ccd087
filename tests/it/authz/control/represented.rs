//! Whoever acts for somebody changes neither of the two.

use oauth_registry::authz::{DeleteUser, Denied, SuspendUser, UpdateUser};
use oauth_registry::domain::id::UserId;
use oauth_registry::domain::invalid::Violations;
use oauth_registry::domain::patch::Patch;
use oauth_registry::domain::stamp::Expected;
use oauth_registry::domain::user::UserPatch;
use oauth_registry::service::{Error, Mode, UserUpdate};

use super::super::{permit, set};
use super::CONTROL;
use crate::harness::on_both_backends;
use crate::harness::server::SYSTEM;

fn change(id: UserId, patch: UserPatch) -> UserUpdate {
    UserUpdate { id, expected: Expected::Any, patch, tenant_id: None, kind: None, violations: Violations::new() }
}

fn renamed(id: UserId) -> UserUpdate {
    change(id, UserPatch { display_name: Patch::Set("Another".to_owned()), ..Default::default() })
}

fn is<T: std::fmt::Debug>(answer: Result<T, Error>, denied: &Denied) {
    let error = answer.unwrap_err();
    assert!(matches!(&error, Error::Denied(found) if found == denied), "{error:?}");
}

on_both_backends! {
    async fn neither_the_actor_nor_the_represented_user_loses_status_or_grants(server: TestServer) {
        let admin = server.admin();
        let actor = admin.new_user(SYSTEM, "actor", &set(&[12])).await;
        let token = admin.new_key(&actor, &set(&[12])).await.token().unwrap().to_owned();
        let subject = admin.new_user(SYSTEM, "subject", &set(&[12])).await;
        let suspend = permit::<SuspendUser>(&server, &token, Some(&subject)).await;
        let delete = permit::<DeleteUser>(&server, &token, Some(&subject)).await;
        let update = permit::<UpdateUser>(&server, &token, Some(&subject)).await;
        let registry = &server.registry;
        for id in [&actor, &subject].map(|id| id.parse::<UserId>().unwrap()) {
            is(registry.suspend_user(&suspend, (id, &Expected::Any)).await, &Denied::SelfChange);
            is(registry.delete_user(&delete, (id, &Expected::Any), Mode::Store).await, &Denied::SelfChange);
            let less = UserPatch { permissions: Patch::Clear, ..Default::default() };
            is(registry.update_user(&update, change(id, less), Mode::Store).await, &Denied::SelfChange);
        }
    }

    async fn the_names_of_a_represented_user_need_all_that_the_user_holds(server: TestServer) {
        let admin = server.admin();
        let tenant = admin.new_tenant("Alpha").await;
        let subject = admin.new_user(&tenant, "subject", &set(&CONTROL)).await;
        let id: UserId = subject.parse().unwrap();
        let delegate = admin.new_user(SYSTEM, "delegate", &set(&[11, 15, 21])).await;
        admin.add_administrator(&tenant, &delegate).await;
        let weaker = admin.new_key(&delegate, &set(&[11, 15, 21])).await.token().unwrap().to_owned();
        let update = permit::<UpdateUser>(&server, &weaker, Some(&subject)).await;
        is(server.registry.update_user(&update, renamed(id), Mode::Store).await, &Denied::ExceedsCaller);
        let update = permit::<UpdateUser>(&server, server.admin_token(), Some(&subject)).await;
        let user = server.registry.update_user(&update, renamed(id), Mode::Store).await.unwrap();
        assert_eq!(user.display_name.unwrap().as_str(), "Another");
    }
}
