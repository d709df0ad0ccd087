//! Another tenant's thing and a made-up one: the same answer, to the byte, for everybody who does not reach that tenant.

use std::collections::BTreeMap;

use oauth_registry::proto;
use prost::bytes::Bytes;
use tonic::{Code, Status};
use tonic_types::StatusExt;

use super::builders::{self, Builder};
use super::descriptors::{path, rpcs};
use super::world::{Ids, World};
use super::{made_up, set};
use crate::harness::caller::Caller;
use crate::harness::on_both_backends;
use crate::harness::server::SYSTEM;

/// What stands in for an id in a masked answer.
const MASK: &[u8] = b"<masked>";

/// Every permission that users of child tenants can hold.
const ALL_OF_A_CHILD: [i32; 21] =
    [11, 13, 14, 15, 16, 17, 18, 19, 20, 21, 28, 1001, 1002, 1003, 1004, 1005, 1006, 1007, 1008, 1009, 1011];

/// Somebody outside of the target's tenant, and the things of the tenant that they do work in.
struct Stranger {
    title: &'static str,
    caller: Caller,
    place: Ids,
}

on_both_backends! {
    async fn another_tenants_thing_and_a_made_up_one_get_the_same_answer(server: TestServer) {
        let world = World::new(server).await;
        let strangers = strangers(&world).await;
        for builder in builders::all().filter(|builder| !builder.locator.is_empty()) {
            let real = (builder.target)(&world.alpha);
            for stranger in &strangers {
                let foreign = answer(builder, (&stranger.caller, &stranger.place), real).await;
                let unknown = answer(builder, (&stranger.caller, &stranger.place), &made_up(real)).await;
                assert!(foreign == unknown, "{}", say(builder, stranger.title, &foreign, &unknown));
            }
            // The administrator comes last: what exists now, and answers, was there for the strangers too.
            let known = answer(builder, (&world.admin, &world.alpha), real).await;
            assert_eq!(known.code, Code::Ok, "{}", say(builder, "the administrator", &known, &known));
            let unknown = answer(builder, (&world.admin, &world.alpha), &made_up(real)).await;
            assert_ne!(known, unknown, "{} by {}: the answer does not depend on the locator", builder.method, builder.locator);
        }
    }

    async fn lists_show_nothing_of_another_tenant(server: TestServer) {
        let world = World::new(server).await;
        let strangers = strangers(&world).await;
        for rpc in rpcs().into_iter().filter(|rpc| rpc.is_list) {
            let mut seen = Vec::new();
            for stranger in &strangers {
                let bytes = stranger.caller.raw(&rpc.path(), Bytes::new()).await.unwrap_or_default();
                for mark in world.alpha.marks() {
                    assert!(!contains(&bytes, mark.as_bytes()), "{} shows {mark} to {}", rpc.name, stranger.title);
                }
                seen.push(stranger.place.marks().iter().any(|mark| contains(&bytes, mark.as_bytes())));
            }
            let own = world.admin.raw(&rpc.path(), Bytes::new()).await.unwrap_or_default();
            if world.alpha.marks().iter().any(|mark| contains(&own, mark.as_bytes())) {
                assert_eq!(seen, [true; 3], "{}: the strangers see their own", rpc.name);
            }
        }
    }

    async fn a_delegate_sees_the_tenant_that_it_administers_and_no_other(server: TestServer) {
        let world = World::new(server).await;
        let user = world.admin.new_user(SYSTEM, "delegate", &set(&[11, 14, 28])).await;
        world.admin.add_administrator(&world.alpha.tenant, &user).await;
        let delegate = world.admin.new_key(&user, &set(&[11, 14, 28])).await;
        for method in ["OauthAppService/ListOauthApps", "TenantService/ListTenants", "UserService/ListUsers"] {
            let bytes = delegate.raw(&path(method), Bytes::new()).await.unwrap();
            let shown = |ids: &Ids| ids.marks().iter().filter(|mark| contains(&bytes, mark.as_bytes())).count();
            assert!(shown(&world.alpha) > 0 && shown(&world.system) > 0, "{method}");
            assert_eq!(shown(&world.beta), 0, "{method}");
        }
    }
}

