//! OAuth apps.

use crate::crypto::PlainSecret;
use crate::domain::invalid::Violations;
use crate::domain::oauth_app::{OauthApp, OauthAppDraft, OauthAppPatch};
use crate::domain::secret_list::SecretVersion;
use crate::domain::stamp::Expected;
use crate::grpc::convert::mask::Mask;
use crate::grpc::convert::{filter, id, optional_id, page, timestamp};
use crate::proto;
use crate::service::{Error, ListAppsQuery, NewOauthApp, OauthAppUpdate};

/// Reads an app to be registered.
pub(in crate::grpc) fn new(
    oauth_app: Option<proto::OauthApp>,
    client_secret: Option<String>,
    mut violations: Violations,
) -> NewOauthApp {
    let proto::OauthApp {
        id: _,
        tenant_id,
        name,
        slug,
        data_store,
        description,
        client_id,
        authorize_uri,
        token_uri,
        scope,
        is_active,
        client_secret_set: _,
        client_secret_version: _,
        create_time: _,
        update_time: _,
        create_actor: _,
        update_actor: _,
        etag: _,
    } = oauth_app.unwrap_or_default();
    let tenant_id = optional_id("oauth_app.tenant_id", tenant_id.as_deref(), &mut violations);
    let slug = slug.filter(|slug| !slug.is_empty());
    let draft = OauthAppDraft { name, slug, data_store, description, client_id, authorize_uri, token_uri, scope, is_active };
    NewOauthApp { tenant_id, draft, client_secret: client_secret.map(PlainSecret::from), violations }
}

/// Reads a change of an app; without the app's id there is nothing to change, so that is refused with all else that is wrong.
pub(in crate::grpc) fn update(request: proto::UpdateOauthAppRequest) -> Result<OauthAppUpdate, Error> {
    let proto::UpdateOauthAppRequest { oauth_app, update_mask, client_secret, validate_only: _ } = request;
    let client_secret = client_secret.map(PlainSecret::from);
    let mut violations = Violations::new();
    let mask = Mask::read(update_mask, proto::fields::OAUTH_APP, &mut violations);
    let proto::OauthApp {
        id: app_id,
        tenant_id,
        name,
        slug,
        data_store,
        description,
        client_id,
        authorize_uri,
        token_uri,
        scope,
        is_active,
        client_secret_set: _,
        client_secret_version: _,
        create_time: _,
        update_time: _,
        create_actor: _,
        update_actor: _,
        etag,
    } = oauth_app.unwrap_or_default();
    let tenant_id = optional_id("oauth_app.tenant_id", tenant_id.as_deref(), &mut violations);
    let Some(id) = id("oauth_app.id", &app_id, &mut violations) else {
        return Err(violations.finish_with::<()>("oauth_app.id", None).err().map_or(Error::ConcurrentChange, Error::Invalid));
    };
    let patch = OauthAppPatch {
        name: mask.patch("name", name),
        data_store: mask.patch("data_store", data_store),
        description: mask.patch("description", description),
        client_id: mask.patch("client_id", client_id),
        authorize_uri: mask.patch("authorize_uri", authorize_uri),
        token_uri: mask.patch("token_uri", token_uri),
        scope: mask.patch("scope", scope),
        is_active: mask.patch("is_active", is_active),
    };
    let expected = Expected::from_etag(etag);
    let slug = slug.filter(|slug| !slug.is_empty());
    Ok(OauthAppUpdate { id, expected, patch, tenant_id, slug, client_secret, violations })
}

/// Reads which apps are wanted.
pub(in crate::grpc) fn list(request: proto::ListOauthAppsRequest) -> ListAppsQuery {
    let proto::ListOauthAppsRequest { page_size, page_token, tenant_id, tenant_name, data_store, name_prefix, include_inherited } =
        request;
    let mut violations = Violations::new();
    let tenant_id = optional_id("tenant_id", tenant_id.as_deref(), &mut violations);
    ListAppsQuery {
        tenant_id,
        tenant_name: filter("tenant_name", tenant_name, &mut violations),
        data_store,
        name_prefix: filter("name_prefix", name_prefix, &mut violations),
        include_inherited,
        page: page(page_size, page_token),
        violations,
    }
}

/// Writes an app.
pub(in crate::grpc) fn message(app: OauthApp) -> proto::OauthApp {
    let client_secret_set = app.client_secret_set();
    let OauthApp { id, tenant_id, spec, secrets, stamp } = app;
    proto::OauthApp {
        id: id.to_string(),
        tenant_id: Some(tenant_id.to_string()),
        name: Some(spec.name().to_string()),
        slug: Some(spec.slug().to_string()),
        data_store: Some(spec.data_store().as_i32()),
        description: spec.description().non_empty().map(str::to_owned),
        client_id: Some(spec.client_id().to_string()),
        authorize_uri: Some(spec.authorize_uri().as_str().to_owned()),
        token_uri: Some(spec.token_uri().as_str().to_owned()),
        scope: Some(spec.scope().as_str().to_owned()),
        is_active: Some(spec.is_active()),
        client_secret_set,
        client_secret_version: secrets.current().map_or(0, SecretVersion::as_i32),
        create_time: Some(timestamp(stamp.create_time)),
        update_time: Some(timestamp(stamp.update_time)),
        create_actor: stamp.create_actor.to_string(),
        update_actor: stamp.update_actor.to_string(),
        etag: stamp.version.etag(),
    }
}

/// Writes what users of child tenants may see of a system tenant's app.
pub(in crate::grpc) fn inherited(app: &OauthApp) -> proto::InheritedOauthApp {
    let OauthApp { id, tenant_id: _, spec, secrets: _, stamp: _ } = app;
    proto::InheritedOauthApp {
        id: id.to_string(),
        name: spec.name().to_string(),
        slug: spec.slug().to_string(),
        data_store: spec.data_store().as_i32(),
        description: spec.description().as_str().to_owned(),
        scope: spec.scope().as_str().to_owned(),
    }
}
