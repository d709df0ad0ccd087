//! OAuth apps.

use sea_orm::{ActiveValue, ColumnTrait, Condition, QueryFilter, QuerySelect, Set};

use crate::authz::TenantScope;
use crate::domain::data_store::DataStoreId;
use crate::domain::id::{OauthAppId, TenantId};
use crate::domain::oauth_app::{OauthApp, OauthAppSpec, StoredOauthApp};
use crate::domain::page::Page;
use crate::domain::stamp::Version;
use crate::storage::entity::oauth_app;
use crate::storage::error::StoreError;
use crate::storage::page::PageAt;
use crate::storage::row::{Row, StampColumns};
use crate::storage::tenant::begins_with;
use crate::storage::{Reader, Tx};

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

impl Reader<'_> {
    /// Finds an app.
    pub async fn find_oauth_app(&self, scope: &TenantScope, id: OauthAppId) -> Result<Option<OauthApp>, StoreError> {
        let row = self.within(scope).find::<oauth_app::Entity>().filter(oauth_app::Column::Id.eq(id.as_uuid()));
        row.one(&self.connection).await?.map(OauthApp::try_from).transpose()
    }

    /// Lists apps.
    pub async fn list_oauth_apps(
        &self,
        scope: &TenantScope,
        filter: &OauthAppFilter,
        at: PageAt,
    ) -> Result<Page<OauthApp>, StoreError> {
        let OauthAppFilter { data_store, name_prefix, active_only } = filter;
        let of_store = data_store.map(|id| oauth_app::Column::DataStore.eq(id.as_i32()));
        let others = Condition::all()
            .add_option(name_prefix.as_deref().map(|prefix| begins_with(oauth_app::Column::NameKey, prefix)))
            .add_option(active_only.then(|| oauth_app::Column::IsActive.eq(true)));
        let listing = at.filtered(Condition::all().add_option(of_store)).and_then_by(others);
        self.page::<oauth_app::Entity, oauth_app::Model>(scope, &listing, at).await?.try_map(OauthApp::try_from)
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
        self.within(scope).insert::<oauth_app::Entity, _>(&self.connection(), row).await
    }

    /// Finds an app and keeps others from changing it until the transaction ends.
    pub async fn lock_oauth_app(&self, scope: &TenantScope, id: OauthAppId) -> Result<Option<OauthApp>, StoreError> {
        let row = self.within(scope).find::<oauth_app::Entity>().filter(oauth_app::Column::Id.eq(id.as_uuid()));
        row.lock_exclusive().one(&self.connection()).await?.map(OauthApp::try_from).transpose()
    }

    /// Writes a changed app, if the stored one is still the one that was read.
    pub async fn save_oauth_app(&self, scope: &TenantScope, app: &OauthApp, read: Version) -> Result<(), StoreError> {
        let saved = self
            .within(scope)
            .update::<oauth_app::Entity>()
            .set(writable(app))
            .filter(oauth_app::Column::Id.eq(app.id.as_uuid()))
            .filter(oauth_app::Column::Version.eq(read.as_i64()))
            .exec(&self.connection())
            .await?;
        if saved.rows_affected == 1 { Ok(()) } else { Err(StoreError::Stale) }
    }

    /// Deletes an app, if the stored one is still the one that was read.
    pub async fn delete_oauth_app(&self, scope: &TenantScope, app: &OauthApp) -> Result<(), StoreError> {
        let deleted = self
            .within(scope)
            .delete::<oauth_app::Entity>()
            .filter(oauth_app::Column::Id.eq(app.id.as_uuid()))
            .filter(oauth_app::Column::Version.eq(app.stamp.version.as_i64()))
            .exec(&self.connection())
            .await?;
        if deleted.rows_affected == 1 { Ok(()) } else { Err(StoreError::Stale) }
    }
}

/// The columns that a change may write.
fn writable(app: &OauthApp) -> oauth_app::ActiveModel {
    let OauthApp { id: _, tenant_id: _, spec, secrets, stamp } = app;
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
        secrets: Set(secrets.to_string()),
        create_time: ActiveValue::NotSet,
        update_time: Set(stamp.update_time.as_micros()),
        create_actor: ActiveValue::NotSet,
        update_actor: Set(stamp.update_actor.to_string()),
        version: Set(stamp.version.as_i64()),
    }
}

impl TryFrom<oauth_app::Model> for OauthApp {
    type Error = StoreError;

    fn try_from(row: oauth_app::Model) -> Result<Self, StoreError> {
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
            secrets,
            create_time,
            update_time,
            create_actor,
            update_actor,
            version,
        } = row;
        let at = Row { table: "oauth_app", id };
        let stored =
            StoredOauthApp { name, slug, data_store, description, client_id, authorize_uri, token_uri, scope, is_active };
        Ok(Self {
            id: OauthAppId::from_uuid(id),
            tenant_id: TenantId::from_uuid(tenant_id),
            spec: OauthAppSpec::from_stored(stored).or_else(|column| at.corrupt(column))?,
            secrets: at.need("secrets", secrets.parse().ok())?,
            stamp: at.stamp(&StampColumns { create_time, update_time, create_actor, update_actor, version })?,
        })
    }
}
