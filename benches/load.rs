//! The load driver: starts the program, then reads one app over and over, beside the health check of the same server.
//!
//! Run it by `cargo bench --bench load`, which builds the program with the release settings. Options after `--`:
//! `--connections 4 --streams 16 --seconds 3 --rounds 3`. Rounds of both calls alternate, so that a machine that grows slower or faster
//! meanwhile does so for both; the ratio tells what authentication, permission, database and conversion cost on top of an empty call.

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use oauth_registry::proto;
use oauth_registry::proto::oauth_app_service_client::OauthAppServiceClient;
use oauth_registry::proto::tenant_service_client::TenantServiceClient;
use tonic::Request;
use tonic::metadata::{Ascii, MetadataValue};
use tonic::transport::{Channel, Endpoint};
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_client::HealthClient;

type Failure = Box<dyn std::error::Error + Send + Sync>;

/// How the load is made.
#[derive(Debug, Clone, Copy)]
struct Load {
    connections: u64,
    streams: u64,
    seconds: u64,
    rounds: u64,
}

/// The call that is repeated.
#[derive(Debug, Clone)]
enum Call {
    Health,
    GetOauthApp { id: String, bearer: MetadataValue<Ascii> },
}

/// The program under load; it ends when dropped.
struct Server {
    child: Child,
    address: String,
    token: String,
    _folder: tempfile::TempDir,
}

