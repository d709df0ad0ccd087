//! What every error carries, whatever it is about.

use oauth_registry::proto::{self, OauthApp, Permission};
use tonic::{Code, Status};

use crate::harness::caller::{details, sample_app};
use crate::harness::on_both_backends;
use crate::harness::server::SYSTEM;
use crate::rpc::oauth_app::{create, delete, get, update};
use crate::rpc::{NOBODYS, stored};

on_both_backends! {
    async fn every_error_has_its_reason_its_domain_and_the_id_of_its_call(server: TestServer) {
        let admin = server.admin();
        let acme = admin.new_tenant("Acme").await;
        let (app, shut) = (admin.new_app(SYSTEM, "App").await, admin.new_app(&acme, "App").await);
        let bound = proto::ApiKey { permissions: vec![12], tenant_id: Some(acme.clone()), ..Default::default() };
        let bound = proto::CreateApiKeyRequest { api_key: Some(bound), ..Default::default() };
        let bound = server.caller(&admin.api_keys().create_api_key(bound).await.unwrap().into_inner().secret);
        let powerless = admin.new_caller(SYSTEM, "powerless", &[Permission::ReadIntegrations]).await;
        let tenant = proto::CreateTenantRequest::default();
        let moved = OauthApp { id: app.id.clone(), token_uri: Some("https://new.example/".to_owned()), ..Default::default() };
        let resident = admin.new_user(&acme, "resident", &[]).await;
        let access = proto::AddTenantAdministratorRequest { tenant_id: SYSTEM.to_owned(), user_id: resident };
        stored::suspend_tenant(&server, "acme").await;
        let changed = OauthApp { description: Some("New".to_owned()), ..shut };
        let errors: Vec<(Status, Code, &str)> = vec![
            (get(&server.anonymous(), &app.id).await.unwrap_err(), Code::Unauthenticated, "INVALID_CREDENTIAL"),
            (get(&powerless, &app.id).await.unwrap_err(), Code::PermissionDenied, "MISSING_PERMISSION"),
            (bound.tenants().create_tenant(tenant).await.unwrap_err(), Code::PermissionDenied, "CREDENTIAL_REFUSED"),
            (create(&admin, OauthApp::default(), None).await.unwrap_err(), Code::InvalidArgument, "INVALID_FIELDS"),
            (get(&admin, NOBODYS).await.unwrap_err(), Code::NotFound, "RESOURCE_NOT_FOUND"),
            (create(&admin, sample_app("App"), Some("x")).await.unwrap_err(), Code::AlreadyExists, "VALUE_TAKEN"),
            (delete(&admin, &app.id, "v9").await.unwrap_err(), Code::Aborted, "ETAG_MISMATCH"),
            (update(&admin, moved, &[]).await.unwrap_err(), Code::FailedPrecondition, "SECRET_REQUIRED_FOR_NEW_DESTINATION"),
            (update(&admin, changed, &[]).await.unwrap_err(), Code::FailedPrecondition, "TENANT_SUSPENDED"),
            (admin.tenants().add_tenant_administrator(access).await.unwrap_err(), Code::FailedPrecondition, "NOT_IN_SYSTEM_TENANT"),
            (admin.raw("/oauthregistry.v1.OauthAppService/GetOauthApp", &b"\xff"[..]).await.unwrap_err(), Code::InvalidArgument, "MALFORMED_MESSAGE"),
            (admin.raw("/oauthregistry.v1.OauthAppService/Nothing", &b""[..]).await.unwrap_err(), Code::Unimplemented, "UNKNOWN_METHOD"),
        ];
        for (error, code, reason) in &errors {
            let details = details(error);
            let info = details.error_info().unwrap();
            assert_eq!((error.code(), info.reason.as_str(), info.domain.as_str()), (*code, *reason, "oauthregistry.v1"));
            let request_id = details.request_info().unwrap().request_id.clone();
            assert_eq!(uuid::Uuid::parse_str(&request_id).unwrap().get_version_num(), 7, "{reason}");
            assert_eq!(details.bad_request().is_some(), *reason == "INVALID_FIELDS", "{reason}");
            assert_eq!(details.resource_info().is_some(), *code == Code::NotFound, "{reason}");
            assert_eq!(details.precondition_failure().is_some(), *code == Code::FailedPrecondition, "{reason}");
            if let Some(failure) = details.precondition_failure() {
                let violation = &failure.violations[0];
                assert_eq!(violation.r#type, *reason);
                assert!(!violation.subject.is_empty() && !violation.description.is_empty());
            }
        }
    }

    async fn a_missing_permission_is_named_by_its_number(server: TestServer) {
        let powerless = server.admin().new_caller(SYSTEM, "powerless", &[Permission::MgmtApi]).await;
        let refused = create(&powerless, OauthApp::default(), None).await.unwrap_err();
        let metadata = details(&refused).error_info().unwrap().metadata.clone();
        assert_eq!(metadata["required_permissions"], "12|11,28");
        assert_eq!(metadata["missing_permissions"], "12|28");
    }

    async fn what_is_missing_is_named_by_type_and_id(server: TestServer) {
        let admin = server.admin();
        let id = NOBODYS.to_owned();
        let missing = [
            (admin.call::<()>("oauthregistry.v1.OauthAppService/GetOauthApp", &proto::GetOauthAppRequest { oauth_app_id: id.clone() }).await, "OauthApp"),
            (admin.call::<()>("oauthregistry.v1.TenantService/GetTenant", &proto::GetTenantRequest { tenant_id: id.clone() }).await, "Tenant"),
            (admin.call::<()>("oauthregistry.v1.UserService/GetUser", &proto::GetUserRequest { user_id: id.clone() }).await, "User"),
            (admin.call::<()>("oauthregistry.v1.RoleService/GetRole", &proto::GetRoleRequest { role_id: id.clone() }).await, "Role"),
            (admin.call::<()>("oauthregistry.v1.ApiKeyService/GetApiKey", &proto::GetApiKeyRequest { api_key_id: id.clone() }).await, "ApiKey"),
        ];
        for (answer, kind) in missing {
            let details = details(&answer.unwrap_err());
            let info = details.resource_info().unwrap();
            assert_eq!((info.resource_type.clone(), &info.resource_name), (format!("oauthregistry.v1.{kind}"), &id));
        }
    }
}
