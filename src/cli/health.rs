//! `oauth-registry health`: asks a running service over the network, as a container's probe does.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use tonic::Code;
use tonic::transport::{Certificate, ClientTlsConfig, Endpoint};
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_health::pb::health_client::HealthClient;

use crate::config::Config;

const TIMEOUT: Duration = Duration::from_secs(5);

/// What the service said of itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Health {
    /// It takes calls.
    Serving,
    /// It runs and takes no calls.
    NotServing,
    /// It does not know, or answered something else.
    Unknown,
}

impl fmt::Display for Health {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Serving => "SERVING",
            Self::NotServing => "NOT_SERVING",
            Self::Unknown => "UNKNOWN",
        })
    }
}

/// Why the service could not be asked.
#[derive(Debug, thiserror::Error)]
pub enum HealthError {
    /// The address is no URL.
    #[error("--address must be a URL such as http://127.0.0.1:50051")]
    Address,
    /// The configured port is chosen at the start and unknown here.
    #[error("the configured port is 0: give the bound one with --address")]
    UnknownPort,
    /// TLS cannot be set up.
    #[error("the certificate of tls_certificate_file cannot be used for an https address")]
    Certificate,
    /// No connection, or one that is not trusted.
    #[error("the service cannot be reached; over TLS its certificate must lead to one in tls_certificate_file")]
    Unreachable,
    /// No answer in time.
    #[error("the service did not answer within {} s", TIMEOUT.as_secs())]
    Timeout,
    /// The call failed.
    #[error("the service answered {0:?}")]
    Refused(Code),
}

/// Asks the service at `address`, or at the configured one, for its overall health.
///
/// An `https` address is trusted by the certificates in `tls_certificate_file`, so that file must hold the issuer too, unless the
/// certificate is its own issuer.
pub async fn check(config: &Config, address: Option<&str>) -> Result<Health, HealthError> {
    let endpoint = endpoint(config, address)?;
    tokio::time::timeout(TIMEOUT, ask(endpoint)).await.map_err(|_| HealthError::Timeout)?
}

async fn ask(endpoint: Endpoint) -> Result<Health, HealthError> {
    let channel = endpoint.connect().await.map_err(|_| HealthError::Unreachable)?;
    let answer = HealthClient::new(channel).check(HealthCheckRequest::default()).await;
    let status = answer.map_err(|status| HealthError::Refused(status.code()))?.into_inner().status;
    Ok(match ServingStatus::try_from(status) {
        Ok(ServingStatus::Serving) => Health::Serving,
        Ok(ServingStatus::NotServing) => Health::NotServing,
        Ok(ServingStatus::Unknown | ServingStatus::ServiceUnknown) | Err(_) => Health::Unknown,
    })
}

fn endpoint(config: &Config, address: Option<&str>) -> Result<Endpoint, HealthError> {
    let address = match address {
        Some(address) => address.to_owned(),
        None => own_address(config)?,
    };
    let endpoint = Endpoint::from_shared(address).map_err(|_| HealthError::Address)?;
    match endpoint.uri().scheme_str() {
        Some("http") => Ok(endpoint),
        Some("https") => with_tls(endpoint, config),
        _ => Err(HealthError::Address),
    }
}

fn own_address(config: &Config) -> Result<String, HealthError> {
    let ip = match config.listen.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip @ (IpAddr::V4(_) | IpAddr::V6(_)) => ip,
    };
    let scheme = if config.tls.is_some() { "https" } else { "http" };
    match config.listen.port() {
        0 => Err(HealthError::UnknownPort),
        port => Ok(format!("{scheme}://{}", SocketAddr::new(ip, port))),
    }
}

fn with_tls(endpoint: Endpoint, config: &Config) -> Result<Endpoint, HealthError> {
    let tls = config.tls.as_ref().ok_or(HealthError::Certificate)?;
    let pem = std::fs::read(&tls.certificate_file).map_err(|_| HealthError::Certificate)?;
    let trust = ClientTlsConfig::new().ca_certificate(Certificate::from_pem(pem));
    endpoint.tls_config(trust).map_err(|_| HealthError::Certificate)
}
