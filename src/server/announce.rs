//! What the person at the terminal is told: where the server listens, and a key that is shown once.

use std::io;
use std::net::SocketAddr;

use crate::config::Config;
use crate::server::ServeError;
use crate::service::{self, Bootstrapped, Registry};

/// Writes text for the person at the terminal, all of it, or says why not.
pub type Say = fn(&str) -> io::Result<()>;

/// Prints where the server listens. Whoever cannot be told stops a first start, since the key would be lost next; later nothing is
/// lost with the standard output.
pub(super) async fn address(registry: &Registry, address: SocketAddr, say: Say) -> Result<(), ServeError> {
    let Err(cause) = say(&format!("oauth-registry {} on {address}\n", env!("CARGO_PKG_VERSION"))) else { return Ok(()) };
    let first = registry.keys.check().is_ok() && !service::has_users(registry).await?;
    if first { Err(ServeError::Output(cause)) } else { Ok(()) }
}

/// Prints a fresh key, once, and a call to try it with. A key that cannot be printed is nobody's, so it is revoked.
pub(super) async fn key(registry: &Registry, made: &Bootstrapped, call: Call<'_>) -> Result<(), ServeError> {
    let token = String::from_utf8_lossy(made.token.expose());
    let Call { address, config, say } = call;
    let plaintext = if config.tls.is_some() { "" } else { "-plaintext " };
    let call =
        format!("grpcurl {plaintext}-H 'authorization: Bearer {token}' {address} oauthregistry.v1.CallerService/GetCaller");
    let text = format!("\nAPI key of {}, shown this once:\n\n  {token}\n\nTry:\n\n  {call}\n\n", made.login_name);
    let Err(cause) = say(&text) else { return Ok(()) };
    match service::withdraw(registry, made).await {
        Ok(()) => Err(ServeError::KeyRevoked(cause)),
        Err(error) => Err(ServeError::KeyLost { id: made.api_key_id.to_string(), cause, error }),
    }
}

/// How a fresh key is printed, and with what it can be tried.
pub(super) struct Call<'a> {
    pub(super) address: &'a str,
    pub(super) config: &'a Config,
    pub(super) say: Say,
}
