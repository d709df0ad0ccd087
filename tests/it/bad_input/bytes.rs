//! Bytes that are no message, or are one that nobody meant.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use oauth_registry::domain::random::Random;
use prost_reflect::prost::Message;
use prost_reflect::{DynamicMessage, FieldDescriptor, Kind, MessageDescriptor, MethodDescriptor, Value};

use super::{assert_complete, assert_reason};
use crate::harness::caller::Caller;
use crate::harness::descriptors::{methods, path, refuses_api_keys};
use crate::harness::environment::TestRandom;
use crate::harness::on_both_backends;
use crate::harness::raw::Raw;
use crate::harness::server::{SYSTEM, TestServer};

/// How many mutations of a good message each method gets.
const MUTATIONS: usize = 100;

/// A message with something in every field, two levels deep.
fn sample(message: &MessageDescriptor, depth: u8) -> DynamicMessage {
    let mut filled = DynamicMessage::new(message.clone());
    for field in message.fields() {
        if let Some(value) = value(&field, depth) {
            let value = if field.is_list() { Value::List(vec![value.clone(), value]) } else { value };
            filled.set_field(&field, value);
        }
    }
    filled
}

fn value(field: &FieldDescriptor, depth: u8) -> Option<Value> {
    Some(match field.kind() {
        Kind::String if field.name().ends_with("id") => Value::String("01900000-0000-7000-8000-000000000000".to_owned()),
        Kind::String => Value::String("https://example.com/text".to_owned()),
        Kind::Int32 => Value::I32(54),
        Kind::Int64 => Value::I64(1),
        Kind::Bool => Value::Bool(false),
        Kind::Enum(_) => Value::EnumNumber(11),
        Kind::Message(inner) if depth > 0 => Value::Message(sample(&inner, depth - 1)),
        Kind::Message(_) => return None,
        other => panic!("a {other:?} needs a sample"),
    })
}

/// Counts the panics of the whole process from here on; nothing else in this binary may panic inside the server.
fn count_panics() -> Arc<AtomicUsize> {
    static COUNT: std::sync::OnceLock<Arc<AtomicUsize>> = std::sync::OnceLock::new();
    COUNT
        .get_or_init(|| {
            let count = Arc::new(AtomicUsize::new(0));
            let (counted, before) = (count.clone(), std::panic::take_hook());
            std::panic::set_hook(Box::new(move |info| {
                if info.location().is_some_and(|place| !place.file().starts_with("tests/")) {
                    counted.fetch_add(1, Ordering::SeqCst);
                }
                before(info);
            }));
            count
        })
        .clone()
}

/// Those whom some method's rule lets pass.
struct Callers {
    by_key: Caller,
    by_password: Caller,
}

impl Callers {
    async fn of(server: &TestServer) -> Self {
        let by_key = server.admin();
        let (_, by_password) = by_key.new_person(SYSTEM, "by-password", &[]).await;
        Self { by_key, by_password }
    }

    /// The one who gets past the method's rule, to where the message is read.
    fn of_method(&self, method: &MethodDescriptor) -> &Caller {
        if refuses_api_keys(method) { &self.by_password } else { &self.by_key }
    }
}

on_both_backends! {
    async fn bytes_that_are_no_message_are_malformed_for_every_method(server: TestServer) {
        let (callers, raw) = (Callers::of(&server).await, Raw::of(&server).await);
        let (before, panics) = (raw.census().await, count_panics());
        for method in methods() {
            let path = path(&method);
            let first = method.input().fields().next();
            let mut broken = vec![
                ("a varint without end", vec![0xff; 12]),
                ("field number zero", vec![0x00, 0x01]),
                ("a length beyond the end", vec![0xfa, 0x3f, 0x7f, 0x01]),
                ("an end of a group that never began", vec![0x0c]),
                ("wire type six", vec![0x0e, 0x01]),
                ("groups two hundred deep", vec![0x0b; 200]),
            ];
            if let Some(field) = first {
                let number = u8::try_from(field.number()).unwrap();
                let length_delimited = matches!(field.kind(), Kind::String | Kind::Message(_));
                let wire = if length_delimited { 0x05 } else { 0x02 };
                broken.push(("another wire type", vec![number << 3 | wire, 0x01, 0x00, 0x00, 0x00]));
                if length_delimited {
                    broken.push(("text that is no UTF-8, or a message that is none", vec![number << 3 | 0x02, 0x02, 0xff, 0xfe]));
                }
                let whole = sample(&method.input(), 2).encode_to_vec();
                broken.push(("a truncated message", whole[..whole.len() - 1].to_vec()));
            }
            for (what, bytes) in broken {
                let answer = callers.of_method(&method).raw(&path, bytes).await;
                let status = answer.err().unwrap_or_else(|| panic!("{path} took {what}"));
                assert_reason(&status, "MALFORMED_MESSAGE", &format!("{path}, {what}"));
            }
        }
        assert_eq!(raw.census().await, before);
        assert_eq!(panics.load(Ordering::SeqCst), 0);
    }

    async fn empty_and_unknown_and_mutated_messages_are_answered_in_the_apis_own_words(server: TestServer) {
        let (admin, raw, random) = (server.admin(), Raw::of(&server).await, TestRandom::default());
        let panics = count_panics();
        for method in methods() {
            let path = path(&method);
            let good = sample(&method.input(), 2).encode_to_vec();
            let mut tried = vec![Vec::new(), good.clone(), [good.as_slice(), &[0xf8, 0x7f, 0x01]].concat()];
            tried.extend((0..MUTATIONS).map(|_| mutated(&good, &random)));
            let mut before = raw.census().await;
            for bytes in tried {
                match admin.raw(&path, bytes.clone()).await {
                    Ok(_) if method.name().starts_with("Get") || method.name().starts_with("List") => {}
                    // A mutation may happen to be a good change.
                    Ok(_) => before = raw.census().await,
                    Err(status) => assert_complete(&status, &format!("{path}: {bytes:02x?}")),
                }
            }
            assert_eq!(raw.census().await, before, "{path} wrote something and refused");
        }
        assert_eq!(panics.load(Ordering::SeqCst), 0);
    }

    async fn a_message_over_the_limit_is_too_large_for_every_method(server: TestServer) {
        let callers = Callers::of(&server).await;
        for method in methods() {
            let path = path(&method);
            // Field 2,047, unknown to everybody.
            let length = 256 * 1_024;
            let mut bytes = vec![0xfa, 0x7f];
            prost::encoding::encode_varint(length, &mut bytes);
            bytes.resize(bytes.len() + usize::try_from(length).unwrap(), 0);
            assert_reason(&callers.of_method(&method).raw(&path, bytes).await.unwrap_err(), "MESSAGE_TOO_LARGE", &path);
        }
    }
}

fn draw(random: &TestRandom, below: usize) -> usize {
    let mut bytes = [0; 4];
    random.fill(&mut bytes).unwrap();
    usize::try_from(u32::from_be_bytes(bytes)).unwrap() % below.max(1)
}

/// Flips, drops, doubles or inserts some bytes.
fn mutated(good: &[u8], random: &TestRandom) -> Vec<u8> {
    let mut bytes = good.to_vec();
    for _ in 0..=draw(random, 3) {
        let at = draw(random, bytes.len());
        match draw(random, 4) {
            0 if !bytes.is_empty() => bytes[at] ^= 1 << draw(random, 8),
            1 if !bytes.is_empty() => drop(bytes.remove(at)),
            2 => bytes.insert(at, u8::try_from(draw(random, 256)).unwrap()),
            _ => bytes.truncate(at),
        }
    }
    bytes
}
