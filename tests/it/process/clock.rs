//! The clock steps back while nothing runs: a start goes on after the newest event.

use oauth_registry::proto::{GetTenantRequest, ListEventsRequest};
use sea_orm::{ConnectionTrait, Database};

use super::program::{Server, data, folder};
use crate::harness::caller::Caller;

/// By how much the newest event is ahead of the clock, in microseconds: four minutes.
const AHEAD: i64 = 240_000_000;

async fn times_of_events(caller: &Caller) -> Vec<(i64, i32)> {
    let request = ListEventsRequest { page_size: 500, ..Default::default() };
    let events = caller.events().list_events(request).await.unwrap().into_inner().events;
    events.into_iter().filter_map(|event| event.time).map(|time| (time.seconds, time.nanos)).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_restart_goes_on_after_the_newest_event() {
    let folder = folder();
    let mut server = Server::start(folder.path(), &[]);
    let key = server.first_key();
    server.caller(&key).await.new_tenant("Before").await;
    server.stop();
    let file = data(&folder, "registry.sqlite");
    let connection = Database::connect(format!("sqlite://{}", file.display())).await.unwrap();
    let ahead = format!("UPDATE event SET time = time + {AHEAD} WHERE time = (SELECT max(time) FROM event)");
    connection.execute_unprepared(&ahead).await.unwrap();
    connection.close().await.unwrap();

    let server = Server::start(folder.path(), &[]);
    let caller = server.caller(&key).await;
    let newest = *times_of_events(&caller).await.last().unwrap();
    let made = caller.new_tenant("After").await;
    let tenant = caller.tenants().get_tenant(GetTenantRequest { tenant_id: made }).await.unwrap().into_inner().tenant.unwrap();
    let time = tenant.create_time.unwrap();
    assert!((time.seconds, time.nanos) > newest, "{time:?} is after {newest:?}");
    assert!(*times_of_events(&caller).await.last().unwrap() > newest);
}
