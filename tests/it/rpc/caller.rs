//! The caller, as the service sees them.

use oauth_registry::proto::{self, CredentialKind, GetCallerRequest, Permission};
use tonic::Code;

use crate::harness::on_both_backends;
use crate::harness::server::SYSTEM;
use crate::rpc::assert_refused;

on_both_backends! {
    async fn callers_learn_who_they_are(server: TestServer) {
        let admin = server.admin();
        let (beta, acme) = (admin.new_tenant("Beta").await, admin.new_tenant("Acme").await);
        let user = admin.new_user(SYSTEM, "delegate", &[Permission::MgmtApi, Permission::Oauth, Permission::ViewUsers]).await;
        admin.add_administrator(&acme, &user).await;
        admin.add_administrator(&beta, &user).await;
        let caller = admin.new_key(&user, &[Permission::Oauth, Permission::MgmtApi]).await;
        let me = caller.callers().get_caller(GetCallerRequest {}).await.unwrap().into_inner();
        let known = proto::GetUserRequest { user_id: user.clone() };
        assert_eq!(me.user, admin.users().get_user(known).await.unwrap().into_inner().user);
        assert_eq!(me.permissions, [11, 28], "what the key lists and the user holds");
        let mut administered = vec![acme, beta];
        administered.sort();
        assert_eq!(me.administered_tenant_ids, administered);
        assert_eq!((me.credential_kind(), me.default_tenant_id.as_str()), (CredentialKind::ApiKey, SYSTEM));
        let request = proto::GetApiKeyRequest { api_key_id: me.api_key_id };
        let key = caller.api_keys().get_api_key(request).await.unwrap().into_inner().api_key.unwrap();
        assert_eq!(key.user_id(), user);
        assert!(caller.token().unwrap().contains(&key.public_id));
    }

    async fn the_default_tenant_of_a_bound_key_is_the_one_it_is_bound_to(server: TestServer) {
        let admin = server.admin();
        let acme = admin.new_tenant("Acme").await;
        let key = proto::ApiKey { permissions: vec![12], tenant_id: Some(acme.clone()), ..Default::default() };
        let request = proto::CreateApiKeyRequest { api_key: Some(key), ..Default::default() };
        let made = admin.api_keys().create_api_key(request).await.unwrap().into_inner();
        let bound = server.caller(&made.secret);
        let me = bound.callers().get_caller(GetCallerRequest {}).await.unwrap().into_inner();
        assert_eq!(me.default_tenant_id, acme);
        let app = bound.new_app(&acme, "Named").await;
        assert_eq!(app.tenant_id(), acme);
        let unnamed = crate::harness::caller::sample_app("Unnamed");
        let request =
            proto::CreateOauthAppRequest { oauth_app: Some(unnamed), client_secret: Some("x".to_owned()), ..Default::default() };
        let made = bound.apps().create_oauth_app(request).await.unwrap().into_inner().oauth_app.unwrap();
        assert_eq!(made.tenant_id(), acme);
    }

    async fn nobody_is_no_caller(server: TestServer) {
        let answer = server.anonymous().callers().get_caller(GetCallerRequest {}).await;
        assert_refused(answer, Code::Unauthenticated, "INVALID_CREDENTIAL");
    }
}
