//! Messages that are compressed, which the server does not read.

use oauth_registry::proto::ErrorReason;

use super::{CHECK, GET_CALLER, REFLECTION, WATCH, assert_refused};
use crate::harness::plain::{Plain, call, whole};
use crate::harness::server::TestServer;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_compressed_call_is_told_which_encodings_are_read() {
    let server = TestServer::sqlite().await;
    let plain = Plain::over(server.socket().await).await;
    let bearer = format!("Bearer {}", server.admin_token());
    for path in [GET_CALLER, CHECK, WATCH, REFLECTION] {
        for encoding in ["gzip", "deflate", "zstd", "snappy"] {
            let headers = [("authorization", bearer.as_str()), ("grpc-encoding", encoding)];
            let answer = plain.ask(call(path, &headers).body(whole(&[&[1, 0, 0, 0, 1, 0x1f]])).unwrap()).await;
            assert_refused(&answer.status(), ErrorReason::UnsupportedEncoding);
            assert_eq!(answer.headers["grpc-accept-encoding"], "identity", "{path} {encoding}");
        }
    }
}
