//! The caller of a call, made from what is stored about a credential.

use std::collections::BTreeSet;

use crate::authn::Unauthenticated;
use crate::domain::api_key::ApiKey;
use crate::domain::id::{ApiKeyId, RoleId, TenantId, UserId};
use crate::domain::permission::{Permission, PermissionSet};
use crate::domain::secret_list::SecretVersion;
use crate::domain::stamp::Version;
use crate::domain::tenant::TenantStatus;
use crate::domain::time::Timestamp;
use crate::domain::user::{User, UserStatus};

/// Everything that is stored about a user who wants to act.
#[derive(Debug, Clone)]
pub struct UserFacts {
    /// The user.
    pub user: User,
    /// The state of the user's home tenant.
    pub tenant_status: TenantStatus,
    /// The tenants to which the user has administrative access.
    pub administered: BTreeSet<TenantId>,
}

/// By what a caller is authenticated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Credential {
    /// An API key.
    ApiKey {
        /// The key.
        id: ApiKeyId,
        /// The key's state: a rotated key is another credential.
        version: Version,
        /// The one tenant that it is bound to.
        bound_tenant: Option<TenantId>,
        /// When it ends.
        expire_time: Option<Timestamp>,
    },
    /// The user's password.
    Password {
        /// Which of the user's passwords, one after the other.
        version: SecretVersion,
    },
}

impl Credential {
    /// Returns the API key's id.
    #[must_use]
    pub fn api_key_id(&self) -> Option<ApiKeyId> {
        match self {
            Self::ApiKey { id, .. } => Some(*id),
            Self::Password { .. } => None,
        }
    }

    /// Returns the one tenant that the credential is bound to.
    #[must_use]
    pub fn bound_tenant(&self) -> Option<TenantId> {
        match self {
            Self::ApiKey { bound_tenant, .. } => *bound_tenant,
            Self::Password { .. } => None,
        }
    }

    /// Returns when the credential ends.
    #[must_use]
    pub fn expire_time(&self) -> Option<Timestamp> {
        match self {
            Self::ApiKey { expire_time, .. } => *expire_time,
            Self::Password { .. } => None,
        }
    }
}

/// One user with what they bring into a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    user_id: UserId,
    home_tenant: TenantId,
    login_name: String,
    permissions: PermissionSet,
    administered: BTreeSet<TenantId>,
    roles: BTreeSet<RoleId>,
}

impl Standing {
    /// Reads what a user brings, when user and tenant are good.
    fn of(facts: UserFacts) -> Result<Self, Unauthenticated> {
        let UserFacts { user, tenant_status, administered } = facts;
        if user.status != UserStatus::Active || tenant_status != TenantStatus::Active {
            return Err(Unauthenticated);
        }
        // Administrative access gives nothing to users of child tenants.
        let administered = if user.tenant_id == TenantId::SYSTEM { administered } else { BTreeSet::new() };
        Ok(Self {
            user_id: user.id,
            home_tenant: user.tenant_id,
            permissions: user.effective_permissions(),
            roles: user.roles.ids().collect(),
            login_name: user.login_name.as_str().to_owned(),
            administered,
        })
    }

    /// Returns the user's id.
    #[must_use]
    pub fn user_id(&self) -> UserId {
        self.user_id
    }

    /// Returns the tenant that the user lives in.
    #[must_use]
    pub fn home_tenant(&self) -> TenantId {
        self.home_tenant
    }

    /// Returns the user's login name.
    #[must_use]
    pub fn login_name(&self) -> &str {
        &self.login_name
    }

    /// Returns what the user brings: of the actor what the credential gives, of a subject what the user holds.
    #[must_use]
    pub fn permissions(&self) -> &PermissionSet {
        &self.permissions
    }

    /// Returns the tenants to which the user has administrative access.
    #[must_use]
    pub fn administered(&self) -> &BTreeSet<TenantId> {
        &self.administered
    }

    /// Returns the user's roles.
    #[must_use]
    pub fn roles(&self) -> &BTreeSet<RoleId> {
        &self.roles
    }

    fn still_holds(&self, before: &Self) -> bool {
        self.user_id == before.user_id
            && before.permissions.iter().all(|permission| self.permissions.contains(permission))
            && self.administered.is_superset(&before.administered)
    }
}

/// An authenticated caller: the actor, and the subject for whom the actor acts, if there is one. Made by [`by_key`] and
/// [`by_password`] alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Principal {
    actor: Standing,
    subject: Option<Standing>,
    credential: Credential,
    permissions: PermissionSet,
}

