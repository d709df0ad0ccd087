//! Every refused password reads the same tables, whether there is anything to read or not.

use oauth_registry::domain::time::Clock;
use oauth_registry::service::KeyState;

use super::probes;
use crate::authz::credentials::refused;
use crate::harness::caller::reason;
use crate::harness::on_both_backends;
use crate::harness::raw::Raw;
use crate::harness::server::TestServer;

/// What a login may have to do with, but for the keys, which are cached.
const TABLES: [&str; 6] = ["user_account", "user_role", "role", "tenant", "tenant_administrator", "secret_version"];

on_both_backends! {
    async fn every_refused_password_reads_the_same_tables(server: TestServer) {
        let (probes, raw) = (probes(&server).await, Raw::of(&server).await);
        for table in TABLES {
            raw.run(&format!("ALTER TABLE {table} RENAME TO away")).await;
            for (title, caller) in &probes {
                assert_ne!(reason(&refused(caller).await), "INVALID_CREDENTIAL", "{title} does not read {table}");
            }
            raw.run(&format!("ALTER TABLE away RENAME TO {table}")).await;
        }
        for (title, caller) in &probes {
            assert_eq!(reason(&refused(caller).await), "INVALID_CREDENTIAL", "{title}");
        }
    }

    async fn every_refused_password_loads_a_key_that_is_not_cached(server: TestServer) {
        let (probes, raw) = (probes(&server).await, Raw::of(&server).await);
        let mut fresh = Vec::new();
        for (title, caller) in probes {
            let state = KeyState::verify(TestServer::keyring(), &server.registry.store, server.clock.now()).await.unwrap();
            let (_, channel) = server.with_keys(state).await;
            fresh.push((title, caller.over(channel)));
        }
        raw.run("ALTER TABLE tenant_key RENAME TO away").await;
        for (title, caller) in &fresh {
            assert_ne!(reason(&refused(caller).await), "INVALID_CREDENTIAL", "{title} needs no key");
        }
    }
}
