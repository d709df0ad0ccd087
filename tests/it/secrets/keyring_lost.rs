//! The keyring file of a running server loses keys that are in use: nothing new is sealed, all else goes on.

use oauth_registry::crypto::Keyring;
use oauth_registry::proto::{self, Permission};
use tonic::{Code, Status};

use crate::harness::caller::{Caller, PASSWORD, reason, sample_app};
use crate::harness::environment::TestRandom;
use crate::harness::on_both_backends;
use crate::harness::server::{SYSTEM, TestServer};
use crate::secrets::reveal;

/// What the calls that seal are about.
struct World {
    app: proto::OauthApp,
    key: String,
    person: String,
}

/// Makes every call that seals something, and returns the answers.
async fn seal(admin: &Caller, caller: &Caller, world: &World, round: usize) -> Vec<Result<(), Status>> {
    let name = Some(format!("round-{round}"));
    let tenant = proto::Tenant { name: name.clone(), ..Default::default() };
    let tenant = proto::CreateTenantRequest { tenant: Some(tenant), ..Default::default() };
    let app = proto::OauthApp { name: name.clone(), ..sample_app("") };
    let client_secret = Some("another".to_owned());
    let app = proto::CreateOauthAppRequest { oauth_app: Some(app), client_secret: client_secret.clone(), ..Default::default() };
    let changed = proto::OauthApp { id: world.app.id.clone(), description: name.clone(), ..Default::default() };
    let changed = proto::UpdateOauthAppRequest { oauth_app: Some(changed), client_secret, ..Default::default() };
    let key = proto::ApiKey { permissions: vec![Permission::MgmtApi.into()], ..Default::default() };
    let key = proto::CreateApiKeyRequest { api_key: Some(key), ..Default::default() };
    let rotated = proto::RotateApiKeyRequest { api_key_id: world.key.clone(), ..Default::default() };
    let kind = proto::UserKind::Person.into();
    let person = proto::User { login_name: name, kind, ..Default::default() };
    let initial_password = Some(PASSWORD.to_owned());
    let person = proto::CreateUserRequest { user: Some(person), initial_password, ..Default::default() };
    let new_password = format!("{PASSWORD} {round}");
    let set = proto::SetUserPasswordRequest { user_id: world.person.clone(), new_password, ..Default::default() };
    let change = proto::ChangePasswordRequest { new_password: PASSWORD.to_owned() };
    vec![
        admin.tenants().create_tenant(tenant).await.map(drop),
        admin.apps().create_oauth_app(app).await.map(drop),
        admin.apps().update_oauth_app(changed).await.map(drop),
        admin.api_keys().create_api_key(key).await.map(drop),
        admin.api_keys().rotate_api_key(rotated).await.map(drop),
        admin.users().create_user(person).await.map(drop),
        caller.callers().change_password(change).await.map(drop),
        admin.users().set_user_password(set).await.map(drop),
    ]
}

on_both_backends! {
    async fn without_the_keyring_file_nothing_new_is_sealed_and_all_else_goes_on(server: TestServer) {
        let admin = server.admin();
        let app = admin.new_app(SYSTEM, "App").await;
        let (person, caller) = admin.new_person(SYSTEM, "jo", &[Permission::MgmtApi]).await;
        let request = proto::ListApiKeysRequest::default();
        let service = admin.new_user(SYSTEM, "service", &[Permission::MgmtApi]).await;
        admin.new_key(&service, &[Permission::MgmtApi]).await;
        let keys = admin.api_keys().list_api_keys(request).await.unwrap().into_inner().api_keys;
        let key = keys.into_iter().find(|key| key.user_id() == service).unwrap().id;
        let world = World { app, key, person: person.clone() };
        let keys = &server.registry.keys;
        let (loaded, random) = (TestServer::keyring(), TestRandom::default());
        Keyring::generate("skipped", &random).unwrap();
        let other = Keyring::generate("test", &random).unwrap();
        for (round, lost) in [Err("it is a test".to_owned()), Ok(&other)].into_iter().enumerate() {
            keys.compare(lost);
            for (call, answer) in seal(&admin, &caller, &world, round).await.into_iter().enumerate() {
                let refused = answer.unwrap_err();
                let found = (refused.code(), reason(&refused));
                assert_eq!(found, (Code::FailedPrecondition, "KEYRING_SEALED".to_owned()), "call {call}: {refused:?}");
            }
            // What is sealed already is opened, credentials too, and what seals nothing is written.
            assert_eq!(caller.own_user_id().await, person);
            assert_eq!(reveal(&admin, &world.app.id).await.unwrap().client_secret, "s3cret");
            admin.new_role(SYSTEM, &format!("Role {round}"), &[Permission::MgmtApi]).await;
            admin.tenants().list_tenants(proto::ListTenantsRequest { page_size: 1, ..Default::default() }).await.unwrap();
        }
        let more = format!("{}{}", *loaded.to_file_text(), "kek-next:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n");
        keys.compare(Ok(&Keyring::parse(&more).unwrap()));
        for (call, answer) in seal(&admin, &caller, &world, 2).await.into_iter().enumerate() {
            answer.unwrap_or_else(|refused| panic!("call {call}: {refused:?}"));
        }
    }
}
