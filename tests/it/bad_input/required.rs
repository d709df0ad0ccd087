//! What the protos call required is demanded, and nothing else is.

use std::collections::BTreeSet;

use oauth_registry::proto::PACKAGE;
use prost_reflect::{Kind, MessageDescriptor, MethodDescriptor};

use crate::harness::caller::violations;
use crate::harness::descriptors::{methods, path, refuses_api_keys};
use crate::harness::server::{SYSTEM, TestServer};
use crate::policy::{REQUIRED, behaviors};

/// The fields that an empty request lacks, by their paths. An update of nothing lacks the resource's id alone.
fn lacking(method: &MethodDescriptor) -> BTreeSet<String> {
    let required =
        |message: &MessageDescriptor| message.fields().filter(|field| behaviors(field).contains(&REQUIRED)).collect::<Vec<_>>();
    let paths = required(&method.input()).into_iter().flat_map(|field| match field.kind() {
        Kind::Message(_) if method.name().starts_with("Update") => vec![format!("{}.id", field.name())],
        Kind::Message(inner) if inner.package_name() == PACKAGE => {
            required(&inner).iter().map(|part| format!("{}.{}", field.name(), part.name())).collect()
        }
        _ => vec![field.name().to_owned()],
    });
    paths.collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn exactly_the_required_fields_are_demanded() {
    let server = TestServer::sqlite().await;
    let admin = server.admin();
    let (_, person) = admin.new_person(SYSTEM, "person", &[]).await;
    let mut seen = 0;
    for method in methods() {
        let caller = if refuses_api_keys(&method) { &person } else { &admin };
        let refused = caller.raw(&path(&method), Vec::new()).await.err();
        let missing = refused.iter().flat_map(violations).filter(|(_, reason)| reason == "REQUIRED").map(|(field, _)| field);
        let missing: BTreeSet<_> = missing.collect();
        assert_eq!(missing, lacking(&method), "{}", method.full_name());
        seen += missing.len();
    }
    assert!(seen > 30, "only {seen} required fields were looked at");
}
