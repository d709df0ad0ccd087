//! A clock that steps back: what is written keeps its order, and what expires goes by the clock.

use std::sync::Arc;

use oauth_registry::domain::time::{Clock as _, Timestamp};
use oauth_registry::proto::{self, Permission};
use oauth_registry::service::WriteClock;
use prost_types::FieldMask;
use tonic::Code;

use crate::harness::caller::Caller;
use crate::harness::environment::TestClock;
use crate::harness::log::warned_by;
use crate::harness::on_both_backends;
use crate::rpc::assert_refused;

const HOUR: i64 = 3_600;

fn micros(time: Option<prost_types::Timestamp>) -> i64 {
    let prost_types::Timestamp { seconds, nanos } = time.unwrap();
    seconds * 1_000_000 + i64::from(nanos) / 1_000
}

async fn describe(caller: &Caller, app: &proto::OauthApp, description: &str) -> proto::OauthApp {
    let app = proto::OauthApp { id: app.id.clone(), description: Some(description.to_owned()), ..Default::default() };
    let update_mask = Some(FieldMask { paths: vec!["description".to_owned()] });
    let request = proto::UpdateOauthAppRequest { oauth_app: Some(app), update_mask, ..Default::default() };
    caller.apps().update_oauth_app(request).await.unwrap().into_inner().oauth_app.unwrap()
}

async fn app_names(caller: &Caller, tenant: &str) -> Vec<String> {
    let request = proto::ListOauthAppsRequest { tenant_id: Some(tenant.to_owned()), ..Default::default() };
    let listed = caller.apps().list_oauth_apps(request).await.unwrap().into_inner().oauth_apps;
    listed.into_iter().map(|app| app.name.unwrap()).collect()
}

async fn events(caller: &Caller, tenant: &str) -> Vec<proto::Event> {
    let request = proto::ListEventsRequest { tenant_id: Some(tenant.to_owned()), ..Default::default() };
    caller.events().list_events(request).await.unwrap().into_inner().events
}

async fn new_key(caller: &Caller, expire_time: Timestamp) -> Result<Caller, tonic::Status> {
    let (seconds, micros) = (expire_time.as_micros().div_euclid(1_000_000), expire_time.as_micros().rem_euclid(1_000_000));
    let nanos = i32::try_from(micros * 1_000).unwrap();
    let key = proto::ApiKey {
        permissions: vec![Permission::MgmtApi.into()],
        expire_time: Some(prost_types::Timestamp { seconds, nanos }),
        ..Default::default()
    };
    let request = proto::CreateApiKeyRequest { api_key: Some(key), ..Default::default() };
    let made = caller.api_keys().create_api_key(request).await?.into_inner();
    Ok(caller.with_token(&made.secret))
}

on_both_backends! {
    async fn a_clock_that_steps_back_makes_nothing_older(server: TestServer) {
        let admin = server.admin();
        let tenant = admin.new_tenant("Acme").await;
        let first = admin.new_app(&tenant, "First").await;
        let weak = admin.new_caller(&tenant, "weak", &[Permission::MgmtApi]).await;

        server.clock.advance_seconds(-HOUR);
        let changed = describe(&admin, &first, "changed").await;
        assert_eq!(changed.create_time, first.create_time);
        assert!(micros(changed.update_time) > micros(first.update_time), "{changed:?}");
        for name in ["Second", "Third", "Fourth"] {
            admin.new_app(&tenant, name).await;
        }
        assert_eq!(app_names(&admin, &tenant).await, ["First", "Second", "Third", "Fourth"]);
        let request = proto::ListUsersRequest::default();
        assert_refused(weak.users().list_users(request).await, Code::PermissionDenied, "MISSING_PERMISSION");
        let events = events(&admin, &tenant).await;
        let methods: Vec<_> = events.iter().rev().map(|event| event.method.rsplit('/').next().unwrap()).collect();
        let made = ["CreateOauthApp"; 3];
        assert_eq!(methods[..5], [&["ListUsers"][..], &made, &["UpdateOauthApp"]].concat());
        assert!(events.is_sorted_by_key(|event| micros(event.time)));
    }

    async fn an_update_is_no_older_than_what_another_replica_wrote(server: TestServer) {
        let admin = server.admin();
        let app = admin.new_app(&admin.new_tenant("Acme").await, "First").await;
        let ahead = micros(app.update_time) + 60_000_000;
        let id = server.sql_id(&app.id);
        server.execute(&format!("UPDATE oauth_app SET update_time = {ahead} WHERE id = {id}")).await;
        assert_eq!(micros(describe(&admin, &app, "changed").await.update_time), ahead);
    }

    async fn what_expires_goes_by_the_clock_that_stepped_back(server: TestServer) {
        let admin = server.admin();
        let before = server.clock.now();
        server.clock.advance_seconds(-HOUR);
        admin.new_tenant("Acme").await;
        let soon = Timestamp::from_micros(server.clock.now().as_micros() + 60_000_000);
        assert!(soon < before);
        let caller = new_key(&admin, soon).await.unwrap();
        caller.callers().get_caller(proto::GetCallerRequest {}).await.unwrap();
        server.clock.advance_seconds(61);
        let refused = caller.callers().get_caller(proto::GetCallerRequest {}).await;
        assert_refused(refused, Code::Unauthenticated, "INVALID_CREDENTIAL");
    }

    async fn a_start_goes_on_after_the_newest_event_unless_that_is_far_ahead(server: TestServer) {
        let admin = server.admin();
        let tenant = admin.new_tenant("Acme").await;
        let newest = micros(events(&admin, &tenant).await.last().unwrap().time);
        for (seconds, believed) in [(-299, true), (-301, false), (HOUR, true)] {
            let clock = Arc::new(TestClock::default());
            clock.advance_seconds(seconds);
            let start = WriteClock::after_newest_event(clock.clone(), &server.registry.store);
            let (write_clock, warned) = warned_by(start).await;
            let (now, plain) = (write_clock.unwrap().now().as_micros(), clock.now().as_micros());
            assert_eq!(now > newest, believed, "{seconds}");
            assert_eq!(now - plain > 1_000_000, believed && seconds < 0, "{seconds}");
            assert_eq!(warned.len(), usize::from(!believed), "{warned:?}");
        }
    }
}

#[tokio::test]
async fn a_step_back_of_more_than_a_second_is_logged_once() {
    let clock = Arc::new(TestClock::default());
    let write_clock = WriteClock::new(clock.clone());
    let steps = [
        ("the first time", 0, 0),
        ("a second", -1, 0),
        ("an hour", -HOUR, 1),
        ("again", -1, 0),
        ("caught up", 2 * HOUR, 0),
        ("anew", -2, 1),
    ];
    let mut last = write_clock.now();
    for (what, seconds, expected) in steps {
        clock.advance_seconds(seconds);
        let (times, warned) = warned_by(async { [write_clock.now(), write_clock.now(), write_clock.now()] }).await;
        assert_eq!(warned.len(), expected, "{what}: {warned:?}");
        assert!(last < times[0] && times.is_sorted_by(|one, next| one < next), "{what}");
        last = times[2];
    }
}
