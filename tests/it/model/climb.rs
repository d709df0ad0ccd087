//! Tries to climb: from a credential without 12, by calls that would give more if they went through, with every credential that was
//! obtained on the way. What was reached is asked of the server alone; the model only helps to draw calls that name what is there.

use std::collections::BTreeSet;

use oauth_registry::proto;

use super::beginning;
use super::callers::Caller;
use super::calls::{Call, Credential, KeyWish, Step};
use super::cut::Failure;
use super::dice::Dice;
use super::draw::{Draw, FIRST};
use super::numbers::{self, Numbers};
use super::reasons;
use super::rules;
use super::server::Named;
use super::world::{Id, ROOT, World};
use crate::harness::caller::Caller as Client;
use crate::harness::server::TestServer;

/// How many calls an attempt has.
const CALLS: usize = 12;
/// How many attempts are made on one server.
const ATTEMPTS: usize = 5;

/// The permissions by which one could climb.
const UPWARDS: [i32; 8] = [11, 13, 15, 17, 19, 21, 25, 1006];

/// A step with the part that it plays.
#[derive(Debug, Clone)]
pub(super) enum Part {
    /// What was there before.
    Before(Step),
    /// A call of somebody who climbs, from where.
    Climb(Credential, Step),
}

/// What somebody has.
#[derive(Debug, Clone, Default)]
struct Possession {
    numbers: Numbers,
    tenants: BTreeSet<String>,
}

impl Possession {
    fn add(&mut self, other: Self) {
        self.numbers.extend(other.numbers);
        self.tenants.extend(other.tenants);
    }

    fn beyond(&self, start: &Self) -> Option<String> {
        let numbers: Vec<_> = self.numbers.difference(&start.numbers).collect();
        let tenants: Vec<_> = self.tenants.difference(&start.tenants).collect();
        (!numbers.is_empty() || !tenants.is_empty()).then(|| format!("gained {numbers:?} and {tenants:?} beyond {start:?}"))
    }
}

/// Somebody who climbs.
struct Climber {
    from: Credential,
    start: Possession,
    hand: BTreeSet<Credential>,
    users: Vec<Id>,
}

/// A server that is climbed.
struct Wall {
    named: Named,
    world: World,
}

impl Wall {
    async fn new(server: TestServer) -> Self {
        Self { named: Named::new(server).await, world: World::at_first(super::START) }
    }

    /// Sends a step and says whether it was answered.
    async fn step(&mut self, step: &Step) -> bool {
        let answered = matches!(self.named.send(step).await, Some(Ok(_)));
        if answered {
            self.world.apply(step);
        }
        answered
    }

    /// Somebody who has a credential that lets them in.
    async fn climber(&self, from: Credential) -> Option<Climber> {
        let start = possession(&self.named.caller(from, None)?).await?;
        Some(Climber { from, start, hand: [from].into(), users: Vec::new() })
    }

    /// Makes a step of a climber, who keeps what it gives.
    async fn climb(&mut self, climber: &mut Climber, step: &Step) {
        if !climber.hand.contains(&step.credential) || !self.step(step).await {
            return;
        }
        match step.call {
            // The contract gives the creator of a tenant access to it.
            Call::CreateTenant => {
                climber.start.tenants.insert(self.named.id(step.number));
            }
            Call::CreateUser(..) => climber.users.push(step.number),
            Call::CreateApiKey(_) => drop(climber.hand.insert(Credential { key: step.number, rotations: 0 })),
            Call::RotateApiKey(key) => climber.hand.extend(self.named.newest(key)),
            _ => {}
        }
    }

    /// Says what the credentials in the hand give that the start did not have.
    async fn gain(&self, climber: &Climber) -> Option<String> {
        let mut reached = Possession::default();
        for credential in &climber.hand {
            let Some(own) = possession(&self.named.caller(*credential, None)?).await else { continue };
            let subjects: Vec<Id> = self.world.users.keys().copied().filter(|_| own.numbers.contains(&21)).collect();
            reached.add(own);
            for subject in subjects {
                let client = self.named.caller(*credential, Some(subject))?;
                reached.add(possession(&client).await.unwrap_or_default());
            }
        }
        reached.beyond(&climber.start)
    }
}

