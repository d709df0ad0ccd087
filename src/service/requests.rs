//! Requests that may be repeated: what was answered is kept with the change, so that a repeat changes nothing and gets the same answer.

use std::sync::Arc;
use std::time::Duration;

use uuid::Uuid;

use crate::authn::{self, Credential};
use crate::authz::{Action, Job, Permit, SystemPermit};
use crate::crypto::{KeyPurpose, OwnerKind, PlainSecret, SecretContext, TenantKey};
use crate::domain::event::ResourceKind;
use crate::domain::id::{ApiKeyId, TenantId, UserId};
use crate::domain::secret_list::SecretVersion;
use crate::domain::time::Timestamp;
use crate::service::error::{Error, LostSecret, Resource};
use crate::service::issued::IssuedSecret;
use crate::service::{Mode, Registry};
use crate::storage::{KeyFacts, RecordedSecret, RequestName, RequestRecord, SecretOwner, Store, StoreError, Tx};

/// How long a secret is answered to repeats, in microseconds: 10 minutes.
const SECRET_LIFE: i64 = 600_000_000;
/// How long an answer is kept, in microseconds: 24 hours.
const ANSWER_LIFE: i64 = 86_400_000_000;
/// How often what is to be forgotten is forgotten.
const INTERVAL: Duration = Duration::from_secs(30);

/// By what a caller's request is known again: the id that the caller chose, and the message.
#[derive(Debug, Clone)]
pub struct RequestKey {
    /// The id.
    pub id: Uuid,
    /// The encoded message, without the id; there may be a secret in it.
    pub message: Arc<PlainSecret>,
}

/// How a call that makes something is carried out.
#[derive(Debug)]
pub struct Making<T> {
    /// Whether anything is stored.
    pub mode: Mode,
    /// By what the request is known again, if it may be repeated.
    pub key: Option<RequestKey>,
    /// Writes the answer that a repeat gets, without a secret.
    pub answer: fn(&T) -> Vec<u8>,
}

/// What was made, as a repeat has to know it.
pub(super) struct Made<'a, T> {
    /// What the answer tells.
    pub(super) thing: &'a T,
    /// The tenant that it belongs to.
    pub(super) tenant: TenantId,
    /// The user that it belongs to, where it belongs to one.
    pub(super) user: Option<UserId>,
    /// The secret of the answer, whose it is and which version.
    pub(super) secret: Option<(&'a IssuedSecret, SecretOwner, SecretVersion)>,
}

/// What a repeat is answered.
#[derive(Debug)]
pub struct Repeated {
    /// The answer, without a secret.
    pub answer: Vec<u8>,
    /// The secret, while it is alive and not yet forgotten.
    pub secret: Option<PlainSecret>,
}

impl Registry {
    /// Returns what was answered to the request before. Scope and rule are those of now: what the caller no longer reaches is not
    /// found.
    pub async fn repeated<A: Action>(&self, permit: &Permit<A>, key: Option<&RequestKey>) -> Result<Option<Repeated>, Error> {
        let Some(key) = key else { return Ok(None) };
        let system = repeats();
        let name = name(permit, key);
        let now = self.clock.now();
        let reader = self.store.reader();
        let Some(record) = reader.find_request(system.scope(), &name, before(now, ANSWER_LIFE)).await? else { return Ok(None) };
        let tenant_key = self.keys.named(&reader, name.tenant_id, record.key_id).await?;
        if !tenant_key.mac(message(permit, key).expose()).matches(&record.body_mac) {
            return Err(Error::RequestIdReused);
        }
        let own = permit.scope().owner().is_none_or(|owner| record.resource_user == Some(owner));
        if !own || !self.reaches_now(permit, record.resource_tenant).await? {
            return Err(Error::NotFound(Resource::Tenant(record.resource_tenant)));
        }
        let secret = match &record.secret {
            Some(secret) if now.as_micros().saturating_sub(record.create_time.as_micros()) < SECRET_LIFE => {
                self.shown_again(&system, (&record, secret), (&tenant_key, now)).await?
            }
            Some(_) | None => None,
        };
        Ok(Some(Repeated { answer: record.answer, secret }))
    }

    /// Says whether the caller reaches a tenant, perhaps since a moment ago: whoever makes a tenant has access from then on.
    async fn reaches_now<A: Action>(&self, permit: &Permit<A>, tenant: TenantId) -> Result<bool, Error> {
        if permit.scope().contains(tenant) {
            return Ok(true);
        }
        let fresh = self.again(&self.store.reader(), permit.principal()).await?;
        let administers = fresh.standings().all(|one| one.administered().contains(&tenant));
        Ok(administers && fresh.credential().bound_tenant().is_none_or(|bound| bound == tenant))
    }

    async fn shown_again(
        &self,
        system: &SystemPermit,
        (record, secret): (&RequestRecord, &RecordedSecret),
        (key, now): (&TenantKey, Timestamp),
    ) -> Result<Option<PlainSecret>, Error> {
        let Some(sealed) = &secret.sealed else { return Ok(None) };
        if !self.is_alive(system, (record, secret), now).await? {
            return Ok(None);
        }
        let opened = key.open(sealed, &context(&record.name, record.name.credential.as_str()));
        opened.map(Some).map_err(|_| Error::Unreadable(lost_answer(record)))
    }

