//! The table of counts, as a golden file that people can read, and the most that some calls may cost.

use std::fmt::Write as _;
use std::sync::Arc;

use tonic::Status;

use super::callers::{Kind, kinds};
use super::requests::{Rpc, rpcs};
use crate::golden;
use crate::harness::caller::reason;
use crate::harness::descriptors::path;
use crate::harness::server::TestServer;
use crate::harness::statements::Recorder;

/// The golden file.
const FILE: &str = "statements.txt";
/// The databases, as the golden file names them.
const DATABASES: [&str; 2] = ["SQLite", "PostgreSQL"];

/// To how many tenants the delegate has administrative access.
const ADMINISTERED: u64 = 5;

/// The most statements that a call may cost by an API key, BEGIN and COMMIT counted. `GetDataStore` reads its caller and nothing else.
const BUDGETS: [(&str, &str, usize); 6] = [
    ("SQLite", "DataStoreService/GetDataStore", 1),
    ("PostgreSQL", "DataStoreService/GetDataStore", 1),
    ("SQLite", "OauthAppService/GetOauthApp", 3),
    ("PostgreSQL", "OauthAppService/GetOauthApp", 3),
    ("PostgreSQL", "OauthAppService/CreateOauthApp", 12),
    ("PostgreSQL", "UserService/UpdateUser", 16),
];

/// What one call of a kind of caller cost.
#[derive(Debug, Clone, Copy)]
struct Cell {
    statements: usize,
    /// How the call was refused, in one letter.
    refused: Option<char>,
}

/// One RPC with a cell for each kind of caller.
type Row = (Rpc, Vec<Cell>);

