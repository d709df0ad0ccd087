//! Draws steps: who calls, for whom, and what they try. Looks at the world only so that most steps name what is there.

use std::collections::BTreeSet;

use super::callers::Caller;
use super::calls::{Call, Credential, Force, KeyWish, Step};
use super::dice::Dice;
use super::numbers::{self, Numbers};
use super::world::{Id, ROOT_KEY, RoleName, SYSTEM, World};

/// Sets of permissions that people have.
const PROFILES: [&[i32]; 14] = [
    &[12],
    &[11, 12, 1006],
    &[12, 1006, 1007],
    &[11, 25],
    &[11, 15, 25],
    &[11, 13, 14, 15, 16],
    &[11, 15],
    &[11, 15, 21],
    &[11, 13, 14, 15, 16, 17, 18, 19, 20, 21, 25, 28],
    &[11, 13, 14, 15, 16, 17, 18, 19, 20, 28, 1006, 1011],
    &[11, 13, 15, 17, 19, 20],
    &[11, 14, 28, 1011],
    &[11, 21, 28, 1006],
    &[1006, 1011],
];

/// The first administrator's.
pub(super) const FIRST: Credential = Credential { key: ROOT_KEY, rotations: 0 };
/// The name of nothing.
const NOBODYS: Id = usize::MAX;

/// Draws out of a world.
pub(super) struct Draw<'a> {
    pub(super) dice: &'a mut Dice,
    pub(super) world: &'a World,
}

