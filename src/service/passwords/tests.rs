use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use super::{Passwords, Turn, WAITING};
use crate::domain::lockout::LockoutRule;
use crate::domain::login::QualifiedLogin;
use crate::domain::random::{Random, RandomError};
use crate::service::error::Error;

/// Always the same bytes.
struct Sevens;

impl Random for Sevens {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), RandomError> {
        bytes.fill(7);
        Ok(())
    }
}

fn passwords(at_once: usize) -> Passwords {
    let rule = LockoutRule { failures: 3, window: Duration::from_mins(15), duration: Duration::from_mins(30) };
    Passwords::new(at_once, rule, &Sevens).unwrap()
}

fn polled<T>(future: Pin<&mut impl Future<Output = T>>) -> Poll<T> {
    future.poll(&mut Context::from_waker(Waker::noop()))
}

fn ready<T>(future: impl Future<Output = T>) -> Option<T> {
    match polled(pin!(future)) {
        Poll::Ready(done) => Some(done),
        Poll::Pending => None,
    }
}

#[test]
fn beyond_those_that_wait_a_call_is_told_to_come_again() {
    let passwords = passwords(2);
    let turns: Vec<Turn> = (0..2).map(|_| ready(passwords.turn()).unwrap().unwrap()).collect();
    let mut waiting: Vec<_> = (0..WAITING).map(|_| Box::pin(passwords.turn())).collect();
    assert!(waiting.iter_mut().all(|turn| polled(turn.as_mut()).is_pending()));
    assert!(matches!(ready(passwords.turn()), Some(Err(Error::Overloaded))));
    // One that gives up makes room for another, and so does one whose turn is over.
    drop(waiting.pop());
    let mut another = Box::pin(passwords.turn());
    assert!(polled(another.as_mut()).is_pending());
    drop(turns);
    let turns: Vec<_> = waiting.iter_mut().map(|turn| polled(turn.as_mut())).collect();
    let served: Vec<_> = turns.iter().map(Poll::is_ready).collect();
    assert_eq!(served[..3], [true, true, false], "whoever has waited longest comes first");
    assert_eq!(served.iter().filter(|ready| **ready).count(), 2);
}

#[tokio::test]
async fn a_computation_that_was_given_up_keeps_its_turn() {
    let passwords = passwords(1);
    let turn = passwords.turn().await.unwrap();
    let (go, held) = std::sync::mpsc::channel::<()>();
    let mut computed = Box::pin(passwords.compute(turn, move || Ok(held.recv().is_ok())));
    assert!(polled(computed.as_mut()).is_pending());
    drop(computed);
    let mut next = Box::pin(passwords.turn());
    assert!(polled(next.as_mut()).is_pending(), "the hash is still being computed");
    go.send(()).unwrap();
    assert!(next.await.is_ok());
    assert_eq!(passwords.computed(), 1);
}

fn login(name: &str) -> QualifiedLogin {
    QualifiedLogin::parse(name).unwrap()
}

#[test]
fn an_attempt_waits_for_the_count_of_the_one_before_and_holds_no_turn_meanwhile() {
    let passwords = passwords(1);
    let (turn, line) = ready(passwords.turn_at(&login("jo"))).unwrap().unwrap();
    let uncounted = turn.uncounted(line);
    let jo = login("JO");
    let (mut next, mut last) = (Box::pin(passwords.turn_at(&jo)), Box::pin(passwords.turn_at(&jo)));
    assert!(polled(next.as_mut()).is_pending() && polled(last.as_mut()).is_pending());
    assert!(ready(passwords.turn_at(&login("joe"))).is_some(), "the only turn is free for others");
    let mut all = Box::pin(passwords.counted());
    assert!(polled(all.as_mut()).is_pending());
    drop(uncounted);
    assert!(polled(all.as_mut()).is_ready() && polled(last.as_mut()).is_pending(), "nobody overtakes");
    let Poll::Ready(Ok((turn, line))) = polled(next.as_mut()) else { panic!("the wrong password is counted") };
    assert!(polled(last.as_mut()).is_pending(), "the turn is taken");
    let uncounted = turn.uncounted(line);
    assert!(polled(last.as_mut()).is_pending(), "a turn that was waited for is no use while another wrong password is uncounted");
    assert!(ready(passwords.turn_at(&login("joe"))).is_some());
    drop(uncounted);
    assert!(polled(last.as_mut()).is_ready());
}

#[test]
fn attempts_at_one_login_are_judged_at_the_same_time_while_none_is_wrong() {
    let passwords = passwords(2);
    let turns: Vec<_> = (0..2).map(|_| ready(passwords.turn_at(&login("jo"))).unwrap().unwrap()).collect();
    assert_eq!(turns.len(), 2);
}

#[test]
fn what_is_not_counted_yet_takes_the_place_of_a_call() {
    let passwords = passwords(1);
    let uncounted: Vec<_> = (0..=WAITING)
        .map(|number| {
            let (turn, line) = ready(passwords.turn_at(&login(&format!("jo-{number}")))).unwrap().unwrap();
            turn.uncounted(line)
        })
        .collect();
    assert!(matches!(ready(passwords.turn_at(&login("jo"))), Some(Err(Error::Overloaded))));
    drop(uncounted);
    assert!(ready(passwords.turn_at(&login("jo"))).is_some());
}
