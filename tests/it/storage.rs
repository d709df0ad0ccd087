//! What the database does to us: connections that die, servers that take no writes.

use std::time::{Duration, Instant};

use oauth_registry::proto::{self, GetCallerRequest};
use tonic::Code;

use crate::harness::caller::{details, reason};
use crate::harness::server::{Home, TestServer};

/// Runs a statement from another database of the same cluster.
async fn outside(server: &TestServer, statement: impl Fn(&str) -> String) {
    let Home::Postgres(database) = server.home() else { panic!("it is a PostgreSQL server") };
    let (start, parameters) = database.url().split_once('?').unwrap();
    let name = start.rsplit('/').next().unwrap();
    let url = format!("{}?{parameters}", start.replace(&format!("/{name}"), "/postgres"));
    let connection = sea_orm::Database::connect(url).await.unwrap();
    sea_orm::ConnectionTrait::execute_unprepared(&connection, &statement(name)).await.unwrap();
    connection.close().await.unwrap();
}

/// Ends every connection to the server's database.
async fn terminate(server: &TestServer) {
    outside(server, |name| format!("SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = '{name}'"))
        .await;
}

/// Has the server use all of its connections.
async fn warm(server: &TestServer) {
    let calls = (0..16).map(|_| {
        let admin = server.admin();
        tokio::spawn(async move { admin.callers().get_caller(GetCallerRequest {}).await.map(drop) })
    });
    for call in calls.collect::<Vec<_>>() {
        call.await.unwrap().unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn connections_that_the_database_has_ended_cost_no_call_on_postgres() {
    let Some(server) = TestServer::postgres().await else { return };
    let admin = server.admin();
    for round in 0..3 {
        warm(&server).await;
        terminate(&server).await;
        for _ in 0..8 {
            admin.callers().get_caller(GetCallerRequest {}).await.unwrap();
        }
        warm(&server).await;
        terminate(&server).await;
        admin.new_tenant(&format!("Tenant {round}")).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_transaction_begins_and_health_is_good_though_the_first_connection_is_dead_on_postgres() {
    let Some(server) = TestServer::postgres().await else { return };
    for _ in 0..3 {
        warm(&server).await;
        terminate(&server).await;
        server.registry.store.begin().await.unwrap();
        warm(&server).await;
        terminate(&server).await;
        server.registry.store.ping().await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_takes_no_writes_is_unavailable_and_soon_well_again_on_postgres() {
    let Some(server) = TestServer::postgres().await else { return };
    let admin = server.admin();
    warm(&server).await;
    outside(&server, |name| format!("ALTER DATABASE \"{name}\" SET default_transaction_read_only = on")).await;
    terminate(&server).await;
    let create = |name: &str| proto::CreateTenantRequest {
        tenant: Some(proto::Tenant { name: Some(name.to_owned()), ..Default::default() }),
        ..Default::default()
    };
    for _ in 0..4 {
        let refused = admin.tenants().create_tenant(create("Refused")).await.unwrap_err();
        assert_eq!((refused.code(), reason(&refused).as_str()), (Code::Unavailable, "DATABASE_UNAVAILABLE"), "{refused:?}");
        assert!(details(&refused).retry_info().is_some());
        admin.callers().get_caller(GetCallerRequest {}).await.unwrap();
    }
    warm(&server).await;
    // The sessions that are open still take no writes.
    outside(&server, |name| format!("ALTER DATABASE \"{name}\" RESET default_transaction_read_only")).await;
    // They are replaced at most once a second: until then a call may find one of them.
    let deadline = Instant::now() + Duration::from_secs(20);
    let mut number = 0..;
    let mut well = 0;
    while well < 16 {
        match admin.tenants().create_tenant(create(&format!("Tenant {}", number.next().unwrap()))).await {
            Ok(_) => well += 1,
            Err(refused) => {
                assert!(refused.code() == Code::Unavailable && Instant::now() < deadline, "{refused:?}");
                well = 0;
            }
        }
    }
}
