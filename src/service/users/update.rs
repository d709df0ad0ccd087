//! Changing a user: merged, checked as a whole, and never beyond what the caller's credential holds.

use crate::authz::{Permit, TenantScope, UpdateUser};
use crate::domain::event::{Change, ResourceKind};
use crate::domain::id::{TenantId, UserId};
use crate::domain::invalid::{Fault, FieldReason, Violations};
use crate::domain::stamp::Expected;
use crate::domain::user::{User, UserKind, UserPatch, UserSpec};
use crate::service::error::{Error, Resource};
use crate::service::writing::{expect, working_tenant};
use crate::service::{Mode, Registry};
use crate::storage::{Reader, Tx};

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
        self.merged_user(&reader, permit.scope(), (&seen, update)).await?;
        let now = self.clock.now();
        let tx = self.begin_against(permit, &[update.id.as_uuid()]).await?;
        // Whoever came first has changed what was seen; only what is locked is merged, so that no change of theirs is lost.
        let user = tx.lock_user(permit.scope(), update.id).await?.ok_or_else(missing)?;
        let spec = self.merged_user(&tx.reader(), permit.scope(), (&user, update)).await?;
        let fields = user.changed_fields(&spec);
        let changed = user.become_spec(spec, user.stamp.changed(now, permit.actor()));
        self.require_may_update(&tx, permit, (&user, &changed), &fields).await?;
        expect(&update.expected, &user.stamp)?;
        working_tenant(&tx, permit.scope(), user.tenant_id).await?;
        if fields.is_empty() {
            return Ok(user);
        }
        self.require_roles(&tx, permit.scope(), &changed).await?;
        tx.save_user(permit.scope(), &changed, user.stamp.version).await?;
        if user.is_administrator() && !changed.is_administrator() {
            self.require_administrator(&tx).await?;
        }
        let change = Change::of(user.tenant_id, ResourceKind::User, user.id).fields(fields);
        self.finish(tx, permit, (change, now), mode).await?;
        Ok(changed)
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
        let own = self.own_roles(reader, scope, (user.tenant_id, draft.own_role_ids())).await?;
        let spec = violations.absorb(draft.validate(user.tenant_id, &own));
        Ok(violations.finish_with("user", spec)?)
    }

    /// Nobody changes their own roles and permissions; their own names they may, by whatever credential. Everybody else is changed by
    /// those who hold all that the user holds, before and after.
    async fn require_may_update(
        &self,
        tx: &Tx,
        permit: &Permit<UpdateUser>,
        (user, changed): (&User, &User),
        fields: &[&str],
    ) -> Result<(), Error> {
        if fields.iter().any(|field| ["role_ids", "permissions"].contains(field)) {
            permit.require_other(user.id)?;
        }
        if permit.principal().is_alone(user.id) {
            return Ok(());
        }
        let both = user.effective_permissions().union(&changed.effective_permissions());
        self.require_held(tx, permit, (user.id, &both)).await
    }
}
