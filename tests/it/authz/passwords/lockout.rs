//! Three wrong passwords lock a login for a while, whoever sends them and however fast.

use std::future::poll_fn;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use oauth_registry::proto::{self, Event, EventDecision};

use super::{WRONG, if_refused, presented};
use crate::authz::credentials::{refused, set_status};
use crate::authz::set;
use crate::harness::caller::{Caller, PASSWORD};
use crate::harness::on_both_backends;
use crate::harness::server::{LOCKOUT, SYSTEM, TestServer};

on_both_backends! {
    async fn three_wrong_passwords_lock_until_the_lock_ends(server: TestServer) {
        let admin = server.admin();
        let (id, jo) = admin.new_person(SYSTEM, "jo", &set(&[11])).await;
        let key = admin.new_key(&id, &set(&[11])).await;
        let before = user(&admin, &id).await;
        wrong(&server, &jo, 2).await;
        assert_eq!(user(&admin, &id).await, before, "two are no lock, and counting is no change");
        wrong(&server, &jo, 1).await;
        refused(&jo).await;
        let locked = user(&admin, &id).await;
        let until = locked.lock_expire_time.unwrap().seconds;
        let now = oauth_registry::domain::time::Clock::now(server.clock.as_ref()).as_micros() / 1_000_000;
        assert_eq!(until - now, i64::try_from(LOCKOUT.duration.as_secs()).unwrap());
        assert_eq!(locked.etag, before.etag, "a lock is nobody's change of the user");
        assert_eq!(key.own_user_id().await, id, "the lock is the password's alone");
        server.clock.advance_seconds(1_799);
        wrong(&server, &jo, 1).await;
        refused(&jo).await;
        assert_eq!(user(&admin, &id).await, locked, "going on does not extend the lock");
        server.clock.advance_seconds(1);
        assert_eq!(jo.own_user_id().await, id);
        assert_eq!(user(&admin, &id).await, before, "a good password ends the count");
    }

    async fn only_wrong_passwords_within_the_window_and_since_the_last_good_one_count(server: TestServer) {
        let admin = server.admin();
        let (id, jo) = admin.new_person(SYSTEM, "jo", &set(&[11])).await;
        wrong(&server, &jo, 2).await;
        server.clock.advance_seconds(901);
        wrong(&server, &jo, 2).await;
        assert_eq!(jo.own_user_id().await, id, "the window of the first two has closed");
        wrong(&server, &jo, 2).await;
        assert_eq!(jo.own_user_id().await, id, "the good one before has ended the count");
        wrong(&server, &jo, 3).await;
        server.clock.advance_seconds(1_801);
        wrong(&server, &jo, 2).await;
        assert_eq!(jo.own_user_id().await, id, "after a lock counting begins anew");
    }

    async fn a_lock_is_one_event_of_the_users_tenant_and_a_wrong_password_one_of_nobodys(server: TestServer) {
        let admin = server.admin();
        let tenant = admin.new_tenant("Acme").await;
        let (id, jo) = admin.new_person(&tenant, "jo", &set(&[11])).await;
        let (own, nobodys) = (events(&admin, &tenant).await.len(), events(&admin, SYSTEM).await.len());
        wrong(&server, &jo, 4).await;
        refused(&jo).await;
        let events_of_system = events(&admin, SYSTEM).await.split_off(nobodys);
        let said = |event: &Event| (event.decision(), event.actor.clone(), event.actor_login_name.clone());
        let expected = (EventDecision::Unauthenticated, String::new(), String::new());
        assert_eq!(events_of_system.iter().map(said).collect::<Vec<_>>(), vec![expected; 5], "a locked login proves nothing");
        let [locked] = &events(&admin, &tenant).await.split_off(own)[..] else { panic!("not one event") };
        assert_eq!((locked.method.as_str(), locked.actor.as_str()), ("lock_login", "system:lock_login"));
        assert_eq!((locked.resource_kind.as_str(), &locked.resource_id, locked.decision()), ("user", &id, EventDecision::Allowed));
        assert_eq!(locked.changed_fields, ["lock_expire_time"]);
    }

    async fn the_right_password_of_a_suspended_user_is_an_event_of_that_user(server: TestServer) {
        let admin = server.admin();
        let tenant = admin.new_tenant("Acme").await;
        let (id, jo) = admin.new_person(&tenant, "jo", &set(&[11])).await;
        set_status(&server, ("user_account", &id), "suspended").await;
        let before = events(&admin, &tenant).await.len();
        refused(&jo).await;
        let [event] = &events(&admin, &tenant).await.split_off(before)[..] else { panic!("not one event") };
        assert_eq!((event.decision(), event.actor.as_str()), (EventDecision::Unauthenticated, &*format!("user:{id}")));
        assert_eq!((event.actor_login_name.as_str(), event.api_key_id.as_str()), ("jo", ""));
        wrong(&server, &jo, 3).await;
        set_status(&server, ("user_account", &id), "active").await;
        refused(&jo).await;
    }

    async fn wrong_passwords_at_the_same_time_all_count(server: TestServer) {
        let admin = server.admin();
        let (id, jo) = admin.new_person(SYSTEM, "jo", &set(&[11])).await;
        let guess = jo.by_password("jo", WRONG);
        tokio::join!(refused(&guess), refused(&guess), refused(&guess));
        server.registry.passwords.counted().await;
        assert!(user(&admin, &id).await.lock_expire_time.is_some());
        refused(&jo).await;
    }

    async fn of_a_flood_of_guesses_those_beyond_the_limit_are_not_even_compared(server: TestServer) {
        let admin = server.admin();
        let (id, jo) = admin.new_person(SYSTEM, "jo", &set(&[11])).await;
        let guesses = [WRONG; 9].into_iter().chain([PASSWORD]);
        let mut answers = at_once(guesses.map(|guess| server.registry.authenticate_password(presented("jo", guess), if_refused(&server)))).await;
        assert!(answers.pop().unwrap().is_err(), "the right one came after the lock");
        assert!(answers.iter().all(Result::is_err));
        refused(&jo).await;
        assert!(user(&admin, &id).await.lock_expire_time.is_some());
    }

    async fn a_guess_counts_though_the_caller_has_gone_before_the_answer(server: TestServer) {
        let admin = server.admin();
        let (id, jo) = admin.new_person(SYSTEM, "jo", &set(&[11])).await;
        wrong(&server, &jo, 2).await;
        let mut guess = Box::pin(server.registry.authenticate_password(presented("jo", WRONG), if_refused(&server)));
        assert!(guess.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
        drop(guess);
        let counted = async {
            while user(&admin, &id).await.lock_expire_time.is_none() {
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(Duration::from_mins(1), counted).await.unwrap();
    }
}

/// Runs futures at the same time; each begins after the one before it.
async fn at_once<F: Future>(futures: impl Iterator<Item = F>) -> Vec<F::Output> {
    let mut running: Vec<_> = futures.map(|future| (Box::pin(future), None)).collect();
    poll_fn(move |context| {
        for (future, answer) in running.iter_mut().filter(|(_, answer)| answer.is_none()) {
            if let Poll::Ready(done) = future.as_mut().poll(context) {
                *answer = Some(done);
            }
        }
        let answered = running.iter().all(|(_, answer)| answer.is_some());
        if answered { Poll::Ready(running.iter_mut().filter_map(|(_, answer)| answer.take()).collect()) } else { Poll::Pending }
    })
    .await
}

/// Sends wrong passwords in somebody's name, and waits until they are counted.
async fn wrong(server: &TestServer, caller: &Caller, times: usize) {
    for _ in 0..times {
        refused(&caller.with_password(WRONG)).await;
    }
    server.registry.passwords.counted().await;
}

pub(super) async fn user(caller: &Caller, id: &str) -> proto::User {
    let request = proto::GetUserRequest { user_id: id.to_owned() };
    caller.users().get_user(request).await.unwrap().into_inner().user.unwrap()
}

pub(super) async fn events(caller: &Caller, tenant: &str) -> Vec<Event> {
    let request = proto::ListEventsRequest { tenant_id: Some(tenant.to_owned()), page_size: 500, ..Default::default() };
    caller.events().list_events(request).await.unwrap().into_inner().events
}
