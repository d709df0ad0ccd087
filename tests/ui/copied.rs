//! Neither a secret nor a permit has a copy.

use oauth_registry::authz::{GetOauthApp, Permit};
use oauth_registry::crypto::PlainSecret;

fn copy_secret(secret: &PlainSecret) -> PlainSecret {
    <PlainSecret as Clone>::clone(secret)
}

fn copy_permit(permit: &Permit<GetOauthApp>) -> Permit<GetOauthApp> {
    <Permit<GetOauthApp> as Clone>::clone(permit)
}

fn main() {}
