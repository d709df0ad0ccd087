//! Keys begin with the tenant, so that no row can be the child of another tenant's row.

use std::collections::BTreeMap;

use super::sqlite::File;
use super::{MEMORY, Raw};

const TENANT: &str = "tenant_id";

/// The tables whose rows belong to no tenant, and the tenants themselves.
const WITHOUT_TENANT: [&str; 4] = ["key_encryption_key", MEMORY, "setting", "tenant"];

/// A table with what matters here.
#[derive(Debug)]
struct Table {
    columns: Vec<String>,
    primary_key: Vec<String>,
    foreign_keys: Vec<ForeignKey>,
}

/// A reference to another table: pairs of columns, ours and theirs.
#[derive(Debug, Default)]
struct ForeignKey {
    parent: String,
    columns: Vec<(String, String)>,
}

impl Table {
    fn is_tenant_owned(&self) -> bool {
        self.columns.iter().any(|column| column == TENANT)
    }
}

async fn tables() -> BTreeMap<String, Table> {
    let file = File::new();
    file.open().await.migrate().await.unwrap();
    let raw = file.raw().await;
    let mut tables = BTreeMap::new();
    for name in raw.texts("SELECT name FROM sqlite_master WHERE type = 'table'").await {
        let table = Table {
            columns: raw.texts(&format!("SELECT name FROM pragma_table_info('{name}')")).await,
            primary_key: raw.texts(&format!("SELECT name FROM pragma_table_info('{name}') WHERE pk > 0 ORDER BY pk")).await,
            foreign_keys: foreign_keys(&raw, &name).await,
        };
        tables.insert(name, table);
    }
    tables
}

async fn foreign_keys(raw: &Raw, table: &str) -> Vec<ForeignKey> {
    let query = format!("SELECT id, \"table\", \"from\", \"to\" FROM pragma_foreign_key_list('{table}') ORDER BY id, seq");
    let mut keys: BTreeMap<i64, ForeignKey> = BTreeMap::new();
    for row in raw.rows(&query).await {
        let key = keys.entry(row.try_get_by_index(0).unwrap()).or_default();
        key.parent = row.try_get_by_index(1).unwrap();
        key.columns.push((row.try_get_by_index(2).unwrap(), row.try_get_by_index(3).unwrap()));
    }
    keys.into_values().collect()
}

#[tokio::test]
async fn every_table_but_the_known_few_belongs_to_tenants() {
    let tables = tables().await;
    let without: Vec<&str> = tables.iter().filter(|(_, table)| !table.is_tenant_owned()).map(|(name, _)| name.as_str()).collect();
    assert_eq!(without, WITHOUT_TENANT);
    assert!(tables.len() > WITHOUT_TENANT.len());
}

#[tokio::test]
async fn every_primary_key_begins_with_the_tenant() {
    for (name, table) in tables().await.iter().filter(|(_, table)| table.is_tenant_owned()) {
        assert_eq!(table.primary_key.first().map(String::as_str), Some(TENANT), "{name}: {:?}", table.primary_key);
        assert!(table.primary_key.len() > 1, "{name}: a tenant has more than one row");
    }
}

/// `(tenant_id, id)` of the parent is met by our own `tenant_id`, or by a column that says it holds another tenant's.
#[tokio::test]
async fn every_foreign_key_carries_the_tenant() {
    let tables = tables().await;
    let mut seen = 0;
    for (name, table) in tables.iter().filter(|(_, table)| table.is_tenant_owned()) {
        for key in &table.foreign_keys {
            let tenant_of_parent = match key.parent.as_str() {
                "tenant" => "id",
                parent if tables[parent].is_tenant_owned() => TENANT,
                _ => continue,
            };
            let (ours, theirs) = &key.columns[0];
            assert_eq!(theirs, tenant_of_parent, "{name} -> {}: {:?}", key.parent, key.columns);
            assert!(ours == TENANT || ours.ends_with("_tenant_id"), "{name} -> {}: {:?}", key.parent, key.columns);
            seen += 1;
        }
    }
    assert!(seen > 5, "only {seen} foreign keys were found");
}

#[tokio::test]
async fn a_row_of_a_tenant_names_its_tenant() {
    let tables = tables().await;
    // The events of a tenant outlive it.
    for (name, table) in tables.iter().filter(|(name, table)| table.is_tenant_owned() && *name != "event") {
        let anchored = table.foreign_keys.iter().any(|key| key.columns[0].0 == TENANT);
        assert!(anchored, "{name}: no foreign key leads from {TENANT}, so a row outlives its tenant");
    }
}
