//! Plays a history on a server and on the model, and cuts one that fails down to what it takes.

use std::collections::BTreeMap;

use super::beginning;
use super::callers::Caller;
use super::calls::{Call, Step};
use super::compare;
use super::dice::Dice;
use super::draw::Draw;
use super::reasons::{self, MISSING_PERMISSION, Refused};
use super::rules;
use super::server::Named;
use super::world::{ROOT, ROOT_KEY, World};
use crate::harness::server::TestServer;

/// When the server's clock starts, in seconds.
const START: i64 = 1_767_225_600;

/// How often each method came to each end.
pub(super) type Seen = BTreeMap<(&'static str, String), usize>;

/// A history that failed.
#[derive(Debug)]
pub(super) struct Failure {
    pub(super) steps: Vec<Step>,
    pub(super) why: String,
}

/// A server and the model of it.
struct Play {
    named: Named,
    world: World,
    seen: Seen,
}

impl Play {
    async fn new(server: TestServer) -> Self {
        Self { named: Named::new(server).await, world: World::at_first(START), seen: Seen::new() }
    }

    /// Plays a step on both.
    async fn step(&mut self, step: &Step) -> Result<(), String> {
        let verdict = rules::judge(&self.world, step);
        // Whoever never got a credential cannot call; only in a history that was cut.
        let Some(outcome) = self.named.send(step).await else { return Ok(()) };
        let end = match &outcome {
            Ok(_) => "OK".to_owned(),
            Err((_, reason)) => reason.clone(),
        };
        *self.seen.entry((step.call.method(), end)).or_default() += 1;
        match (verdict, outcome) {
            (Ok(()), Ok(answer)) => {
                if let Ok(caller) = Caller::of(&self.world, step) {
                    compare::answer(&self.world, &self.named, (&caller, &step.call), &answer)?;
                }
                self.world.apply(step);
            }
            (Err(reasons), Err((code, reason))) if reasons.contains(&*reason) && code == reasons::code(&reason) => {
                return Ok(());
            }
            (verdict, outcome) => return Err(format!("the model says {verdict:?}, the server {outcome:?}")),
        }
        if !self.world.has_administrator() {
            return Err("nobody administers the system tenant any more".to_owned());
        }
        if step.call.is_write() { compare::state(&self.world, &self.named).await } else { Ok(()) }
    }
}

/// Draws a history of so many calls and plays it.
pub(super) async fn draw(server: TestServer, seed: u64, calls: usize) -> Result<Seen, Failure> {
    let (mut play, mut dice, mut steps) = (Play::new(server).await, Dice::new(seed), Vec::new());
    for place in 0..beginning::LENGTH + calls {
        let step = if place < beginning::LENGTH {
            beginning::step(&mut dice, &play.world, place)
        } else {
            next(&mut dice, &play.world, beginning::first_number(place))
        };
        steps.push(step.clone());
        if let Err(why) = play.step(&step).await {
            return Err(Failure { steps, why });
        }
    }
    // What was refused has changed nothing.
    compare::state(&play.world, &play.named).await.map_err(|why| Failure { steps, why })?;
    Ok(play.seen)
}

/// Plays a history that was drawn before.
async fn replay(server: TestServer, steps: &[Step]) -> Option<String> {
    let mut play = Play::new(server).await;
    for step in steps {
        if let Err(why) = play.step(step).await {
            return Some(why);
        }
    }
    compare::state(&play.world, &play.named).await.err()
}

/// Draws the next step: about as many that are allowed as are refused, and those that are refused for all kinds of reasons.
fn next(dice: &mut Dice, world: &World, number: usize) -> Step {
    loop {
        if dice.percent(2) {
            let call = Call::Wait(1_000);
            return Step { number, credential: super::draw::FIRST, on_behalf_of: None, call };
        }
        let mut draw = Draw { dice, world };
        let credential = draw.credential();
        let step = draw.step(number, credential);
        let wanted = match rules::judge(world, &step) {
            Ok(()) if ends_the_first_administrator(&step.call) => 0,
            Ok(()) => 90,
            Err(reasons) => interest(&reasons),
        };
        if dice.percent(wanted) {
            return step;
        }
    }
}

/// The state is read back as the first administrator, who has to stay.
fn ends_the_first_administrator(call: &Call) -> bool {
    match call {
        Call::SuspendUser(user) | Call::DeleteUser(user) | Call::UpdateUser(user, ..) => *user == ROOT,
        Call::RotateApiKey(key) | Call::RevokeApiKey(key) => *key == ROOT_KEY,
        _ => false,
    }
}

/// How many of a hundred steps that are refused so are wanted.
fn interest(reasons: &Refused) -> usize {
    match reasons.iter().copied().next() {
        Some(reasons::INVALID_CREDENTIAL | reasons::ON_BEHALF_OF_REFUSED | MISSING_PERMISSION) => 8,
        Some(reasons::NOT_FOUND) => 12,
        _ => 60,
    }
}

/// Leaves out of a history what it does not need to fail.
pub(super) async fn shrink<F: AsyncFn() -> TestServer>(mut failure: Failure, server: F) -> Failure {
    let mut width = failure.steps.len() / 2;
    while width > 0 {
        let mut from = 0;
        while from < failure.steps.len() {
            let mut steps = failure.steps.clone();
            steps.drain(from..(from + width).min(failure.steps.len()));
            match replay(server().await, &steps).await {
                Some(why) => failure = Failure { steps, why },
                None => from += width,
            }
        }
        width /= 2;
    }
    failure
}
