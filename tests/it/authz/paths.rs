//! The decision comes before the message, and only the exact path of a method leads anywhere.

use oauth_registry::proto;
use prost::Message;
use tonic::Code;

use super::descriptors::{path, rpcs};
use super::{outcome, set};
use crate::harness::caller::{details, reason};
use crate::harness::on_both_backends;
use crate::harness::server::{SYSTEM, TestServer};

/// Bytes that are no message: a field that is longer than the rest.
const GARBAGE: &[u8] = &[0x0a, 0xff, 0x01];

on_both_backends! {
    async fn garbage_is_looked_at_only_after_the_decision(server: TestServer) {
        let nobody = server.admin().new_caller(SYSTEM, "nobody", &set(&[21])).await;
        for rpc in rpcs() {
            let anonymous = server.anonymous().raw(&rpc.path(), GARBAGE).await.unwrap_err();
            assert_eq!(anonymous.code(), Code::Unauthenticated, "{}", rpc.name);
            let expected = match &rpc.rule {
                rule if rule.refuses_api_key => "CREDENTIAL_REFUSED",
                rule if rule.any || rule.own_rows => "MALFORMED_MESSAGE",
                _ => "MISSING_PERMISSION",
            };
            let denied = nobody.raw(&rpc.path(), GARBAGE).await;
            assert_eq!(outcome(&denied), expected, "{}", rpc.name);
        }
    }

    async fn a_denial_names_the_missing_numbers(server: TestServer) {
        let half = server.admin().new_caller(SYSTEM, "half", &set(&[11])).await;
        let denied = half.apps().get_oauth_app(proto::GetOauthAppRequest::default()).await.unwrap_err();
        let info = details(&denied).error_info().unwrap().clone();
        assert_eq!(info.reason, "MISSING_PERMISSION");
        assert_eq!(info.metadata["required_permissions"], "12|11,28|1011");
        assert_eq!(info.metadata["missing_permissions"], "12|28|1011");
        assert_eq!(info.metadata.len(), 2);
    }
}

/// A good message for a caller who may do everything: were the handler reached, it would answer.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_path_that_is_not_quite_a_method_reaches_no_handler() {
    let server = TestServer::sqlite().await;
    let admin = server.admin();
    let app = admin.new_app(SYSTEM, "App").await.id;
    let message = proto::GetOauthAppRequest { oauth_app_id: app }.encode_to_vec();
    assert!(admin.raw(&path("OauthAppService/GetOauthApp"), message.clone()).await.is_ok());
    for near in [
        "/oauthregistry.v1.OauthAppService/getOauthApp",
        "/oauthregistry.v1.OauthAppService/GETOAUTHAPP",
        "/oauthregistry.v1.OauthAppService/GetOauthApp/",
        "/oauthregistry.v1.OauthAppService//GetOauthApp",
        "//oauthregistry.v1.OauthAppService/GetOauthApp",
        "/oauthregistry.v1.OauthAppService/GetOauthApp%20",
        "/oauthregistry.v1.OauthAppService/GetOauth%41pp",
        "/oauthregistry.v1.OauthAppService/./GetOauthApp",
        "/oauthregistry.v1.OauthAppService/",
        "/oauthregistry.v1.OauthAppService",
        "/oauthregistry.v1.oauthAppService/GetOauthApp",
        "/oauthregistry.v1.TenantService/GetOauthApp",
        "/oauthregistry.v2.OauthAppService/GetOauthApp",
        "/OauthAppService/GetOauthApp",
        "/",
    ] {
        for caller in [&admin, &server.anonymous()] {
            let refused = caller.raw(near, message.clone()).await.unwrap_err();
            assert_eq!((refused.code(), reason(&refused).as_str()), (Code::Unimplemented, "UNKNOWN_METHOD"), "{near}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_query_in_the_path_leaves_the_rule_as_it_is() {
    let server = TestServer::sqlite().await;
    let weak = server.admin().new_caller(SYSTEM, "weak", &set(&[11])).await;
    let path = "/oauthregistry.v1.OauthAppService/GetOauthApp?x=/oauthregistry.v1.CallerService/GetCaller";
    let anonymous = server.anonymous().raw(path, GARBAGE).await;
    assert_eq!(outcome(&anonymous), "INVALID_CREDENTIAL");
    assert_eq!(outcome(&weak.raw(path, GARBAGE).await), "MISSING_PERMISSION");
    assert_eq!(outcome(&server.admin().raw(path, GARBAGE).await), "MALFORMED_MESSAGE");
}
