//! No call writes a row, a change or an event that is older than what was written before the clock stepped back.

use std::sync::Arc;

use oauth_registry::domain::time::Clock as _;
use sea_orm::Value;

use super::callers::kinds;
use super::requests::rpcs;
use crate::harness::descriptors::path;
use crate::harness::on_both_backends;
use crate::harness::statements::{Recorded, Recorder};

/// The columns that hold times by which lists, and people, put things in order.
const TIMES: [&str; 3] = ["time", "create_time", "update_time"];
/// The table whose rows are forgotten by the clock, and never listed.
const BY_THE_CLOCK: &str = "request_record";

/// Returns the table, and each bound time with its column, of a statement that writes a row.
fn written(statement: &Recorded) -> Option<(String, Vec<(String, i64)>)> {
    let names = |text: &str| text.split('"').skip(1).step_by(2).map(str::to_owned).collect::<Vec<_>>();
    let (table, columns) = if let Some(rest) = statement.sql.strip_prefix("INSERT INTO ") {
        let (table, rest) = rest.split_once(" (")?;
        (table, names(rest.split_once(") VALUES")?.0))
    } else {
        let (table, rest) = statement.sql.strip_prefix("UPDATE ")?.split_once(" SET ")?;
        (table, names(rest.split_once(" WHERE ")?.0))
    };
    let times = columns.into_iter().zip(&statement.values).filter(|(column, _)| TIMES.contains(&column.as_str()));
    let times = times.map(|(column, value)| match value {
        Value::BigInt(Some(time)) => (column, *time),
        other => panic!("{column} is {other:?}: {}", statement.sql),
    });
    Some((table.trim_matches('"').to_owned(), times.collect()))
}

on_both_backends! {
    async fn nothing_that_a_call_writes_is_older_than_what_is_there(server: TestServer) {
        let recorder = Recorder::default();
        let channel = server.with_store(server.registry.store.clone().observed(recorder.observer())).await;
        let server = Arc::new(server);
        let kinds = kinds(&server, 1).await;
        let floor = server.clock.now().as_micros();
        server.clock.advance_seconds(-3_600);
        let (mut found, mut faults) = (0, Vec::new());
        for rpc in rpcs() {
            for kind in [&kinds[0], &kinds[3]] {
                let message = rpc.request(&kind.place).await;
                recorder.take();
                let _ = kind.caller.over(channel.clone()).raw(&path(&rpc.method), message).await;
                for (table, times) in recorder.take().iter().filter_map(written).filter(|(table, _)| table != BY_THE_CLOCK) {
                    found += times.len();
                    // The clock of these tests moves by a microsecond each time that it is asked.
                    let old = times.into_iter().filter(|(_, time)| *time < floor - 1_000_000);
                    faults.extend(old.map(|(column, _)| format!("{}: {table}.{column}", rpc.name())));
                }
            }
        }
        assert!(found > 50, "only {found} times were written");
        assert!(faults.is_empty(), "{faults:#?}");
    }
}
