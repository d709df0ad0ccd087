//! What every history begins with: tenants, roles, users and keys that the first administrator makes.

use super::calls::{Call, Step};
use super::dice::Dice;
use super::draw::{Draw, FIRST};
use super::world::{Id, SYSTEM, World};

/// How many steps there are before others call.
pub(super) const LENGTH: usize = 28;

/// The step of a place in the beginning, from 0, as it suits the world that the steps before have made.
pub(super) fn step(dice: &mut Dice, world: &World, place: usize) -> Step {
    let mut draw = Draw { dice, world };
    let call = match place {
        0 | 1 => Call::CreateTenant,
        2..=4 => {
            let tenant = home(&mut draw);
            Call::CreateRole(Some(tenant), draw.profile_in(tenant))
        }
        5..=12 => {
            let tenant = home(&mut draw);
            Call::CreateUser(Some(tenant), draw.roles(tenant), draw.profile_in(tenant))
        }
        13..=16 => access(&mut draw),
        17 | 18 => Call::CreateOauthApp(Some(home(&mut draw))),
        _ => {
            let user = draw.user();
            Call::CreateApiKey(draw.key_wish(None, Some(user)))
        }
    };
    Step { number: first_number(place), credential: FIRST, on_behalf_of: None, call }
}

/// The number of the step of a place.
pub(super) fn first_number(place: usize) -> Id {
    10 + place
}

/// Half of everybody lives in the system tenant.
fn home(draw: &mut Draw<'_>) -> Id {
    let children = draw.world.tenants.keys().copied().filter(|tenant| *tenant != SYSTEM);
    if draw.dice.percent(50) { SYSTEM } else { draw.dice.pick(children).unwrap_or(SYSTEM) }
}

/// Administrative access for somebody of the system tenant, now and then to the system tenant itself.
fn access(draw: &mut Draw<'_>) -> Call {
    let candidates = draw.world.users.iter().filter(|(_, user)| user.home == SYSTEM).map(|(id, _)| *id);
    let user = draw.dice.pick(candidates).unwrap_or(SYSTEM);
    let tenant = draw.dice.pick(draw.world.tenants.keys().copied()).unwrap_or(SYSTEM);
    Call::AddTenantAdministrator(tenant, user)
}
