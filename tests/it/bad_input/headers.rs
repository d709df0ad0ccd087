//! The authorization header, in every shape but the one.

use oauth_registry::proto::GetCallerRequest;
use oauth_registry::proto::caller_service_client::CallerServiceClient;
use tonic::metadata::{Ascii, MetadataValue};
use tonic::{Code, Request, Status};

use super::assert_reason;
use crate::harness::on_both_backends;
use crate::harness::server::TestServer;

async fn call(server: &TestServer, values: &[&[u8]]) -> Result<(), Status> {
    let mut request = Request::new(GetCallerRequest {});
    for value in values {
        request.metadata_mut().append("authorization", MetadataValue::<Ascii>::try_from(*value).unwrap());
    }
    CallerServiceClient::new(server.channel()).get_caller(request).await.map(|_| ())
}

on_both_backends! {
    async fn one_bearer_token_lets_in_and_nothing_else_does(server: TestServer) {
        let token = server.admin_token().to_owned();
        for scheme in ["Bearer", "bearer", "BEARER"] {
            for spaces in [" ", "  ", "     "] {
                call(&server, &[format!("{scheme}{spaces}{token}").as_bytes()]).await.unwrap();
            }
        }
        let good = format!("Bearer {token}");
        let mut non_ascii = good.clone().into_bytes();
        non_ascii[20] = 0xe9;
        let long = format!("Bearer {}", "x".repeat(4_000));
        let bad: Vec<Vec<&[u8]>> = vec![
            vec![],
            vec![b""],
            vec![b"Bearer"],
            vec![b"Bearer "],
            vec![good.as_bytes(), good.as_bytes()],
            vec![good.as_bytes(), b"Basic YTpi"],
            vec![b"Basic YTpi"],
            vec![token.as_bytes()],
            vec![&non_ascii],
            vec![long.as_bytes()],
        ];
        let spaced = [format!("Bearer\t{token}"), format!("Bearer {token},{token}"), format!("Bearer {token}x")];
        let all = bad.into_iter().chain(spaced.iter().map(|value| vec![value.as_bytes()]));
        let mut texts = std::collections::BTreeSet::new();
        for values in all {
            let status = call(&server, &values).await.unwrap_err();
            assert_eq!(status.code(), Code::Unauthenticated, "{values:?}");
            assert_reason(&status, "INVALID_CREDENTIAL", &format!("{values:?}"));
            texts.insert(status.message().to_owned());
        }
        assert_eq!(texts.len(), 1, "one text for all: {texts:?}");
    }
}
