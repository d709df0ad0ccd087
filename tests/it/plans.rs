//! No statement visits more rows than its answer needs, however many there are of everybody else's.

mod calls;
mod coverage;
mod judge;
mod lists;
mod postgres;
mod rows;
mod sets;
mod sqlite;
mod world;

use sea_orm::Value;

use self::judge::{Allowance, Judge, report};
use self::world::World;
use crate::harness::on_both_backends;
use crate::harness::server::Home;
use crate::harness::statements::Recorded;

on_both_backends! {
    async fn no_statement_visits_more_than_its_answer_needs(server: TestServer) {
        let database = match server.home() {
            Home::Sqlite(_) => "SQLite",
            Home::Postgres(_) => "PostgreSQL",
        };
        let world = World::new(server).await;
        let tokens = world.walk().await;
        world.fill().await;
        let judge = Judge::of(&world.server).await;
        prove(&judge).await;
        let log = world.call_everything(&tokens).await;
        assert!(log.statements().len() > 500, "only {} statements ran", log.statements().len());
        let mut offences = judge.offences(&log, database).await;
        if judge.measure_tables().await {
            offences.extend(judge.offences(&log, "SQLite after ANALYZE").await);
        }
        assert!(offences.is_empty(), "{database}: statements cost too much\n{}", report(&offences));
    }
}

/// Proves that the judge finds each kind of fault, and none in a good statement.
async fn prove(judge: &Judge) {
    let allowance = Allowance::of_page(50, 0);
    let faults = async |sql: &str, values: &[&str]| {
        let values = values.iter().map(|text| Value::from(*text)).collect();
        judge.faults(&Recorded { sql: sql.to_owned(), values, failed: false }, allowance).await
    };
    let bad = [
        ("every row, to find none", "SELECT id FROM event WHERE peer = $1", &["nowhere"][..]),
        ("every row below a subquery", "SELECT * FROM (SELECT * FROM event WHERE peer = $1 LIMIT 5) AS event", &["nowhere"]),
        ("every row, to find the first of an order", "SELECT id FROM event ORDER BY peer, id LIMIT 1", &[]),
        ("every row before a page", "SELECT id FROM event ORDER BY tenant_id, id LIMIT 1 OFFSET 90000", &[]),
        ("every entry of an index", "SELECT time FROM event WHERE tenant_id > min_id AND id = min_id", &[]),
        ("every row, to change none", "UPDATE event SET peer = peer WHERE peer = $1", &["nowhere"]),
    ];
    for (what, sql, values) in bad {
        let sql = sql.replace("min_id", judge.least_id());
        assert!(!faults(&sql, values).await.is_empty(), "{what} is no fault: {sql}");
    }
    let good = [
        ("one row", "SELECT * FROM tenant WHERE name_key = $1", &["workplace"][..]),
        ("a page", "SELECT * FROM event ORDER BY tenant_id, id LIMIT 51", &[]),
        (
            "a page after a row",
            "SELECT * FROM event WHERE suppressed_count >= 0 AND (time, id) > (0, min_id) ORDER BY time, id LIMIT 51",
            &[],
        ),
        (
            "a filter over a part of a list",
            "SELECT * FROM (
                 SELECT * FROM event WHERE suppressed_count >= 0 AND (time, id) > (0, min_id) ORDER BY time, id LIMIT 1000
             ) AS part
             WHERE peer = $1 ORDER BY time, id LIMIT 51",
            &["nowhere"],
        ),
    ];
    for (what, sql, values) in good {
        assert_eq!(faults(&sql.replace("min_id", judge.least_id()), values).await, [""; 0], "{what}");
    }
}
