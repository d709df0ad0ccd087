//! Acting on behalf of a user: who may, what both may, and what nobody may so.

mod header;

use oauth_registry::authz::Denied;
use oauth_registry::crypto::ParsedToken;
use oauth_registry::proto::{self, EventDecision, GetCallerResponse};
use oauth_registry::service::Error;
use tonic::{Code, Request, Status};

use super::world::World;
use super::{made_up, outcome, set};
use crate::harness::caller::{Caller, details, sample_app};
use crate::harness::on_both_backends;
use crate::harness::server::{SYSTEM, TestServer};

/// The reason of every refusal to act for somebody.
const REFUSED: &str = "ON_BEHALF_OF_REFUSED";

async fn who(caller: &Caller) -> Result<GetCallerResponse, Status> {
    Ok(caller.callers().get_caller(proto::GetCallerRequest {}).await?.into_inner())
}

async fn numbers(caller: &Caller) -> Vec<i32> {
    who(caller).await.unwrap().permissions
}

/// A user of the system tenant with permissions and administrative access to a tenant.
async fn delegate(admin: &Caller, login: &str, (tenant, permissions): (&str, &[i32])) -> Caller {
    let user = admin.new_user(SYSTEM, login, &set(permissions)).await;
    admin.add_administrator(tenant, &user).await;
    admin.new_key(&user, &set(permissions)).await
}

async fn reveal(caller: &Caller, app: &str) -> String {
    let request =
        proto::RevealOauthAppSecretRequest { oauth_app_id: app.to_owned(), reason: "a test".to_owned(), ..Default::default() };
    outcome(&caller.apps().reveal_oauth_app_secret(request).await)
}

async fn sees(caller: &Caller, app: &str) -> String {
    outcome(&caller.apps().get_oauth_app(proto::GetOauthAppRequest { oauth_app_id: app.to_owned() }).await)
}

async fn set_status(server: &TestServer, table: &str, id: &str, status: &str) {
    let sql = format!("UPDATE {table} SET status = '{status}' WHERE id = {}", server.sql_id(id));
    assert_eq!(server.execute(&sql).await, 1);
}

fn token(caller: &Caller) -> String {
    caller.token().unwrap().to_owned()
}

/// A key that is bound to a tenant.
async fn bound_key(admin: &Caller, user: &str, (tenant, permissions): (&str, &[i32])) -> String {
    let key = proto::ApiKey {
        user_id: Some(user.to_owned()),
        tenant_id: Some(tenant.to_owned()),
        permissions: permissions.to_vec(),
        ..Default::default()
    };
    let request = proto::CreateApiKeyRequest { api_key: Some(key), ..Default::default() };
    admin.api_keys().create_api_key(request).await.unwrap().into_inner().secret
}

