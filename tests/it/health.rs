//! `oauth-registry health` against a real health service.

use std::process::{Command, Output};

use tokio::net::TcpListener;
use tokio_stream::wrappers::TcpListenerStream;
use tonic_health::ServingStatus;

async fn health(arguments: &[&str]) -> (Option<i32>, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_oauth-registry"));
    command.arg("health").args(arguments);
    let output = tokio::task::spawn_blocking(move || command.output()).await.unwrap();
    let Output { status, stdout, .. } = output.unwrap();
    (status.code(), String::from_utf8(stdout).unwrap())
}

/// Serves the health service with this status and returns its address.
async fn service(status: ServingStatus) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let (reporter, service) = tonic_health::server::health_reporter();
    reporter.set_service_status("", status).await;
    let server = tonic::transport::Server::builder().add_service(service);
    tokio::spawn(server.serve_with_incoming(TcpListenerStream::new(listener)));
    address
}

#[tokio::test]
async fn a_serving_service_is_healthy_at_the_given_and_at_the_configured_address() {
    let address = service(ServingStatus::Serving).await;
    assert_eq!(health(&["--address", &format!("http://{address}")]).await, (Some(0), "SERVING\n".to_owned()));
    assert_eq!(health(&["--listen", &address]).await, (Some(0), "SERVING\n".to_owned()));
    let everywhere = address.replace("127.0.0.1", "0.0.0.0");
    let answer = health(&["--insecure-plaintext", "--listen", &everywhere]).await;
    assert_eq!(answer, (Some(0), "SERVING\n".to_owned()));
}

#[tokio::test]
async fn a_service_that_takes_no_calls_is_not_healthy() {
    let address = service(ServingStatus::NotServing).await;
    assert_eq!(health(&["--listen", &address]).await, (Some(1), "NOT_SERVING\n".to_owned()));
    let address = service(ServingStatus::Unknown).await;
    assert_eq!(health(&["--listen", &address]).await, (Some(1), "UNKNOWN\n".to_owned()));
}

#[tokio::test]
async fn a_service_that_cannot_be_asked_is_not_healthy() {
    let closed = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().to_string();
    for arguments in [&["--listen", &closed][..], &["--listen", "127.0.0.1:0"], &["--address", "::"], &["--address", "ftp://h"]] {
        assert_eq!(health(arguments).await, (Some(1), String::new()), "{arguments:?}");
    }
}
