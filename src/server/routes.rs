//! Every service on one server: the API behind the gate, health and reflection beside it.

use std::sync::Arc;

use tonic::service::LayerExt as _;
use tonic_health::pb::health_server::{Health, HealthServer};
use tonic_reflection::pb::{v1, v1alpha};
use tower::Layer as _;

use crate::grpc::Api;
use crate::grpc::layer::{
    Call, CallLayer, Capacity, CapacityLayer, Deadline, DeadlineLayer, GateLayer, Guard, GuardLayer, OneMessageLayer, Protocol,
    ProtocolLayer,
};
use crate::grpc::reflection::Reflection;
use crate::proto::FILE_DESCRIPTOR_SET;
use crate::proto::api_key_service_server::ApiKeyServiceServer;
use crate::proto::caller_service_server::CallerServiceServer;
use crate::proto::data_store_service_server::DataStoreServiceServer;
use crate::proto::event_service_server::EventServiceServer;
use crate::proto::oauth_app_service_server::OauthAppServiceServer;
use crate::proto::role_service_server::RoleServiceServer;
use crate::proto::tenant_service_server::TenantServiceServer;
use crate::proto::user_service_server::UserServiceServer;
use crate::server::limits::{Limits, MAX_DECODING_SIZE, MAX_ENCODING_SIZE, MAX_QUESTION_SIZE};
use crate::server::start::StartError;
use crate::service::Registry;

/// The services with every layer around them, ready to be served.
pub type Routes = Protocol<Call<Guard<Capacity<Deadline<tonic::service::Routes>>>>>;

/// Puts every service of the API behind the gate. No method of theirs is client-streaming.
macro_rules! gated {
    ($router:ident, $gate:ident, $api:ident: $($server:ident)*) => {
        $router$(.add_service($gate.named_layer(OneMessageLayer.named_layer(
            $server::new($api.clone()).max_decoding_message_size(MAX_DECODING_SIZE).max_encoding_message_size(MAX_ENCODING_SIZE),
        ))))*
    };
}

/// Wires every service.
pub fn routes(registry: &Arc<Registry>, limits: &Limits, health: HealthServer<impl Health>) -> Result<Routes, StartError> {
    let reflection = Reflection::new(&[
        FILE_DESCRIPTOR_SET,
        tonic_health::pb::FILE_DESCRIPTOR_SET,
        // The details of errors: without them, clients that learn the API by reflection show bytes.
        tonic_types::pb::FILE_DESCRIPTOR_SET,
        v1::FILE_DESCRIPTOR_SET,
        v1alpha::FILE_DESCRIPTOR_SET,
    ])
    .map_err(|error| StartError::Reflection(error.to_string()))?;
    let (gate, api) = (GateLayer::new(registry.clone()), Api::new(registry.clone()));
    // Anybody may ask these, so a question takes little memory.
    let health = OneMessageLayer.named_layer(health.max_decoding_message_size(MAX_QUESTION_SIZE));
    let new = v1::server_reflection_server::ServerReflectionServer::new(reflection.clone());
    let old = v1alpha::server_reflection_server::ServerReflectionServer::new(reflection);
    let router = tonic::service::Routes::new(health)
        .add_service(new.max_decoding_message_size(MAX_QUESTION_SIZE))
        .add_service(old.max_decoding_message_size(MAX_QUESTION_SIZE));
    let services = gated!(router, gate, api:
        ApiKeyServiceServer
        CallerServiceServer
        DataStoreServiceServer
        EventServiceServer
        OauthAppServiceServer
        RoleServiceServer
        TenantServiceServer
        UserServiceServer
    );
    let in_time = DeadlineLayer::new(limits.call_timeout).layer(services.prepare());
    let calls = CallLayer::new(registry.clone()).layer(GuardLayer.layer(CapacityLayer.layer(in_time)));
    Ok(ProtocolLayer.layer(calls))
}
