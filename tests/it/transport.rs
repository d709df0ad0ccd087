//! What the layers around the services answer by themselves, and what the transport allows: real frames over a pipe or a socket.

mod age;
mod compression;
mod deadline;
mod overload;
mod panics;
mod protocol;
mod second_message;
mod settings;
mod timeout;
mod trailers;
mod watch;

use oauth_registry::grpc::status::{describe, reason_name};
use oauth_registry::proto::ErrorReason;
use tonic::Status;

use crate::harness::caller::{details, reason};

const GET_CALLER: &str = "/oauthregistry.v1.CallerService/GetCaller";
const CREATE_TENANT: &str = "/oauthregistry.v1.TenantService/CreateTenant";
const CHECK: &str = "/grpc.health.v1.Health/Check";
const WATCH: &str = "/grpc.health.v1.Health/Watch";
const REFLECTION: &str = "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo";

/// Demands an error with this reason, its code and sentence, and the server's id of the call.
fn assert_refused(status: &Status, expected: ErrorReason) {
    assert_eq!(reason(status), reason_name(expected), "{status:?}");
    assert_eq!((status.code(), status.message()), describe(expected), "{status:?}");
    assert_eq!(details(status).error_info().unwrap().domain, "oauthregistry.v1");
    assert!(!details(status).request_info().unwrap().request_id.is_empty(), "{status:?}");
}
