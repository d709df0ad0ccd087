//! The limits as a peer is told them.

use crate::harness::http2::{SETTINGS, greeting, read_until, write};
use crate::harness::server::TestServer;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_peer_is_told_the_limits_of_its_connection() {
    let server = TestServer::sqlite().await;
    let mut wire = server.wire();
    write(&mut wire, &greeting()).await;
    let settings = read_until(&mut wire, SETTINGS).await;
    let told: Vec<(u16, u32)> = settings
        .payload
        .chunks_exact(6)
        .map(|one| (u16::from_be_bytes(one[..2].try_into().unwrap()), u32::from_be_bytes(one[2..].try_into().unwrap())))
        .collect();
    // RFC 9113 §6.5.2: 3 is MAX_CONCURRENT_STREAMS, 6 is MAX_HEADER_LIST_SIZE.
    assert!(told.contains(&(3, 128)), "{told:?}");
    assert!(told.contains(&(6, 16 * 1_024)), "{told:?}");
}
