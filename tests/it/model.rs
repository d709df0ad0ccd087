//! Who may do what, after any history: the server against a small model of the contract, which knows nothing of the server's code.

mod beginning;
mod callers;
mod calls;
mod compare;
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

use std::env;

use self::history::Seen;
use crate::harness::server::TestServer;

/// How many histories are played, if nobody says otherwise.
const HISTORIES: u64 = 20;
/// How many calls are drawn for each history, after its beginning.
const CALLS: usize = 40;

fn histories(usual: u64) -> u64 {
    env::var("OAUTH_REGISTRY_MODEL_HISTORIES").map_or(usual, |count| count.parse().unwrap())
}

async fn agree<F: AsyncFn() -> TestServer>(seeds: std::ops::Range<u64>, server: F) -> Seen {
    let mut seen = Seen::new();
    for seed in seeds {
        match history::draw(server().await, seed, CALLS).await {
            Ok(ends) => ends.into_iter().for_each(|(end, count)| *seen.entry(end).or_default() += count),
            Err(failure) => {
                let failure = history::shrink(failure, &server).await;
                let steps: Vec<String> = failure.steps.iter().map(|step| format!("{step:?}\n")).collect();
                panic!("seed {seed}: after\n{}{}", steps.concat(), failure.why);
            }
        }
    }
    seen
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn server_and_model_agree_after_any_history() {
    let seen = agree(0..histories(HISTORIES), TestServer::sqlite).await;
    for (end, count) in &seen {
        println!("{end:?} {count}");
    }
}
