//! The load driver: starts the program, then repeats reads, lists and creates of apps, beside the health check of the same server.
//!
//! Run it by `cargo bench --bench load`, which builds the program with the release settings. Options after `--`:
//! `--connections 4 --streams 16 --seconds 3 --rounds 3`; `--database-url URL` of an empty PostgreSQL database instead of a SQLite file;
//! `--against PROGRAM` and `--against-database-url URL` for another build to compare with. Rounds of all calls and programs alternate, so
//! that a machine that grows slower or faster meanwhile does so for all; the ratios tell what authentication, permission, database
//! and conversion cost on top of an empty call.

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
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

/// The calls that are repeated.
const CALLS: [Call; 4] = [Call::Health, Call::Get, Call::List, Call::Create];

/// A call that is repeated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Call {
    Health,
    Get,
    List,
    Create,
}

impl Call {
    const fn name(self) -> &'static str {
        match self {
            Self::Health => "Health/Check",
            Self::Get => "GetOauthApp",
            Self::List => "ListOauthApps of 50",
            Self::Create => "CreateOauthApp",
        }
    }
}

/// What the calls need of a server.
#[derive(Debug, Clone)]
struct Target {
    channel: Channel,
    bearer: MetadataValue<Ascii>,
    tenant: String,
    app: String,
}

/// How long calls took, and the processor time that the server spent meanwhile.
#[derive(Debug, Default)]
struct Taken {
    times: Vec<Duration>,
    processor: Duration,
}

/// The program under load; it ends when dropped.
struct Server {
    name: String,
    child: Child,
    address: String,
    token: String,
    listening: Duration,
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
    Ok(text(name).map_or(Ok(preset), |text| text.parse())?)
}

fn text(name: &str) -> Option<String> {
    std::env::args().skip_while(|argument| argument != name).nth(1)
}

async fn run(load: Load) -> Result<(), Failure> {
    let mut servers = vec![start(env!("CARGO_BIN_EXE_oauth-registry"), text("--database-url").as_deref())?];
    if let Some(other) = text("--against") {
        servers.push(start(&other, text("--against-database-url").as_deref())?);
    }
    let mut targets = Vec::new();
    for server in &servers {
        targets.push(prepare(server, load).await?);
    }
    let mut taken: Vec<[Taken; CALLS.len()]> = servers.iter().map(|_| Default::default()).collect();
    for round in 0..=load.rounds {
        for (call, number) in CALLS.into_iter().zip(0..) {
            for ((server, targets), taken) in servers.iter().zip(&targets).zip(&mut taken) {
                let before = processor_time(server)?;
                let times = measure(load, targets, call).await?;
                // The first round warms up.
                if let (Some(taken), 1..) = (taken.get_mut::<usize>(number), round) {
                    taken.times.extend(times);
                    taken.processor += processor_time(server)?.saturating_sub(before);
                }
            }
        }
    }
    writeln!(std::io::stdout(), "{load:?}")?;
    servers.iter().zip(taken).try_for_each(|(server, taken)| report(server, taken, load))
}

/// Registers a tenant with 60 apps, and connects.
async fn prepare(server: &Server, load: Load) -> Result<Vec<Target>, Failure> {
    let bearer: MetadataValue<Ascii> = format!("Bearer {}", server.token).parse()?;
    let mut targets = Vec::new();
    let mut known: Option<(String, String)> = None;
    for _ in 0..load.connections {
        let channel = Endpoint::from_shared(format!("http://{}", server.address))?.tcp_nodelay(true).connect().await?;
        if known.is_none() {
            let tenant = new_tenant(&channel, &bearer).await?;
            let mut app = String::new();
            for _ in 0..60 {
                app = new_app(&channel, &bearer, &tenant).await?;
            }
            known = Some((tenant, app));
        }
        let (tenant, app) = known.clone().ok_or("no app")?;
        targets.push(Target { channel, bearer: bearer.clone(), tenant, app });
    }
    Ok(targets)
}

/// Returns the processor time that the server has spent, in user and system mode; Linux counts it in hundredths of a second.
fn processor_time(server: &Server) -> Result<Duration, Failure> {
    let line = std::fs::read_to_string(format!("/proc/{}/stat", server.child.id()))?;
    let rest = line.rsplit_once(')').ok_or("no process status")?.1;
    let ticks: Vec<u64> = rest.split_whitespace().skip(11).take(2).map(str::parse).collect::<Result<_, _>>()?;
    Ok(Duration::from_millis(ticks.iter().sum::<u64>() * 10))
}

/// Starts the program in a folder of its own and reads its address and key.
fn start(program: &str, database_url: Option<&str>) -> Result<Server, Failure> {
    let folder = tempfile::TempDir::new()?;
    let began = Instant::now();
    let mut child = Command::new(program)
        .args(["serve", "--listen", "127.0.0.1:0", "--log", "warn"])
        .args(database_url.map(|url| format!("--database-url={url}")))
        .current_dir(folder.path())
        .stdout(Stdio::piped())
        .spawn()?;
    let mut lines = BufReader::new(child.stdout.take().ok_or("no output")?).lines();
    let address = lines.next().ok_or("no address")??;
    let listening = began.elapsed();
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
    Ok(Server { name: program.to_owned(), child, address, token, listening, _folder: folder })
}

