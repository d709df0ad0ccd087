//! What every handler does alike: open the request, ask for the permit, run, answer.

use std::sync::Arc;

use tonic::{Request, Response, Status};

use crate::authz::{Action, Caller, Permit, authorize};
use crate::domain::event::{Decision, Represented};
use crate::grpc::repeat::{Once, Repeatable};
use crate::grpc::status::{self, reason, reason_name};
use crate::proto::{ErrorReason, WipeSecrets};
use crate::service::{Claimant, Error, Mode, Refusal, Registry};

/// Every service of the API, over the use-cases.
#[derive(Debug, Clone)]
pub struct Api {
    registry: Arc<Registry>,
}

/// A request that no handler has taken: its secrets are overwritten when it is dropped.
struct Untaken<M: WipeSecrets + Default>(M);

impl<M: WipeSecrets + Default> Untaken<M> {
    fn take(mut self) -> M {
        std::mem::take(&mut self.0)
    }
}

impl<M: WipeSecrets + Default> Drop for Untaken<M> {
    fn drop(&mut self) {
        self.0.wipe_secrets();
    }
}

/// What a handler works with: the use-cases and the permit.
pub(super) struct Work<A: Action> {
    pub(super) registry: Arc<Registry>,
    pub(super) permit: Arc<Permit<A>>,
}

impl Api {
    /// Serves the use-cases.
    #[must_use]
    pub fn new(registry: Arc<Registry>) -> Self {
        Self { registry }
    }

    /// Runs one call: without a caller it is unauthenticated, without a permit it is denied, and only then is the message looked at.
    pub(super) async fn serve<A, M, T, F, Fut>(&self, request: Request<M>, run: F) -> Result<Response<T>, Status>
    where
        A: Action,
        M: WipeSecrets + Default,
        F: FnOnce(Work<A>, M) -> Fut,
        Fut: Future<Output = Result<T, Error>>,
    {
        let (_, mut extensions, message) = request.into_parts();
        let message = Untaken(message);
        let caller: Caller = extensions.remove().ok_or_else(|| status::bare(ErrorReason::InvalidCredential))?;
        let answer = match authorize::<A>(caller.clone()) {
            Ok(permit) => run(Work { registry: self.registry.clone(), permit: Arc::new(permit) }, message.take()).await,
            Err(denied) => Err(denied.into()),
        };
        match answer {
            Ok(answer) => Ok(Response::new(answer)),
            Err(error) => Err(refuse(&self.registry, caller, A::RULE.name, error).await),
        }
    }
}

impl Api {
    /// Runs a call that may be repeated: one that was answered before gets the same answer and does nothing.
    pub(super) async fn serve_once<A, M, F, Fut>(&self, request: Request<M>, run: F) -> Result<Response<M::Answer>, Status>
    where
        A: Action,
        M: Repeatable,
        F: FnOnce(Work<A>, M, Once) -> Fut,
        Fut: Future<Output = Result<M::Answer, Error>>,
    {
        self.serve(request, |work: Work<A>, message: M| async move {
            let mut message = Untaken(message);
            let Once { key, violations } = Once::read(&mut message.0);
            let Work { registry, permit } = &work;
            let (registry, permit) = (registry.clone(), permit.clone());
            if let Some(before) = registry.repeated(&permit, key.as_ref()).await? {
                return M::replay(before);
            }
            match run(work, message.take(), Once { key: key.clone(), violations }).await {
                // Another call with the same id was quicker.
                Err(Error::Repeated) => {
                    M::replay(registry.repeated(&permit, key.as_ref()).await?.ok_or(Error::ConcurrentChange)?)
                }
                done => done,
            }
        })
        .await
    }
}

/// Makes the status of an error; a denial first goes to the event log.
async fn refuse(registry: &Registry, caller: Caller, method: &str, error: Error) -> Status {
    registry.note(&error);
    if let Some(decision) = decision(&error) {
        let refusal = Refusal {
            claimant: Some(claimant(&caller)),
            method: method.to_owned(),
            decision,
            reason: reason_name(reason(&error)),
            call: caller.call,
        };
        return status::status(&registry.recorded(refusal, error).await);
    }
    answer(registry, &error)
}

/// Makes the status of an error; a stored secret that does not open is reported first.
pub(super) fn answer(registry: &Registry, error: &Error) -> Status {
    if let Error::Unreadable(lost) = error {
        registry.report_loss(lost);
    }
    status::status(error)
}

/// Returns what was refused, if the error is a refusal: the call, or the credential.
pub(super) const fn decision(error: &Error) -> Option<Decision> {
    match error {
        Error::Denied(_) => Some(Decision::Denied),
        Error::Unauthenticated(_) => Some(Decision::Unauthenticated),
        Error::Invalid(_)
        | Error::NotFound(_)
        | Error::Taken { .. }
        | Error::EtagMismatch
        | Error::ConcurrentChange
        | Error::SecretRequired
        | Error::DependantsExist(_)
        | Error::LastAdministrator
        | Error::SystemTenant
        | Error::BuiltInRole(_)
        | Error::TenantNotSuspended(_)
        | Error::NotAPerson(_)
        | Error::ApiKeyNotActive(_)
        | Error::RequestIdReused
        | Error::Repeated
        | Error::Overloaded
        | Error::TenantSuspended(_)
        | Error::NotInSystemTenant(_)
        | Error::Sealed(_)
        | Error::Unreadable(_)
        | Error::AuditUnavailable
        | Error::Store(_)
        | Error::Seal(_)
        | Error::PasswordHash
        | Error::Random(_) => None,
    }
}

/// Returns the caller as a refused one.
pub(super) fn claimant(caller: &Caller) -> Claimant {
    Claimant {
        tenant_id: caller.principal.actor().home_tenant(),
        user_id: caller.principal.actor().user_id(),
        login_name: caller.principal.actor().login_name().to_owned(),
        api_key_id: caller.principal.credential().api_key_id(),
        on_behalf_of: caller.principal.subject().map(Represented::of),
    }
}

/// Reads `validate_only`.
pub(super) fn mode(validate_only: bool) -> Mode {
    if validate_only { Mode::ValidateOnly } else { Mode::Store }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::{Untaken, WipeSecrets};

    /// A request that counts how often it is wiped.
    #[derive(Default)]
    struct Spy(Arc<AtomicUsize>);

    impl WipeSecrets for Spy {
        fn wipe_secrets(&mut self) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }

    #[test]
    fn a_request_that_no_handler_takes_is_wiped() {
        let wiped = Arc::<AtomicUsize>::default();
        drop(Untaken(Spy(wiped.clone())));
        assert_eq!(wiped.load(Ordering::Relaxed), 1);
        let taken = Untaken(Spy(wiped.clone())).take();
        assert!(Arc::ptr_eq(&taken.0, &wiped), "what is taken is the request itself");
        assert_eq!(wiped.load(Ordering::Relaxed), 1);
    }
}
