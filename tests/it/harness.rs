//! What the tests stand on: databases, servers and callers of our own. Must not know any rule of the product.

pub(crate) mod caller;
pub(crate) mod descriptors;
pub(crate) mod environment;
pub(crate) mod held;
pub(crate) mod http2;
pub(crate) mod otlp;
pub(crate) mod plain;
pub(crate) mod postgres;
pub(crate) mod raw;
pub(crate) mod server;
pub(crate) mod statements;

/// Makes of each promise one test per backend, in a module of the promise's name.
macro_rules! on_both_backends {
    ($(async fn $name:ident($server:ident: TestServer) $body:block)*) => {$(
        async fn $name($server: crate::harness::server::TestServer) $body

        mod $name {
            use crate::harness::server::TestServer;

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn sqlite() {
                super::$name(TestServer::sqlite().await).await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn postgres() {
                if let Some(server) = TestServer::postgres().await {
                    super::$name(server).await;
                }
            }
        }
    )*};
}
pub(crate) use on_both_backends;
