//! Without a usable key-encryption key the server runs, says so, and lets nobody in.

use oauth_registry::crypto::Keyring;
use oauth_registry::domain::time::Clock;
use oauth_registry::proto::{GetCallerRequest, Permission};
use oauth_registry::service::{KeyState, Sealed};
use sea_orm::{ConnectionTrait, Database};
use tonic::transport::Channel;
use tonic::{Code, Status};
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_health::pb::health_client::HealthClient;
use tonic_reflection::pb::v1::ServerReflectionRequest;
use tonic_reflection::pb::v1::server_reflection_client::ServerReflectionClient;
use tonic_reflection::pb::v1::server_reflection_request::MessageRequest;
use tonic_reflection::pb::v1::server_reflection_response::MessageResponse;

use crate::harness::caller::{Caller, details, reason};
use crate::harness::descriptors::{methods, path};
use crate::harness::environment::TestRandom;
use crate::harness::on_both_backends;
use crate::harness::raw::Raw;
use crate::harness::server::{Home, TestServer};
use crate::secrets::reveal;

async fn health(channel: &Channel) -> Vec<ServingStatus> {
    let mut services: Vec<_> = methods().iter().map(|method| method.parent_service().full_name().to_owned()).collect();
    services.dedup();
    services.push(String::new());
    let mut answers = Vec::new();
    for service in services {
        let answer = HealthClient::new(channel.clone()).check(HealthCheckRequest { service }).await.unwrap();
        answers.push(answer.into_inner().status());
    }
    answers
}

async fn reflected_services(channel: &Channel) -> usize {
    let request =
        ServerReflectionRequest { host: String::new(), message_request: Some(MessageRequest::ListServices(String::new())) };
    let mut client = ServerReflectionClient::new(channel.clone());
    let mut answers = client.server_reflection_info(tokio_stream::once(request)).await.unwrap().into_inner();
    match answers.message().await.unwrap().unwrap().message_response.unwrap() {
        MessageResponse::ListServicesResponse(list) => list.service.len(),
        other => panic!("{other:?}"),
    }
}

fn sealed(status: &Status) {
    assert_eq!((status.code(), reason(status).as_str()), (Code::FailedPrecondition, "KEYRING_SEALED"), "{status:?}");
    let details = details(status);
    assert_eq!(details.precondition_failure().unwrap().violations[0].subject, "keyring");
    assert!(details.request_info().is_some());
}

async fn verified(server: &TestServer, text: &str) -> KeyState {
    let now = server.clock.now();
    KeyState::verify(Keyring::parse(text).unwrap(), &server.registry.store, now).await.unwrap()
}

/// The keyring file's lines, without the mark of the primary.
fn lines(keyring: &Keyring) -> Vec<String> {
    let text = keyring.to_file_text();
    text.lines().filter(|line| !line.starts_with('#')).map(|line| line.trim_end_matches(" primary").to_owned()).collect()
}

/// A key that the server has never had; names of another length have other keys.
fn other_key(suffix: &str) -> String {
    let random = TestRandom::default();
    for _ in 0..suffix.len() {
        Keyring::generate("skipped", &random).unwrap();
    }
    lines(&Keyring::generate(suffix, &random).unwrap()).remove(0)
}

/// Another key under a name that is taken.
fn imposter(name: &str) -> String {
    other_key("an-imposter").replace("kek-an-imposter", name)
}