/// What was counted on one database.
struct Counted {
    database: &'static str,
    kinds: Vec<Kind>,
    rows: Vec<Row>,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_call_costs_the_statements_that_the_table_says() {
    let (sqlite, postgres) = (TestServer::sqlite().await, TestServer::postgres().await);
    let databases = [(DATABASES[0], Some(sqlite)), (DATABASES[1], postgres)];
    let there = databases.into_iter().filter_map(|(database, server)| server.map(|server| (database, server)));
    let counting: Vec<_> = there.map(|(database, server)| tokio::spawn(count(database, server))).collect();
    let mut counted = Vec::new();
    for one in counting {
        counted.push(one.await.unwrap());
    }
    golden::assert_matches(FILE, &render(&counted));
    let exceeded: Vec<_> = counted.iter().flat_map(exceeding).collect();
    assert!(exceeded.is_empty(), "budgets are exceeded: {exceeded:#?}");
}

/// Counts every RPC by every kind of caller.
async fn count(database: &'static str, server: TestServer) -> Counted {
    let recorder = Recorder::default();
    let channel = server.with_store(server.registry.store.clone().observed(recorder.observer())).await;
    let server = Arc::new(server);
    let mut kinds = kinds(&server, ADMINISTERED).await;
    for kind in &mut kinds {
        kind.caller = kind.caller.over(channel.clone());
    }
    let mut rows = Vec::new();
    for rpc in rpcs() {
        let mut cells = Vec::new();
        for kind in &kinds {
            cells.push(cell(&server, kind, &rpc, &recorder).await);
        }
        rows.push((rpc, cells));
    }
    Counted { database, kinds, rows }
}

/// Counts one call about fresh things, after one that warms the keys of the tenants.
async fn cell(server: &TestServer, kind: &Kind, rpc: &Rpc, recorder: &Recorder) -> Cell {
    let message = rpc.request(&kind.place).await;
    let first = call(server, kind, rpc, message.clone(), recorder).await;
    // A refused call has used nothing up.
    let message = if first.refused.is_some() { message } else { rpc.request(&kind.place).await };
    call(server, kind, rpc, message, recorder).await
}

async fn call(server: &TestServer, kind: &Kind, rpc: &Rpc, message: Vec<u8>, recorder: &Recorder) -> Cell {
    // Another second: every denial is written, and none is counted instead.
    server.clock.advance_seconds(2);
    recorder.take();
    let answer = kind.caller.raw(&path(&rpc.method), message).await;
    let statements = recorder.take().len();
    let refused =
        answer.err().map(|status| refusal(&status).unwrap_or_else(|| panic!("{} by {}: {status:?}", rpc.name(), kind.title)));
    Cell { statements, refused }
}

/// The letter of an expected refusal.
fn refusal(status: &Status) -> Option<char> {
    match reason(status).as_str() {
        "MISSING_PERMISSION" => Some('-'),
        "CREDENTIAL_REFUSED" => Some('k'),
        _ => None,
    }
}

/// Returns the budgets that calls by an API key exceed, with what they cost.
fn exceeding(counted: &Counted) -> Vec<String> {
    let budgets = BUDGETS.iter().filter(|(database, ..)| *database == counted.database);
    let exceeded = budgets.filter_map(|(database, name, most)| {
        let (_, cells) = counted.rows.iter().find(|(rpc, _)| rpc.name() == *name).expect("a budget is of an RPC");
        let plain = counted.kinds.iter().zip(cells).filter(|(kind, cell)| kind.is_plain && cell.refused.is_none());
        let costs: Vec<_> = plain.map(|(_, cell)| cell.statements).collect();
        assert!(!costs.is_empty(), "{name}: nobody may call it");
        costs.iter().any(|cost| cost > most).then(|| format!("{database} {name}: {costs:?}, at most {most}"))
    });
    exceeded.collect()
}

/// Writes the golden file; the part of a database that is not there is taken from the file as it is.
fn render(counted: &[Counted]) -> String {
    let mut text =
        "How many statements a call costs, authentication included, once the keys of its tenants are in memory. BEGIN, COMMIT\n"
            .to_owned();
    text.push_str("and ROLLBACK are statements. Every call is about fresh things.\n\n");
    text.push_str("5   the call succeeds\n5-  PERMISSION_DENIED / MISSING_PERMISSION, the row of the denial included\n");
    text.push_str("5k  PERMISSION_DENIED / CREDENTIAL_REFUSED, the row of the denial included\n\nCallers:\n");
    for (number, kind) in (1..).zip(&counted[0].kinds) {
        writeln!(text, "{number:>4}  {}", kind.title).unwrap();
    }
    for database in DATABASES {
        match counted.iter().find(|one| one.database == database) {
            Some(one) => text.push_str(&section(one)),
            None => text.push_str(&old_section(database)),
        }
    }
    text
}

fn heading(database: &str) -> String {
    format!("\n== {database} ==\n")
}

fn section(counted: &Counted) -> String {
    let mut text = heading(counted.database);
    let numbers: String = (1..=counted.kinds.len()).map(|number| format!("{number:>5}")).collect();
    let mut service = String::new();
    for (rpc, cells) in &counted.rows {
        if rpc.service() != service {
            service = rpc.service();
            writeln!(text, "\n{service:<28}{numbers}").unwrap();
        }
        let cells: String =
            cells.iter().map(|Cell { statements, refused }| format!("{statements:>4}{}", refused.unwrap_or(' '))).collect();
        writeln!(text, "  {:<26}{}", rpc.method.name(), cells.trim_end()).unwrap();
    }
    text
}

fn old_section(database: &str) -> String {
    let golden = golden::read(FILE);
    let Some(begin) = golden.find(&heading(database)) else { return String::new() };
    let rest = &golden[begin..];
    let end = rest[1..].find("\n== ").map_or(rest.len(), |end| end + 1);
    rest[..end].to_owned()
}

#[test]
fn the_parts_of_the_golden_file_are_found_again() {
    let parts = DATABASES.map(old_section);
    assert!(parts.iter().all(|part| part.contains("OauthAppService")), "{parts:?}");
    assert!(golden::read(FILE).ends_with(&parts.concat()));
}
