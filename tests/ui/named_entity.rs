//! The rows are storage's own: nobody else can ask for them without a scope.

use oauth_registry::storage::entity::oauth_app::Entity;

fn main() {}