async fn strangers(world: &World) -> [Stranger; 3] {
    let neighbour = world.admin.new_caller(&world.beta.tenant, "neighbour", &set(&ALL_OF_A_CHILD)).await;
    let everything = [&[25, 27, 1010], ALL_OF_A_CHILD.as_slice()].concat();
    let delegate = world.admin.new_caller(SYSTEM, "delegate-elsewhere", &set(&everything)).await;
    let strong = world.admin.new_user(SYSTEM, "strong", &set(&[12, 1006])).await;
    let key = proto::ApiKey {
        user_id: Some(strong),
        permissions: vec![12, 1006],
        tenant_id: Some(world.beta.tenant.clone()),
        ..Default::default()
    };
    let request = proto::CreateApiKeyRequest { api_key: Some(key), ..Default::default() };
    let bound = world.server.caller(&world.admin.api_keys().create_api_key(request).await.unwrap().into_inner().secret);
    [
        Stranger { title: "a user of the other child tenant", caller: neighbour, place: world.beta.clone() },
        Stranger { title: "a user of the system tenant without access", caller: delegate, place: world.system.clone() },
        Stranger { title: "a key of {12, 1006} that is bound elsewhere", caller: bound, place: world.beta.clone() },
    ]
}

/// An answer without the ids that were sent and the request's own id.
#[derive(Debug, PartialEq)]
struct Masked {
    code: Code,
    message: String,
    body: String,
    length: usize,
    metadata: Vec<String>,
}

async fn answer(builder: &Builder, (caller, place): (&Caller, &Ids), id: &str) -> Masked {
    match caller.raw(&path(builder.method), builder.build(place, id)).await {
        Ok(bytes) => Masked {
            code: Code::Ok,
            message: String::new(),
            body: String::from_utf8_lossy(&replaced(&bytes, id.as_bytes())).into_owned(),
            length: bytes.len(),
            metadata: Vec::new(),
        },
        Err(status) => Masked {
            code: status.code(),
            message: status.message().to_owned(),
            body: refusal_details(&status).replace(id, "<masked>"),
            length: status.details().len(),
            metadata: metadata(&status),
        },
    }
}

/// The details, all of them, with the entries of the one map in order: on the wire a map has none.
fn refusal_details(status: &Status) -> String {
    let mut details = status.get_error_details();
    let info = details.error_info().unwrap().clone();
    assert!(!details.request_info().unwrap().request_id.is_empty());
    let entries: BTreeMap<String, String> = info.metadata.into_iter().collect();
    details.set_error_info(info.reason, info.domain, []);
    details.set_request_info("", "");
    format!("{details:?} {entries:?}")
}

fn metadata(status: &Status) -> Vec<String> {
    let headers = status.metadata().clone().into_headers();
    // The second may turn between two calls.
    let headers = headers.iter().filter(|(name, _)| name.as_str() != "date");
    let mut lines: Vec<String> = headers.map(|pair| format!("{pair:?}")).collect();
    lines.sort();
    lines
}

fn replaced(bytes: &[u8], id: &[u8]) -> Vec<u8> {
    let mut masked = Vec::new();
    let mut rest = bytes;
    while let Some((first, tail)) = rest.split_first() {
        if let Some(after) = rest.strip_prefix(id) {
            masked.extend_from_slice(MASK);
            rest = after;
        } else {
            masked.push(*first);
            rest = tail;
        }
    }
    masked
}

fn contains(bytes: &[u8], mark: &[u8]) -> bool {
    bytes.windows(mark.len()).any(|window| window == mark)
}

fn say(builder: &Builder, who: &str, one: &Masked, other: &Masked) -> String {
    format!("{} by {}, {who}:\n{one:?}\n{other:?}", builder.method, builder.locator)
}
