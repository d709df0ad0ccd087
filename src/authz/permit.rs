//! The permit: the proof of a decision, without which no use-case runs and no row is found.

use std::marker::PhantomData;
use std::sync::Arc;

use crate::authn::{Principal, Standing};
use crate::authz::decision::{Denied, Granted, decide};
use crate::authz::method::{Action, CreateTenant, DeleteTenant, ListOauthApps, ListTenantAdministrators, RevealOauthAppSecret};
use crate::authz::scope::TenantScope;
use crate::domain::event::{Change, Decision, Event, Represented};
use crate::domain::id::{EventId, RequestId, TenantId, UserId};
use crate::domain::permission::{Permission, PermissionSet};
use crate::domain::random::{Random, RandomError};
use crate::domain::stamp::{Actor, JobName};
use crate::domain::time::Timestamp;

/// What is known of a call beside its message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallInfo {
    /// The server's own id of the call.
    pub request_id: RequestId,
    /// The network address of the caller; empty when unknown.
    pub peer: String,
}

/// An authenticated caller in one call.
#[derive(Debug, Clone)]
pub struct Caller {
    /// Who calls.
    pub principal: Arc<Principal>,
    /// The call.
    pub call: CallInfo,
}

/// The proof that a caller may call the method `A`. Made by [`authorize`] alone, and never copied.
#[derive(Debug)]
pub struct Permit<A: Action> {
    caller: Caller,
    granted: Granted,
    scope: TenantScope,
    action: PhantomData<fn() -> A>,
}

/// Decides whether the caller may call the method `A`.
pub fn authorize<A: Action>(caller: Caller) -> Result<Permit<A>, Denied> {
    let granted = decide(A::RULE, &caller.principal)?;
    let scope = TenantScope::of(&caller.principal, A::RULE, granted.own_rows_only);
    Ok(Permit { caller, granted, scope, action: PhantomData })
}

impl<A: Action> Permit<A> {
    /// Returns where the caller may act.
    #[must_use]
    pub fn scope(&self) -> &TenantScope {
        &self.scope
    }

    /// Returns who calls.
    #[must_use]
    pub fn principal(&self) -> &Principal {
        &self.caller.principal
    }

    /// Returns the caller as it is written down.
    #[must_use]
    pub fn actor(&self) -> Actor {
        Actor::User(self.caller.principal.actor().user_id())
    }

    /// Goes through the tenants to which the user of the call has administrative access, as far as the call reaches them.
    pub fn administered(&self) -> impl Iterator<Item = TenantId> {
        self.principal().user().administered().iter().copied().filter(|tenant| self.scope.contains(*tenant))
    }

    /// Demands that the credential is bound to no tenant and does not end: a password that it gave would be neither.
    pub fn require_unlimited(&self) -> Result<(), Denied> {
        let credential = self.principal().credential();
        let limited = credential.bound_tenant().is_some() || credential.expire_time().is_some();
        if limited { Err(Denied::ExceedsCaller) } else { Ok(()) }
    }

    /// Demands that the change is of nobody who takes part in the call.
    pub fn require_other(&self, user: UserId) -> Result<(), Denied> {
        if self.principal().is(user) { Err(Denied::SelfChange) } else { Ok(()) }
    }

    /// Demands that the caller's credential holds every permission and every administrative access of another user.
    pub fn require_holds(
        &self,
        permissions: &PermissionSet,
        mut administered: impl Iterator<Item = TenantId>,
    ) -> Result<(), Denied> {
        // 12 is access to every tenant, which a key that is bound to one does not have.
        let covers = self.principal().permissions().covers(permissions)
            && (!permissions.contains(Permission::Administrator) || self.scope.tenants().is_none());
        if covers && administered.all(|tenant| self.administers(tenant)) { Ok(()) } else { Err(Denied::ExceedsCaller) }
    }

    /// Says whether everybody who takes part has administrative access to the tenant; living in it is not having access.
    fn administers(&self, tenant: TenantId) -> bool {
        let has = |one: &Standing| one.permissions().contains(Permission::Administrator) || one.administered().contains(&tenant);
        self.scope.contains(tenant) && self.principal().standings().all(has)
    }

    /// Makes the event of a change that this permit allowed.
    pub fn event(&self, change: Change, now: Timestamp, random: &dyn Random) -> Result<Event, RandomError> {
        Ok(Event {
            actor: Some(self.actor()),
            actor_login_name: self.principal().actor().login_name().to_owned(),
            on_behalf_of: self.principal().subject().map(Represented::of),
            api_key_id: self.principal().credential().api_key_id(),
            request_id: Some(self.caller.call.request_id),
            peer: self.caller.call.peer.clone(),
            permissions: self.granted.used.clone(),
            ..allowed(change, A::RULE.name, now, random)?
        })
    }
}

impl Represented {
    /// Returns the subject of a call as it is written down.
    #[must_use]
    pub fn of(subject: &Standing) -> Self {
        Self { user_id: subject.user_id(), login_name: subject.login_name().to_owned() }
    }
}

impl Permit<CreateTenant> {
    /// Returns the scope of the tenant that is about to be made.
    #[must_use]
    pub fn new_tenant_scope(&self, tenant: TenantId) -> TenantScope {
        TenantScope::of_new(tenant)
    }
}

