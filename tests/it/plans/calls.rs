//! The calls whose statements are judged: every list at its beginning, middle and end, every other RPC, and work beside the calls.

use std::collections::BTreeMap;

use oauth_registry::proto::{self, Permission};
use prost_reflect::{DynamicMessage, MethodDescriptor, Value};
use tonic::{Code, Status};

use super::judge::Allowance;
use super::lists::{LISTS, List};
use super::world::World;
use crate::harness::caller::sample_app;
use crate::harness::descriptors::{methods, path};
use crate::harness::server::SYSTEM;
use crate::harness::statements::Recorded;
use crate::statements::callers::Kind;
use crate::statements::requests::rpcs;

/// The sizes of pages; the middle and the end of a list are read by the first.
const PAGE_SIZES: [i32; 2] = [50, 120];
/// The kinds that read lists: {12}, the delegate, a user of one tenant, and one who reads their own rows; each with the size of the
/// pages in which they walk through the short list: there are some three.
const READERS: [(usize, i32); 4] = [(0, 70), (1, 70), (2, 25), (6, 25)];
/// The kinds by which every other RPC is called.
const WORKERS: [usize; 3] = [0, 1, 3];
/// The RPCs that the rest of the kinds call: one that reads, and one that reads the caller again.
const OF_THE_REST: [&str; 2] = ["OauthAppService/GetOauthApp", "UserService/UpdateUser"];

