//! Ids in either case: read, compared, bound, kept and echoed as the one id that they are.

use oauth_registry::proto::{self, ListEventsRequest, ListOauthAppsRequest};
use prost_reflect::{Kind, MessageDescriptor};
use tonic::{Code, Status};

use super::{NOBODYS, assert_refused, assert_violations};
use crate::harness::caller::{Caller, PASSWORD, details, reason, sample_app};
use crate::harness::descriptors::methods;
use crate::harness::on_both_backends;
use crate::harness::server::SYSTEM;

const REQUEST: &str = "0b9e4f2c-6f0e-4c7d-9b62-3f6f2b7f1a01";

async fn person(caller: &Caller, login: &str) -> Result<(), Status> {
    let user = proto::User { login_name: Some(login.to_owned()), kind: proto::UserKind::Person.into(), ..Default::default() };
    caller.users().create_user(proto::CreateUserRequest { user: Some(user), ..Default::default() }).await.map(drop)
}

on_both_backends! {
    async fn an_id_is_read_in_either_case_and_answered_in_lower_case(server: TestServer) {
        let admin = server.admin();
        let tenant = admin.new_tenant("Acme").await;
        let get = async |id: String| admin.tenants().get_tenant(proto::GetTenantRequest { tenant_id: id }).await;
        let read = get(tenant.to_uppercase()).await.unwrap().into_inner().tenant.unwrap();
        assert_eq!(read.id, tenant);
        let missing = get(NOBODYS.to_uppercase()).await.unwrap_err();
        assert_eq!((missing.code(), details(&missing).resource_info().unwrap().resource_name.as_str()), (Code::NotFound, NOBODYS));
        for other in [tenant.replace('-', ""), format!("{{{tenant}}}"), format!("urn:uuid:{tenant}"), format!(" {tenant}")] {
            assert_violations(get(other).await, &[("tenant_id", "INVALID_FORMAT")]);
        }
        let key = admin.new_app(&tenant, "App").await;
        let same = proto::OauthApp { id: key.id.to_uppercase(), tenant_id: Some(tenant.to_uppercase()), ..Default::default() };
        let update = proto::UpdateOauthAppRequest { oauth_app: Some(same), ..Default::default() };
        assert_eq!(admin.apps().update_oauth_app(update).await.unwrap().into_inner().oauth_app.unwrap(), key);
    }

    async fn a_repeat_may_spell_its_ids_in_the_other_case(server: TestServer) {
        let admin = server.admin();
        let tenant = admin.new_tenant("Acme").await;
        let robot = admin.new_user(&tenant, "robot", &[proto::Permission::MgmtApi]).await;
        let role = admin.new_role(&tenant, "Role", &[proto::Permission::MgmtApi]).await;
        let app = |tenant: &str, id: &str| proto::CreateOauthAppRequest {
            oauth_app: Some(proto::OauthApp { tenant_id: Some(tenant.to_owned()), ..sample_app("App") }),
            client_secret: Some("s3cret".to_owned()),
            request_id: id.to_owned(),
            ..Default::default()
        };
        let made = admin.apps().create_oauth_app(app(&tenant, REQUEST)).await.unwrap().into_inner();
        let again = admin.apps().create_oauth_app(app(&tenant.to_uppercase(), &REQUEST.to_uppercase())).await.unwrap().into_inner();
        assert_eq!(again, made);
        let new_role = |tenant: &str| proto::CreateRoleRequest {
            role: Some(proto::Role {
                tenant_id: Some(tenant.to_owned()),
                name: Some("Reader".to_owned()),
                permissions: vec![1011],
                ..Default::default()
            }),
            request_id: REQUEST.to_owned(),
            ..Default::default()
        };
        let made = admin.roles().create_role(new_role(&tenant)).await.unwrap().into_inner();
        assert_eq!(admin.roles().create_role(new_role(&tenant.to_uppercase())).await.unwrap().into_inner(), made);
        let user = |tenant: &str, role: &str, id: &str| proto::CreateUserRequest {
            user: Some(proto::User {
                tenant_id: Some(tenant.to_owned()),
                kind: proto::UserKind::ServiceAccount.into(),
                login_name: Some("other".to_owned()),
                role_ids: vec![role.to_owned()],
                ..Default::default()
            }),
            request_id: id.to_owned(),
            ..Default::default()
        };
        let made = admin.users().create_user(user(&tenant, &role, REQUEST)).await.unwrap().into_inner();
        let again = user(&tenant.to_uppercase(), &role.to_uppercase(), REQUEST);
        assert_eq!(admin.users().create_user(again).await.unwrap().into_inner(), made);
        let key = |user: &str, id: &str| proto::CreateApiKeyRequest {
            api_key: Some(proto::ApiKey { user_id: Some(user.to_owned()), permissions: vec![11], ..Default::default() }),
            request_id: id.to_owned(),
            ..Default::default()
        };
        let made = admin.api_keys().create_api_key(key(&robot, REQUEST)).await.unwrap().into_inner();
        assert_eq!(admin.api_keys().create_api_key(key(&robot.to_uppercase(), REQUEST)).await.unwrap().into_inner(), made);
        let id = made.api_key.unwrap().id;
        let rotate = |id: &str| proto::RotateApiKeyRequest { api_key_id: id.to_owned(), request_id: REQUEST.to_owned(), ..Default::default() };
        let made = admin.api_keys().rotate_api_key(rotate(&id.to_uppercase())).await.unwrap().into_inner();
        assert_eq!(admin.api_keys().rotate_api_key(rotate(&id)).await.unwrap().into_inner(), made);
    }

    async fn a_filter_by_an_id_finds_it_in_either_case_and_so_does_the_next_page(server: TestServer) {
        let admin = server.admin();
        let tenant = admin.new_tenant("Acme").await;
        let app = admin.new_app(&tenant, "One").await.id;
        let reveal = proto::RevealOauthAppSecretRequest { oauth_app_id: app.clone(), reason: "a test".to_owned(), ..Default::default() };
        admin.apps().reveal_oauth_app_secret(reveal).await.unwrap();
        admin.new_app(&tenant, "Two").await;
        let events = async |id: &str, page_token: String| {
            let resource_id = Some(id.to_owned());
            let request = ListEventsRequest { resource_id, page_size: 1, page_token, ..Default::default() };
            admin.events().list_events(request).await.unwrap().into_inner()
        };
        let first = events(&app, String::new()).await;
        let second = events(&app.to_uppercase(), first.next_page_token).await;
        assert_eq!((first.events.len(), second.events.len()), (1, 1));
        assert_eq!(events(&app.to_uppercase(), String::new()).await.events, first.events);
        let apps = async |tenant: String, page_token: String| {
            let request = ListOauthAppsRequest { tenant_id: Some(tenant), page_size: 1, page_token, ..Default::default() };
            admin.apps().list_oauth_apps(request).await.unwrap().into_inner()
        };
        let first = apps(tenant.to_uppercase(), String::new()).await;
        assert_eq!(apps(tenant.clone(), first.next_page_token).await.oauth_apps.len(), 1);
    }

    async fn a_caller_names_ids_in_either_case(server: TestServer) {
        let admin = server.admin();
        let tenant = admin.new_tenant("Acme").await;
        let (id, jo) = admin.new_person(&tenant, "jo", &[]).await;
        let shouting = admin.by_password(&format!("{}/jo", tenant.to_uppercase()), PASSWORD);
        assert_eq!(shouting.own_user_id().await, id);
        for named in [id.to_uppercase(), format!("{}/jo", tenant.to_uppercase())] {
            let caller = admin.on_behalf_of(&named).callers().get_caller(proto::GetCallerRequest {}).await.unwrap().into_inner();
            assert_eq!(caller.on_behalf_of.unwrap().id, id);
        }
        for caller in [&jo, &shouting, &jo] {
            let wrong = caller.with_password("wrong horse battery staple");
            wrong.callers().get_caller(proto::GetCallerRequest {}).await.unwrap_err();
        }
        for caller in [&jo, &shouting] {
            let locked = caller.callers().get_caller(proto::GetCallerRequest {}).await.unwrap_err();
            assert_eq!(reason(&locked), "INVALID_CREDENTIAL", "one login, one lock");
        }
    }

    async fn no_login_has_the_form_of_an_id(server: TestServer) {
        let admin = server.admin();
        for login in [NOBODYS.to_owned(), NOBODYS.to_uppercase(), SYSTEM.to_owned()] {
            assert_violations(person(&admin, &login).await, &[("user.login_name", "INVALID_FORMAT")]);
        }
        person(&admin, &NOBODYS.replace('-', "")).await.unwrap();
        assert_refused(person(&admin, &NOBODYS.replace('-', "")).await, Code::AlreadyExists, "VALUE_TAKEN");
    }
}

