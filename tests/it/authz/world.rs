//! Two look-alike tenants and the system tenant: in each the same things, under different names.

use oauth_registry::proto::{self, Permission};

use super::set;
use crate::harness::caller::Caller;
use crate::harness::server::{SYSTEM, TestServer};

/// One tenant's things, by which requests name them.
#[derive(Clone)]
pub(super) struct Ids {
    pub(super) tenant: String,
    pub(super) tenant_name: String,
    /// A user of the tenant who holds {11} and has been refused once, so that the event log knows the user as an actor.
    pub(super) user: String,
    pub(super) login: String,
    /// A person without any permission.
    pub(super) person: String,
    /// A key of the user.
    pub(super) api_key: String,
    pub(super) app: String,
    pub(super) app_name: String,
    pub(super) app_slug: String,
    /// A role of the tenant's own, which nobody has.
    pub(super) role: String,
    pub(super) role_name: String,
    /// Users of the system tenant with administrative access to the tenant.
    pub(super) administrators: [String; 2],
    /// A user of the system tenant without.
    pub(super) candidate: String,
    /// A tenant that is nobody's place, to be suspended.
    pub(super) spare: String,
}

/// The tenants.
pub(super) struct World {
    pub(super) server: TestServer,
    pub(super) admin: Caller,
    pub(super) alpha: Ids,
    pub(super) beta: Ids,
    pub(super) system: Ids,
}

impl World {
    pub(super) async fn new(server: TestServer) -> Self {
        let admin = server.admin();
        let alpha = furnish(&admin, "alpha").await;
        let beta = furnish(&admin, "gamma").await;
        let system = furnish(&admin, "system").await;
        Self { server, admin, alpha, beta, system }
    }
}

impl Ids {
    /// Everything by which the tenant's things can be recognised in the bytes of an answer.
    pub(super) fn marks(&self) -> [&str; 10] {
        let Self { tenant, tenant_name, user, login, api_key, app, app_name, app_slug, role, role_name, .. } = self;
        [tenant, tenant_name, user, login, api_key, app, app_name, app_slug, role, role_name]
    }
}

async fn furnish(admin: &Caller, mark: &str) -> Ids {
    let tenant_name = if mark == "system" { mark.to_owned() } else { format!("tenant {mark}") };
    let tenant = if mark == "system" { SYSTEM.to_owned() } else { admin.new_tenant(&tenant_name).await };
    let login = format!("user-{mark}");
    let user = admin.new_user(&tenant, &login, &set(&[11])).await;
    let key = admin.new_key(&user, &set(&[11])).await;
    let api_key = key.callers().get_caller(proto::GetCallerRequest {}).await.unwrap().into_inner().api_key_id;
    key.events().list_events(proto::ListEventsRequest::default()).await.unwrap_err();
    let (person, _) = admin.new_person(&tenant, &format!("person-{mark}"), &[]).await;
    let app = admin.new_app(&tenant, &format!("app {mark}")).await;
    let role_name = format!("role {mark}");
    let role = admin.new_role(&tenant, &role_name, &set(&[11])).await;
    let mut staff = Vec::new();
    for number in 1..=3 {
        staff.push(admin.new_user(SYSTEM, &format!("staff-{mark}-{number}"), &[Permission::MgmtApi]).await);
    }
    let [first, second, candidate] = staff.try_into().unwrap();
    admin.add_administrator(&tenant, &first).await;
    admin.add_administrator(&tenant, &second).await;
    let spare = admin.new_tenant(&format!("spare {mark}")).await;
    Ids {
        spare,
        tenant,
        tenant_name,
        user,
        login,
        person,
        api_key,
        app_name: app.name().to_owned(),
        app_slug: app.slug().to_owned(),
        app: app.id,
        role,
        role_name,
        administrators: [first, second],
        candidate,
    }
}