/// Makes the caller of an API key, when key, user and tenant are all good at `now`. The token's secret has been compared before.
pub fn by_key(api_key: &ApiKey, facts: UserFacts, now: Timestamp) -> Result<Principal, Unauthenticated> {
    if !api_key.works(now) {
        return Err(Unauthenticated);
    }
    let mut actor = Standing::of(facts)?;
    actor.permissions = api_key.permissions.limited_to(&actor.permissions);
    let credential = Credential::ApiKey {
        id: api_key.id,
        version: api_key.stamp.version,
        bound_tenant: api_key.bound_tenant,
        expire_time: api_key.expire_time,
    };
    Ok(Principal { permissions: actor.permissions.clone(), actor, subject: None, credential })
}

/// Makes the caller of a password, when user and tenant are good. The password has been compared before, and no lock was in the way.
pub fn by_password(facts: UserFacts) -> Result<Principal, Unauthenticated> {
    let version = facts.user.secrets.current().ok_or(Unauthenticated)?;
    let actor = Standing::of(facts)?;
    let credential = Credential::Password { version };
    Ok(Principal { permissions: actor.permissions.clone(), actor, subject: None, credential })
}

/// The caller may not act for the user.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not on behalf of this user")]
pub struct NotOnBehalf;

impl Principal {
    /// Lets the caller act for a user of one of the tenants that [`acts_in`](Self::acts_in) names. Permissions are those that both hold.
    pub fn on_behalf_of(self, facts: UserFacts) -> Result<Self, NotOnBehalf> {
        let subject = Standing::of(facts).map_err(|_| NotOnBehalf)?;
        let may = self.acts_in().is_none_or(|tenants| tenants.contains(&subject.home_tenant));
        if self.subject.is_some() || !may {
            return Err(NotOnBehalf);
        }
        let permissions = self.actor.permissions.limited_to(&subject.permissions);
        Ok(Self { permissions, subject: Some(subject), ..self })
    }

    /// Returns the tenants for whose users the caller may act, or nothing when it is every tenant: all with 12, the administered ones
    /// with 21, and of these the one that the credential is bound to.
    #[must_use]
    pub fn acts_in(&self) -> Option<BTreeSet<TenantId>> {
        let bound = self.credential.bound_tenant();
        if self.permissions.contains(Permission::Administrator) {
            return bound.map(|tenant| BTreeSet::from([tenant]));
        }
        let administered = self.actor.administered.iter().copied().filter(|_| self.permissions.contains(Permission::OnBehalfOf));
        Some(administered.filter(|tenant| bound.is_none_or(|bound| bound == *tenant)).collect())
    }

    /// Says whether nothing was taken away since `before`: it is the same credential, and permissions and tenants are still held.
    #[must_use]
    pub fn still_holds(&self, before: &Self) -> bool {
        let subjects = match (&self.subject, &before.subject) {
            (None, None) => true,
            (Some(now), Some(before)) => now.still_holds(before),
            (None, Some(_)) | (Some(_), None) => false,
        };
        self.credential == before.credential && self.actor.still_holds(&before.actor) && subjects
    }

    /// Returns the user who is authenticated.
    #[must_use]
    pub fn actor(&self) -> &Standing {
        &self.actor
    }

    /// Returns the user for whom the actor acts.
    #[must_use]
    pub fn subject(&self) -> Option<&Standing> {
        self.subject.as_ref()
    }

    /// Returns the users who take part in the call: the actor, and the subject if there is one.
    pub fn standings(&self) -> impl Iterator<Item = &Standing> {
        [&self.actor].into_iter().chain(&self.subject)
    }

    /// Says whether the user takes part in the call: nobody changes themselves, in either part.
    #[must_use]
    pub fn is(&self, user: UserId) -> bool {
        self.standings().any(|standing| standing.user_id == user)
    }

    /// Says whether the user is everybody who takes part in the call.
    #[must_use]
    pub fn is_alone(&self, user: UserId) -> bool {
        self.standings().all(|standing| standing.user_id == user)
    }

    /// Returns the user as whom the call is made: the subject, else the actor.
    #[must_use]
    pub fn user(&self) -> &Standing {
        self.subject.as_ref().unwrap_or(&self.actor)
    }

    /// Returns the id of the user as whom the call is made.
    #[must_use]
    pub fn user_id(&self) -> UserId {
        self.user().user_id
    }

    /// Returns the home tenant of the user as whom the call is made.
    #[must_use]
    pub fn home_tenant(&self) -> TenantId {
        self.user().home_tenant
    }

    /// Returns the tenant that a request means when it names none: the one a key is bound to, else the home tenant.
    #[must_use]
    pub fn default_tenant(&self) -> TenantId {
        self.credential.bound_tenant().unwrap_or(self.home_tenant())
    }

    /// Returns the permissions of this call: what the credential lists and every user who takes part holds.
    #[must_use]
    pub fn permissions(&self) -> &PermissionSet {
        &self.permissions
    }

    /// Returns by what the caller is authenticated.
    #[must_use]
    pub fn credential(&self) -> &Credential {
        &self.credential
    }
}
