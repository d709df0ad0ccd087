//! Requests of the service of OAuth apps.

use oauth_registry::proto;

use super::{Request, request};
use crate::harness::caller::sample_app;

pub(super) const REQUESTS: &[Request] = &[
    request!("OauthAppService/CreateOauthApp", |place| {
        let app = proto::OauthApp { tenant_id: Some(place.tenant.clone()), ..sample_app(&place.new_name()) };
        let client_secret = Some("s3cret".to_owned());
        proto::CreateOauthAppRequest { oauth_app: Some(app), client_secret, ..Default::default() }
    }),
    request!("OauthAppService/GetOauthApp", |place| proto::GetOauthAppRequest { oauth_app_id: place.new_app().await }),
    request!("OauthAppService/ListOauthApps", |_place| proto::ListOauthAppsRequest::default()),
    request!("OauthAppService/UpdateOauthApp", |place| {
        let (id, description) = (place.new_app().await, Some("Another description".to_owned()));
        let app = proto::OauthApp { id, description, ..Default::default() };
        proto::UpdateOauthAppRequest { oauth_app: Some(app), ..Default::default() }
    }),
    request!("OauthAppService/DeleteOauthApp", |place| {
        proto::DeleteOauthAppRequest { oauth_app_id: place.new_app().await, ..Default::default() }
    }),
    request!("OauthAppService/RevealOauthAppSecret", |place| {
        let reason = "to count statements".to_owned();
        proto::RevealOauthAppSecretRequest { oauth_app_id: place.new_app_at_home().await, reason, ..Default::default() }
    }),
];