impl Draw<'_> {
    /// A set of permissions that somebody may have.
    pub(super) fn profile(&mut self) -> Numbers {
        let mut numbers: Numbers = self.dice.pick(PROFILES).into_iter().flatten().copied().collect();
        if self.dice.percent(30) {
            numbers.extend(self.dice.pick(numbers::ALL));
        }
        numbers
    }

    /// A set of permissions that somebody of a tenant may have.
    pub(super) fn profile_in(&mut self, tenant: Id) -> Numbers {
        let mut numbers = self.profile();
        if tenant != SYSTEM {
            numbers.retain(|number| numbers::suit_child_tenants(&[*number].into()));
        }
        numbers
    }

    /// A credential: mostly one that lives, sometimes one of any that were ever given out.
    pub(super) fn credential(&mut self) -> Credential {
        let newest = self.world.keys.iter().map(|(key, found)| Credential { key: *key, rotations: found.rotations });
        let any = self.dice.percent(10);
        let found = if any { self.dice.pick(self.world.issued.iter().copied()) } else { self.dice.pick(newest) };
        found.unwrap_or(FIRST)
    }

    /// A step of somebody.
    pub(super) fn step(&mut self, number: Id, credential: Credential) -> Step {
        let on_behalf_of = if self.dice.percent(20) { Some(self.user()) } else { None };
        let mut step = Step { number, credential, on_behalf_of, call: Call::GetCaller };
        let caller = Caller::of(self.world, &step).ok();
        step.call = self.call(caller.as_ref());
        step
    }

    fn call(&mut self, caller: Option<&Caller>) -> Call {
        match self.dice.below(25) {
            0 => Call::GetCaller,
            1 => Call::CreateTenant,
            2 => Call::UpdateTenant(self.tenant()),
            3 => Call::SuspendTenant(self.tenant()),
            4 => Call::ReactivateTenant(self.tenant()),
            5 => {
                let force = if self.dice.percent(50) { Force::Yes } else { Force::No };
                Call::DeleteTenant(self.tenant(), force)
            }
            6 => Call::AddTenantAdministrator(self.tenant(), self.user()),
            7 => Call::RemoveTenantAdministrator(self.tenant(), self.user()),
            8 | 9 => self.create_user(caller),
            10..=12 => self.update_user(caller),
            13 => Call::SuspendUser(self.user()),
            14 => Call::ReactivateUser(self.user()),
            15 => Call::DeleteUser(self.user()),
            16 => Call::ListUsers(self.some_tenant()),
            17..=19 => self.call_on_roles(caller),
            20..=22 => self.call_on_keys(caller),
            _ => self.call_on_apps(),
        }
    }

    fn call_on_roles(&mut self, caller: Option<&Caller>) -> Call {
        match self.dice.below(4) {
            0 => Call::CreateRole(self.some_tenant(), self.numbers(caller)),
            1 | 2 => {
                let gives = self.numbers(caller);
                Call::UpdateRole(self.role(), if gives.is_empty() { [1011].into() } else { gives })
            }
            _ => Call::DeleteRole(self.role()),
        }
    }

    fn call_on_keys(&mut self, caller: Option<&Caller>) -> Call {
        match self.dice.below(5) {
            0 | 1 => {
                let user = if self.dice.percent(30) { None } else { Some(self.user()) };
                Call::CreateApiKey(self.key_wish(caller, user))
            }
            2 | 3 => Call::RotateApiKey(self.key()),
            _ => Call::RevokeApiKey(self.key()),
        }
    }

    fn call_on_apps(&mut self) -> Call {
        match self.dice.below(4) {
            0 => Call::CreateOauthApp(self.some_tenant()),
            1 => Call::GetOauthApp(self.app()),
            2 => Call::RevealOauthAppSecret(self.app()),
            _ => Call::DeleteOauthApp(self.app()),
        }
    }

    fn create_user(&mut self, caller: Option<&Caller>) -> Call {
        let tenant = self.some_tenant();
        let home = tenant.or(caller.map(Caller::default_tenant)).unwrap_or(SYSTEM);
        Call::CreateUser(tenant, self.roles(home), self.numbers(caller))
    }

    fn update_user(&mut self, caller: Option<&Caller>) -> Call {
        let user = self.user();
        let home = self.world.users.get(&user).map_or(SYSTEM, |user| user.home);
        match self.dice.below(5) {
            0 => Call::RenameUser(user),
            1 => Call::UpdateUser(user, Some(self.roles(home)), Some(self.numbers(caller))),
            2 | 3 => Call::UpdateUser(user, None, Some(self.numbers(caller))),
            _ => Call::UpdateUser(user, Some(self.roles(home)), None),
        }
    }

    /// A key for somebody.
    pub(super) fn key_wish(&mut self, caller: Option<&Caller>, user: Option<Id>) -> KeyWish {
        let owner = user.or(caller.map(Caller::user));
        let held = owner.and_then(|id| self.world.users.get(&id)).map(|user| self.world.held_by(user)).unwrap_or_default();
        let lists = match self.dice.below(10) {
            0 => self.numbers(caller),
            1..=4 => self.dice.some(70, held),
            _ => held,
        };
        let bound = if self.dice.percent(15) { Some(self.tenant()) } else { None };
        // Time passes in whole thousands of seconds, keys end between them.
        let thousands = [-1, 1, 3, 6].map(|count| self.world.now + count * 1_000 + 500);
        let ends = if self.dice.percent(15) { self.dice.pick(thousands) } else { None };
        KeyWish { user, lists, bound, ends }
    }

    /// Permissions that somebody may want to give: often such as they have themselves.
    fn numbers(&mut self, caller: Option<&Caller>) -> Numbers {
        let own = caller.map(|caller| caller.numbers.clone()).unwrap_or_default();
        match self.dice.below(10) {
            0..=4 => self.dice.some(70, own),
            5 => self.dice.some::<_, Numbers>(70, own).into_iter().chain(self.dice.pick(numbers::ALL)).collect(),
            6 | 7 => {
                let home = caller.map_or(SYSTEM, Caller::default_tenant);
                self.profile_in(home)
            }
            _ => self.profile(),
        }
    }

    /// Roles that a user of a tenant may have, and sometimes others.
    pub(super) fn roles(&mut self, home: Id) -> BTreeSet<RoleName> {
        if self.dice.percent(40) {
            return BTreeSet::new();
        }
        let foreign = self.dice.percent(10);
        let roles = self.world.roles.iter().filter(|(_, role)| foreign || role.tenant == home);
        let own: BTreeSet<RoleName> = self.dice.some(60, roles.map(|(id, _)| RoleName::Own(*id)));
        if self.dice.percent(60) { own } else { own.into_iter().chain([self.built_in()]).collect() }
    }

    fn built_in(&mut self) -> RoleName {
        RoleName::BuiltIn(1 + self.dice.below(numbers::BUILT_IN_ROLES))
    }

    pub(super) fn role(&mut self) -> RoleName {
        if self.dice.percent(8) {
            return self.built_in();
        }
        RoleName::Own(self.dice.pick(self.world.roles.keys().copied()).unwrap_or(NOBODYS))
    }

    pub(super) fn some_tenant(&mut self) -> Option<Id> {
        if self.dice.percent(30) { None } else { Some(self.tenant()) }
    }

    pub(super) fn tenant(&mut self) -> Id {
        self.dice.pick(self.world.tenants.keys().copied()).unwrap_or(NOBODYS)
    }

    /// Somebody, or now and then nobody.
    pub(super) fn user(&mut self) -> Id {
        let nobody = self.dice.percent(3);
        self.dice.pick(self.world.users.keys().copied()).filter(|_| !nobody).unwrap_or(NOBODYS)
    }

    pub(super) fn key(&mut self) -> Id {
        self.dice.pick(self.world.keys.keys().copied()).unwrap_or(NOBODYS)
    }

    fn app(&mut self) -> Id {
        self.dice.pick(self.world.apps.keys().copied()).unwrap_or(NOBODYS)
    }
}
