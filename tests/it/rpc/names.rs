//! When two names are the same: in every place by case folding, and by the same rules at every start.

use oauth_registry::domain::name::{KEY_RULES, LoginName};
use oauth_registry::proto::{self, CreateRoleRequest, CreateTenantRequest, CreateUserRequest, ListTenantsRequest};
use oauth_registry::service::refresh_name_keys;
use oauth_registry::storage::{Collision, NameKeyError};
use tonic::{Code, Status};
use uuid::Uuid;

use super::assert_refused;
use crate::harness::caller::{Caller, PASSWORD, sample_app};
use crate::harness::on_both_backends;
use crate::harness::raw::Raw;
use crate::harness::server::SYSTEM;

/// Spellings of one name, of which lower case makes two.
const PAIRS: [(&str, &str); 3] = [("Straße", "STRASSE"), ("ſecret", "Secret"), ("ﬁ", "FI")];

async fn tenant(caller: &Caller, name: &str) -> Result<(), Status> {
    let tenant = proto::Tenant { name: Some(name.to_owned()), ..Default::default() };
    caller.tenants().create_tenant(CreateTenantRequest { tenant: Some(tenant), ..Default::default() }).await.map(drop)
}

async fn person(caller: &Caller, tenant: &str, login: &str) -> Result<String, Status> {
    let user = proto::User {
        tenant_id: Some(tenant.to_owned()),
        kind: proto::UserKind::Person.into(),
        login_name: Some(login.to_owned()),
        ..Default::default()
    };
    let request = CreateUserRequest { user: Some(user), initial_password: Some(PASSWORD.to_owned()), ..Default::default() };
    Ok(caller.users().create_user(request).await?.into_inner().user.unwrap().id)
}

async fn role(caller: &Caller, name: &str) -> Result<(), Status> {
    let role = proto::Role { name: Some(name.to_owned()), permissions: vec![11], ..Default::default() };
    caller.roles().create_role(CreateRoleRequest { role: Some(role), ..Default::default() }).await.map(drop)
}

async fn app(caller: &Caller, name: &str) -> Result<(), Status> {
    let slug = Some(format!("app-{}", name.chars().map(|letter| u32::from(letter).to_string()).collect::<Vec<_>>().join("-")));
    let request = proto::CreateOauthAppRequest {
        oauth_app: Some(proto::OauthApp { slug, ..sample_app(name) }),
        client_secret: Some("s3cret".to_owned()),
        ..Default::default()
    };
    caller.apps().create_oauth_app(request).await.map(drop)
}

async fn tenants_that_begin(caller: &Caller, prefix: &str) -> Vec<String> {
    let request = ListTenantsRequest { name_prefix: Some(prefix.to_owned()), ..Default::default() };
    let listed = caller.tenants().list_tenants(request).await.unwrap().into_inner().tenants;
    listed.into_iter().filter_map(|tenant| tenant.name).collect()
}

/// Makes the keys what the rules before made of them, lower case, and forgets by which rules they were made.
async fn age(raw: &Raw, (table, name, key): (&str, &str, &str), id: &str) {
    let names = raw.texts(&format!("SELECT {name} FROM {table} WHERE id = {}", raw.id(id))).await;
    let sql = format!("UPDATE {table} SET {key} = '{}' WHERE id = {}", names[0].to_lowercase(), raw.id(id));
    assert_eq!(raw.run(&sql).await, 1);
    raw.run("DELETE FROM setting").await;
}

const TENANT: (&str, &str, &str) = ("tenant", "name", "name_key");
const USER: (&str, &str, &str) = ("user_account", "login_name", "login_key");

