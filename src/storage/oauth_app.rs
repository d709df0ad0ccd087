//! OAuth apps.

use sea_orm::{ActiveValue, ColumnTrait, Condition, QueryFilter, QuerySelect, Set};

use crate::authz::TenantScope;
use crate::crypto::OwnerKind;
use crate::domain::data_store::DataStoreId;
use crate::domain::id::{OauthAppId, TenantId};
use crate::domain::oauth_app::{OauthApp, OauthAppSpec, StoredOauthApp};
use crate::domain::page::Page;
use crate::domain::stamp::Version;
use crate::storage::entity::oauth_app;
use crate::storage::error::StoreError;
use crate::storage::page::{self, PageAt};
use crate::storage::row::{Row, StampColumns};
use crate::storage::secret::SecretOwner;
use crate::storage::tenant::begins_with;
use crate::storage::{Reader, Tx, scope};

/// The name of an app's one secret.
const CLIENT_SECRET: &str = "client_secret";

/// Which apps a list holds; all must be true.
#[derive(Debug, Clone, Default)]
pub struct OauthAppFilter {
    /// Only apps for this data store.
    pub data_store: Option<DataStoreId>,
    /// Only apps whose name, without regard to case, begins so.
    pub name_prefix: Option<String>,
    /// Only active apps.
    pub active_only: bool,
}

impl SecretOwner {
    /// The client secret of an app.
    #[must_use]
    pub fn oauth_app(tenant_id: TenantId, id: OauthAppId) -> Self {
        Self { tenant_id, kind: OwnerKind::OauthApp, id: id.as_uuid(), field: CLIENT_SECRET }
    }
}

impl Reader<'_> {
    /// Finds an app.
    pub async fn find_oauth_app(&self, scope: &TenantScope, id: OauthAppId) -> Result<Option<OauthApp>, StoreError> {
        let row = scope::find::<oauth_app::Entity>(scope).filter(oauth_app::Column::Id.eq(id.as_uuid()));
        let Some(row) = row.one(&self.connection).await? else { return Ok(None) };
        Ok(self.with_secret_versions(scope, vec![row]).await?.pop())
    }

    /// Lists apps.
    pub async fn list_oauth_apps(
        &self,
        scope: &TenantScope,
        filter: &OauthAppFilter,
        at: PageAt,
    ) -> Result<Page<OauthApp>, StoreError> {
        let OauthAppFilter { data_store, name_prefix, active_only } = filter;
        let wanted = Condition::all()
            .add_option(data_store.map(|id| oauth_app::Column::DataStore.eq(id.as_i32())))
            .add_option(name_prefix.as_deref().map(|prefix| oauth_app::Column::NameKey.like(begins_with(prefix))))
            .add_option(active_only.then(|| oauth_app::Column::IsActive.eq(true)));
        let rows = scope::find::<oauth_app::Entity>(scope).filter(wanted);
        let columns = (oauth_app::Column::CreateTime, oauth_app::Column::Id);
        let rows: Vec<oauth_app::Model> = page::read(&self.connection, rows, columns, at).await?;
        let apps = self.with_secret_versions(scope, rows).await?;
        Ok(page::cut(apps, at, |app| (app.stamp.create_time, app.id.as_uuid())))
    }

    async fn with_secret_versions(&self, scope: &TenantScope, rows: Vec<oauth_app::Model>) -> Result<Vec<OauthApp>, StoreError> {
        let ids: Vec<_> = rows.iter().map(|row| row.id).collect();
        let versions = self.find_secret_versions(scope, (OwnerKind::OauthApp, CLIENT_SECRET), &ids).await?;
        let version = |row: &oauth_app::Model| versions.iter().find(|(owner, _)| *owner == row.id).map(|(_, version)| *version);
        rows.into_iter().map(|row| (version(&row), row)).map(|(version, row)| app(row, version)).collect()
    }
}

impl Tx {
    /// Writes a new app.
    pub async fn insert_oauth_app(&self, scope: &TenantScope, app: &OauthApp) -> Result<(), StoreError> {
        let row = oauth_app::ActiveModel {
            tenant_id: Set(app.tenant_id.as_uuid()),
            id: Set(app.id.as_uuid()),
            create_time: Set(app.stamp.create_time.as_micros()),
            create_actor: Set(app.stamp.create_actor.to_string()),
            ..writable(app)
        };
        scope::insert::<oauth_app::Entity, _>(&self.connection(), scope, row).await
    }