/// The fields of a request, and of the resource in it, that name something by its id; what callers choose freely is no such field.
fn ids(message: &MessageDescriptor) -> Vec<String> {
    let mut names = Vec::new();
    for field in message.fields() {
        match field.kind() {
            Kind::String if field.name().ends_with("_id") || field.name().ends_with("_ids") => {
                names.push(field.name().to_owned());
            }
            Kind::Message(inner) if inner.package_name() == proto::PACKAGE => {
                names.extend(ids(&inner).into_iter().map(|name| format!("{}.{name}", field.name())));
            }
            _ => {}
        }
    }
    names.retain(|name| !["request_id", "public_id", "client_id"].contains(&name.as_str()));
    names
}

#[test]
fn the_ids_in_requests_that_can_be_repeated_are_these() {
    let repeatable =
        methods().into_iter().map(|method| method.input()).filter(|input| input.get_field_by_name("request_id").is_some());
    let listed: Vec<_> =
        repeatable.flat_map(|input| ids(&input).into_iter().map(move |id| format!("{} {id}", input.name()))).collect();
    assert_eq!(
        listed,
        [
            "CreateApiKeyRequest api_key.user_id",
            "CreateApiKeyRequest api_key.tenant_id",
            "RotateApiKeyRequest api_key_id",
            "CreateUserRequest user.tenant_id",
            "CreateUserRequest user.role_ids",
            "CreateOauthAppRequest oauth_app.tenant_id",
            "CreateRoleRequest role.tenant_id",
        ],
        "each is made lower case in `grpc::repeat` before two requests are compared"
    );
}
