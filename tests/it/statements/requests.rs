//! One request for every RPC that succeeds and changes something where the RPC can: each time about fresh things.

mod access;
mod apps;
mod tenants;
mod users;

use std::pin::Pin;

use prost_reflect::MethodDescriptor;

use super::place::Place;
use crate::harness::descriptors::methods;

/// The bytes of a request, once what it needs is there.
pub(crate) type Made<'a> = Pin<Box<dyn Future<Output = Vec<u8>> + Send + 'a>>;

/// How to make a request of one RPC.
pub(crate) struct Request {
    /// `OauthAppService/GetOauthApp`.
    method: &'static str,
    make: for<'a> fn(&'a Place) -> Made<'a>,
}

/// An RPC with its request.
pub(crate) struct Rpc {
    /// The method.
    pub(crate) method: MethodDescriptor,
    make: for<'a> fn(&'a Place) -> Made<'a>,
}

impl Rpc {
    /// `OauthAppService`.
    pub(crate) fn service(&self) -> String {
        self.method.parent_service().name().to_owned()
    }

    /// `OauthAppService/GetOauthApp`.
    pub(crate) fn name(&self) -> String {
        format!("{}/{}", self.service(), self.method.name())
    }

    /// Makes what a request needs, and the request.
    pub(crate) async fn request(&self, place: &Place) -> Vec<u8> {
        (self.make)(place).await
    }
}

/// One line of the tables of requests.
macro_rules! request {
    ($method:literal, |$place:ident| $message:expr) => {
        Request { method: $method, make: |$place| Box::pin(async move { ::prost::Message::encode_to_vec(&$message) }) }
    };
}
use request;

/// Returns every RPC in the order of services and methods; each has one request, and each request is of an RPC.
pub(crate) fn rpcs() -> Vec<Rpc> {
    let requests: Vec<&Request> =
        [access::REQUESTS, apps::REQUESTS, tenants::REQUESTS, users::REQUESTS].into_iter().flatten().collect();
    let mut methods = methods();
    methods.sort_by(|a, b| a.parent_service().name().cmp(b.parent_service().name()));
    assert!(requests.len() <= methods.len(), "a request in tests/it/statements/requests is of no RPC, or stands there twice");
    let rpc = |method: MethodDescriptor| {
        let name = format!("{}/{}", method.parent_service().name(), method.name());
        let mut found = requests.iter().filter(|request| request.method == name);
        match (found.next(), found.next()) {
            (Some(request), None) => Ok(Rpc { method, make: request.make }),
            (_, _) => Err(name),
        }
    };
    let (rpcs, missing): (Vec<_>, Vec<_>) = methods.into_iter().map(rpc).partition(Result::is_ok);
    let missing: Vec<_> = missing.into_iter().filter_map(Result::err).collect();
    assert!(missing.is_empty(), "write one request for each in tests/it/statements/requests: {missing:#?}");
    rpcs.into_iter().filter_map(Result::ok).collect()
}
