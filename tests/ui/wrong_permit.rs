//! A use-case takes the permit of its own method and of no other.

use oauth_registry::authz::{ListOauthApps, Permit};
use oauth_registry::domain::id::OauthAppId;
use oauth_registry::service::Registry;

async fn get(registry: &Registry, permit: &Permit<ListOauthApps>, id: OauthAppId) {
    let _ = registry.get_oauth_app(permit, id).await;
}

fn main() {}
