//! What every resource carries, whatever it is.

use oauth_registry::proto::{self, Permission};
use prost_types::Timestamp;
use uuid::Uuid;

use crate::harness::on_both_backends;
use crate::harness::server::SYSTEM;

/// Id, times, actors and etag of a resource.
type Stamp = (String, Option<Timestamp>, Option<Timestamp>, String, String, String);

macro_rules! stamp {
    ($resource:expr) => {{
        let resource = $resource;
        (resource.id, resource.create_time, resource.update_time, resource.create_actor, resource.update_actor, resource.etag)
    }};
}

on_both_backends! {
    async fn every_resource_has_a_uuid_of_version_7_times_actors_and_an_etag(server: TestServer) {
        let admin = server.admin();
        let me = format!("user:{}", admin.own_user_id().await);
        let acme = admin.new_tenant("Acme").await;
        let user = admin.new_user(&acme, "resident", &[Permission::MgmtApi]).await;
        let key = proto::ApiKey { user_id: Some(user.clone()), permissions: vec![11], ..Default::default() };
        let key = proto::CreateApiKeyRequest { api_key: Some(key), ..Default::default() };
        let tenant = proto::GetTenantRequest { tenant_id: acme.clone() };
        let user = proto::GetUserRequest { user_id: user };
        let role = proto::GetRoleRequest { role_id: admin.new_role(&acme, "Role", &[Permission::MgmtApi]).await };
        let stamps: Vec<Stamp> = vec![
            stamp!(admin.roles().get_role(role).await.unwrap().into_inner().role.unwrap()),
            stamp!(admin.tenants().get_tenant(tenant).await.unwrap().into_inner().tenant.unwrap()),
            stamp!(admin.users().get_user(user).await.unwrap().into_inner().user.unwrap()),
            stamp!(admin.api_keys().create_api_key(key).await.unwrap().into_inner().api_key.unwrap()),
            stamp!(admin.new_app(&acme, "App").await),
        ];
        for (id, create_time, update_time, create_actor, update_actor, etag) in stamps {
            assert_eq!(Uuid::parse_str(&id).unwrap().get_version_num(), 7);
            assert_eq!(create_time, update_time);
            assert!(create_time.unwrap().seconds >= 1_767_225_600, "the server's clock");
            assert_eq!((&create_actor, &update_actor), (&me, &me));
            assert_eq!(etag, "v1");
        }
    }

    async fn a_change_tells_who_changed_and_keeps_who_made(server: TestServer) {
        let admin = server.admin();
        let app = admin.new_app(SYSTEM, "App").await;
        let editor = admin.new_caller(SYSTEM, "editor", &[Permission::MgmtApi, Permission::Oauth]).await;
        server.clock.advance_seconds(60);
        let changed = proto::OauthApp { description: Some("New".to_owned()), ..app.clone() };
        let changed = crate::rpc::oauth_app::update(&editor, changed, &[]).await.unwrap();
        assert_eq!((&changed.create_actor, changed.create_time), (&app.create_actor, app.create_time));
        assert_eq!(changed.update_actor, format!("user:{}", editor.own_user_id().await));
        assert!(changed.update_time.unwrap().seconds >= app.update_time.unwrap().seconds + 60);
        assert_ne!(changed.etag, app.etag);
        assert_eq!(Uuid::parse_str(&changed.id).unwrap().get_version_num(), 7);
    }

    async fn the_system_tenant_has_its_fixed_id(server: TestServer) {
        let request = proto::GetTenantRequest { tenant_id: SYSTEM.to_owned() };
        let system = server.admin().tenants().get_tenant(request).await.unwrap().into_inner().tenant.unwrap();
        assert_eq!(system.create_actor, "system:bootstrap");
    }
}
