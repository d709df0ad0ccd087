//! Who may do what, after any history: the server against a small model of the contract, which knows nothing of the server's code.

mod beginning;
mod callers;
mod calls;
mod climb;
mod compare;
mod cut;
mod dice;
mod draw;
mod effects;
mod history;
mod methods;
mod numbers;
mod reasons;
mod rules;
mod server;
mod world;

use std::collections::BTreeSet;
use std::env;
use std::ops::Range;

use self::calls::Call;
use self::history::Seen;
use crate::harness::server::TestServer;

/// When the server's clock starts, in seconds: 2026-01-01T00:00:00Z.
const START: i64 = 1_767_225_600;

/// The seeds of the histories: `OAUTH_REGISTRY_MODEL_HISTORIES` asks for more than usual.
fn seeds(usual: u64) -> Range<u64> {
    0..env::var("OAUTH_REGISTRY_MODEL_HISTORIES").map_or(usual, |count| count.parse().unwrap())
}

async fn agree<F: AsyncFn() -> TestServer>(seeds: Range<u64>, calls: usize, server: F) -> Seen {
    let mut seen = Seen::new();
    for seed in seeds {
        match history::draw(server().await, seed, calls).await {
            Ok(ends) => ends.into_iter().for_each(|(end, count)| *seen.entry(end).or_default() += count),
            Err(failure) => {
                let failure = cut::cut(failure, async |steps| history::replay(server().await, steps).await).await;
                panic!("seed {seed}: after\n{}", failure.report());
            }
        }
    }
    seen
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn server_and_model_agree_after_any_history() {
    let seen = agree(seeds(24), 40, TestServer::sqlite).await;
    let ends = |end: &str| seen.keys().filter(|(_, found)| found == end).map(|(method, _)| *method).collect::<BTreeSet<_>>();
    let never: Vec<_> = reasons::EVERY.into_iter().filter(|reason| ends(reason).is_empty()).collect();
    assert!(never.is_empty(), "never met: {never:?}");
    let answered = ends("OK");
    let never: Vec<_> = Call::METHODS.into_iter().filter(|method| !answered.contains(method)).collect();
    assert!(never.is_empty(), "never allowed: {never:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn server_and_model_agree_on_postgres_too() {
    let Some(_) = TestServer::postgres().await else { return };
    let seen = agree(seeds(3), 40, async || TestServer::postgres().await.unwrap()).await;
    assert!(seen.values().sum::<usize>() > 100, "{seen:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_climbs() {
    let (mut attempts, mut credentials) = (0, 0);
    for seed in seeds(20) {
        match climb::attempts(TestServer::sqlite().await, seed).await {
            Ok(heights) => {
                attempts += heights.attempts;
                credentials += heights.credentials;
            }
            Err(failure) => {
                let failure = cut::cut(failure, async |parts| climb::again(TestServer::sqlite().await, parts).await).await;
                panic!("seed {seed}: after\n{}", failure.report());
            }
        }
    }
    assert!(attempts >= 50 && credentials >= attempts, "{attempts} attempts obtained {credentials} credentials");
}