/// What the server says that somebody has; nothing when it lets nobody in.
async fn possession(client: &Client) -> Option<Possession> {
    let caller = client.callers().get_caller(proto::GetCallerRequest {}).await.ok()?.into_inner();
    let request = proto::ListTenantsRequest { page_size: 500, ..Default::default() };
    let listed = client.tenants().list_tenants(request).await.map(|answer| answer.into_inner().tenants).unwrap_or_default();
    let listed = listed.into_iter().map(|tenant| tenant.id);
    // A key that is bound to a tenant which its user does not reach has that as its default, and reaches nothing.
    let home = caller.on_behalf_of.or(caller.user)?.tenant_id.filter(|home| *home == caller.default_tenant_id);
    let tenants = caller.administered_tenant_ids.into_iter().chain(home).chain(listed);
    Some(Possession { numbers: caller.permissions.into_iter().collect(), tenants: tenants.collect() })
}

/// Makes some attempts on one server.
pub(super) async fn attempts(server: TestServer, seed: u64) -> Result<Heights, Failure<Part>> {
    let (mut wall, mut dice, mut parts) = (Wall::new(server).await, Dice::new(seed), Vec::new());
    for place in 0..beginning::LENGTH {
        let step = beginning::step(&mut dice, &wall.world, place);
        assert!(wall.step(&step).await || rules::judge(&wall.world, &step).is_err(), "{step:?}");
        parts.push(Part::Before(step));
    }
    let mut heights = Heights::default();
    for attempt in 0..ATTEMPTS {
        let first = beginning::first_number(beginning::LENGTH + attempt * (CALLS + 1));
        let step = prepared(&mut dice, &wall.world, first);
        wall.step(&step).await;
        parts.push(Part::Before(step));
        let newest = Credential { key: first, rotations: 0 };
        let from = if lets_in(&wall.world, newest) { Some(newest) } else { start(&mut dice, &wall.world) };
        let Some(from) = from else { break };
        let mut climber = wall.climber(from).await.expect("the server lets in whom the model lets in");
        let mut steps = Vec::new();
        for call in 0..CALLS {
            let step = next(&mut dice, &wall.world, &climber, first + 1 + call);
            wall.climb(&mut climber, &step).await;
            steps.push(step);
        }
        heights.attempts += 1;
        heights.credentials += climber.hand.len() - 1;
        if let Some(why) = wall.gain(&climber).await {
            parts.extend(steps.into_iter().map(|step| Part::Climb(from, step)));
            return Err(Failure { items: parts, why });
        }
        parts.extend(steps.into_iter().map(Part::Before));
    }
    Ok(heights)
}

/// What the attempts came to.
#[derive(Debug, Default, Clone, Copy)]
pub(super) struct Heights {
    pub(super) attempts: usize,
    /// The credentials that were obtained on the way.
    pub(super) credentials: usize,
}

/// Makes an attempt once more.
pub(super) async fn again(server: TestServer, parts: &[Part]) -> Option<String> {
    let mut wall = Wall::new(server).await;
    let mut climber = None;
    for part in parts {
        match part {
            Part::Before(step) => {
                wall.step(step).await;
            }
            Part::Climb(from, step) => {
                if climber.is_none() {
                    climber = Some(wall.climber(*from).await?);
                }
                wall.climb(climber.as_mut()?, step).await;
            }
        }
    }
    wall.gain(&climber?).await
}

/// Says whether a credential lets somebody in who does not hold 12.
fn lets_in(world: &World, credential: Credential) -> bool {
    let step = Step { number: 0, credential, on_behalf_of: None, call: Call::GetCaller };
    Caller::of(world, &step).is_ok_and(|caller| caller.numbers.contains(&11) && !caller.numbers.contains(&12))
}

fn start(dice: &mut Dice, world: &World) -> Option<Credential> {
    dice.pick(world.issued.iter().copied().filter(|credential| lets_in(world, *credential)))
}

