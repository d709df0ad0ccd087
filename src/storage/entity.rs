//! Row shapes, private to `storage`: plain columns, no rules, no relations.

pub(in crate::storage) mod api_key;
pub(in crate::storage) mod event;
pub(in crate::storage) mod key_encryption_key;
pub(in crate::storage) mod oauth_app;
pub(in crate::storage) mod request_record;
pub(in crate::storage) mod role;
pub(in crate::storage) mod secret_version;
pub(in crate::storage) mod setting;
pub(in crate::storage) mod tenant;
pub(in crate::storage) mod tenant_administrator;
pub(in crate::storage) mod tenant_key;
pub(in crate::storage) mod user_account;
pub(in crate::storage) mod user_role;