on_both_backends! {
    async fn twelve_acts_for_anybody_and_21_for_users_of_administered_tenants(server: TestServer) {
        let world = World::new(server).await;
        let (alpha, beta) = (&world.alpha, &world.beta);
        let with_access = delegate(&world.admin, "with-access", (&alpha.tenant, &[11, 21])).await;
        let no_21 = delegate(&world.admin, "no-21", (&alpha.tenant, &[11, 28])).await;
        let colleague = world.admin.new_caller(&alpha.tenant, "colleague", &set(&[11, 21])).await;
        for (caller, user, expected) in [
            (&world.admin, &alpha.user, "OK"),
            (&world.admin, &beta.user, "OK"),
            (&world.admin, &world.system.user, "OK"),
            (&with_access, &alpha.user, "OK"),
            (&with_access, &beta.user, REFUSED),
            (&with_access, &world.system.user, REFUSED),
            (&no_21, &alpha.user, REFUSED),
            (&colleague, &alpha.user, REFUSED),
        ] {
            assert_eq!(outcome(&who(&caller.on_behalf_of(user)).await), expected, "{:?} for {user}", caller.own_user_id().await);
        }
    }

    async fn a_bound_key_acts_for_users_of_its_tenant_alone(server: TestServer) {
        let world = World::new(server).await;
        let user = world.admin.new_user(SYSTEM, "twelve", &set(&[12])).await;
        let bound = world.server.caller(&bound_key(&world.admin, &user, (&world.alpha.tenant, &[12])).await);
        assert_eq!(outcome(&who(&bound.on_behalf_of(&world.alpha.user)).await), "OK");
        assert_eq!(outcome(&who(&bound.on_behalf_of(&world.beta.user)).await), REFUSED);
        assert_eq!(outcome(&who(&bound.on_behalf_of(&user)).await), REFUSED);
    }

    async fn every_refusal_is_one_text_before_the_methods_rule(server: TestServer) {
        let world = World::new(server).await;
        let gone = world.admin.new_user(&world.alpha.tenant, "gone", &set(&[11])).await;
        let unadministered = delegate(&world.admin, "nobody", (&world.beta.tenant, &[21])).await;
        set_status(&world.server, "user_account", &gone, "suspended").await;
        set_status(&world.server, "tenant", &world.beta.tenant, "suspended").await;
        let (unknown, login) = (made_up(&world.alpha.user), format!("{}/not-there", world.alpha.tenant));
        let mut texts = Vec::new();
        for named in [gone.as_str(), &world.beta.user, &unknown, &login, "nobody/nobody", "not-there", "no body", "/", ""] {
            texts.push(refusal(&world.admin.on_behalf_of(named)).await);
        }
        texts.push(refusal(&unadministered.on_behalf_of(&world.alpha.user)).await);
        assert_eq!(texts[0].0, Code::PermissionDenied);
        assert!(texts.iter().all(|text| *text == texts[0]), "{texts:?}");
        let two = twice(&world.admin, &world.alpha.user).await.unwrap_err();
        assert_eq!(outcome::<()>(&Err(two)), REFUSED, "two names are none");
    }

    async fn who_may_act_for_nobody_is_refused_without_a_statement(server: TestServer) {
        let world = World::new(server).await;
        let (admin, alpha, registry) = (&world.admin, &world.alpha, &world.server.registry);
        let twelve_elsewhere = admin.new_user(SYSTEM, "bound", &set(&[12])).await;
        let bound = bound_key(admin, &twelve_elsewhere, (&world.beta.tenant, &[12])).await;
        let holder = admin.new_user(SYSTEM, "holder", &set(&[11, 12, 21])).await;
        admin.add_administrator(&alpha.tenant, &holder).await;
        let key_without = admin.new_key(&holder, &set(&[11])).await;
        let delegate = delegate(admin, "delegate", (&world.beta.tenant, &[11, 21])).await;
        let colleague = admin.new_caller(&alpha.tenant, "colleague", &set(&[11, 21])).await;
        let (login, missing) = (format!("{}/{}", alpha.tenant, alpha.login), format!("{}/not-there", alpha.tenant));
        let mut refused = Vec::new();
        for (token, ids_too) in [(token(&key_without), true), (token(&colleague), true), (token(&delegate), false), (bound, false)] {
            let principal = registry.authenticate(&ParsedToken::parse(&token).unwrap()).await.unwrap();
            refused.push((principal, ids_too));
        }
        let twelve = registry.authenticate(&ParsedToken::parse(&token(admin)).unwrap()).await.unwrap();
        // From here on no statement can run.
        registry.store.clone().close().await.unwrap();
        for (principal, ids_too) in refused {
            let ids = [alpha.user.clone(), made_up(&alpha.user)].into_iter().filter(|_| ids_too);
            for named in [login.clone(), missing.clone()].into_iter().chain(ids) {
                let answer = registry.on_behalf_of(principal.clone(), &named).await;
                assert!(matches!(answer, Err(Error::Denied(Denied::OnBehalfOf))), "{named}: {answer:?}");
            }
        }
        assert!(matches!(registry.on_behalf_of(twelve, &login).await, Err(Error::Store(_))), "who may have the answer asks for it");
    }

    async fn users_of_other_tenants_are_not_read_for_a_delegate(server: TestServer) {
        let world = World::new(server).await;
        let delegate = delegate(&world.admin, "delegate", (&world.beta.tenant, &[11, 21])).await;
        let sql = format!("UPDATE user_account SET permissions = 'none' WHERE id = {}", world.server.sql_id(&world.alpha.user));
        assert_eq!(world.server.execute(&sql).await, 1);
        assert_eq!(outcome(&who(&world.admin.on_behalf_of(&world.alpha.user)).await), "INTERNAL", "a row that cannot be read");
        assert_eq!(outcome(&who(&delegate.on_behalf_of(&world.alpha.user)).await), REFUSED);
        assert_eq!(outcome(&who(&delegate.on_behalf_of(&world.beta.user)).await), "OK");
    }

    async fn permissions_are_those_that_both_hold(server: TestServer) {
        let world = World::new(server).await;
        let (admin, tenant) = (&world.admin, &world.alpha.tenant);
        let caller = delegate(admin, "delegate", (tenant, &[11, 14, 21, 28])).await;
        let subject = admin.new_user(tenant, "subject", &set(&[11, 28, 1006, 1009])).await;
        assert_eq!(numbers(&caller.on_behalf_of(&subject)).await, [11, 28]);
        assert_eq!(numbers(&admin.on_behalf_of(&subject)).await, [11, 28, 1006, 1009], "12 stands for all but 1006, which is held");
        let twelve = admin.new_caller(SYSTEM, "twelve", &set(&[12])).await;
        assert_eq!(numbers(&twelve.on_behalf_of(&subject)).await, [11, 28, 1009], "12 does not stand for 1006");
        let other = admin.new_user(SYSTEM, "other", &set(&[12])).await;
        assert_eq!(numbers(&admin.on_behalf_of(&other)).await, [12, 1007], "of {{12, 1006, 1007}} and {{12}}");
    }

    async fn tenants_are_those_that_both_reach_and_the_default_is_the_users(server: TestServer) {
        let world = World::new(server).await;
        let subject = world.admin.new_user(&world.alpha.tenant, "subject", &set(&[11, 28])).await;
        let acting = world.admin.on_behalf_of(&subject);
        assert_eq!(sees(&acting, &world.alpha.app).await, "OK");
        assert_eq!(sees(&acting, &world.beta.app).await, "RESOURCE_NOT_FOUND");
        assert_eq!(sees(&acting, &world.system.app).await, "RESOURCE_NOT_FOUND");
        let request = proto::CreateOauthAppRequest {
            oauth_app: Some(sample_app("Theirs")),
            client_secret: Some("s3cret".to_owned()),
            ..Default::default()
        };
        let made = acting.apps().create_oauth_app(request).await.unwrap().into_inner().oauth_app.unwrap();
        assert_eq!(made.tenant_id(), world.alpha.tenant);
        let user = world.admin.new_user(SYSTEM, "delegate", &set(&[11, 28])).await;
        world.admin.add_administrator(&world.beta.tenant, &user).await;
        let acting = delegate(&world.admin, "other", (&world.alpha.tenant, &[12])).await.on_behalf_of(&user);
        let apps = [&world.alpha.app, &world.beta.app, &world.system.app];
        let [alpha, beta, system] = apps.map(|app| sees(&acting, app));
        assert_eq!([alpha.await, beta.await, system.await], ["RESOURCE_NOT_FOUND", "OK", "OK"], "what the user administers");
        assert_eq!(who(&acting).await.unwrap().administered_tenant_ids, [world.beta.tenant.clone()]);
    }

    async fn what_belongs_to_the_caller_alone_is_refused(server: TestServer) {
        let world = World::new(server).await;
        let acting = world.admin.on_behalf_of(&world.admin.new_user(SYSTEM, "second", &set(&[12])).await);
        let (tenant_id, user_id) = (world.alpha.tenant.clone(), world.alpha.candidate.clone());
        let (api_key_id, tenant) = (world.alpha.api_key.clone(), proto::Tenant { name: Some("New".to_owned()), ..Default::default() });
        let removal = proto::RemoveTenantAdministratorRequest {
            tenant_id: tenant_id.clone(),
            user_id: world.alpha.administrators[0].clone(),
        };
        let rotation = proto::RotateApiKeyRequest { api_key_id: api_key_id.clone(), ..Default::default() };
        let revocation = proto::RevokeApiKeyRequest { api_key_id, ..Default::default() };
        let creation = proto::CreateTenantRequest { tenant: Some(tenant), ..Default::default() };
        let refused = [
            acting.callers().change_password(proto::ChangePasswordRequest::default()).await.map(drop),
            acting.api_keys().create_api_key(proto::CreateApiKeyRequest::default()).await.map(drop),
            acting.api_keys().rotate_api_key(rotation).await.map(drop),
            acting.api_keys().revoke_api_key(revocation).await.map(drop),
            acting.tenants().create_tenant(creation).await.map(drop),
            acting.tenants().add_tenant_administrator(proto::AddTenantAdministratorRequest { tenant_id, user_id }).await.map(drop),
            acting.tenants().remove_tenant_administrator(removal).await.map(drop),
        ];
        for answer in refused {
            assert_eq!(outcome(&answer), "CREDENTIAL_REFUSED");
            assert_eq!(details(&answer.unwrap_err()).error_info().unwrap().metadata["credential"], "on behalf of a user");
        }
    }

    async fn secrets_are_revealed_in_the_users_home(server: TestServer) {
        let world = World::new(server).await;
        let subject = world.admin.new_user(&world.alpha.tenant, "revealer", &set(&[1006])).await;
        let caller = delegate(&world.admin, "delegate", (&world.alpha.tenant, &[21, 1006])).await;
        let acting = caller.on_behalf_of(&subject);
        assert_eq!(reveal(&caller, &world.alpha.app).await, "RESOURCE_NOT_FOUND", "the caller's own home is another");
        assert_eq!(reveal(&acting, &world.alpha.app).await, "OK");
        assert_eq!(reveal(&acting, &world.system.app).await, "RESOURCE_NOT_FOUND");
        let without = delegate(&world.admin, "without", (&world.alpha.tenant, &[21])).await;
        assert_eq!(reveal(&without.on_behalf_of(&subject), &world.alpha.app).await, "MISSING_PERMISSION");
    }

    async fn a_user_is_named_by_id_or_by_qualified_login(server: TestServer) {
        let world = World::new(server).await;
        let qualified = format!("{}/{}", world.alpha.tenant, world.alpha.login.to_uppercase());
        for (named, user) in [(&world.alpha.user, &world.alpha.user), (&qualified, &world.alpha.user), (&world.system.login, &world.system.user)] {
            let caller = who(&world.admin.on_behalf_of(named)).await.unwrap();
            assert_eq!(caller.on_behalf_of.unwrap().id, *user);
            assert_eq!(caller.user.unwrap().login_name(), "administrator");
        }
    }

    async fn both_names_stand_in_the_events(server: TestServer) {
        let world = World::new(server).await;
        let subject = world.admin.new_user(&world.alpha.tenant, "subject", &set(&[11, 28])).await;
        let acting = world.admin.on_behalf_of(&subject);
        acting.new_app(&world.alpha.tenant, "Theirs").await;
        acting.users().list_users(proto::ListUsersRequest::default()).await.unwrap_err();
        let me = world.admin.own_user_id().await;
        let events = proto::ListEventsRequest { page_size: 500, actor_user_id: Some(me.clone()), ..Default::default() };
        let events = world.admin.events().list_events(events).await.unwrap().into_inner().events;
        let [.., made, denied] = &events[..] else { panic!("{events:?}") };
        assert_eq!((made.tenant_id.as_str(), made.method.as_str()), (&*world.alpha.tenant, "oauthregistry.v1.OauthAppService/CreateOauthApp"));
        assert_eq!((denied.tenant_id.as_str(), denied.decision()), (SYSTEM, EventDecision::Denied), "a denial is the actor's tenant's");
        for event in [made, denied] {
            assert_eq!((&event.actor, event.actor_login_name.as_str()), (&format!("user:{me}"), "administrator"));
            assert_eq!((&event.on_behalf_of_user_id, event.on_behalf_of_login_name.as_str()), (&subject, "subject"));
        }
    }

    async fn page_tokens_are_the_actors_for_this_user(server: TestServer) {
        let world = World::new(server).await;
        let numbers = set(&[11, 14]);
        let (one, two) = (
            world.admin.new_user(&world.alpha.tenant, "one", &numbers).await,
            world.admin.new_user(&world.alpha.tenant, "two", &numbers).await,
        );
        let own = world.admin.new_key(&one, &numbers).await;
        let list = |caller: Caller, page_token: String| async move {
            let request = proto::ListUsersRequest { page_size: 1, page_token, ..Default::default() };
            caller.users().list_users(request).await.map(|page| page.into_inner().next_page_token)
        };
        let token = list(world.admin.on_behalf_of(&one), String::new()).await.unwrap();
        assert!(list(world.admin.on_behalf_of(&one), token.clone()).await.is_ok());
        for other in [world.admin.on_behalf_of(&two), own, world.admin.clone()] {
            assert_eq!(outcome(&list(other, token.clone()).await), "INVALID_FIELDS");
        }
    }
}

/// Code, text and details of a refusal, but for the id of the call.
async fn refusal(caller: &Caller) -> (Code, String, String) {
    let request = proto::ListTenantsRequest::default();
    let refused = caller.tenants().list_tenants(request).await.unwrap_err();
    assert_eq!(outcome::<()>(&Err(refused.clone())), REFUSED);
    let info = format!("{:?}", details(&refused).error_info());
    (refused.code(), refused.message().to_owned(), info)
}

/// Names the same user twice.
async fn twice(caller: &Caller, user: &str) -> Result<(), Status> {
    let mut request = Request::new(proto::GetCallerRequest {});
    request.metadata_mut().append("x-on-behalf-of", user.parse().unwrap());
    request.metadata_mut().append("x-on-behalf-of", user.parse().unwrap());
    caller.callers().get_caller(request).await.map(drop)
}
