//! A look into the database, past everything that the server would say or allow.

use sea_orm::{ConnectionTrait, Database, DatabaseConnection, Statement};

use crate::harness::server::{Home, TestServer};

/// Runs a statement on the server's database.
pub(super) async fn execute(server: &TestServer, statement: &str) {
    connection(server).await.execute_unprepared(statement).await.unwrap();
}

/// Returns the one number that a query gives.
pub(super) async fn number(server: &TestServer, query: &str) -> i64 {
    let connection = connection(server).await;
    let statement = Statement::from_string(connection.get_database_backend(), query);
    connection.query_one_raw(statement).await.unwrap().unwrap().try_get_by_index(0).unwrap()
}

/// Suspends a tenant behind the server's back, which waits for no call.
pub(super) async fn suspend_tenant(server: &TestServer, name_key: &str) {
    execute(server, &format!("UPDATE tenant SET status = 'suspended' WHERE name_key = '{name_key}'")).await;
}

async fn connection(server: &TestServer) -> DatabaseConnection {
    let url = match server.home() {
        Home::Sqlite(folder) => format!("sqlite://{}?mode=rw", folder.path().join("registry.sqlite").display()),
        Home::Postgres(database) => database.url().to_owned(),
    };
    Database::connect(url).await.unwrap()
}
