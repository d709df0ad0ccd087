//! The gate: the rule of the exact path, the caller, the decision, all before the message is decoded.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use http::header::AUTHORIZATION;
use http::{HeaderMap, HeaderValue, Request, Response};
use tonic::Status;
use tonic::body::Body;
use tower::{Layer, Service};

use crate::authn::{Presented, Principal, Unauthenticated, presented};
use crate::authz::{CallInfo, Caller, Denied, MethodRule, decide, rule_for_path};
use crate::domain::event::Decision;
use crate::grpc::edge::{answer, claimant, decision};
use crate::grpc::status::{self, reason, reason_name};
use crate::proto::ErrorReason;
use crate::service::{Error, Refusal, Registry, Rejected};

/// The header that names the user for whom the caller acts.
const ON_BEHALF_OF: &str = "x-on-behalf-of";

/// Puts a [`Gate`] before a service.
#[derive(Debug, Clone)]
pub struct GateLayer {
    registry: Arc<Registry>,
}

/// Lets only calls through that their method's rule allows.
#[derive(Debug, Clone)]
pub struct Gate<S> {
    inner: S,
    registry: Arc<Registry>,
}

impl GateLayer {
    /// Asks the use-cases who calls.
    #[must_use]
    pub fn new(registry: Arc<Registry>) -> Self {
        Self { registry }
    }
}

impl<S> Layer<S> for GateLayer {
    type Service = Gate<S>;

    fn layer(&self, inner: S) -> Gate<S> {
        Gate { inner, registry: self.registry.clone() }
    }
}

impl<S> Service<Request<Body>> for Gate<S>
where
    S: Service<Request<Body>, Response = Response<Body>> + Clone + Send + 'static,
    S::Future: Send + 'static,
    S::Error: Send + 'static,
{
    type Response = Response<Body>;
    type Error = S::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Response<Body>, S::Error>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, mut request: Request<Body>) -> Self::Future {
        let fresh = self.inner.clone();
        // The clone that was polled ready is the one to call.
        let mut inner = std::mem::replace(&mut self.inner, fresh);
        let registry = self.registry.clone();
        Box::pin(async move {
            match admit(&registry, &mut request).await {
                Ok(caller) => {
                    request.extensions_mut().insert(caller);
                    inner.call(request).await
                }
                Err(refused) => Ok(refused.into_http()),
            }
        })
    }
}

/// Finds the rule, the caller and the decision.
async fn admit(registry: &Registry, request: &mut Request<Body>) -> Result<Caller, Status> {
    let rule = rule_for_path(request.uri().path()).ok_or_else(|| status::bare(ErrorReason::UnknownMethod))?;
    let call: CallInfo = request.extensions().get().cloned().ok_or_else(|| status::bare(ErrorReason::Internal))?;
    let credential = presented(request.headers().get_all(AUTHORIZATION).iter().map(HeaderValue::as_bytes));
    // From here on the header is of no use to anybody, and a log of headers would show it.
    request.headers_mut().remove(AUTHORIZATION);
    let if_refused = Refusal {
        claimant: None,
        method: rule.name.to_owned(),
        decision: Decision::Unauthenticated,
        reason: reason_name(ErrorReason::InvalidCredential),
        call: call.clone(),
    };
    let principal = authenticate(registry, credential, if_refused).await.map_err(|error| answer(registry, &error))?;
    tracing::Span::current().record("user_id", tracing::field::display(principal.actor().user_id()));
    let caller = match acting(registry, request.headers(), principal.clone()).await {
        Ok(principal) => Caller { principal: Arc::new(principal), call },
        Err(refused) => return Err(refuse(registry, rule, (refused, Caller { principal: Arc::new(principal), call })).await),
    };
    match decide(rule, &caller.principal) {
        Ok(_) => Ok(caller),
        Err(denied) => Err(refuse(registry, rule, (denied.into(), caller)).await),
    }
}

/// Reads for whom the caller acts, if for anybody else.
async fn acting(registry: &Registry, headers: &HeaderMap, principal: Principal) -> Result<Principal, Error> {
    let mut named = headers.get_all(ON_BEHALF_OF).iter();
    match (named.next(), named.next()) {
        (None, _) => Ok(principal),
        (Some(one), None) => {
            let text = std::str::from_utf8(one.as_bytes()).map_err(|_| Denied::OnBehalfOf)?;
            registry.on_behalf_of(principal, text).await
        }
        (Some(_), Some(_)) => Err(Denied::OnBehalfOf.into()),
    }
}

/// A refused caller goes to the event log; a server that cannot decide does not say that it refuses.
async fn refuse(registry: &Registry, rule: &MethodRule, (error, caller): (Error, Caller)) -> Status {
    if !matches!(error, Error::Denied(_)) {
        return answer(registry, &error);
    }
    let refusal = Refusal {
        claimant: Some(claimant(&caller)),
        method: rule.name.to_owned(),
        decision: decision(&error).unwrap_or(Decision::Denied),
        reason: reason_name(reason(&error)),
        call: caller.call,
    };
    status::status(&registry.recorded(refusal, error).await)
}

/// Finds the caller, and takes a refused credential to the event log.
async fn authenticate(
    registry: &Registry,
    credential: Result<Presented, Unauthenticated>,
    if_refused: Refusal,
) -> Result<Principal, Error> {
    let rejected = match credential {
        Ok(Presented::Password(password)) => return registry.authenticate_password(password, if_refused).await,
        Ok(Presented::Token(token)) => match registry.authenticate(&token).await {
            Ok(principal) => return Ok(principal),
            Err(rejected) => rejected,
        },
        Err(refused) => Rejected { error: refused.into(), claimant: None },
    };
    Err(registry.reject(rejected, if_refused).await)
}
