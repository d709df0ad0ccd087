//! Canaries: pushed through every secret field and every error path of a real process at TRACE, and then looked for everywhere.

mod paths;
mod process;

use std::collections::BTreeSet;

use crate::harness::descriptors::{is_redacted, messages};
use crate::harness::otlp::Receiver;
use crate::secrets::spellings::found;

use self::paths::{REDACTED_FIELDS, push};
use self::process::Process;

/// Everything that was secret, and everything that was answered to somebody who must not see it.
#[derive(Default)]
struct Seen {
    canaries: Vec<String>,
    answers: Vec<(String, Vec<u8>)>,
}

impl Seen {
    /// Makes a canary that nothing else resembles.
    fn canary(&mut self, place: &str) -> String {
        let canary = format!("canary-{}-{place}-7f3e91c2", self.canaries.len());
        self.canaries.push(canary.clone());
        canary
    }

    /// Keeps an error's every word.
    fn answered(&mut self, place: &str, status: &tonic::Status) {
        let mut bytes = format!("{status:?} {status}").into_bytes();
        bytes.extend_from_slice(status.message().as_bytes());
        bytes.extend_from_slice(status.details());
        self.answers.push((format!("the answer to {place}"), bytes));
    }

    fn assert_nowhere(&self, places: &[(String, Vec<u8>)]) {
        assert!(self.canaries.len() >= 20, "{:?}", self.canaries);
        for (place, bytes) in places.iter().chain(&self.answers) {
            for canary in &self.canaries {
                let found = found(bytes, canary);
                assert_eq!(found, None, "{canary} stands in {place}: {}", around(bytes, found.as_deref().unwrap_or_default()));
            }
        }
    }
}

/// The text around a find, for whoever has to mend it.
fn around(bytes: &[u8], needle: &str) -> String {
    let text = String::from_utf8_lossy(bytes);
    let Some(at) = text.to_ascii_lowercase().find(&needle.to_ascii_lowercase()) else { return String::new() };
    let before = text[..at].char_indices().rev().nth(400).map_or(0, |(at, _)| at);
    text[before..].chars().take(900).collect()
}

#[test]
fn every_secret_field_has_a_canary() {
    let redacted: BTreeSet<_> = messages()
        .iter()
        .flat_map(|message| message.fields().collect::<Vec<_>>())
        .filter(is_redacted)
        .map(|field| format!("{}.{}", field.parent_message().name(), field.name()))
        .collect();
    assert_eq!(redacted, REDACTED_FIELDS.map(str::to_owned).into_iter().collect());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_canary_is_left_anywhere() {
    let receiver = Receiver::start().await;
    let process = Process::start(&receiver.endpoint).await;
    let mut seen = Seen::default();
    push(&process, &mut seen).await;
    let spans = receiver.wait_for(|spans| !spans.is_empty()).await.len();
    assert!(spans > 0);
    let (mut places, keyring) = process.stop().await;
    for received in receiver.received_spans() {
        places.push((
            "a span".to_owned(),
            format!("{received:?} {:?}", String::from_utf8_lossy(&prost::Message::encode_to_vec(&received.span))).into_bytes(),
        ));
    }
    assert!(places.len() > 20, "{}", places.len());
    let database = places.iter().filter(|(place, _)| place.contains("sqlite") || place.contains("db"));
    assert!(database.clone().any(|(_, bytes)| found(bytes, "accounts.google.com").is_some()), "what is no secret is found");
    for (place, bytes) in &places {
        assert!(place != "stderr" || String::from_utf8_lossy(bytes).contains("\"level\":\"TRACE\""), "the log is at TRACE");
    }
    seen.assert_nowhere(&places);
    let keys = String::from_utf8(keyring).unwrap();
    let keys: Vec<_> = keys.lines().filter_map(|line| line.split_once(':')).map(|(_, key)| key[..43].to_owned()).collect();
    Seen { canaries: keys.iter().cycle().take(20).cloned().collect(), ..Seen::default() }.assert_nowhere(&places);
}
