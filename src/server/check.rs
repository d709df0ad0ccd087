//! What `config` checks beyond the settings themselves: the files that they name. It needs no network and makes nothing.

use crate::config::Config;
use crate::crypto::keyring_file;
use crate::domain::data_store::DataStoreCatalogue;
use crate::server::{ServeError, StartError, tls};

/// Returns everything that is wrong with what the settings name, as `serve` would say it. A keyring that is not there is made by the
/// first start.
#[must_use]
pub fn check(config: &Config) -> Vec<ServeError> {
    let checks = [
        tls::load(config.tls.as_ref()).map(drop),
        tls::check_database(&config.database_url),
        check_keyring(config),
        DataStoreCatalogue::new(config.data_stores.clone()).map(drop).map_err(|invalid| StartError::from(invalid).into()),
    ];
    checks.into_iter().filter_map(Result::err).collect()
}

fn check_keyring(config: &Config) -> Result<(), ServeError> {
    let path = &config.keyring_file;
    if !path.exists() {
        return Ok(());
    }
    keyring_file::load(path)
        .map(drop)
        .map_err(|error| ServeError::Setting { setting: "keyring_file", why: format!("{}: {error}", path.display()) })
}
