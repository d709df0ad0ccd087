//! The keys by which names are unique and found: made anew when the rules by which they are made have changed.

use std::collections::{BTreeMap, HashMap};

use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QuerySelect, Set};
use uuid::Uuid;

use crate::authz::TenantScope;
use crate::domain::name::{AppName, KEY_RULES, LoginName, RoleName, TenantName};
use crate::storage::entity::{oauth_app, role, setting, tenant, user_account};
use crate::storage::error::StoreError;
use crate::storage::scope::{self, Scoped};
use crate::storage::{Backend, Reader, Store, Tx};

/// The name of the setting that says by which rules the keys were made.
const SETTING: &str = "name_key_rules";
/// Keeps every other process from writing names; the work may take longer than a call may.
const ALONE: &str = "SET LOCAL statement_timeout = 0; SET LOCAL lock_timeout = 0; SET LOCAL idle_in_transaction_session_timeout = 0; \
                     LOCK TABLE tenant, user_account, role, oauth_app IN SHARE ROW EXCLUSIVE MODE";

/// Names that were different and have become the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Collision {
    /// The table.
    pub table: &'static str,
    /// The ids of the rows.
    pub ids: Vec<Uuid>,
}

/// Why the keys could not be made anew; nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum NameKeyError {
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Names have become the same, and nobody but their owners can say what is to become of them.
    #[error("by the rules of this version some names are the same, and must be told apart by the version before: {}", listed(.0))]
    Colliding(Vec<Collision>),
}

fn listed(collisions: &[Collision]) -> String {
    let one = |collision: &Collision| {
        let ids: Vec<String> = collision.ids.iter().map(ToString::to_string).collect();
        format!("{} {}", collision.table, ids.join(" and "))
    };
    collisions.iter().map(one).collect::<Vec<_>>().join("; ")
}

/// A table with names.
struct Named<E: EntityTrait> {
    table: &'static str,
    id: E::Column,
    /// Inside what the names are unique, unless it is everything.
    within: Option<E::Column>,
    name: E::Column,
    key: E::Column,
    key_of: fn(&str) -> String,
}

macro_rules! named {
    ($entity:ident: $name:ident, $key:ident, $within:expr, $kind:ident) => {
        Named::<$entity::Entity> {
            table: stringify!($entity),
            id: $entity::Column::Id,
            within: $within,
            name: $entity::Column::$name,
            key: $entity::Column::$key,
            key_of: $kind::key_of,
        }
    };
}

impl Store {
    /// Makes the keys of all names anew, all of them or none, unless the rules are still those by which they were made.
    pub async fn refresh_name_keys(&self, scope: &TenantScope) -> Result<(), NameKeyError> {
        if self.reader().has_rules_of_now().await? {
            return Ok(());
        }
        let tx = self.begin().await?;
        if self.backend == Backend::Postgres {
            tx.connection().execute_unprepared(ALONE).await.map_err(StoreError::from)?;
        }
        // Another process may have been quicker.
        if tx.reader().has_rules_of_now().await? {
            return Ok(());
        }
        let collisions = tx.refresh_all(scope).await?;
        if !collisions.is_empty() {
            return Err(NameKeyError::Colliding(collisions));
        }
        tx.note_rules().await?;
        Ok(tx.save().await?)
    }
}

impl Reader<'_> {
    async fn has_rules_of_now(&self) -> Result<bool, StoreError> {
        let noted = scope::find_settings().filter(setting::Column::Name.eq(SETTING)).one(&self.connection).await?;
        Ok(noted.is_some_and(|noted| noted.value == KEY_RULES))
    }
}

impl Tx {
    async fn note_rules(&self) -> Result<(), StoreError> {
        let row = setting::ActiveModel { name: Set(SETTING.to_owned()), value: Set(KEY_RULES.to_owned()) };
        scope::replace_setting(&self.connection(), row).await
    }

    async fn refresh_all(&self, scope: &TenantScope) -> Result<Vec<Collision>, StoreError> {
        let tenants = named!(tenant: Name, NameKey, None, TenantName);
        let users = named!(user_account: LoginName, LoginKey, Some(user_account::Column::TenantId), LoginName);
        let roles = named!(role: Name, NameKey, Some(role::Column::TenantId), RoleName);
        let apps = named!(oauth_app: Name, NameKey, Some(oauth_app::Column::TenantId), AppName);
        let mut collisions = self.refresh(scope, &tenants).await?;
        collisions.extend(self.refresh(scope, &users).await?);
        collisions.extend(self.refresh(scope, &roles).await?);
        collisions.extend(self.refresh(scope, &apps).await?);
        Ok(collisions)
    }

    async fn refresh<E: Scoped>(&self, scope: &TenantScope, named: &Named<E>) -> Result<Vec<Collision>, StoreError> {
        let rows: Vec<(Uuid, Uuid, String, String)> = self
            .within(scope)
            .find::<E>()
            .select_only()
            .columns([named.id, named.within.unwrap_or(named.id), named.name, named.key])
            .into_tuple()
            .all(&self.connection())
            .await?;
        let (mut changed, mut holders) = (BTreeMap::new(), HashMap::<_, Vec<Uuid>>::new());
        for (id, within, name, stored) in rows {
            let key = (named.key_of)(&name);
            if key != stored {
                changed.insert(id, key.clone());
            }
            holders.entry((named.within.map(|_| within), key)).or_default().push(id);
        }
        let mut collisions: Vec<_> = holders.into_values().filter(|ids| ids.len() > 1).collect();
        if collisions.is_empty() {
            // First out of each other's way: one row's new key may be another one's old key.
            let aside = changed.keys().map(|id| (*id, format!("\u{1}{id}")));
            for (id, key) in aside.chain(changed.iter().map(|(id, key)| (*id, key.clone()))) {
                let update = self.within(scope).update::<E>().col_expr(named.key, Expr::value(key)).filter(named.id.eq(id));
                update.exec(&self.connection()).await?;
            }
        }
        for ids in &mut collisions {
            ids.sort_unstable();
        }
        collisions.sort_unstable();
        Ok(collisions.into_iter().map(|ids| Collision { table: named.table, ids }).collect())
    }
}
