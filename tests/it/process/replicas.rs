//! Several processes on one database.

use std::thread;

use super::program::{Server, folder, keys_in, who};
use crate::harness::postgres::{self, Cluster};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_first_starts_at_once_make_one_administrator_on_postgres() {
    if !postgres::available() {
        return;
    }
    let (folder, database) = (folder(), Cluster::shared().template("empty", |_| ()).create_database());
    let arguments = ["--database-url", database.url()];
    let servers: Vec<_> = thread::scope(|scope| {
        let started: Vec<_> = (0..2).map(|_| scope.spawn(|| Server::start(folder.path(), &arguments))).collect();
        started.into_iter().map(|server| server.join().unwrap()).collect()
    });
    let channels = [servers[0].connect().await, servers[1].connect().await];
    let mut keys = Vec::new();
    let mut again = Vec::new();
    for server in servers {
        let ended = server.stop();
        assert_eq!(ended.status.code(), Some(0), "{ended:?}");
        assert!(!ended.stderr.contains("sealed"), "{}", ended.stderr);
        keys.extend(keys_in(&ended.stdout));
        again.push(Server::start(folder.path(), &arguments));
    }
    drop(channels);
    keys.dedup();
    assert_eq!(keys.len(), 1, "{keys:?}");
    for server in &again {
        assert_eq!(who(&server.caller(&keys[0]).await).await.unwrap(), "administrator");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_one_replica_stores_the_other_serves_on_postgres() {
    if !postgres::available() {
        return;
    }
    let (folder, database) = (folder(), Cluster::shared().template("empty", |_| ()).create_database());
    let arguments = ["--database-url", database.url()];
    let mut first = Server::start(folder.path(), &arguments);
    let key = first.first_key();
    let second = Server::start(folder.path(), &arguments);
    let (here, there) = (first.caller(&key).await, second.caller(&key).await);
    let tenant = here.new_tenant("Alpha").await;
    let app = here.new_app(&tenant, "Analytics").await;
    let request = oauth_registry::proto::GetOauthAppRequest { oauth_app_id: app.id.clone() };
    assert_eq!(there.apps().get_oauth_app(request).await.unwrap().into_inner().oauth_app.unwrap(), app);
    let request = oauth_registry::proto::RevealOauthAppSecretRequest {
        oauth_app_id: app.id,
        reason: "the other replica seals".to_owned(),
        ..Default::default()
    };
    assert_eq!(there.apps().reveal_oauth_app_secret(request).await.unwrap().into_inner().client_secret, "s3cret");
    assert!(!folder.path().join("data/registry.sqlite").exists());
}
