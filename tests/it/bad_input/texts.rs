//! Texts that no field takes, in every text field of every request; masks and page tokens.

use oauth_registry::proto;
use prost_reflect::prost::Message;
use prost_reflect::{DynamicMessage, FieldDescriptor, Kind, MethodDescriptor, Value};
use tonic::Status;

use super::{assert_complete, assert_reason};
use crate::harness::caller::{Caller, sample_app, violations};
use crate::harness::descriptors::{methods, path};
use crate::harness::on_both_backends;
use crate::harness::raw::Raw;
use crate::policy::{OUTPUT_ONLY, behaviors};

/// Texts that no field of a resource takes.
fn bad_texts() -> Vec<String> {
    let mut texts: Vec<_> =
        ["a\u{0}b", "a\u{7}b", "a\nb", "a\u{7f}b", "a\u{202e}b", "a\u{200b}b", "a\u{feff}b"].map(str::to_owned).into();
    texts.extend(["x".repeat(10_000), "e\u{301}".to_owned()]);
    texts
}

/// The text fields that a caller may write: of the request and of the resource in it, each with its path.
fn written(method: &MethodDescriptor) -> Vec<(String, Vec<FieldDescriptor>)> {
    let mut written = Vec::new();
    for field in method.input().fields() {
        match field.kind() {
            Kind::String => written.push((field.name().to_owned(), vec![field])),
            Kind::Message(inner) if inner.package_name() == proto::PACKAGE => {
                for text in inner.fields().filter(|text| text.kind() == Kind::String && !behaviors(text).contains(&OUTPUT_ONLY)) {
                    written.push((format!("{}.{}", field.name(), text.name()), vec![field.clone(), text]));
                }
            }
            _ => {}
        }
    }
    written
}

fn set(request: &mut DynamicMessage, fields: &[FieldDescriptor], text: &str) {
    match fields {
        [field] => {
            let value = Value::String(text.to_owned());
            request.set_field(field, if field.is_list() { Value::List(vec![value]) } else { value });
        }
        [field, rest @ ..] => set(request.get_field_mut(field).as_message_mut().unwrap(), rest, text),
        [] => {}
    }
}

async fn send(admin: &Caller, method: &MethodDescriptor, request: &DynamicMessage) -> Result<(), Status> {
    admin.raw(&path(method), request.encode_to_vec()).await.map(|_| ())
}

