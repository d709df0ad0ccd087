//! Changing a user: merged, checked as a whole, and never beyond what the caller's credential holds.

use std::collections::BTreeSet;

use crate::authz::{Permit, TenantScope, UpdateUser};
use crate::domain::event::{Change, ResourceKind};
use crate::domain::id::{RoleId, TenantId, UserId};
use crate::domain::invalid::{Fault, FieldReason, Violations};
use crate::domain::stamp::Expected;
use crate::domain::user::{User, UserKind, UserPatch, UserSpec};
use crate::service::error::{Error, Resource};
use crate::service::writing::{expect, locked_working_tenant};
use crate::service::{Mode, Registry};
use crate::storage::Reader;

/// A change of a user.
#[derive(Debug)]
pub struct UserUpdate {
    /// The user.
    pub id: UserId,
    /// The state that the caller expects.
    pub expected: Expected,
    /// What to do to each field.
    pub patch: UserPatch,
    /// The tenant that stands in the resource; it must be the stored one.
    pub tenant_id: Option<TenantId>,
    /// The kind that stands in the resource; it must be the stored one.
    pub kind: Option<UserKind>,
    /// What the conversion found wrong.
    pub violations: Violations,
}

/// What a change makes of a user.
struct Plan {
    spec: UserSpec,
    fields: Vec<&'static str>,
}

impl Registry {
    /// Changes a user.
    pub async fn update_user(&self, permit: &Permit<UpdateUser>, update: UserUpdate, mode: Mode) -> Result<User, Error> {
        self.retrying(|| self.update_user_once(permit, &update, mode)).await
    }

    async fn update_user_once(&self, permit: &Permit<UpdateUser>, update: &UserUpdate, mode: Mode) -> Result<User, Error> {
        let missing = || Error::NotFound(Resource::User(update.id));
        let reader = self.store.reader();
        let Some(seen) = reader.find_user(permit.scope(), update.id).await? else {
            update.violations.clone().finish()?;
            return Err(missing());
        };
        // Only who may change what is seen takes the user's turn.
        let plan = self.plan_user(&reader, permit, (&seen, update)).await?;
        let now = self.write_clock.now();
        let roles: BTreeSet<RoleId> = seen.roles.own_ids().chain(plan.spec.roles.own_ids()).collect();
        let unchanged: Vec<_> = roles.iter().map(|role| role.as_uuid()).chain([seen.tenant_id.as_uuid()]).collect();
        let tx = self.begin_with(permit, &unchanged, &[update.id.as_uuid()]).await?;
        // Whoever came first has changed what was seen; only what is locked is merged, so that no change of theirs is lost.
        let user = tx.reader().find_user(permit.scope(), update.id).await?.ok_or_else(missing)?;
        let Plan { spec, fields } = self.plan_user(&tx.reader(), permit, (&user, update)).await?;
        if !user.roles.own_ids().chain(spec.roles.own_ids()).all(|role| roles.contains(&role)) {
            // What these roles give could change until the commit.
            return Err(Error::ConcurrentChange);
        }
        locked_working_tenant(&tx, permit.scope(), user.tenant_id).await?;
        if fields.is_empty() {
            return Ok(user);
        }
        let changed = user.become_spec(spec, user.stamp.changed(now, permit.actor()));
        tx.save_user(permit.scope(), &changed, user.stamp.version).await?;
        if fields.contains(&"role_ids") {
            tx.replace_roles(permit.scope(), &changed).await?;
        }
        if user.is_administrator() && !changed.is_administrator() {
            self.require_administrator(&tx).await?;
        }
        let change = Change::of(user.tenant_id, ResourceKind::User, user.id).fields(fields);
        self.finish(tx, permit, (change, now), mode).await?;
        Ok(changed)
    }

    /// Works out what the change makes of a user, and refuses what the caller may not make of it.
    async fn plan_user(
        &self,
        reader: &Reader<'_>,
        permit: &Permit<UpdateUser>,
        (user, update): (&User, &UserUpdate),
    ) -> Result<Plan, Error> {
        let spec = self.merged_user(reader, permit.scope(), (user, update)).await?;
        let fields = user.changed_fields(&spec);
        // Nobody changes their own roles and permissions; their own names they may, by whatever credential.
        if fields.iter().any(|field| ["role_ids", "permissions"].contains(field)) {
            permit.require_other(user.id)?;
        }
        if !permit.principal().is_alone(user.id) {
            let both = user.effective_permissions().union(&spec.effective_permissions());
            self.require_held(reader, permit, (user.id, &both)).await?;
        }
        expect(&update.expected, &user.stamp)?;
        Ok(Plan { spec, fields })
    }

    /// Merges the change into the stored user and checks the result as a whole.
    async fn merged_user(
        &self,
        reader: &Reader<'_>,
        scope: &TenantScope,
        (user, update): (&User, &UserUpdate),
    ) -> Result<UserSpec, Error> {
        let mut violations = update.violations.clone();
        let immutable = || Fault::new(FieldReason::ImmutableField, "The field cannot change after creation.");
        if update.tenant_id.is_some_and(|tenant| tenant != user.tenant_id) {
            violations.push("user.tenant_id", immutable());
        }
        if update.kind.is_some_and(|kind| kind != user.kind) {
            violations.push("user.kind", immutable());
        }
        let draft = user.patched(update.patch.clone());
        // The roles that the user has were read with the user; read again, one of them may be gone, which is no fault of the caller.
        let added = draft.own_role_ids().filter(|id| !user.roles.contains(*id));
        let added = self.own_roles(reader, scope, (user.tenant_id, added)).await?;
        let gives = |id| Some((id, user.roles.get(id).or_else(|| added.get(id))?.clone()));
        let own = user.roles.own_ids().chain(added.ids()).filter_map(gives).collect();
        let spec = violations.absorb(draft.validate(user.tenant_id, &own));
        Ok(violations.finish_with("user", spec)?)
    }
}