/// The tokens for the middle and the end of a list, by the places of the list and of a reader who may read it.
pub(super) type Tokens = BTreeMap<(usize, usize), Vec<(&'static str, String)>>;

/// A statement, and for which call it ran.
pub(super) struct Ran {
    /// What was called, by whom.
    pub(super) call: String,
    pub(super) statement: Recorded,
    pub(super) allowance: Allowance,
}

/// What is being called.
struct Work {
    call: String,
    allowance: Allowance,
}

/// Every statement that ran, each once, under the least allowance.
#[derive(Default)]
pub(super) struct Log(BTreeMap<String, Ran>);

impl Log {
    fn add(&mut self, work: &Work, statements: Vec<Recorded>) {
        for statement in statements.into_iter().filter(has_plan) {
            let key = format!("{} {:?}", statement.sql, statement.values);
            let Work { call, allowance } = work;
            let ran = Ran { call: call.clone(), statement, allowance: *allowance };
            let is_less = self.0.get(&key).is_none_or(|before| allowance.rows < before.allowance.rows);
            if is_less {
                self.0.insert(key, ran);
            }
        }
    }

    /// Every statement.
    pub(super) fn statements(&self) -> impl ExactSizeIterator<Item = &Ran> {
        self.0.values()
    }
}

/// Says whether a statement reads or writes rows.
fn has_plan(statement: &Recorded) -> bool {
    let begins = ["SELECT ", "INSERT ", "UPDATE ", "DELETE ", "WITH "];
    let ends = ["BEGIN", "COMMIT", "ROLLBACK", "SET TRANSACTION", "PRAGMA"];
    let has_plan = begins.iter().any(|word| statement.sql.starts_with(word));
    assert!(has_plan || ends.iter().any(|word| statement.sql.starts_with(word)), "what is this? {}", statement.sql);
    has_plan
}

/// The method of a name, `EventService/ListEvents`.
pub(super) fn method(name: &str) -> MethodDescriptor {
    let is_it = |method: &MethodDescriptor| format!("{}/{}", method.parent_service().name(), method.name()) == name;
    methods().into_iter().find(is_it).unwrap_or_else(|| panic!("there is no {name}"))
}

/// Says whether a method answers with pages.
pub(super) fn is_list(method: &MethodDescriptor) -> bool {
    method.output().get_field_by_name("next_page_token").is_some()
}

/// Writes the fields of a request that are set.
fn fields(method: &MethodDescriptor, message: &[u8]) -> String {
    let message = DynamicMessage::decode(method.input(), message).unwrap();
    let set = message.fields().filter(|(field, _)| !["page_size", "page_token"].contains(&field.name()));
    let texts = set.map(|(field, value)| match value {
        // An id says nothing.
        Value::String(text) if text.len() < 36 => format!("{}: {text}", field.name()),
        _ => field.name().to_owned(),
    });
    texts.collect::<Vec<_>>().join(", ")
}

impl World {
    /// Walks through every list while it is short; the tokens are good for the long one too.
    pub(super) async fn walk(&self) -> Tokens {
        let mut found = Tokens::new();
        for (place, list) in LISTS.iter().enumerate() {
            for (reader, size) in READERS {
                let Some(tokens) = self.tokens(list, &self.kinds[reader], size).await else { continue };
                let middle = tokens.get(tokens.len().saturating_sub(1) / 2).map(|token| ("a page in the middle", token.clone()));
                let last = tokens.last().map(|token| ("the last page", token.clone()));
                found.insert((place, reader), middle.into_iter().chain(last).collect());
            }
        }
        found
    }

    /// Every token of a list; nothing when the reader may not read it.
    async fn tokens(&self, list: &List, kind: &Kind, size: i32) -> Option<Vec<String>> {
        let (method, mut tokens) = (method(list.method), Vec::<String>::new());
        loop {
            let token = tokens.last().cloned().unwrap_or_default();
            let message = list.request(&self.names, size, &token);
            let answer = match kind.caller.raw(&path(&method), message).await {
                Ok(answer) => answer,
                // Another's tenant comes later.
                Err(status) if status.code() == Code::NotFound => return Some(tokens),
                Err(status) => return expected(Err(status)).map(|_| tokens),
            };
            let answer = DynamicMessage::decode(method.output(), answer).unwrap();
            match answer.get_field_by_name("next_page_token").as_deref().and_then(Value::as_str) {
                Some(token) if !token.is_empty() => tokens.push(token.to_owned()),
                _ => return Some(tokens),
            }
        }
    }

    /// Makes every call.
    pub(super) async fn call_everything(&self, tokens: &Tokens) -> Log {
        let mut log = Log::default();
        for ((list, reader), tokens) in tokens {
            self.read_list(&LISTS[*list], &self.kinds[*reader], tokens, &mut log).await;
        }
        for rpc in rpcs() {
            let page = if is_list(&rpc.method) { PAGE_SIZES[0] } else { 1 };
            for (number, kind) in self.kinds.iter().enumerate() {
                if WORKERS.contains(&number) || OF_THE_REST.contains(&rpc.name().as_str()) {
                    let message = rpc.request(&kind.place).await;
                    self.call(kind, &rpc.method, message, (page, ""), &mut log).await;
                }
            }
        }
        self.call_rarities(&mut log).await;
        self.work_beside(&mut log).await;
        log
    }

    async fn read_list(&self, list: &List, kind: &Kind, tokens: &[(&'static str, String)], log: &mut Log) {
        let method = method(list.method);
        for size in PAGE_SIZES {
            self.call(kind, &method, list.request(&self.names, size, ""), (size, "the first page"), log).await;
        }
        for (place, token) in tokens {
            let message = list.request(&self.names, PAGE_SIZES[0], token);
            self.call(kind, &method, message, (PAGE_SIZES[0], place), log).await;
        }
    }

    /// Makes a call, and keeps its statements.
    async fn call(&self, kind: &Kind, method: &MethodDescriptor, message: Vec<u8>, page: (i32, &str), log: &mut Log) {
        let (size, place) = page;
        let name = format!("{}/{}", method.parent_service().name(), method.name());
        let place = if place.is_empty() { String::new() } else { format!(", {place} of {size} rows") };
        let call = format!("{name} {{{}}}{place}, by {}", fields(method, &message), kind.title);
        let work = Work { call, allowance: Allowance::of_page(size.try_into().unwrap(), kind.administered) };
        self.recorder.take();
        expected(kind.caller.raw(&path(method), message).await);
        log.add(&work, self.recorder.take());
    }

    /// Makes calls that no table of requests has: what is rare must not be slow either.
    async fn call_rarities(&self, log: &mut Log) {
        let (administrator, worker) = (&self.kinds[0], &self.kinds[3]);
        let place = &administrator.place;
        let second = self.server.admin().new_user(SYSTEM, "second", &[Permission::Administrator]).await;
        let suspension = proto::SuspendUserRequest { user_id: second, ..Default::default() };
        self.call_rarity(administrator, "UserService/SuspendUser", &suspension, log).await;
        let app = proto::OauthApp { tenant_id: Some(place.tenant.clone()), ..sample_app("repeated") };
        let (client_secret, request_id) = (Some("s3cret".to_owned()), "0b9e4f2c-6f0e-4c7d-9b62-3f6f2b7f1a02".to_owned());
        let creation = proto::CreateOauthAppRequest { oauth_app: Some(app), client_secret, request_id, ..Default::default() };
        for _ in 0..2 {
            self.call_rarity(administrator, "OauthAppService/CreateOauthApp", &creation, log).await;
        }
        let by_name = administrator.caller.on_behalf_of(&format!("{}/subject", place.tenant));
        let wrong_password = self.kinds[4].caller.with_password("a wrong password");
        let strangers = [by_name, wrong_password, worker.caller.with_token("oar_unknown")];
        for caller in strangers {
            let kind = Kind::new("somebody else", caller, worker.place.elsewhere());
            self.call_rarity(&kind, "CallerService/GetCaller", &proto::GetCallerRequest {}, log).await;
        }
    }

    async fn call_rarity(&self, kind: &Kind, name: &str, message: &impl prost::Message, log: &mut Log) {
        self.call(kind, &method(name), message.encode_to_vec(), (1, ""), log).await;
    }

    /// Does what the server does by itself.
    async fn work_beside(&self, log: &mut Log) {
        let registry = &self.server.registry;
        let observed = oauth_registry::service::Registry {
            store: registry.store.clone().observed(self.recorder.observer()),
            ..registry.as_ref().clone()
        };
        let work = |name: &str| Work { call: name.to_owned(), allowance: Allowance::of_page(1, 0) };
        self.recorder.take();
        observed.forget_requests().await.unwrap();
        log.add(&work("forgetting requests"), self.recorder.take());
        observed.key_uses.flush(&observed.store).await.unwrap();
        log.add(&work("noting the uses of keys"), self.recorder.take());
        observed.store.ping().await.unwrap();
        log.add(&work("asking for a sign of life"), self.recorder.take());
        oauth_registry::service::WriteClock::after_newest_event(self.server.clock.clone(), &observed.store).await.unwrap();
        log.add(&work("reading the newest event"), self.recorder.take());
    }
}

/// Demands that a call succeeds, or is refused as a call may be.
fn expected(answer: Result<prost::bytes::Bytes, Status>) -> Option<prost::bytes::Bytes> {
    match answer {
        Ok(bytes) => Some(bytes),
        Err(status) => {
            let refused = [Code::PermissionDenied, Code::NotFound, Code::Unauthenticated];
            assert!(refused.contains(&status.code()), "{status:?}");
            None
        }
    }
}