impl Drop for Server {
    fn drop(&mut self) {
        // A process that has ended already is as good.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn main() -> Result<(), Failure> {
    let load = Load {
        connections: option("--connections", 4)?,
        streams: option("--streams", 16)?,
        seconds: option("--seconds", 3)?,
        rounds: option("--rounds", 3)?,
    };
    tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(run(load))
}

fn option(name: &str, preset: u64) -> Result<u64, Failure> {
    let given = std::env::args().skip_while(|argument| argument != name).nth(1);
    Ok(given.map_or(Ok(preset), |text| text.parse())?)
}

async fn run(load: Load) -> Result<(), Failure> {
    let began = Instant::now();
    let server = start()?;
    let mut out = std::io::stdout();
    writeln!(out, "listening after {} ms", began.elapsed().as_millis())?;
    let mut channels = Vec::new();
    for _ in 0..load.connections {
        channels.push(Endpoint::from_shared(format!("http://{}", server.address))?.tcp_nodelay(true).connect().await?);
    }
    let first = channels.first().ok_or("at least one connection")?.clone();
    let bearer: MetadataValue<Ascii> = format!("Bearer {}", server.token).parse()?;
    let app = Call::GetOauthApp { id: new_app(&first, &bearer).await?, bearer };
    let (mut health_all, mut app_all) = (Vec::new(), Vec::new());
    for round in 0..=load.rounds {
        let health = measure(load, &channels, &Call::Health).await?;
        let get = measure(load, &channels, &app).await?;
        // The first round warms up.
        if round > 0 {
            health_all.extend(health);
            app_all.extend(get);
        }
    }
    writeln!(out, "{load:?}")?;
    let health = report("grpc.health.v1.Health/Check", &mut health_all, load)?;
    let get = report("oauthregistry.v1.OauthAppService/GetOauthApp", &mut app_all, load)?;
    writeln!(out, "ratio {:.2}", get / health)?;
    let status = std::fs::read_to_string(format!("/proc/{}/status", server.child.id())).unwrap_or_default();
    let memory = status.lines().find(|line| line.starts_with("VmRSS")).unwrap_or("VmRSS unknown");
    writeln!(out, "server after the load: {memory}")?;
    Ok(())
}

/// Starts the program in a folder of its own and reads its address and key.
fn start() -> Result<Server, Failure> {
    let folder = tempfile::TempDir::new()?;
    let mut child = Command::new(env!("CARGO_BIN_EXE_oauth-registry"))
        .args(["serve", "--listen", "127.0.0.1:0", "--log", "warn"])
        .current_dir(folder.path())
        .stdout(Stdio::piped())
        .spawn()?;
    let mut lines = BufReader::new(child.stdout.take().ok_or("no output")?).lines();
    let address = lines.next().ok_or("no address")??;
    let address = address.rsplit(' ').next().ok_or("no address")?.to_owned();
    let mut token = String::new();
    for line in lines {
        let line = line?;
        if let Some(found) = line.strip_prefix("  ork_") {
            token = format!("ork_{found}");
        }
        if line.starts_with("  grpcurl") {
            break;
        }
    }
    Ok(Server { child, address, token, _folder: folder })
}

/// Registers the app that is read.
async fn new_app(channel: &Channel, bearer: &MetadataValue<Ascii>) -> Result<String, Failure> {
    let mut request = Request::new(proto::CreateTenantRequest {
        tenant: Some(proto::Tenant { name: Some("Load".to_owned()), ..Default::default() }),
        ..Default::default()
    });
    request.metadata_mut().insert("authorization", bearer.clone());
    let made = TenantServiceClient::new(channel.clone()).create_tenant(request).await?.into_inner();
    let mut request = Request::new(proto::CreateOauthAppRequest {
        oauth_app: Some(proto::OauthApp {
            tenant_id: made.tenant.map(|tenant| tenant.id),
            name: Some("Analytics".to_owned()),
            data_store: Some(54),
            client_id: Some("analytics-client".to_owned()),
            authorize_uri: Some("https://accounts.google.com/o/oauth2/v2/auth".to_owned()),
            token_uri: Some("https://oauth2.googleapis.com/token".to_owned()),
            scope: Some("openid email".to_owned()),
            ..Default::default()
        }),
        client_secret: Some("load-secret".to_owned()),
        ..Default::default()
    });
    request.metadata_mut().insert("authorization", bearer.clone());
    let made = OauthAppServiceClient::new(channel.clone()).create_oauth_app(request).await?.into_inner();
    Ok(made.oauth_app.ok_or("no app")?.id)
}

/// Repeats a call on every stream of every connection until the time is up, and returns how long each took.
async fn measure(load: Load, channels: &[Channel], call: &Call) -> Result<Vec<Duration>, Failure> {
    let end = Instant::now() + Duration::from_secs(load.seconds);
    let mut streams = tokio::task::JoinSet::new();
    for channel in channels {
        for _ in 0..load.streams {
            streams.spawn(repeat(channel.clone(), call.clone(), end));
        }
    }
    let mut all = Vec::new();
    while let Some(taken) = streams.join_next().await {
        all.extend(taken??);
    }
    Ok(all)
}

async fn repeat(channel: Channel, call: Call, end: Instant) -> Result<Vec<Duration>, Failure> {
    let (mut health, mut apps) = (HealthClient::new(channel.clone()), OauthAppServiceClient::new(channel));
    let mut taken = Vec::new();
    loop {
        let began = Instant::now();
        if began >= end {
            return Ok(taken);
        }
        match &call {
            Call::Health => drop(health.check(HealthCheckRequest::default()).await?),
            Call::GetOauthApp { id, bearer } => {
                let mut request = Request::new(proto::GetOauthAppRequest { oauth_app_id: id.clone() });
                request.metadata_mut().insert("authorization", bearer.clone());
                drop(apps.get_oauth_app(request).await?);
            }
        }
        taken.push(began.elapsed());
    }
}

/// Prints one line and returns the calls per second.
fn report(name: &str, taken: &mut [Duration], load: Load) -> Result<f64, Failure> {
    taken.sort_unstable();
    let at = |percent: usize| taken.get(taken.len() * percent / 100).copied().unwrap_or_default();
    let calls = f64::from(u32::try_from(taken.len())?);
    let per_second = calls / Duration::from_secs(load.seconds * load.rounds).as_secs_f64();
    writeln!(std::io::stdout(), "{name}: {per_second:.0} req/s, p50 {:?}, p99 {:?}", at(50), at(99))?;
    Ok(per_second)
}
