//! A panic ends its call and nothing else.

use oauth_registry::proto::ErrorReason;

use super::assert_refused;
use crate::harness::on_both_backends;

on_both_backends! {
    async fn a_panic_ends_its_own_call_and_the_next_one_works(server: TestServer) {
        let admin = server.admin();
        let mut panics = 0;
        // The first answer of the clock goes into the id of the call; from then on, each place that asks panics once.
        for answers in 1.. {
            let tenant = oauth_registry::proto::Tenant { name: Some("Acme".to_owned()), ..Default::default() };
            let request = oauth_registry::proto::CreateTenantRequest { tenant: Some(tenant), ..Default::default() };
            server.clock.panic_after(answers);
            let answer = admin.tenants().create_tenant(request).await;
            server.clock.panic_after(i64::MAX);
            admin.own_user_id().await;
            match answer {
                Ok(_) => break,
                Err(refused) => assert_refused(&refused, ErrorReason::Internal),
            }
            panics += 1;
        }
        assert!(panics >= 2, "the credential and the handler ask for the time, but only {panics} calls panicked");
    }
}
