//! A database with very many rows of everybody else's, and callers of every kind in it.

use std::sync::Arc;

use oauth_registry::proto::{self, Permission};
use tonic::transport::Channel;

use super::lists::Names;
use super::rows::{IdKind, Rows};
use super::sets::{ADMINISTERED, FOREIGN, MORE_OWN, MORE_SYSTEMS, OWN, Owners, SYSTEMS};
use crate::harness::caller::sample_app;
use crate::harness::server::{SYSTEM, TestServer};
use crate::harness::statements::Recorder;
use crate::statements::callers::{Kind, WORKPLACE, kinds};
use crate::statements::place::Place;

/// To how many tenants the delegate has administrative access.
pub(super) const DELEGATED: u64 = 20;

/// The server, its callers and the rows.
pub(super) struct World {
    pub(super) server: Arc<TestServer>,
    pub(super) recorder: Recorder,
    /// The kinds of the table of statements, and one who reads nothing but their own keys.
    pub(super) kinds: Vec<Kind>,
    pub(super) names: Names,
    pub(super) rows: Rows,
    /// A way to the server on which no statement is recorded.
    channel: Channel,
}

impl World {
    /// Makes the callers and the few rows that they see.
    pub(super) async fn new(server: TestServer) -> Self {
        let recorder = Recorder::default();
        let store = server.registry.store.clone().observed(recorder.observer());
        let (channel, observed) = (server.channel(), server.with_store(store).await);
        let server = Arc::new(server);
        let mut kinds = kinds(&server, DELEGATED).await;
        let tenant = kinds[0].place.tenant.clone();
        let owner = server.admin().new_caller(&tenant, "keeper", &[Permission::MgmtApi]).await;
        let names = Names {
            tenant_name: WORKPLACE.to_owned(),
            foreign_tenant: FOREIGN.id_text(IdKind::Tenant, 1),
            actor: kinds[2].caller.own_user_id().await,
            foreign_actor: kinds[0].caller.own_user_id().await,
            owner: owner.own_user_id().await,
            nobody: FOREIGN.id_text(IdKind::User, 0),
            tenant: tenant.clone(),
        };
        let templates = templates(&kinds[0], &kinds[1].caller.own_user_id().await).await;
        let rows = Rows::open(&server, &templates).await;
        kinds.push(Kind::new("child tenant, {11}: their own keys", owner, Place::new(&server, "keeper", &tenant, &tenant)));
        let mut world = Self { server, recorder, kinds, names, rows, channel };
        world.write_own_rows().await;
        for kind in &mut world.kinds {
            kind.caller = kind.caller.over(observed.clone());
        }
        world
    }

    /// Writes the rows that the callers see.
    async fn write_own_rows(&self) {
        OWN.write(&self.rows, &self.owners_at_work()).await;
        SYSTEMS.write(&self.rows, &self.owners_in_system(SYSTEMS)).await;
        let delegate = self.kinds[1].caller.over(self.channel.clone());
        let caller = delegate.callers().get_caller(proto::GetCallerRequest {}).await.unwrap().into_inner();
        let administered = caller.administered_tenant_ids.iter().filter(|id| **id != self.names.tenant).enumerate();
        let cases: String = administered.map(|(number, id)| format!(" WHEN {number} THEN {}", self.rows.literal(id))).collect();
        let tenant = format!("CASE n % {} {cases} END", DELEGATED - 1);
        let owners = Owners { tenant, key_owner: None, actor: ADMINISTERED.actor(&self.rows) };
        ADMINISTERED.write(&self.rows, &owners).await;
        let workplace = self.rows.literal(&self.names.tenant);
        SYSTEMS.write_administrators(&self.rows, &workplace, &SYSTEMS.id(&self.rows, IdKind::User, "n")).await;
    }

    /// Makes the tenants of the callers large, and fills the tables with everybody else's rows.
    pub(super) async fn fill(&self) {
        let rows = &self.rows;
        rows.run("BEGIN").await;
        let indexes = rows.drop_indexes().await;
        MORE_OWN.write(rows, &self.owners_at_work()).await;
        MORE_SYSTEMS.write(rows, &self.owners_in_system(MORE_SYSTEMS)).await;
        let workplace = rows.literal(&self.names.tenant);
        MORE_SYSTEMS.write_administrators(rows, &workplace, &MORE_SYSTEMS.id(rows, IdKind::User, "n")).await;
        // Half of the rows belong to one tenant, the other half to a tenant each.
        let (one, each) = (FOREIGN.id(rows, IdKind::Tenant, "1"), FOREIGN.id(rows, IdKind::Tenant, "n"));
        let tenant = format!("CASE n % 2 WHEN 0 THEN {one} ELSE {each} END");
        let actor = format!("CASE n % 2 WHEN 0 THEN 'user:{}' ELSE {} END", self.names.foreign_actor, FOREIGN.actor(rows));
        FOREIGN.write_tenants(rows).await;
        FOREIGN.write(rows, &Owners { tenant, key_owner: None, actor }).await;
        FOREIGN.write_administrators(rows, &each, &MORE_SYSTEMS.id(rows, IdKind::User, "1")).await;
        for index in indexes {
            rows.run(&index).await;
        }
        rows.run("COMMIT").await;
        rows.settle().await;
    }

    fn owners_at_work(&self) -> Owners {
        let owner = self.rows.literal(&self.names.owner);
        Owners {
            tenant: self.rows.literal(&self.names.tenant),
            key_owner: Some(owner),
            actor: format!("'user:{}'", self.names.actor),
        }
    }

    fn owners_in_system(&self, set: super::sets::Set) -> Owners {
        Owners { tenant: self.rows.literal(SYSTEM), key_owner: None, actor: set.actor(&self.rows) }
    }
}

/// Makes a row of every table, and says where it is found.
async fn templates(administrator: &Kind, delegate: &str) -> Vec<(&'static str, String)> {
    let place = &administrator.place;
    let (app, key, role) = (place.new_app().await, place.new_key().await, place.new_held_role().await);
    let app_of_request = proto::OauthApp { tenant_id: Some(place.tenant.clone()), ..sample_app("of a request") };
    let request = proto::CreateOauthAppRequest {
        oauth_app: Some(app_of_request),
        client_secret: Some("s3cret".to_owned()),
        request_id: "0b9e4f2c-6f0e-4c7d-9b62-3f6f2b7f1a01".to_owned(),
        ..Default::default()
    };
    administrator.caller.apps().create_oauth_app(request).await.unwrap();
    let user = place.new_user().await;
    let id = |id: &str| place.sql_id(id);
    vec![
        ("tenant", format!("id = {}", id(&place.tenant))),
        ("tenant_key", format!("tenant_id = {}", id(&place.tenant))),
        ("user_account", format!("id = {}", id(&user))),
        ("role", format!("id = {}", id(&role))),
        ("user_role", format!("role_id = {}", id(&role))),
        ("tenant_administrator", format!("user_id = {}", id(delegate))),
        ("api_key", format!("id = {}", id(&key))),
        ("oauth_app", format!("id = {}", id(&app))),
        ("secret_version", format!("owner_id = {}", id(&app))),
        ("event", format!("resource_id = '{app}'")),
        ("request_record", "request_id IS NOT NULL".to_owned()),
    ]
}