fn with_bearer<T>(message: T, bearer: &MetadataValue<Ascii>) -> Request<T> {
    let mut request = Request::new(message);
    request.metadata_mut().insert("authorization", bearer.clone());
    request
}

async fn new_tenant(channel: &Channel, bearer: &MetadataValue<Ascii>) -> Result<String, Failure> {
    let tenant = proto::Tenant { name: Some("Load".to_owned()), ..Default::default() };
    let request = proto::CreateTenantRequest { tenant: Some(tenant), ..Default::default() };
    let made = TenantServiceClient::new(channel.clone()).create_tenant(with_bearer(request, bearer)).await?.into_inner();
    Ok(made.tenant.ok_or("no tenant")?.id)
}

/// Registers an app under a name of its own.
async fn new_app(channel: &Channel, bearer: &MetadataValue<Ascii>, tenant: &str) -> Result<String, Failure> {
    static NUMBER: AtomicU64 = AtomicU64::new(0);
    let app = proto::OauthApp {
        tenant_id: Some(tenant.to_owned()),
        name: Some(format!("Analytics {}", NUMBER.fetch_add(1, Ordering::Relaxed))),
        data_store: Some(54),
        client_id: Some("analytics-client".to_owned()),
        authorize_uri: Some("https://accounts.google.com/o/oauth2/v2/auth".to_owned()),
        token_uri: Some("https://oauth2.googleapis.com/token".to_owned()),
        scope: Some("openid email".to_owned()),
        ..Default::default()
    };
    let client_secret = Some("load-secret".to_owned());
    let request = proto::CreateOauthAppRequest { oauth_app: Some(app), client_secret, ..Default::default() };
    let made = OauthAppServiceClient::new(channel.clone()).create_oauth_app(with_bearer(request, bearer)).await?.into_inner();
    Ok(made.oauth_app.ok_or("no app")?.id)
}

/// Repeats a call on every stream of every connection until the time is up, and returns how long each took.
async fn measure(load: Load, targets: &[Target], call: Call) -> Result<Vec<Duration>, Failure> {
    let end = Instant::now() + Duration::from_secs(load.seconds);
    let mut streams = tokio::task::JoinSet::new();
    for target in targets {
        for _ in 0..load.streams {
            streams.spawn(repeat(target.clone(), call, end));
        }
    }
    let mut all = Vec::new();
    while let Some(taken) = streams.join_next().await {
        all.extend(taken??);
    }
    Ok(all)
}

async fn repeat(target: Target, call: Call, end: Instant) -> Result<Vec<Duration>, Failure> {
    let Target { channel, bearer, tenant, app } = target;
    let (mut health, mut apps) = (HealthClient::new(channel.clone()), OauthAppServiceClient::new(channel.clone()));
    let mut taken = Vec::new();
    loop {
        let began = Instant::now();
        if began >= end {
            return Ok(taken);
        }
        match call {
            Call::Health => drop(health.check(HealthCheckRequest::default()).await?),
            Call::Get => {
                let request = proto::GetOauthAppRequest { oauth_app_id: app.clone() };
                drop(apps.get_oauth_app(with_bearer(request, &bearer)).await?);
            }
            Call::List => {
                let request =
                    proto::ListOauthAppsRequest { tenant_id: Some(tenant.clone()), page_size: 50, ..Default::default() };
                drop(apps.list_oauth_apps(with_bearer(request, &bearer)).await?);
            }
            Call::Create => drop(new_app(&channel, &bearer, &tenant).await?),
        }
        taken.push(began.elapsed());
    }
}

/// Prints a line for each call of one server.
fn report(server: &Server, taken: [Taken; CALLS.len()], load: Load) -> Result<(), Failure> {
    let mut out = std::io::stdout();
    writeln!(out, "{}, listening after {} ms", server.name, server.listening.as_millis())?;
    let mut empty = 0.0;
    for (call, mut taken) in CALLS.into_iter().zip(taken) {
        taken.times.sort_unstable();
        let at = |percent: usize| taken.times.get(taken.times.len() * percent / 100).copied().unwrap_or_default();
        let calls = f64::from(u32::try_from(taken.times.len())?);
        let per_second = calls / Duration::from_secs(load.seconds * load.rounds).as_secs_f64();
        if call == Call::Health {
            empty = per_second;
        }
        let processor = taken.processor.as_secs_f64() * 1e6 / calls;
        writeln!(
            out,
            "  {:<20} {per_second:>7.0}/s, {:.3} of the empty call, server processor {processor:>6.1} µs a call, p50 {:?}, p99 {:?}",
            call.name(),
            per_second / empty,
            at(50),
            at(99)
        )?;
    }
    let status = std::fs::read_to_string(format!("/proc/{}/status", server.child.id())).unwrap_or_default();
    let memory = status.lines().find(|line| line.starts_with("VmRSS")).unwrap_or("VmRSS unknown");
    writeln!(out, "  after the load: {memory}")?;
    Ok(())
}
