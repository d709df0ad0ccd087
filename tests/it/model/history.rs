//! Plays a history on a server and on the model, and compares them call by call.

use std::collections::BTreeMap;

use super::beginning;
use super::callers::Caller;
use super::calls::{Call, Step};
use super::compare;
use super::cut::Failure;
use super::dice::Dice;
use super::draw::{Draw, FIRST};
use super::reasons::{self, Refused};
use super::rules;
use super::server::Named;
use super::world::{ROOT, ROOT_KEY, World};
use crate::harness::server::TestServer;

/// After how many steps all of the server's state is looked at.
const STEPS_BETWEEN_LOOKS: usize = 17;

/// How often each method came to each end.
pub(super) type Seen = BTreeMap<(&'static str, String), usize>;

/// A server and the model of it.
struct Play {
    named: Named,
    world: World,
    seen: Seen,
}

impl Play {
    async fn new(server: TestServer) -> Self {
        Self { named: Named::new(server).await, world: World::at_first(super::START), seen: Seen::new() }
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
        Ok(())
    }

    /// Holds the server's state against the model's.
    async fn compare(&self) -> Result<(), String> {
        compare::state(&self.world, &self.named).await
    }
}

/// Draws a history of so many calls and plays it.
pub(super) async fn draw(server: TestServer, seed: u64, calls: usize) -> Result<Seen, Failure<Step>> {
    let (mut play, mut dice, mut steps) = (Play::new(server).await, Dice::new(seed), Vec::new());
    for place in 0..beginning::LENGTH + calls {
        let step = if place < beginning::LENGTH {
            beginning::step(&mut dice, &play.world, place)
        } else {
            next(&mut dice, &play.world, beginning::first_number(place))
        };
        steps.push(step.clone());
        let mut agreed = play.step(&step).await;
        // What was refused has changed nothing, and what was changed stays as it is.
        if agreed.is_ok() && (place + 1) % STEPS_BETWEEN_LOOKS == 0 {
            agreed = play.compare().await;
        }
        if let Err(why) = agreed {
            return Err(Failure { items: steps, why });
        }
    }
    play.compare().await.map_err(|why| Failure { items: steps, why })?;
    Ok(play.seen)
}

/// Plays a history that was drawn before.
pub(super) async fn replay(server: TestServer, steps: &[Step]) -> Option<String> {
    let mut play = Play::new(server).await;
    for step in steps {
        if let Err(why) = play.step(step).await {
            return Some(why);
        }
    }
    play.compare().await.err()
}

/// Draws the next step: about as many that are allowed as are refused, and those that are refused for all kinds of reasons.
fn next(dice: &mut Dice, world: &World, number: usize) -> Step {
    loop {
        if dice.percent(2) {
            let call = Call::Wait(1_000);
            return Step { number, credential: FIRST, on_behalf_of: None, call };
        }
        let mut draw = Draw { dice, world };
        let credential = draw.credential();
        let step = draw.step(number, credential);
        let strong = Caller::of(world, &step).is_ok_and(|caller| caller.numbers.contains(&12));
        let wanted = match rules::judge(world, &step) {
            Ok(()) if ends_the_first_administrator(&step.call) => 0,
            Ok(()) if strong => 30,
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
        Some(reasons::INVALID_CREDENTIAL | reasons::ON_BEHALF_OF_REFUSED | reasons::MISSING_PERMISSION) => 8,
        Some(reasons::NOT_FOUND) => 12,
        _ => 60,
    }
}