    /// Says whether the secret of an answer still lets somebody in.
    async fn is_alive(
        &self,
        system: &SystemPermit,
        (record, secret): (&RequestRecord, &RecordedSecret),
        now: Timestamp,
    ) -> Result<bool, Error> {
        let reader = self.store.reader();
        match secret.owner_kind {
            OwnerKind::ApiKey => {
                let id = ApiKeyId::from_uuid(secret.owner);
                let Some(facts) = reader.find_key_facts_by_id(system.scope(), id).await? else { return Ok(false) };
                let KeyFacts { api_key, user, secrets: _ } = facts;
                Ok(authn::by_key(&api_key, user, now).is_ok() && api_key.secrets.current() == Some(secret.version))
            }
            OwnerKind::OauthApp | OwnerKind::PageToken | OwnerKind::Request | OwnerKind::User => {
                Err(Error::Unreadable(lost_answer(record)))
            }
        }
    }

    /// Seals what is about to be answered, to be stored with the change; nothing when the request cannot be repeated.
    pub(super) async fn answer_to<A: Action, T>(
        &self,
        permit: &Permit<A>,
        making: &Making<T>,
        made: Made<'_, T>,
    ) -> Result<Option<RequestRecord>, Error> {
        let (Some(key), Mode::Store) = (&making.key, making.mode) else { return Ok(None) };
        let name = name(permit, key);
        let tenant_key = self.keys.active(&self.store.reader(), name.tenant_id, KeyPurpose::Tokens).await?;
        let secret = match made.secret {
            Some((issued, owner, version)) => {
                let context = context(&name, name.credential.as_str());
                let sealed = tenant_key.seal(issued.as_sealable(), &context, self.random.as_ref())?;
                Some(RecordedSecret { sealed: Some(sealed), owner_kind: owner.kind, owner: owner.id, version })
            }
            None => None,
        };
        Ok(Some(RequestRecord {
            key_id: tenant_key.identity().id,
            body_mac: tenant_key.mac(message(permit, key).expose()).as_bytes().to_vec(),
            resource_tenant: made.tenant,
            resource_user: made.user,
            answer: (making.answer)(made.thing),
            secret,
            create_time: self.clock.now(),
            name,
        }))
    }

    /// Begins a transaction that ends with this answer. The second of two calls with one request id fails here, as a repeat.
    pub(super) async fn begin_once<A: Action>(&self, permit: &Permit<A>, answer: Option<&RequestRecord>) -> Result<Tx, Error> {
        let tx = self.begin(permit).await?;
        self.claim(&tx, answer).await?;
        Ok(tx)
    }

    /// Writes what is about to be answered as part of the transaction.
    pub(super) async fn claim(&self, tx: &Tx, answer: Option<&RequestRecord>) -> Result<(), Error> {
        if let Some(answer) = answer {
            tx.insert_request(repeats().scope(), answer, before(answer.create_time, ANSWER_LIFE)).await?;
        }
        Ok(())
    }

    /// Forgets the secrets of old answers, and very old answers altogether.
    pub async fn forget_requests(&self) -> Result<(), StoreError> {
        forget(&self.store, self.clock.now()).await
    }

    /// Forgets at intervals, for ever.
    pub async fn keep_forgetting_requests(self: Arc<Self>) {
        loop {
            tokio::time::sleep(INTERVAL).await;
            if let Err(error) = self.forget_requests().await {
                tracing::warn!(%error, "old answers could not be forgotten");
            }
        }
    }
}

/// The kept answer is named by its tenant alone: the caller's request id stands in no event.
fn lost_answer(record: &RequestRecord) -> LostSecret {
    LostSecret { tenant_id: record.name.tenant_id, kind: ResourceKind::Request, id: String::new(), version: None }
}

async fn forget(store: &Store, now: Timestamp) -> Result<(), StoreError> {
    store.forget_requests(repeats().scope(), before(now, SECRET_LIFE), before(now, ANSWER_LIFE)).await
}

fn repeats() -> SystemPermit {
    SystemPermit::new(Job::Repeat, "the record of a request belongs to the caller's home, wherever the permit reaches")
}

/// Names a request by the actor's credential: nobody meets the requests of anybody else.
fn name<A: Action>(permit: &Permit<A>, key: &RequestKey) -> RequestName {
    let actor = permit.principal().actor();
    let credential = match permit.principal().credential() {
        Credential::ApiKey { id, .. } => format!("api_key:{id}"),
        Credential::Password { .. } => format!("password:{}", actor.user_id()),
    };
    RequestName { tenant_id: actor.home_tenant(), credential, method: A::RULE.name, request_id: key.id }
}

/// The message as it is compared: for another user it is another one.
fn message<A: Action>(permit: &Permit<A>, key: &RequestKey) -> PlainSecret {
    let subject = permit.principal().subject().map_or(Uuid::nil(), |subject| subject.user_id().as_uuid());
    PlainSecret::joined(&[subject.as_bytes(), key.message.expose()])
}

fn context<'a>(name: &RequestName, credential: &'a str) -> SecretContext<'a> {
    SecretContext {
        tenant: name.tenant_id,
        owner_kind: OwnerKind::Request,
        owner: name.request_id,
        field: name.method,
        version: 1,
        origin: credential,
    }
}

fn before(now: Timestamp, micros: i64) -> Timestamp {
    Timestamp::from_micros(now.as_micros().saturating_sub(micros))
}
