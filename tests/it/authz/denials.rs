//! Every denial is one event, in the caller's tenant and never in the target's.

use oauth_registry::proto::{self, EventDecision};

use super::set;
use super::world::World;
use crate::harness::caller::Caller;
use crate::harness::on_both_backends;
use crate::harness::server::SYSTEM;

on_both_backends! {
    async fn a_denial_is_one_event_in_the_callers_tenant(server: TestServer) {
        let world = World::new(server).await;
        let caller = world.admin.new_caller(&world.beta.tenant, "denied", &set(&[11])).await;
        let before = [&world.alpha, &world.beta, &world.system].map(|ids| ids.tenant.clone());
        let mut counts = Vec::new();
        for tenant in &before {
            counts.push(events(&world.admin, tenant).await.len());
        }
        let request = proto::GetOauthAppRequest { oauth_app_id: world.alpha.app.clone() };
        caller.apps().get_oauth_app(request).await.unwrap_err();
        let [target, own, system] = before.each_ref().map(|tenant| events(&world.admin, tenant));
        let (target, own, system) = (target.await, own.await, system.await);
        assert_eq!([target.len(), own.len(), system.len()], [counts[0], counts[1] + 1, counts[2]]);
        let event = own.last().unwrap();
        assert_eq!((event.decision(), event.error_reason.as_str()), (EventDecision::Denied, "MISSING_PERMISSION"));
        assert_eq!(event.method, "oauthregistry.v1.OauthAppService/GetOauthApp");
        assert_eq!(event.actor, format!("user:{}", caller.own_user_id().await));
        assert_eq!((event.resource_id.as_str(), event.related_id.as_str()), ("", ""), "the target was not looked at");
    }

    async fn a_denial_that_depends_on_a_row_is_one_event_in_the_callers_tenant(server: TestServer) {
        let world = World::new(server).await;
        let user = world.admin.new_user(SYSTEM, "delegate", &set(&[11, 13])).await;
        world.admin.add_administrator(&world.alpha.tenant, &user).await;
        let delegate = world.admin.new_key(&user, &set(&[11, 13])).await;
        let (target, own) = (events(&world.admin, &world.alpha.tenant).await.len(), events(&world.admin, SYSTEM).await.len());
        let user = proto::User {
            tenant_id: Some(world.alpha.tenant.clone()),
            kind: proto::UserKind::ServiceAccount.into(),
            login_name: Some("stronger".to_owned()),
            permissions: vec![28],
            ..Default::default()
        };
        let request = proto::CreateUserRequest { user: Some(user), ..Default::default() };
        delegate.users().create_user(request).await.unwrap_err();
        assert_eq!(events(&world.admin, &world.alpha.tenant).await.len(), target);
        let events = events(&world.admin, SYSTEM).await;
        assert_eq!(events.len(), own + 1);
        assert_eq!(events.last().unwrap().error_reason, "EXCEEDS_CALLER");
    }

    async fn an_unknown_caller_is_an_event_of_the_system_tenant(server: TestServer) {
        let world = World::new(server).await;
        let own = events(&world.admin, SYSTEM).await.len();
        let request = proto::GetOauthAppRequest { oauth_app_id: world.alpha.app.clone() };
        world.server.anonymous().apps().get_oauth_app(request).await.unwrap_err();
        let events = events(&world.admin, SYSTEM).await;
        assert_eq!(events.len(), own + 1);
        let event = events.last().unwrap();
        assert_eq!((event.decision(), event.actor.as_str()), (EventDecision::Unauthenticated, ""));
        assert_eq!(event.error_reason, "INVALID_CREDENTIAL");
    }

    async fn a_genuine_token_that_is_dead_is_an_event_of_its_users_tenant(server: TestServer) {
        let world = World::new(server).await;
        let user = world.admin.new_user(&world.beta.tenant, "suspended", &set(&[11])).await;
        let caller = world.admin.new_key(&user, &set(&[11])).await;
        let id = caller.callers().get_caller(proto::GetCallerRequest {}).await.unwrap().into_inner().api_key_id;
        let suspend = format!("UPDATE user_account SET status = 'suspended' WHERE id = {}", world.server.sql_id(&user));
        assert_eq!(world.server.execute(&suspend).await, 1);
        let counts = (events(&world.admin, &world.beta.tenant).await.len(), events(&world.admin, SYSTEM).await.len());
        caller.callers().get_caller(proto::GetCallerRequest {}).await.unwrap_err();
        let own = events(&world.admin, &world.beta.tenant).await;
        assert_eq!((own.len(), events(&world.admin, SYSTEM).await.len()), (counts.0 + 1, counts.1));
        let event = own.last().unwrap();
        assert_eq!((event.decision(), &event.api_key_id), (EventDecision::Unauthenticated, &id));
    }
}

async fn events(caller: &Caller, tenant: &str) -> Vec<proto::Event> {
    let request = proto::ListEventsRequest { tenant_id: Some(tenant.to_owned()), page_size: 500, ..Default::default() };
    caller.events().list_events(request).await.unwrap().into_inner().events
}
