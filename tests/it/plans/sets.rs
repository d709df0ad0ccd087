//! Sets of rows, each in every growing table and with ids of its own.

use super::rows::{IdKind, Rows, id_text};

/// When the first row of any set was made: an hour before the clock of the tests begins.
const BEGIN: i64 = 1_767_225_600_000_000 - 3_600_000_000;
/// From the first row of a set to the last.
const SPAN: i64 = 1_000_000_000;

/// The middle of the time in which rows were made, in seconds.
pub(super) const MIDDLE: i64 = (BEGIN + SPAN / 2) / 1_000_000;
/// The rows of the callers' own tenants that are there from the beginning.
pub(super) const OWN: Set = Set { number: 1, name: "own", count: 60, spread: Spread::Clustered };
/// The rows of the system tenant that are there from the beginning.
pub(super) const SYSTEMS: Set = Set { number: 2, name: "own", count: 60, spread: Spread::Clustered };
/// The rows of further tenants of the delegate.
pub(super) const ADMINISTERED: Set = Set { number: 3, name: "own", count: 60, spread: Spread::Clustered };
/// What makes the workplace a large tenant.
pub(super) const MORE_OWN: Set = Set { number: 4, name: "own", count: 25_000, spread: Spread::Even };
/// What makes the system tenant a large tenant.
pub(super) const MORE_SYSTEMS: Set = Set { number: 5, name: "own", count: 25_000, spread: Spread::Even };
/// Everybody else's.
pub(super) const FOREIGN: Set = Set { number: 6, name: "foreign", count: 100_000, spread: Spread::Even };

/// How the rows of a set lie in time.
#[derive(Debug, Clone, Copy)]
enum Spread {
    /// A third in the beginning, a third in the middle and a third in the end.
    Clustered,
    /// Everywhere alike.
    Even,
}

/// A set of rows.
#[derive(Debug, Clone, Copy)]
pub(super) struct Set {
    number: u8,
    name: &'static str,
    count: u64,
    spread: Spread,
}

/// What the rows of a set refer to, in SQL.
pub(super) struct Owners {
    /// The tenant of a row.
    pub(super) tenant: String,
    /// The user of a key; absent means a user of the set.
    pub(super) key_owner: Option<String>,
    /// The actor of an event.
    pub(super) actor: String,
}

impl Set {
    /// The id of the number-th row, as the API writes it.
    pub(super) fn id_text(self, kind: IdKind, number: u64) -> String {
        id_text(self.number, kind, number)
    }

    /// The SQL of the id of a row.
    pub(super) fn id(self, rows: &Rows, kind: IdKind, number: &str) -> String {
        rows.id(self.number, kind, number)
    }

    /// The SQL of the actor that is a user of the set.
    pub(super) fn actor(self, rows: &Rows) -> String {
        format!("'user:' || {}", rows.id_text(self.number, IdKind::User, "n"))
    }

    fn time(self) -> String {
        let count = i64::try_from(self.count).unwrap();
        match self.spread {
            Spread::Clustered => format!("{BEGIN} + ((n * 3) / {}) * {} + n", count + 1, SPAN / 2),
            Spread::Even => format!("{BEGIN} + n * {} + 1", SPAN / (count + 1)),
        }
    }

    fn text(self, separator: char) -> String {
        format!("'{}{separator}{}{separator}' || n", self.name, self.number)
    }

    /// Writes the rows of every table whose rows belong to tenants, but for administrative access.
    pub(super) async fn write(self, rows: &Rows, owners: &Owners) {
        let (tenant, time) = (("tenant_id", owners.tenant.clone()), ("create_time", self.time()));
        let id = |kind| self.id(rows, kind, "n");
        let (user, role, app) = (id(IdKind::User), id(IdKind::Role), id(IdKind::OauthApp));
        let common = |kind| [tenant.clone(), time.clone(), ("id", id(kind))];
        let with = |kind, more: &[(&'static str, String)]| [&common(kind)[..], more].concat();
        let (name, slug) = (self.text(' '), self.text('-'));
        let logins = [("login_name", slug.clone()), ("login_key", slug.clone())];
        rows.copy("user_account", self.count, &with(IdKind::User, &logins)).await;
        let names = [("name", name.clone()), ("name_key", name.clone())];
        rows.copy("role", self.count, &with(IdKind::Role, &names)).await;
        let assigned = [tenant.clone(), ("user_id", user.clone()), ("role_id", role)];
        rows.copy("user_role", self.count, &assigned).await;
        let owner = owners.key_owner.clone().unwrap_or(user);
        rows.copy("api_key", self.count, &with(IdKind::ApiKey, &[("user_id", owner), ("public_id", slug.clone())])).await;
        let app_names = [&names[..], &[("slug", slug.clone())]].concat();
        rows.copy("oauth_app", self.count, &with(IdKind::OauthApp, &app_names)).await;
        rows.copy("secret_version", self.count, &[tenant.clone(), time.clone(), ("owner_id", app)]).await;
        let thing = ("resource_id", format!("'{} thing'", self.name));
        let told = [tenant.clone(), ("id", id(IdKind::Event)), ("time", self.time()), ("actor", owners.actor.clone()), thing];
        rows.copy("event", self.count, &told).await;
        let answered = [tenant.clone(), time, ("request_id", id(IdKind::Request)), ("resource_tenant_id", owners.tenant.clone())];
        rows.copy("request_record", self.count, &answered).await;
    }

    /// Writes tenants with their keys.
    pub(super) async fn write_tenants(self, rows: &Rows) {
        let (id, time, name) = (self.id(rows, IdKind::Tenant, "n"), ("create_time", self.time()), self.text(' '));
        rows.copy("tenant", self.count, &[("id", id.clone()), time.clone(), ("name", name.clone()), ("name_key", name)]).await;
        let key_id = rows.id_bytes(self.number, IdKind::TenantKey, "n");
        rows.copy("tenant_key", self.count, &[("tenant_id", id), time, ("key_id", key_id)]).await;
    }

    /// Gives administrative access, to the tenant of a row for the user of a row.
    pub(super) async fn write_administrators(self, rows: &Rows, tenant: &str, user: &str) {
        let access = [("tenant_id", tenant.to_owned()), ("user_id", user.to_owned()), ("create_time", self.time())];
        rows.copy("tenant_administrator", self.count, &access).await;
    }
}
