//! What is taken away between the decision and the transaction stops the change.

use std::sync::Arc;

use oauth_registry::authz::{
    Action, CallInfo, Caller, CreateTenant, CreateUser, DeleteOauthApp, Permit, RevealOauthAppSecret, RevokeApiKey, authorize,
};
use oauth_registry::crypto::ParsedToken;
use oauth_registry::domain::id::RequestId;
use oauth_registry::domain::invalid::Violations;
use oauth_registry::domain::stamp::Expected;
use oauth_registry::domain::tenant::TenantDraft;
use oauth_registry::domain::user::{UserDraft, UserKind};
use oauth_registry::service::{Error, Mode, NewUser};

use super::set;
use super::world::World;
use crate::harness::on_both_backends;
use crate::harness::server::{SYSTEM, TestServer};

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
async fn tried(world: &World, token: &str, statement: &str, user: &str) -> [Error; 5] {
    let server = &world.server;
    let create_tenant = permit::<CreateTenant>(server, token).await;
    let create_user = permit::<CreateUser>(server, token).await;
    let delete_app = permit::<DeleteOauthApp>(server, token).await;
    let reveal = permit::<RevealOauthAppSecret>(server, token).await;
    let revoke = permit::<RevokeApiKey>(server, token).await;
    assert_eq!(server.execute(&format!("{statement} WHERE id = {}", server.sql_id(user))).await, 1);
    let registry = &server.registry;
    let app = world.alpha.app.parse().unwrap();
    let tenant = TenantDraft { name: Some("Another".to_owned()), ..Default::default() };
    [
        registry.create_tenant(&create_tenant, tenant, Mode::Store).await.unwrap_err(),
        registry.create_user(&create_user, new_user(), Mode::Store).await.unwrap_err(),
        registry.delete_oauth_app(&delete_app, (app, &Expected::Any), Mode::Store).await.unwrap_err(),
        registry.reveal_oauth_app_secret(&reveal, (app, "to test it", &Expected::Any)).await.unwrap_err(),
        registry.revoke_api_key(&revoke, world.alpha.api_key.parse().unwrap(), &Expected::Any).await.unwrap_err(),
    ]
}

async fn permit<A: Action>(server: &TestServer, token: &str) -> Permit<A> {
    let principal = server.registry.authenticate(&ParsedToken::parse(token).unwrap()).await.unwrap();
    let now = oauth_registry::domain::time::Clock::now(server.clock.as_ref());
    let request_id = RequestId::generate(now, server.registry.random.as_ref()).unwrap();
    authorize::<A>(Caller { principal: Arc::new(principal), call: CallInfo { request_id, peer: String::new() } }).unwrap()
}

fn new_user() -> NewUser {
    let draft = UserDraft { kind: Some(UserKind::ServiceAccount), login_name: Some("newcomer".to_owned()), ..Default::default() };
    NewUser { tenant_id: None, draft, initial_password: None, violations: Violations::new() }
}
