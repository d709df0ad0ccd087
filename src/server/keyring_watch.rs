//! The keyring file under a running server, judged by its content.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use crate::crypto::keyring_file;
use crate::service::Keys;

/// How often the file is read.
const INTERVAL: Duration = Duration::from_secs(1);

/// Reads the file again and again, for ever, and holds it against the keys that were loaded from it.
pub(super) async fn watch(keys: Arc<Keys>, path: PathBuf) {
    loop {
        tokio::time::sleep(INTERVAL).await;
        let (keys, path) = (keys.clone(), path.clone());
        let looked = tokio::task::spawn_blocking(move || match keyring_file::load(&path) {
            Ok(keyring) => keys.compare(Ok(&keyring)),
            Err(error) if error.is_shortage() => {}
            Err(error) => keys.compare(Err(format!("{}: {error}", path.display()))),
        });
        // It ends early only together with the process.
        let _ = looked.await;
    }
}
