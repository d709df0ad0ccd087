//! What is taken away between the decision and the transaction stops the change.

use oauth_registry::authz::{
    CreateTenant, CreateUser, DeleteOauthApp, DeleteTenant, DeleteUser, RevealOauthAppSecret, RevokeApiKey, SuspendTenant,
    SuspendUser, UpdateTenant, UpdateUser,
};
use oauth_registry::domain::id::{TenantId, UserId};
use oauth_registry::domain::invalid::Violations;
use oauth_registry::domain::patch::Patch;
use oauth_registry::domain::stamp::Expected;
use oauth_registry::domain::tenant::{TenantDraft, TenantPatch};
use oauth_registry::domain::user::{UserDraft, UserKind, UserPatch};
use oauth_registry::service::{Error, Mode, NewUser, TenantDeletion, TenantUpdate, UserUpdate};

use super::world::World;
use super::{once, permit, set};
use crate::harness::on_both_backends;
use crate::harness::server::SYSTEM;

on_both_backends! {
    async fn a_permission_that_was_taken_away_after_the_decision_stops_every_change(server: TestServer) {
        let world = World::new(server).await;
        let user = world.admin.new_user(SYSTEM, "soon-less", &set(&[12, 1006])).await;
        let token = world.admin.new_key(&user, &set(&[12, 1006])).await.token().unwrap().to_owned();
        let failures = tried(&world, &token, "UPDATE user_account SET permissions = '11,28,1006'", &user).await;
        for error in failures {
            assert!(matches!(error, Error::ConcurrentChange), "{error:?}");
        }
    }

    async fn a_user_who_was_suspended_after_the_decision_changes_nothing(server: TestServer) {
        let world = World::new(server).await;
        let user = world.admin.new_user(SYSTEM, "soon-gone", &set(&[12, 1006])).await;
        let token = world.admin.new_key(&user, &set(&[12, 1006])).await.token().unwrap().to_owned();
        let failures = tried(&world, &token, "UPDATE user_account SET status = 'suspended'", &user).await;
        for error in failures {
            assert!(matches!(error, Error::Unauthenticated(_)), "{error:?}");
        }
    }
}

/// Gets a permit for each kind of change, then runs the statement on the user, then tries each change.
async fn tried(world: &World, token: &str, statement: &str, user: &str) -> [Error; 11] {
    let server = &world.server;
    let create_tenant = permit::<CreateTenant>(server, token, None).await;
    let create_user = permit::<CreateUser>(server, token, None).await;
    let delete_app = permit::<DeleteOauthApp>(server, token, None).await;
    let reveal = permit::<RevealOauthAppSecret>(server, token, None).await;
    let revoke = permit::<RevokeApiKey>(server, token, None).await;
    let update_tenant = permit::<UpdateTenant>(server, token, None).await;
    let suspend_tenant = permit::<SuspendTenant>(server, token, None).await;
    let delete_tenant = permit::<DeleteTenant>(server, token, None).await;
    let spare = server.sql_id(&world.alpha.spare);
    assert_eq!(server.execute(&format!("UPDATE tenant SET status = 'suspended' WHERE id = {spare}")).await, 1);
    let (alpha, spare) = (world.alpha.tenant.parse().unwrap(), world.alpha.spare.parse().unwrap());
    let deletion = TenantDeletion { id: spare, expected: Expected::Any, force: true };
    let update_user = permit::<UpdateUser>(server, token, None).await;
    let suspend_user = permit::<SuspendUser>(server, token, None).await;
    let delete_user = permit::<DeleteUser>(server, token, None).await;
    assert_eq!(server.execute(&format!("{statement} WHERE id = {}", server.sql_id(user))).await, 1);
    let registry = &server.registry;
    let app = world.alpha.app.parse().unwrap();
    let user = world.alpha.user.parse().unwrap();
    let tenant = TenantDraft { name: Some("Another".to_owned()), ..Default::default() };
    [
        registry.create_tenant(&create_tenant, (tenant, Violations::new()), &once()).await.unwrap_err(),
        registry.create_user(&create_user, new_user(), &once()).await.unwrap_err(),
        registry.delete_oauth_app(&delete_app, (app, &Expected::Any), Mode::Store).await.unwrap_err(),
        registry.reveal_oauth_app_secret(&reveal, (app, "to test it", &Expected::Any)).await.unwrap_err(),
        registry.revoke_api_key(&revoke, world.alpha.api_key.parse().unwrap(), &Expected::Any).await.unwrap_err(),
        registry.update_tenant(&update_tenant, described(alpha), Mode::Store).await.unwrap_err(),
        registry.suspend_tenant(&suspend_tenant, (alpha, &Expected::Any)).await.unwrap_err(),
        registry.delete_tenant(&delete_tenant, &deletion, Mode::Store).await.unwrap_err(),
        registry.update_user(&update_user, renamed(user), Mode::Store).await.unwrap_err(),
        registry.suspend_user(&suspend_user, (user, &Expected::Any)).await.unwrap_err(),
        registry.delete_user(&delete_user, (user, &Expected::Any), Mode::Store).await.unwrap_err(),
    ]
}

fn renamed(id: UserId) -> UserUpdate {
    let patch = UserPatch { display_name: Patch::Set("Another".to_owned()), ..Default::default() };
    UserUpdate { id, expected: Expected::Any, patch, tenant_id: None, kind: None, violations: Violations::new() }
}

fn new_user() -> NewUser {
    let draft = UserDraft { kind: Some(UserKind::ServiceAccount), login_name: Some("newcomer".to_owned()), ..Default::default() };
    NewUser { tenant_id: None, draft, initial_password: None, violations: Violations::new() }
}

fn described(id: TenantId) -> TenantUpdate {
    let patch = TenantPatch { description: Patch::Set("Another".to_owned()), ..Default::default() };
    TenantUpdate { id, expected: Expected::Any, patch, violations: Violations::new() }
}
