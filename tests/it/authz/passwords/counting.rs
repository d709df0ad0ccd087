//! A wrong password is counted after its answer, whoever waits for it and whatever the count waits for.

use std::io::Write;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use oauth_registry::authn::Unauthenticated;
use oauth_registry::proto::GetCallerRequest;
use oauth_registry::service::Error;
use sea_orm::ConnectionTrait;
use tonic::Code;
use tracing_subscriber::fmt::MakeWriter;

use super::lockout::{events, user};
use super::{WRONG, if_refused, presented};
use crate::authz::credentials::{masked, refused};
use crate::authz::set;
use crate::harness::caller::PASSWORD;
use crate::harness::on_both_backends;
use crate::harness::raw::Raw;
use crate::harness::server::{SYSTEM, TestServer};

/// Waits for something that comes without our doing.
async fn until<F: Future<Output = bool>>(come: impl Fn() -> F) {
    let coming = async {
        while !come().await {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_mins(1), coming).await.unwrap();
}

on_both_backends! {
    async fn a_refused_password_is_an_event_though_the_caller_has_gone(server: TestServer) {
        let admin = server.admin();
        let (id, jo) = admin.new_person(SYSTEM, "jo", &set(&[11])).await;
        for guess in 0..3 {
            let (before, computed) = (events(&admin, SYSTEM).await.len(), server.registry.passwords.computed());
            let caller = jo.with_password(WRONG);
            let call = tokio::spawn(async move { caller.callers().get_caller(GetCallerRequest {}).await });
            until(async || server.registry.passwords.computed() > computed).await;
            call.abort();
            let told = |event: &oauth_registry::proto::Event| event.error_reason == "INVALID_CREDENTIAL";
            until(async || events(&admin, SYSTEM).await[before..].iter().any(told)).await;
            until(async || user(&admin, &id).await.lock_expire_time.is_some() == (guess == 2)).await;
        }
        refused(&jo).await;
    }

    async fn a_wrong_password_is_answered_like_any_though_it_cannot_be_counted(server: TestServer) {
        let admin = server.admin();
        let (_, jo) = admin.new_person(SYSTEM, "jo", &set(&[11])).await;
        let expected = masked(&refused(&server.anonymous()).await);
        Raw::of(&server).await.stop_counting().await;
        assert_eq!(masked(&refused(&jo.with_password(WRONG)).await), expected);
    }

    async fn while_a_wrong_password_cannot_be_counted_nobody_gets_in_by_a_password(server: TestServer) {
        let (admin, raw) = (server.admin(), Raw::of(&server).await);
        let (id, jo) = admin.new_person(SYSTEM, "jo", &set(&[11])).await;
        let (_, other) = admin.new_person(SYSTEM, "other", &set(&[11])).await;
        raw.stop_counting().await;
        refused(&jo.with_password(WRONG)).await;
        server.registry.passwords.counted().await;
        for caller in [&jo, &jo.with_password(WRONG), &other] {
            let computed = server.registry.passwords.computed();
            let answer = caller.callers().get_caller(GetCallerRequest {}).await.unwrap_err();
            assert_eq!((answer.code(), server.registry.passwords.computed()), (Code::Unavailable, computed), "{answer:?}");
        }
        assert_eq!(admin.own_user_id().await.len(), 36, "whoever has a key goes on");
        raw.count_again().await;
        // Not before the pause after the last try is over.
        until(async || jo.callers().get_caller(GetCallerRequest {}).await.is_ok()).await;
        for _ in 0..2 {
            refused(&jo.with_password(WRONG)).await;
        }
        server.registry.passwords.counted().await;
        assert!(user(&admin, &id).await.lock_expire_time.is_none(), "the good password has ended the count");
    }

    async fn a_lock_that_the_event_log_does_not_take_is_a_lock_all_the_same(server: TestServer) {
        let admin = server.admin();
        let (id, jo) = admin.new_person(SYSTEM, "jo", &set(&[11])).await;
        for _ in 0..2 {
            refused(&jo.with_password(WRONG)).await;
        }
        server.registry.passwords.counted().await;
        let (raw, before) = (Raw::of(&server).await, events(&admin, SYSTEM).await.len());
        raw.lock_the_log().await;
        refused(&jo.with_password(WRONG)).await;
        server.registry.passwords.counted().await;
        raw.unlock_the_log().await;
        assert!(user(&admin, &id).await.lock_expire_time.is_some());
        assert_eq!(events(&admin, SYSTEM).await.len(), before);
        refused(&jo).await;
    }
}

/// On PostgreSQL a count waits for whoever holds the user; on SQLite for every writer, and so does each refusal's event.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_answer_waits_for_the_lock_that_a_count_waits_for() {
    let Some(server) = TestServer::postgres().await else { return };
    let admin = server.admin();
    let (id, jo) = admin.new_person(SYSTEM, "jo", &set(&[11])).await;
    let (_, low) = id.parse::<uuid::Uuid>().unwrap().as_u64_pair();
    let holder = Raw::of(&server).await.begin().await;
    holder.execute_unprepared(&format!("SELECT pg_advisory_xact_lock({})", low.cast_signed())).await.unwrap();
    let guess = |login, password| server.registry.authenticate_password(presented(login, password), if_refused(&server));
    let wrong = guess("jo", WRONG).await;
    assert!(matches!(wrong, Err(Error::Unauthenticated(Unauthenticated))), "{wrong:?}");
    let unknown = guess("joe", WRONG).await;
    assert!(matches!(unknown, Err(Error::Unauthenticated(Unauthenticated))), "{unknown:?}");
    holder.rollback().await.unwrap();
    for _ in 0..2 {
        refused(&jo.with_password(WRONG)).await;
    }
    let right = guess("jo", PASSWORD).await;
    assert!(right.is_err(), "all three have been counted before the fourth is judged: {right:?}");
}

/// The text that was logged.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Log {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

/// On one thread, so that every task logs to the same place.
#[tokio::test]
async fn a_count_that_cannot_be_written_is_logged_without_the_login() {
    let log = Log::default();
    let subscriber = tracing_subscriber::fmt().with_writer(log.clone()).with_ansi(false).finish();
    let _logging = tracing::subscriber::set_default(subscriber);
    let server = TestServer::sqlite().await;
    let (id, jo) = server.admin().new_person(SYSTEM, "jo-with-a-name", &set(&[11])).await;
    Raw::of(&server).await.stop_counting().await;
    refused(&jo.with_password(WRONG)).await;
    server.registry.passwords.counted().await;
    let text = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    let line =
        text.lines().find(|line| line.contains("a wrong password could not be counted ")).unwrap_or_else(|| panic!("{text}"));
    assert!(line.contains("ERROR") && line.contains(&id), "{line}");
    assert!(!text.contains("jo-with-a-name") && !text.contains(WRONG), "{text}");
}
