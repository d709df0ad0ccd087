//! What an update does to a user, beside what its mask says.

use oauth_registry::proto::{self, Permission, User};
use tonic::Code;

use super::{DEVELOPER, create, get, own_role, person, unstamped, update};
use crate::harness::caller::{Caller, details};
use crate::harness::on_both_backends;
use crate::harness::server::SYSTEM;
use crate::rpc::{assert_refused, assert_violations, stored};

async fn rehearse(caller: &Caller, user: User) -> Result<User, tonic::Status> {
    let request = proto::UpdateUserRequest { user: Some(user), validate_only: true, ..Default::default() };
    Ok(caller.users().update_user(request).await?.into_inner().user.unwrap())
}

on_both_backends! {
    async fn an_update_of_a_user_with_an_old_etag_is_refused(server: TestServer) {
        let admin = server.admin();
        let user = create(&admin, person(SYSTEM, "jo"), false).await.unwrap();
        let renamed = User { display_name: Some("Jo".to_owned()), ..user.clone() };
        let current = update(&admin, renamed.clone(), &[]).await.unwrap();
        assert_ne!(current.etag, user.etag);
        assert_refused(update(&admin, renamed.clone(), &[]).await, Code::Aborted, "ETAG_MISMATCH");
        assert_refused(update(&admin, user, &["*"]).await, Code::Aborted, "ETAG_MISMATCH");
        assert_eq!(update(&admin, User { etag: current.etag.clone(), ..renamed }, &[]).await.unwrap(), current);
    }

    async fn a_rehearsed_update_of_a_user_stores_nothing_and_finds_taken_names(server: TestServer) {
        let admin = server.admin();
        let user = create(&admin, person(SYSTEM, "jo"), false).await.unwrap();
        create(&admin, person(SYSTEM, "Taken"), false).await.unwrap();
        let events = stored::number(&server, "SELECT count(*) FROM event").await;
        let named = |login: &str| User { login_name: Some(login.to_owned()), permissions: vec![11], ..user.clone() };
        let told = rehearse(&admin, named("joe")).await.unwrap();
        assert_eq!(unstamped(told), unstamped(named("joe")));
        let refused = rehearse(&admin, named("tAKEN")).await.unwrap_err();
        assert_eq!(details(&refused).error_info().unwrap().metadata["field"], "user.login_name");
        assert_refused::<()>(Err(refused), Code::AlreadyExists, "VALUE_TAKEN");
        assert_refused(update(&admin, named("tAKEN"), &[]).await, Code::AlreadyExists, "VALUE_TAKEN");
        assert_eq!(get(&admin, &user.id).await.unwrap(), user);
        assert_eq!(stored::number(&server, "SELECT count(*) FROM event").await, events);
        update(&admin, named("JO"), &["login_name"]).await.unwrap();
    }

    async fn an_update_of_a_user_is_one_event_that_names_the_fields(server: TestServer) {
        let admin = server.admin();
        let user = create(&admin, User { permissions: vec![11], ..person(SYSTEM, "jo") }, false).await.unwrap();
        let changed = User { display_name: Some("Jo".to_owned()), permissions: vec![11, 28], ..user.clone() };
        update(&admin, changed, &["*"]).await.unwrap();
        let request = proto::ListEventsRequest { resource_id: Some(user.id), ..Default::default() };
        let events = admin.events().list_events(request).await.unwrap().into_inner().events;
        assert_eq!(events.len(), 2);
        assert_eq!((events[1].method.as_str(), events[1].tenant_id.as_str()), ("oauthregistry.v1.UserService/UpdateUser", SYSTEM));
        assert_eq!(events[1].changed_fields, ["display_name", "permissions"]);
    }

    async fn what_an_update_takes_away_is_gone_at_once(server: TestServer) {
        let admin = server.admin();
        let id = admin.new_user(SYSTEM, "jo", &[Permission::MgmtApi, Permission::ViewUsers]).await;
        let jo = admin.new_key(&id, &[Permission::MgmtApi, Permission::ViewUsers]).await;
        get(&jo, &id).await.unwrap();
        update(&admin, User { id: id.clone(), permissions: vec![11], ..Default::default() }, &[]).await.unwrap();
        assert_refused(get(&jo, &id).await, Code::PermissionDenied, "MISSING_PERMISSION");
        update(&admin, User { id: id.clone(), permissions: vec![11, 14, 28], ..Default::default() }, &[]).await.unwrap();
        get(&jo, &id).await.unwrap();
        jo.apps().list_oauth_apps(proto::ListOauthAppsRequest::default()).await.unwrap_err();
    }

    async fn a_tenants_own_role_is_assigned_and_taken_and_another_tenants_is_unknown(server: TestServer) {
        let admin = server.admin();
        let (tenant, other) = (admin.new_tenant("Acme").await, admin.new_tenant("Other").await);
        let own = own_role(&server, &tenant, (1, "11,14")).await;
        let foreign = own_role(&server, &other, (2, "11,14")).await;
        let id = admin.new_user(&tenant, "jo", &[Permission::MgmtApi, Permission::ViewUsers]).await;
        let jo = admin.new_key(&id, &[Permission::MgmtApi, Permission::ViewUsers]).await;
        let with = |roles: &[&str]| User {
            id: id.clone(),
            role_ids: roles.iter().map(|role| (*role).to_owned()).collect(),
            ..Default::default()
        };
        let answer = update(&admin, with(&[&own, &foreign]), &["role_ids"]).await;
        assert_violations(answer, &[("user.role_ids[1]", "UNKNOWN_VALUE")]);
        let both = update(&admin, with(&[&own, DEVELOPER]), &["role_ids", "permissions"]).await.unwrap();
        assert_eq!(both.role_ids, [DEVELOPER, &own]);
        assert_eq!(get(&jo, &id).await.unwrap(), both, "the role gives what the grants gave");
        let renamed = User { id: id.clone(), display_name: Some("Jo".to_owned()), ..Default::default() };
        assert_eq!(update(&admin, renamed, &[]).await.unwrap().role_ids, both.role_ids, "kept");
        let none = update(&admin, with(&[]), &["role_ids"]).await.unwrap();
        assert_eq!((none.role_ids.len(), stored::number(&server, "SELECT count(*) FROM user_role").await), (0, 0));
        assert_refused(get(&jo, &id).await, Code::PermissionDenied, "MISSING_PERMISSION");
    }

    async fn users_of_a_suspended_tenant_are_not_changed(server: TestServer) {
        let admin = server.admin();
        let tenant = admin.new_tenant("Acme").await;
        let user = create(&admin, person(&tenant, "jo"), false).await.unwrap();
        stored::suspend_tenant(&server, "acme").await;
        for paths in [&[][..], &["*"]] {
            let changed = User { display_name: Some("Jo".to_owned()), ..user.clone() };
            assert_refused(update(&admin, changed, paths).await, Code::FailedPrecondition, "TENANT_SUSPENDED");
        }
        let old = User { etag: "v9".to_owned(), ..user.clone() };
        assert_refused(update(&admin, old, &[]).await, Code::Aborted, "ETAG_MISMATCH");
        assert_refused(super::suspend(&admin, &user.id, "").await, Code::FailedPrecondition, "TENANT_SUSPENDED");
        assert_refused(super::reactivate(&admin, &user.id, "").await, Code::FailedPrecondition, "TENANT_SUSPENDED");
        assert_eq!(get(&admin, &user.id).await.unwrap(), user);
    }
}
