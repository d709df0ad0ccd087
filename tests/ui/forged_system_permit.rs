//! Nobody outside acts as the service itself.

use oauth_registry::authz::{Job, SystemPermit};

fn forge() -> SystemPermit {
    SystemPermit::new(Job::Bootstrap, "I say so")
}

fn main() {}
