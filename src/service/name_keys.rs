//! Keeping the keys of names by the rules of now, at the start.

use crate::authz::{Job, SystemPermit};
use crate::storage::{NameKeyError, Store};

/// Makes the keys of all names anew if they were made by other rules, so that the same names count as the same as ever.
pub async fn refresh_name_keys(store: &Store) -> Result<(), NameKeyError> {
    let permit = SystemPermit::new(Job::NameKeys, "the rules by which names are the same hold for all tenants");
    store.refresh_name_keys(permit.scope()).await
}
