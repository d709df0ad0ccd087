//! Secrets: sealed at rest, bound to their place, refused without a key, and never told to anybody who did not ask for them.

mod at_rest;
mod canary;
mod keyring_lost;
mod log_down;
mod rebound;
mod schema;
mod sealed;
mod shredded;
mod spellings;
mod tampered;

use oauth_registry::proto::{RevealOauthAppSecretRequest, RevealOauthAppSecretResponse};
use tonic::Status;

use crate::harness::caller::Caller;

/// Asks for an app's secret.
async fn reveal(caller: &Caller, app: &str) -> Result<RevealOauthAppSecretResponse, Status> {
    let request = RevealOauthAppSecretRequest { oauth_app_id: app.to_owned(), reason: "a test".to_owned(), ..Default::default() };
    Ok(caller.apps().reveal_oauth_app_secret(request).await?.into_inner())
}
