//! Every service on one server: the API behind the gate, health and reflection beside it.

use std::sync::Arc;

use tonic::service::LayerExt;
use tonic::transport::ServerTlsConfig;
use tonic::transport::server::Router;
use tonic_health::pb::health_server::{Health, HealthServer};
use tonic_reflection::server::Builder as Reflection;
use tower::layer::util::{Identity, Stack};

use crate::grpc::Api;
use crate::grpc::layer::{CallLayer, GateLayer};
use crate::proto::FILE_DESCRIPTOR_SET;
use crate::proto::api_key_service_server::ApiKeyServiceServer;
use crate::proto::caller_service_server::CallerServiceServer;
use crate::proto::data_store_service_server::DataStoreServiceServer;
use crate::proto::event_service_server::EventServiceServer;
use crate::proto::oauth_app_service_server::OauthAppServiceServer;
use crate::proto::role_service_server::RoleServiceServer;
use crate::proto::tenant_service_server::TenantServiceServer;
use crate::proto::user_service_server::UserServiceServer;
use crate::server::ServeError;
use crate::server::limits::{Limits, MAX_DECODING_SIZE, MAX_ENCODING_SIZE};
use crate::server::start::StartError;
use crate::service::Registry;

/// The services, ready to be served.
pub type Routes = Router<Stack<CallLayer, Identity>>;

/// Puts every service of the API behind the gate.
macro_rules! gated {
    ($router:ident, $gate:ident, $api:ident: $($server:ident)*) => {
        $router$(.add_service($gate.named_layer(
            $server::new($api.clone()).max_decoding_message_size(MAX_DECODING_SIZE).max_encoding_message_size(MAX_ENCODING_SIZE),
        )))*
    };
}

/// Wires every service.
pub fn routes(
    registry: &Arc<Registry>,
    (limits, tls): (&Limits, Option<ServerTlsConfig>),
    health: HealthServer<impl Health>,
) -> Result<Routes, ServeError> {
    let server = limits.server();
    let server = match tls {
        Some(tls) => server.tls_config(tls)?,
        None => server,
    };
    let reflection = || {
        Reflection::configure()
            .register_encoded_file_descriptor_set(FILE_DESCRIPTOR_SET)
            .register_encoded_file_descriptor_set(tonic_health::pb::FILE_DESCRIPTOR_SET)
            // The details of errors: without them, clients that learn the API by reflection show bytes.
            .register_encoded_file_descriptor_set(tonic_types::pb::FILE_DESCRIPTOR_SET)
            .register_encoded_file_descriptor_set(tonic_reflection::pb::v1::FILE_DESCRIPTOR_SET)
            .register_encoded_file_descriptor_set(tonic_reflection::pb::v1alpha::FILE_DESCRIPTOR_SET)
    };
    let broken = |error: tonic_reflection::server::Error| StartError::Reflection(error.to_string());
    let (gate, api) = (GateLayer::new(registry.clone()), Api::new(registry.clone()));
    let router = server
        .layer(CallLayer::new(registry.clone()))
        .add_service(health)
        .add_service(reflection().build_v1().map_err(broken)?)
        .add_service(reflection().build_v1alpha().map_err(broken)?);
    Ok(gated!(router, gate, api:
        ApiKeyServiceServer
        CallerServiceServer
        DataStoreServiceServer
        EventServiceServer
        OauthAppServiceServer
        RoleServiceServer
        TenantServiceServer
        UserServiceServer
    ))
}
