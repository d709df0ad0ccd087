//! Listing roles: the built-in ones, and after them the tenants' own.

use oauth_registry::proto::{ListRolesRequest, Permission};
use tonic::Code;

use crate::harness::caller::Caller;
use crate::harness::on_both_backends;
use crate::harness::server::SYSTEM;
use crate::rpc::role::{NAMES, create, get, list, names, sample};
use crate::rpc::{assert_refused, assert_violations};

/// The sizes of the pages that a walk through a list gives.
async fn sizes(caller: &Caller, page_size: i32) -> Vec<usize> {
    let (mut sizes, mut page_token) = (Vec::new(), String::new());
    loop {
        let request = ListRolesRequest { page_size, page_token, tenant_id: None };
        let answer = caller.roles().list_roles(request).await.unwrap().into_inner();
        sizes.push(answer.roles.len());
        if answer.next_page_token.is_empty() {
            return sizes;
        }
        page_token = answer.next_page_token;
    }
}

on_both_backends! {
    async fn own_roles_follow_the_built_in_ones_on_pages_of_every_size(server: TestServer) {
        let admin = server.admin();
        let tenant = admin.new_tenant("Acme").await;
        let mut expected: Vec<String> = NAMES.map(str::to_owned).into();
        for own in 0..=4 {
            for page_size in 1..=13 {
                let roles = list(&admin, None, page_size).await.unwrap();
                assert_eq!(names(&roles), expected, "{own} own roles, page size {page_size}");
                let size = usize::try_from(page_size).unwrap();
                let pages = sizes(&admin, page_size).await;
                assert_eq!(pages.len(), expected.len().div_ceil(size), "no page after the last role, page size {page_size}");
                assert!(pages[..pages.len() - 1].iter().all(|rows| *rows == size), "{pages:?}, page size {page_size}");
            }
            // The names run against the order of creation, and two of them share their time.
            server.clock.advance_seconds(own % 2);
            let name = format!("Role {}", 9 - own);
            create(&admin, sample(if own % 2 == 0 { SYSTEM } else { &tenant }, &name)).await.unwrap();
            expected.push(name);
        }
        for role in list(&admin, None, 0).await.unwrap() {
            assert_eq!(get(&admin, &role.id).await.unwrap(), role);
        }
    }

    async fn own_roles_are_listed_as_far_as_the_scope_goes(server: TestServer) {
        let admin = server.admin();
        let (acme, other) = (admin.new_tenant("Acme").await, admin.new_tenant("Other").await);
        let mut ids = Vec::new();
        for (tenant, name) in [(&*acme, "Of Acme"), (&*other, "Of Other"), (SYSTEM, "Of System")] {
            ids.push(create(&admin, sample(tenant, name)).await.unwrap().id);
        }
        let of = |name: &'static str| [&NAMES[1..], &[name]].concat();
        let resident = admin.new_caller(&acme, "viewer", &[Permission::MgmtApi, Permission::ViewRole]).await;
        for page_size in [0, 1, 6, 7] {
            assert_eq!(names(&list(&resident, None, page_size).await.unwrap()), of("Of Acme"));
            assert_eq!(names(&list(&resident, Some(&acme), page_size).await.unwrap()), of("Of Acme"));
            assert_eq!(names(&list(&admin, Some(&other), page_size).await.unwrap()), of("Of Other"));
        }
        let user = admin.new_user(SYSTEM, "delegate", &[Permission::MgmtApi, Permission::ViewRole]).await;
        admin.add_administrator(&acme, &user).await;
        let delegate = admin.new_key(&user, &[Permission::MgmtApi, Permission::ViewRole]).await;
        let seen = list(&delegate, None, 0).await.unwrap();
        assert_eq!(names(&seen[7..]), ["Of Acme", "Of System"]);
        assert_refused(list(&resident, Some(&other), 0).await, Code::NotFound, "RESOURCE_NOT_FOUND");
        for (caller, seen) in [(&resident, [true, false, false]), (&delegate, [true, false, true]), (&admin, [true; 3])] {
            for (id, seen) in ids.iter().zip(seen) {
                assert_eq!(get(caller, id).await.is_ok(), seen);
            }
        }
    }

    async fn a_page_token_of_roles_is_good_on_both_sides_of_the_seam_for_its_list_alone(server: TestServer) {
        let admin = server.admin();
        let tenant = admin.new_tenant("Acme").await;
        for number in 0..3 {
            create(&admin, sample(&tenant, &format!("Role {number}"))).await.unwrap();
        }
        for page_size in [1, 7, 8] {
            let first = ListRolesRequest { page_size, ..Default::default() };
            let page_token = admin.roles().list_roles(first).await.unwrap().into_inner().next_page_token;
            let narrowed = ListRolesRequest { page_token, tenant_id: Some(tenant.clone()), page_size };
            let answer = admin.roles().list_roles(narrowed).await;
            assert_violations(answer, &[("page_token", "INVALID_PAGE_TOKEN")]);
        }
    }
}
