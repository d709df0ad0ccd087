//! gRPC frames that break the framing's own rules.

use http::{Request, header};
use tonic::Status;
use tower::{Service, ServiceExt};

use super::{assert_complete, assert_reason};
use crate::harness::on_both_backends;
use crate::harness::plain::whole;
use crate::harness::server::TestServer;

const PATH: &str = "http://in.process/oauthregistry.v1.DataStoreService/GetDataStore";

async fn sent(server: &TestServer, body: &[u8]) -> Status {
    let request = Request::post(PATH)
        .header(header::CONTENT_TYPE, "application/grpc")
        .header("te", "trailers")
        .header(header::AUTHORIZATION, format!("Bearer {}", server.admin_token()))
        .body(whole(&[body]))
        .unwrap();
    let mut channel = server.channel();
    let answer = channel.ready().await.unwrap().call(request).await.unwrap();
    Status::from_header_map(answer.headers()).unwrap_or_else(|| panic!("{body:02x?} was taken"))
}

on_both_backends! {
    async fn a_frame_that_breaks_the_framing_is_refused_in_the_apis_own_words(server: TestServer) {
        let malformed: [(&str, &[u8]); 4] = [
            ("no frame", &[]),
            ("half a header", &[0, 0, 0]),
            ("less than it says", &[0, 0, 0, 0, 9, 8, 1]),
            ("a compression flag of seven", &[7, 0, 0, 0, 2, 8, 1]),
        ];
        for (what, body) in malformed {
            assert_reason(&sent(&server, body).await, "MALFORMED_MESSAGE", what);
        }
        assert_reason(&sent(&server, &[0, 0xff, 0xff, 0xff, 0xff, 8, 1]).await, "MESSAGE_TOO_LARGE", "four gigabytes");
        assert_complete(&sent(&server, &[1, 0, 0, 0, 2, 8, 1]).await, "compressed, by nothing");
    }
}