/// What the first administrator does before an attempt, so that there is more to be gained.
fn prepared(dice: &mut Dice, world: &World, number: Id) -> Step {
    let users = world.users.iter().filter(|(id, user)| **id != ROOT && !world.held_by(user).contains(&12));
    let call = match dice.pick(users) {
        None => Call::GetCaller,
        // A key goes on listing what its user lost: whoever took it back would have climbed.
        Some((id, user)) if dice.percent(50) => {
            let lost: Numbers = dice.some(60, user.grants.iter().copied().filter(|number| !UPWARDS.contains(number)));
            Call::UpdateUser(*id, None, Some(user.grants.difference(&lost).copied().collect()))
        }
        // A key that is less than its user: bound to the home tenant, with a part of the permissions.
        Some((id, user)) => {
            let held = world.held_by(user);
            let lists = held.iter().copied().filter(|number| UPWARDS.contains(number) || dice.percent(50)).collect();
            let bound = if dice.percent(70) { Some(user.home) } else { None };
            Call::CreateApiKey(KeyWish { user: Some(*id), lists, bound, ends: None })
        }
    };
    Step { number, credential: FIRST, on_behalf_of: None, call }
}

/// Draws a step that would lead upwards, mostly one that the rules stop late or not at all.
fn next(dice: &mut Dice, world: &World, climber: &Climber, number: Id) -> Step {
    for _ in 0..50 {
        let credential = dice.pick(climber.hand.iter().copied()).unwrap_or(climber.from);
        let mut draw = Draw { dice, world };
        let on_behalf_of = if draw.dice.percent(20) { Some(draw.user()) } else { None };
        let mut step = Step { number, credential, on_behalf_of, call: Call::GetCaller };
        let Ok(caller) = Caller::of(world, &step) else { continue };
        step.call = upwards(&mut draw, &caller, climber);
        let late = match rules::judge(world, &step) {
            Ok(()) => 60,
            Err(reasons) if reasons.contains(reasons::MISSING_PERMISSION) => 3,
            Err(reasons) if reasons.contains(reasons::INVALID_FIELDS) => 20,
            Err(_) => 80,
        };
        if draw.dice.percent(late) {
            return step;
        }
    }
    Step { number, credential: climber.from, on_behalf_of: None, call: Call::CreateTenant }
}

/// A call that gives more, to oneself or to somebody whose credential can be had.
fn upwards(draw: &mut Draw<'_>, caller: &Caller, climber: &Climber) -> Call {
    let own = draw.dice.percent(40).then(|| draw.dice.pick(climber.users.iter().copied()).unwrap_or(caller.actor));
    let user = own.unwrap_or_else(|| draw.user());
    match draw.dice.below(14) {
        0..=2 => Call::UpdateUser(user, None, Some(more(draw, caller, climber))),
        3 => {
            let home = draw.world.users.get(&user).map_or(caller.home(), |user| user.home);
            Call::UpdateUser(user, Some(draw.roles(home)), None)
        }
        4 | 5 => {
            let tenant = draw.some_tenant();
            let home = tenant.unwrap_or(caller.default_tenant());
            Call::CreateUser(tenant, draw.roles(home), more(draw, caller, climber))
        }
        6 => Call::CreateRole(draw.some_tenant(), more(draw, caller, climber)),
        7 => Call::UpdateRole(draw.role(), more(draw, caller, climber)),
        8..=10 => {
            let mut lists = draw.world.users.get(&user).map(|user| draw.world.held_by(user)).unwrap_or_default();
            if draw.dice.percent(70) {
                lists = numbers::in_both(&lists, &caller.numbers);
            }
            Call::CreateApiKey(KeyWish { user: Some(user), lists, bound: None, ends: None })
        }
        11 => Call::RotateApiKey(draw.key()),
        12 => Call::AddTenantAdministrator(draw.tenant(), user),
        _ if draw.dice.percent(70) => {
            Call::CreateApiKey(KeyWish { user: None, lists: more(draw, caller, climber), bound: None, ends: None })
        }
        _ => Call::CreateTenant,
    }
}

/// What the caller has, and mostly something beside it.
fn more(draw: &mut Draw<'_>, caller: &Caller, climber: &Climber) -> Numbers {
    let mut wanted = caller.numbers.clone();
    match draw.dice.below(5) {
        0 => {}
        1 => wanted.extend(draw.profile()),
        2 => wanted.extend(draw.dice.pick(numbers::ALL)),
        3 => wanted.extend(draw.world.keys.get(&climber.from.key).map(|key| key.lists.clone()).unwrap_or_default()),
        _ => wanted.extend(draw.world.users.get(&caller.user()).map(|user| draw.world.held_by(user)).unwrap_or_default()),
    }
    if caller.home() != super::world::SYSTEM {
        wanted.retain(|number| numbers::suit_child_tenants(&[*number].into()));
    }
    wanted
}