on_both_backends! {
    async fn no_text_field_of_a_create_or_update_takes_a_bad_text(server: TestServer) {
        let (admin, raw) = (server.admin(), Raw::of(&server).await);
        let app = admin.new_app(&admin.new_tenant("Acme").await, "App").await;
        let role = admin.new_role(&admin.new_tenant("Other").await, "Role", &[proto::Permission::MgmtApi]).await;
        let tenant = admin.new_tenant("Third").await;
        let user = admin.new_user(&tenant, "robot", &[]).await;
        let before = raw.census().await;
        let mut tried = 0;
        for method in methods().iter().filter(|method| ["Create", "Update"].iter().any(|verb| method.name().starts_with(verb))) {
            for (name, fields) in written(method) {
                for text in bad_texts() {
                    // A secret is replayed byte for byte, so NFC is not asked of it.
                    if text == "e\u{301}" && name == "client_secret" {
                        continue;
                    }
                    let mut request = DynamicMessage::new(method.input());
                    let updated = match method.name() {
                        "UpdateOauthApp" => Some(("oauth_app", &app.id)),
                        "UpdateRole" => Some(("role", &role)),
                        "UpdateTenant" => Some(("tenant", &tenant)),
                        "UpdateUser" => Some(("user", &user)),
                        _ => None,
                    };
                    if let Some((resource, id)) = updated {
                        set(&mut request, &id_field(method, resource), id);
                    }
                    set(&mut request, &fields, &text);
                    let place = format!("{} {name} {:?}", method.name(), text.chars().take(5).collect::<String>());
                    let status = send(&admin, method, &request).await.err().unwrap_or_else(|| panic!("{place} was taken"));
                    assert_reason(&status, "INVALID_FIELDS", &place);
                    let named = violations(&status);
                    assert!(named.iter().any(|(field, _)| *field == name || field.starts_with(&format!("{name}["))), "{place}: {named:?}");
                    assert!(!format!("{status:?}").contains(&"x".repeat(100)), "{place} is repeated");
                    tried += 1;
                }
            }
        }
        assert!(tried > 150, "{tried}");
        assert_eq!(raw.census().await, before);
    }

    async fn no_text_field_of_any_request_is_answered_with_a_bug(server: TestServer) {
        let admin = server.admin();
        for method in methods() {
            for (name, fields) in written(&method) {
                for text in bad_texts().into_iter().chain(["y".repeat(200_000), "AAAA".repeat(40_000), "%_'\"\\".to_owned()]) {
                    let mut request = DynamicMessage::new(method.input());
                    set(&mut request, &fields, &text);
                    if let Err(status) = send(&admin, &method, &request).await {
                        let place = format!("{} {name} {:?}", method.name(), text.chars().take(5).collect::<String>());
                        assert_complete(&status, &place);
                    }
                }
            }
        }
    }

    async fn a_mask_of_ten_thousand_paths_is_refused_with_an_answer_that_arrives(server: TestServer) {
        let admin = server.admin();
        let app = admin.new_app(&admin.new_tenant("Acme").await, "App").await;
        let paths = (0..10_000).map(|path| format!("path_{path}")).collect();
        let request = proto::UpdateOauthAppRequest {
            oauth_app: Some(proto::OauthApp { id: app.id, ..sample_app("Other") }),
            update_mask: Some(prost_types::FieldMask { paths }),
            ..Default::default()
        };
        let status = admin.apps().update_oauth_app(request).await.unwrap_err();
        assert_reason(&status, "INVALID_FIELDS", "a mask of 10,000 paths");
        assert_eq!(violations(&status)[0], ("update_mask.paths[0]".to_owned(), "UNKNOWN_FIELD".to_owned()));
    }

    async fn a_page_token_of_somebody_else_or_of_nobody_is_refused(server: TestServer) {
        let admin = server.admin();
        let tenant = admin.new_tenant("Acme").await;
        for name in ["One", "Two"] {
            admin.new_app(&tenant, name).await;
        }
        let list = |page_token: String| proto::ListOauthAppsRequest { page_size: 1, page_token, ..Default::default() };
        let token = admin.apps().list_oauth_apps(list(String::new())).await.unwrap().into_inner().next_page_token;
        admin.apps().list_oauth_apps(list(token.clone())).await.unwrap();
        let reader = admin.new_caller(&tenant, "reader", &[proto::Permission::ReadOauthApps]).await;
        let own = reader.apps().list_oauth_apps(list(String::new())).await.unwrap().into_inner().next_page_token;
        let garbage = ["!".to_owned(), "AAAA".to_owned(), "AAAA".repeat(30_000), token[..token.len() - 4].to_owned(), own];
        for bad in garbage {
            let status = admin.apps().list_oauth_apps(list(bad.clone())).await.unwrap_err();
            assert_reason(&status, "INVALID_FIELDS", &bad[..bad.len().min(40)]);
            assert_eq!(violations(&status), [("page_token".to_owned(), "INVALID_PAGE_TOKEN".to_owned())]);
        }
    }
}

/// The way to the id of the resource that an update carries.
fn id_field(method: &MethodDescriptor, resource: &str) -> [FieldDescriptor; 2] {
    let field = method.input().get_field_by_name(resource).unwrap();
    let Kind::Message(message) = field.kind() else { panic!("a message") };
    [field, message.get_field_by_name("id").unwrap()]
}
