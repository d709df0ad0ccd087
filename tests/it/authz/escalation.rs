//! Nobody makes a user who holds more than the maker's credential.

use oauth_registry::proto::{self, UserKind};
use tonic::{Code, Status};

use super::{outcome, set};
use crate::harness::caller::{Caller, violations};
use crate::harness::on_both_backends;
use crate::harness::server::SYSTEM;

const SYSTEM_ADMINISTRATOR: &str = "00000000-0000-0000-0001-000000000001";
const TENANT_ADMINISTRATOR: &str = "00000000-0000-0000-0001-000000000002";
const DEVELOPER: &str = "00000000-0000-0000-0001-000000000005";
const AUTH_SERVER: &str = "00000000-0000-0000-0001-000000000006";
const VIEWER: &str = "00000000-0000-0000-0001-000000000007";

on_both_backends! {
    async fn a_user_with_a_permission_that_the_maker_lacks_is_refused(server: TestServer) {
        let tenant = server.admin().new_tenant("Alpha").await;
        let maker = server.admin().new_caller(&tenant, "maker", &set(&[11, 13, 28])).await;
        assert_eq!(made(&maker, &tenant, (&[11, 28], &[])).await, "OK");
        assert_eq!(made(&maker, &tenant, (&[], &[])).await, "OK");
        for beyond in [14, 15, 1001, 1006, 1009, 1011] {
            assert_eq!(made(&maker, &tenant, (&[11, beyond], &[])).await, "EXCEEDS_CALLER", "{beyond}");
        }
    }

    async fn a_role_counts_as_what_it_gives(server: TestServer) {
        let tenant = server.admin().new_tenant("Alpha").await;
        let maker = server.admin().new_caller(&tenant, "maker", &set(&[11, 13, 1002, 1003, 1009])).await;
        assert_eq!(made(&maker, &tenant, (&[], &[VIEWER])).await, "EXCEEDS_CALLER", "the viewer holds 1011");
        assert_eq!(made(&maker, &tenant, (&[], &[DEVELOPER])).await, "EXCEEDS_CALLER");
        let maker = server.admin().new_caller(&tenant, "better", &set(&[11, 13, 1002, 1003, 1009, 1011])).await;
        assert_eq!(made(&maker, &tenant, (&[], &[VIEWER])).await, "OK");
        assert_eq!(made(&maker, &tenant, (&[], &[VIEWER, AUTH_SERVER])).await, "EXCEEDS_CALLER");
    }

    async fn the_credential_counts_and_not_the_user_behind_it(server: TestServer) {
        let admin = server.admin();
        let strong = admin.new_user(SYSTEM, "strong", &set(&[12])).await;
        let weak = admin.new_key(&strong, &set(&[11, 13])).await;
        assert_eq!(made(&weak, SYSTEM, (&[11], &[])).await, "OK");
        assert_eq!(made(&weak, SYSTEM, (&[28], &[])).await, "EXCEEDS_CALLER");
        assert_eq!(made(&weak, SYSTEM, (&[], &[SYSTEM_ADMINISTRATOR])).await, "EXCEEDS_CALLER");
    }

    async fn twelve_grants_everything_but_1006(server: TestServer) {
        let admin = server.admin();
        let twelve = admin.new_caller(SYSTEM, "twelve", &set(&[12])).await;
        let all = proto_numbers().into_iter().filter(|number| *number != 1006).collect::<Vec<_>>();
        assert_eq!(made(&twelve, SYSTEM, (&all, &[])).await, "OK");
        assert_eq!(made(&twelve, SYSTEM, (&[1006], &[])).await, "EXCEEDS_CALLER");
        assert_eq!(made(&twelve, SYSTEM, (&[], &[SYSTEM_ADMINISTRATOR, TENANT_ADMINISTRATOR])).await, "OK");
        assert_eq!(made(&admin, SYSTEM, (&[12, 1006], &[])).await, "OK", "a holder of 1006 grants it");
    }

    async fn what_belongs_to_the_system_tenant_is_refused_in_a_child(server: TestServer) {
        let admin = server.admin();
        let tenant = admin.new_tenant("Alpha").await;
        let refused = create(&admin, &tenant, (&[11, 12, 25, 27, 1010], &[VIEWER, SYSTEM_ADMINISTRATOR])).await.unwrap_err();
        assert_eq!(refused.code(), Code::InvalidArgument);
        let fields = ["user.role_ids[1]", "user.permissions[1]", "user.permissions[2]", "user.permissions[3]", "user.permissions[4]"];
        assert_eq!(violations(&refused), fields.map(|field| (field.to_owned(), "SYSTEM_TENANT_ONLY".to_owned())));
        assert_eq!(made(&admin, SYSTEM, (&[11, 12, 25, 27, 1010], &[SYSTEM_ADMINISTRATOR])).await, "OK");
    }

    async fn a_key_of_twelve_that_is_bound_makes_nobody_who_reaches_further(server: TestServer) {
        let admin = server.admin();
        let user = admin.new_user(SYSTEM, "strong", &set(&[12])).await;
        let key = proto::ApiKey { user_id: Some(user), permissions: vec![12], tenant_id: Some(SYSTEM.to_owned()), ..Default::default() };
        let request = proto::CreateApiKeyRequest { api_key: Some(key), ..Default::default() };
        let bound = admin.api_keys().create_api_key(request).await.unwrap().into_inner().secret;
        let bound = server.caller(&bound);
        assert_eq!(made(&bound, SYSTEM, (&[11, 28], &[])).await, "OK");
        assert_eq!(made(&bound, SYSTEM, (&[12], &[])).await, "EXCEEDS_CALLER", "12 is access to every tenant");
        assert_eq!(made(&bound, SYSTEM, (&[], &[SYSTEM_ADMINISTRATOR])).await, "EXCEEDS_CALLER");
        let other = admin.new_user(SYSTEM, "other", &set(&[12])).await;
        let suspension = proto::SuspendUserRequest { user_id: other, ..Default::default() };
        assert_eq!(outcome(&bound.users().suspend_user(suspension).await), "EXCEEDS_CALLER");
    }

    async fn a_key_that_is_bound_or_ends_gives_no_password_which_would_be_neither(server: TestServer) {
        let admin = server.admin();
        let owner = admin.new_user(SYSTEM, "strong", &set(&[12])).await;
        let (person, _) = admin.new_person(SYSTEM, "person", &set(&[11])).await;
        let ends = Some(prost_types::Timestamp { seconds: 1_798_761_600, nanos: 0 });
        for (tenant_id, expire_time, expected) in
            [(None, None, "OK"), (Some(SYSTEM.to_owned()), None, "EXCEEDS_CALLER"), (None, ends, "EXCEEDS_CALLER")]
        {
            let key = proto::ApiKey { user_id: Some(owner.clone()), permissions: vec![12], tenant_id, expire_time, ..Default::default() };
            let request = proto::CreateApiKeyRequest { api_key: Some(key), ..Default::default() };
            let secret = admin.api_keys().create_api_key(request).await.unwrap().into_inner().secret;
            let caller = server.caller(&secret);
            let user = proto::User {
                kind: UserKind::Person.into(),
                login_name: Some("newcomer".to_owned()),
                permissions: vec![11],
                ..Default::default()
            };
            let request = proto::CreateUserRequest { user: Some(user), validate_only: true, ..Default::default() };
            assert_eq!(outcome(&caller.users().create_user(request.clone()).await), "OK", "without a password");
            let request = proto::CreateUserRequest { initial_password: Some("correct horse".to_owned()), ..request };
            assert_eq!(outcome(&caller.users().create_user(request).await), expected);
            let new_password = "battery staple".to_owned();
            let request = proto::SetUserPasswordRequest { user_id: person.clone(), new_password, ..Default::default() };
            assert_eq!(outcome(&caller.users().set_user_password(request).await), expected);
        }
    }

    async fn who_lives_in_the_system_tenant_has_no_access_to_it_by_that(server: TestServer) {
        let admin = server.admin();
        let colleague = admin.new_caller(SYSTEM, "colleague", &set(&[11, 15, 28])).await;
        let target = admin.new_user(SYSTEM, "target", &set(&[11, 28])).await;
        let suspend = || proto::SuspendUserRequest { user_id: target.clone(), ..Default::default() };
        assert_eq!(outcome(&colleague.users().suspend_user(suspend()).await), "OK");
        admin.add_administrator(SYSTEM, &target).await;
        let reactivate = proto::ReactivateUserRequest { user_id: target.clone(), ..Default::default() };
        assert_eq!(outcome(&colleague.users().reactivate_user(reactivate).await), "EXCEEDS_CALLER");
    }

    async fn a_tenant_gives_its_maker_access_and_nobody_else(server: TestServer) {
        let admin = server.admin();
        let (maker, other) = (set(&[11, 25]), set(&[11, 25, 28]));
        let maker = admin.new_caller(SYSTEM, "maker", &maker).await;
        let other = admin.new_caller(SYSTEM, "other", &other).await;
        let tenant = maker.new_tenant("Alpha").await;
        let caller = maker.callers().get_caller(proto::GetCallerRequest {}).await.unwrap().into_inner();
        assert_eq!(caller.administered_tenant_ids, [tenant.clone()]);
        let get = || proto::GetTenantRequest { tenant_id: tenant.clone() };
        assert_eq!(outcome(&maker.tenants().get_tenant(get()).await), "OK");
        assert_eq!(outcome(&other.tenants().get_tenant(get()).await), "RESOURCE_NOT_FOUND");
    }
}

async fn create(maker: &Caller, tenant: &str, (numbers, roles): (&[i32], &[&str])) -> Result<proto::User, Status> {
    let user = proto::User {
        tenant_id: Some(tenant.to_owned()),
        kind: UserKind::ServiceAccount.into(),
        login_name: Some("newcomer".to_owned()),
        role_ids: roles.iter().map(|id| (*id).to_owned()).collect(),
        permissions: numbers.to_vec(),
        ..Default::default()
    };
    let request = proto::CreateUserRequest { user: Some(user), validate_only: true, ..Default::default() };
    Ok(maker.users().create_user(request).await?.into_inner().user.unwrap())
}

async fn made(maker: &Caller, tenant: &str, grants: (&[i32], &[&str])) -> String {
    outcome(&create(maker, tenant, grants).await)
}

fn proto_numbers() -> Vec<i32> {
    oauth_registry::domain::permission::Permission::ALL.iter().map(|permission| permission.number()).collect()
}