    /// Finds an app and keeps others from changing it until the transaction ends.
    pub async fn lock_oauth_app(&self, scope: &TenantScope, id: OauthAppId) -> Result<Option<OauthApp>, StoreError> {
        let row = scope::find::<oauth_app::Entity>(scope).filter(oauth_app::Column::Id.eq(id.as_uuid())).lock_exclusive();
        let Some(row) = row.one(&self.connection()).await? else { return Ok(None) };
        Ok(self.reader().with_secret_versions(scope, vec![row]).await?.pop())
    }

    /// Writes a changed app, if the stored one is still the one that was read.
    pub async fn save_oauth_app(&self, scope: &TenantScope, app: &OauthApp, read: Version) -> Result<(), StoreError> {
        let saved = scope::update::<oauth_app::Entity>(scope)
            .set(writable(app))
            .filter(oauth_app::Column::Id.eq(app.id.as_uuid()))
            .filter(oauth_app::Column::Version.eq(read.as_i64()))
            .exec(&self.connection())
            .await?;
        if saved.rows_affected == 1 { Ok(()) } else { Err(StoreError::Stale) }
    }

    /// Deletes an app, if the stored one is still the one that was read.
    pub async fn delete_oauth_app(&self, scope: &TenantScope, app: &OauthApp) -> Result<(), StoreError> {
        let deleted = scope::delete::<oauth_app::Entity>(scope)
            .filter(oauth_app::Column::Id.eq(app.id.as_uuid()))
            .filter(oauth_app::Column::Version.eq(app.stamp.version.as_i64()))
            .exec(&self.connection())
            .await?;
        if deleted.rows_affected == 1 { Ok(()) } else { Err(StoreError::Stale) }
    }
}

/// The columns that a change may write.
fn writable(app: &OauthApp) -> oauth_app::ActiveModel {
    let OauthApp { id: _, tenant_id: _, spec, client_secret_version: _, stamp } = app;
    oauth_app::ActiveModel {
        tenant_id: ActiveValue::NotSet,
        id: ActiveValue::NotSet,
        name: Set(spec.name().as_str().to_owned()),
        name_key: Set(spec.name().key()),
        slug: Set(spec.slug().as_str().to_owned()),
        data_store: Set(spec.data_store().as_i32()),
        description: Set(spec.description().non_empty().map(str::to_owned)),
        client_id: Set(spec.client_id().as_str().to_owned()),
        authorize_uri: Set(spec.authorize_uri().as_str().to_owned()),
        token_uri: Set(spec.token_uri().as_str().to_owned()),
        scope: Set(spec.scope().as_str().to_owned()),
        is_active: Set(spec.is_active()),
        create_time: ActiveValue::NotSet,
        update_time: Set(stamp.update_time.as_micros()),
        create_actor: ActiveValue::NotSet,
        update_actor: Set(stamp.update_actor.to_string()),
        version: Set(stamp.version.as_i64()),
    }
}

fn app(row: oauth_app::Model, client_secret_version: Option<i64>) -> Result<OauthApp, StoreError> {
    let oauth_app::Model {
        tenant_id,
        id,
        name,
        name_key: _,
        slug,
        data_store,
        description,
        client_id,
        authorize_uri,
        token_uri,
        scope,
        is_active,
        create_time,
        update_time,
        create_actor,
        update_actor,
        version,
    } = row;
    let at = Row { table: "oauth_app", id };
    let description = description.unwrap_or_default();
    let stored = StoredOauthApp { name, slug, data_store, description, client_id, authorize_uri, token_uri, scope, is_active };
    Ok(OauthApp {
        id: OauthAppId::from_uuid(id),
        tenant_id: TenantId::from_uuid(tenant_id),
        spec: at.need("(any)", OauthAppSpec::from_stored(stored).ok())?,
        client_secret_version,
        stamp: at.stamp(&StampColumns { create_time, update_time, create_actor, update_actor, version })?,
    })
}