on_both_backends! {
    async fn names_that_fold_alike_are_the_same(server: TestServer) {
        let admin = server.admin();
        let home = admin.new_tenant("Home").await;
        for (one, other) in PAIRS {
            tenant(&admin, one).await.unwrap();
            assert_refused(tenant(&admin, other).await, Code::AlreadyExists, "VALUE_TAKEN");
            role(&admin, one).await.unwrap();
            assert_refused(role(&admin, other).await, Code::AlreadyExists, "VALUE_TAKEN");
            app(&admin, one).await.unwrap();
            assert_refused(app(&admin, other).await, Code::AlreadyExists, "VALUE_TAKEN");
            let id = person(&admin, &home, one).await.unwrap();
            assert_refused(person(&admin, &home, other).await, Code::AlreadyExists, "VALUE_TAKEN");
            assert_eq!(admin.by_password(&format!("{home}/{other}"), PASSWORD).own_user_id().await, id);
        }
    }

    async fn a_prefix_is_found_in_every_spelling(server: TestServer) {
        let admin = server.admin();
        for name in ["ΟΔΟΣΑ", "Straße"] {
            tenant(&admin, name).await.unwrap();
        }
        for (prefix, name) in [("ΟΔΟΣ", "ΟΔΟΣΑ"), ("οδος", "ΟΔΟΣΑ"), ("STRASSE", "Straße"), ("straß", "Straße")] {
            assert_eq!(tenants_that_begin(&admin, prefix).await, [name], "{prefix}");
        }
    }

    async fn names_have_the_marks_of_their_script(server: TestServer) {
        let admin = server.admin();
        let home = admin.new_tenant("Home").await;
        for name in ["हिन्दी", "ภาษาไทย ที่", "தமிழ்", "Adébáyọ\u{300}"] {
            tenant(&admin, name).await.unwrap();
            role(&admin, name).await.unwrap();
            app(&admin, name).await.unwrap();
            let login = name.replace(' ', "-");
            let id = person(&admin, &home, &login).await.unwrap();
            assert_eq!(admin.by_password(&format!("{home}/{login}"), PASSWORD).own_user_id().await, id);
            let renamed = proto::User { id, display_name: Some(name.to_owned()), ..Default::default() };
            admin.users().update_user(proto::UpdateUserRequest { user: Some(renamed), ..Default::default() }).await.unwrap();
        }
        for name in ["Z\u{340}", "Za\u{300}\u{301}\u{302}\u{303}\u{304}", "\u{93f}a"] {
            let refused = tenant(&admin, name).await.unwrap_err();
            assert_eq!(refused.code(), Code::InvalidArgument, "{name:?}");
        }
    }

    async fn keys_that_were_made_by_other_rules_are_made_anew(server: TestServer) {
        let (admin, raw) = (server.admin(), Raw::of(&server).await);
        let street = admin.new_tenant("Straße").await;
        age(&raw, TENANT, &street).await;
        // Each of two has the key that the other one is to have.
        let (one, two) = (person(&admin, &street, "one").await.unwrap(), person(&admin, &street, "two").await.unwrap());
        for (id, key) in [(&one, "aside"), (&two, "one"), (&one, "two")] {
            raw.run(&format!("UPDATE user_account SET login_key = '{key}' WHERE id = {}", raw.id(id))).await;
        }
        assert_eq!(tenants_that_begin(&admin, "strasse").await, [""; 0]);
        refresh_name_keys(&server.registry.store).await.unwrap();
        assert_eq!(tenants_that_begin(&admin, "strasse").await, ["Straße"]);
        for (login, id) in [("one", &one), ("TWO", &two)] {
            assert_eq!(admin.by_password(&format!("{street}/{login}"), PASSWORD).own_user_id().await, *id);
        }
        assert_eq!(raw.texts("SELECT value FROM setting WHERE name = 'name_key_rules'").await, [KEY_RULES]);
        // By the same rules nothing is done again.
        raw.run(&format!("UPDATE tenant SET name_key = 'x' WHERE id = {}", raw.id(&street))).await;
        refresh_name_keys(&server.registry.store).await.unwrap();
        assert_eq!(tenants_that_begin(&admin, "x").await, ["Straße"]);
        raw.run("UPDATE setting SET value = 'NFC(fold(NFD)) of Unicode 17.0.0'").await;
        refresh_name_keys(&server.registry.store).await.unwrap();
        assert_eq!(tenants_that_begin(&admin, "STRASSE").await, ["Straße"]);
    }

    async fn names_that_have_become_the_same_stop_the_start_and_change_nothing(server: TestServer) {
        let (admin, raw) = (server.admin(), Raw::of(&server).await);
        let mut ids = Vec::new();
        for login in ["jo-Straße", "other"] {
            let id = person(&admin, SYSTEM, login).await.unwrap();
            ids.push(Uuid::parse_str(&id).unwrap());
            age(&raw, USER, &id).await;
        }
        let elsewhere = admin.new_tenant("Elsewhere").await;
        person(&admin, &elsewhere, "JO-STRASSE").await.unwrap();
        let rename = format!("UPDATE user_account SET login_name = 'JO-STRASSE', login_key = 'jo-strasse' WHERE id = {}", raw.id(&ids[1].to_string()));
        assert_eq!(raw.run(&rename).await, 1);
        let street = admin.new_tenant("Straße").await;
        age(&raw, TENANT, &street).await;
        let before = (raw.cells("user_account").await, raw.cells("tenant").await);
        let stopped = refresh_name_keys(&server.registry.store).await.unwrap_err();
        let NameKeyError::Colliding(collisions) = &stopped else { panic!("{stopped}") };
        ids.sort_unstable();
        assert_eq!(*collisions, [Collision { table: "user_account", ids: ids.clone() }]);
        assert!(stopped.to_string().ends_with(&format!("user_account {} and {}", ids[0], ids[1])), "{stopped}");
        assert_eq!((raw.cells("user_account").await, raw.cells("tenant").await), before);
        assert_eq!(raw.count("setting", "true").await, 0);
    }

    async fn a_name_of_yesterday_is_read_though_it_would_be_refused_today(server: TestServer) {
        let (admin, raw) = (server.admin(), Raw::of(&server).await);
        let (tenant, login) = (admin.new_tenant("Acme").await, "a\u{378}");
        let id = person(&admin, &tenant, "jo").await.unwrap();
        assert!(LoginName::parse(login).is_err());
        raw.run(&format!("UPDATE user_account SET login_name = '{login}' WHERE id = {}", raw.id(&id))).await;
        let read = admin.users().get_user(proto::GetUserRequest { user_id: id }).await.unwrap().into_inner().user.unwrap();
        assert_eq!(read.login_name(), login);
    }
}
