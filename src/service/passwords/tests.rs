use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use super::{Passwords, Turn, WAITING};
use crate::domain::lockout::LockoutRule;
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