impl Permit<DeleteTenant> {
    /// Returns the scope of what hangs on the tenant from outside and goes with it, such as other tenants' keys that are bound to it.
    #[must_use]
    pub fn hanging_scope(&self) -> TenantScope {
        TenantScope::everywhere()
    }
}

impl Permit<ListTenantAdministrators> {
    /// Returns the scope of the users who administer tenants: they all live in the system tenant.
    #[must_use]
    pub fn administrators_scope(&self) -> TenantScope {
        TenantScope::system()
    }
}

impl Permit<ListOauthApps> {
    /// Returns the scope of the system tenant's apps, which users of child tenants may use and see in part.
    #[must_use]
    pub fn inherited_scope(&self) -> TenantScope {
        TenantScope::system()
    }
}

impl Permit<RevealOauthAppSecret> {
    /// Proves that a stored secret may be opened.
    #[must_use]
    pub fn may_open(&self) -> MayOpen {
        MayOpen(())
    }
}

/// The proof that a stored secret may be opened.
#[derive(Debug)]
pub struct MayOpen(());

/// Work that the service does for itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Job {
    /// Finds and checks the credential of a call, before there is a caller. The one job that opens secrets.
    Authenticate,
    /// Reads the caller again, inside the transaction of a change.
    ReloadPrincipal,
    /// Finds the user for whom a caller wants to act.
    ActOnBehalf,
    /// Reads what a user holds, to compare it with what the caller holds.
    CompareGrants,
    /// Reads the users who take part in a call, for `GetCaller`.
    DescribeCaller,
    /// Writes the times at which keys were last used.
    RecordKeyUses,
    /// Writes the event of a change.
    RecordChange,
    /// Writes the event of a stored secret that does not open.
    RecordDataLoss,
    /// Makes the system tenant and its first administrator.
    Bootstrap,
    /// Writes refused calls to the event log.
    RecordDenials,
    /// Loads tenant keys.
    LoadKeys,
    /// Keeps, finds and forgets what was answered to requests that may be repeated.
    Repeat,
    /// Sees to it that the system tenant keeps an administrator.
    KeepAdministrator,
    /// Counts wrong passwords, and locks a login that had too many.
    LockLogin,
    /// Makes the keys of names anew when their rules have changed.
    NameKeys,
}

impl Job {
    /// Returns the name under which the job is written down.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Authenticate => "authenticate",
            Self::ReloadPrincipal => "reload_principal",
            Self::ActOnBehalf => "act_on_behalf",
            Self::CompareGrants => "compare_grants",
            Self::DescribeCaller => "describe_caller",
            Self::RecordKeyUses => "record_key_uses",
            Self::RecordChange => "record_change",
            Self::RecordDataLoss => "record_data_loss",
            Self::Bootstrap => "bootstrap",
            Self::RecordDenials => "record_denials",
            Self::LoadKeys => "load_keys",
            Self::Repeat => "repeat",
            Self::KeepAdministrator => "keep_administrator",
            Self::LockLogin => "lock_login",
            Self::NameKeys => "name_keys",
        }
    }
}

/// The proof that the service itself acts: it reaches every tenant, so it names its job and says why.
#[derive(Debug)]
pub struct SystemPermit {
    job: Job,
    scope: TenantScope,
}

impl SystemPermit {
    /// Makes a permit for the service's own work; the reason goes to the trace.
    pub(crate) fn new(job: Job, reason: &'static str) -> Self {
        tracing::trace!(job = job.as_str(), reason, "system permit");
        Self { job, scope: TenantScope::everywhere() }
    }

    /// Returns where the job may act: everywhere.
    #[must_use]
    pub fn scope(&self) -> &TenantScope {
        &self.scope
    }

    /// Returns the job as it is written down.
    #[must_use]
    pub fn actor(&self) -> Actor {
        Actor::System(JobName::from_static(self.job.as_str()))
    }

    /// Proves, for the one job that checks credentials, that stored digests of them may be opened.
    #[must_use]
    pub(crate) fn may_open(&self) -> Option<MayOpen> {
        (self.job == Job::Authenticate).then_some(MayOpen(()))
    }

    /// Makes the event of a change that the job made.
    pub fn event(&self, change: Change, now: Timestamp, random: &dyn Random) -> Result<Event, RandomError> {
        Ok(Event { actor: Some(self.actor()), ..allowed(change, self.job.as_str(), now, random)? })
    }
}

fn allowed(change: Change, method: &str, now: Timestamp, random: &dyn Random) -> Result<Event, RandomError> {
    let Change { tenant_id, kind, resource_id, related_id, changed_fields, secret_versions, stated_reason } = change;
    Ok(Event {
        id: EventId::generate(now, random)?,
        tenant_id,
        time: now,
        actor: None,
        actor_login_name: String::new(),
        on_behalf_of: None,
        api_key_id: None,
        method: method.to_owned(),
        resource_kind: kind.as_str().to_owned(),
        resource_id,
        related_id,
        decision: Decision::Allowed,
        permissions: PermissionSet::default(),
        changed_fields: changed_fields.into_iter().map(str::to_owned).collect(),
        secret_versions,
        stated_reason,
        error_reason: String::new(),
        request_id: None,
        peer: String::new(),
        suppressed_count: 0,
    })
}