on_both_backends! {
    async fn a_sealed_server_answers_every_call_alike_and_says_so_to_its_watchers(server: TestServer) {
        let (health_state, channel) = server.with_keys(KeyState::Sealed(Sealed("it is a test".to_owned()))).await;
        let admin = Caller::new(channel.clone(), Some(server.admin_token().to_owned()));
        for method in methods() {
            sealed(&admin.raw(&path(&method), Vec::new()).await.unwrap_err());
        }
        let nobody = Caller::new(channel.clone(), None);
        let refused = nobody.raw(&path(&methods()[0]), Vec::new()).await.unwrap_err();
        assert_eq!((refused.code(), reason(&refused).as_str()), (Code::Unauthenticated, "INVALID_CREDENTIAL"));
        assert!(health(&channel).await.iter().all(|status| *status == ServingStatus::NotServing));
        assert!(reflected_services(&channel).await >= 10);
        assert!(health(&server.channel()).await.iter().all(|status| *status == ServingStatus::Serving));
        health_state.stop().await;
    }

    async fn a_keyring_that_is_not_the_databases_seals_the_server(server: TestServer) {
        let own = lines(&TestServer::keyring()).remove(0);
        let name = own.split(':').next().unwrap().to_owned();
        let stranger = other_key("stranger");
        let imposter = imposter(&name);
        for (text, why) in [
            (format!("{imposter} primary\n"), "is not the one that the database knows"),
            (format!("{stranger} primary\n"), "is not in the keyring"),
            (format!("{stranger} primary\n{imposter}\n"), "is not the one that the database knows"),
        ] {
            let KeyState::Sealed(Sealed(said)) = verified(&server, &text).await else { panic!("{why}: usable") };
            assert!(said.contains(why) && said.contains(&name), "{said}");
            let secret = own.split(':').nth(1).unwrap();
            assert!(!said.contains(secret) && !said.contains(stranger.split(':').nth(1).unwrap()));
        }
        let raw = Raw::of(&server).await;
        assert_eq!(raw.texts("SELECT kek_id FROM key_encryption_key").await, [name], "a sealed start notes nothing");
        assert!(matches!(verified(&server, &format!("{own} primary\n")).await, KeyState::Usable(_)));
    }

    async fn a_new_primary_beside_the_old_key_opens_old_secrets_and_is_noted(server: TestServer) {
        let admin = server.admin();
        let tenant = admin.new_tenant("Acme").await;
        let app = admin.new_app(&tenant, "App").await;
        let revealer = admin.new_caller(&tenant, "revealer", &[Permission::RevealSecrets]).await;
        let (own, fresh) = (lines(&TestServer::keyring()).remove(0), other_key("fresh"));
        let state = verified(&server, &format!("{fresh} primary\n{own}\n")).await;
        let (_, channel) = server.with_keys(state).await;
        let again = Caller::new(channel.clone(), revealer.token().map(str::to_owned));
        assert_eq!(reveal(&again, &app.id).await.unwrap().client_secret, "s3cret");
        let raw = Raw::of(&server).await;
        let noted = raw.texts("SELECT kek_id FROM key_encryption_key ORDER BY kek_id").await;
        assert_eq!(noted, ["kek-fresh", "kek-test"]);
        let admin = Caller::new(channel, Some(server.admin_token().to_owned()));
        admin.new_tenant("Wrapped by the new key").await;
        assert_eq!(raw.count("tenant_key", "kek_id = 'kek-fresh'").await, 3);
        // From here on the new key is needed: the old one alone is not enough, and another of its name is an imposter.
        assert!(matches!(verified(&server, &format!("{own} primary\n")).await, KeyState::Sealed(_)));
        let text = format!("{own} primary\n{fresh}\n");
        assert!(matches!(verified(&server, &text).await, KeyState::Usable(_)));
        let text = format!("{own} primary\n{}\n", imposter("kek-fresh"));
        assert!(matches!(verified(&server, &text).await, KeyState::Sealed(_)));
    }
}

/// Throws every connection out of a database and lets none in again.
async fn shut(url: &str) {
    let (start, parameters) = url.split_once('?').unwrap();
    let name = start.rsplit('/').next().unwrap();
    let outside = start.replace(&format!("/{name}"), "/postgres");
    let connection = Database::connect(format!("{outside}?{parameters}")).await.unwrap();
    let statements = [
        format!("ALTER DATABASE \"{name}\" ALLOW_CONNECTIONS false"),
        format!("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'"),
    ];
    for statement in statements {
        connection.execute_unprepared(&statement).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_its_database_the_server_says_that_it_takes_no_calls() {
    let Some(server) = TestServer::postgres().await else { return };
    let channel = server.channel();
    assert!(health(&channel).await.iter().all(|status| *status == ServingStatus::Serving));
    let Home::Postgres(database) = server.home() else { panic!("it is a PostgreSQL server") };
    shut(database.url()).await;
    server.health.look(&server.registry).await;
    assert!(health(&channel).await.iter().all(|status| *status == ServingStatus::NotServing));
    let refused = server.admin().callers().get_caller(GetCallerRequest {}).await.unwrap_err();
    assert_eq!((refused.code(), reason(&refused).as_str()), (Code::Unavailable, "DATABASE_UNAVAILABLE"), "{refused:?}");
    assert!(details(&refused).retry_info().is_some());
}
