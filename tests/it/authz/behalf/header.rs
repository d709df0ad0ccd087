//! How the header spells a user: an id, or a qualified login whose login is percent-encoded.

use oauth_registry::proto::{self, GetCallerRequest};
use tonic::metadata::MetadataMap;
use tonic::{Extensions, Request};

use super::{REFUSED, who};
use crate::authz::credentials::refused;
use crate::authz::{outcome, set};
use crate::harness::caller::{Caller, PASSWORD, reason};
use crate::harness::on_both_backends;
use crate::harness::server::{SYSTEM, TestServer};

async fn named(caller: &Caller, user: &str) -> String {
    who(&caller.on_behalf_of(user)).await.map_or_else(|status| reason(&status), |answer| answer.on_behalf_of.unwrap().id)
}

/// The outcome of a call whose header has these bytes.
async fn with_bytes(server: &TestServer, bytes: &[u8]) -> String {
    let mut headers = http::HeaderMap::new();
    headers.insert("authorization", format!("Bearer {}", server.admin_token()).parse().unwrap());
    headers.insert("x-on-behalf-of", http::HeaderValue::from_bytes(bytes).unwrap());
    let request = Request::from_parts(MetadataMap::from_headers(headers), Extensions::default(), GetCallerRequest {});
    let mut client = proto::caller_service_client::CallerServiceClient::new(server.channel());
    outcome(&client.get_caller(request).await)
}

on_both_backends! {
    async fn the_login_alone_is_percent_decoded_and_once(server: TestServer) {
        let admin = server.admin();
        let tenant = admin.new_tenant("Acme").await;
        for (login, spellings) in [
            ("Zoë", &["Zo%C3%AB", "zo%c3%ab", "%5Ao%C3%ab"][..]),
            ("50%+a", &["50%25+a", "50%25%2Ba"]),
            ("Zo%C3%AB", &["Zo%25C3%25AB"]),
        ] {
            let (theirs, ours) = (admin.new_user(&tenant, login, &set(&[11])).await, admin.new_user(SYSTEM, login, &set(&[11])).await);
            for spelling in spellings {
                assert_eq!(named(&admin, &format!("{tenant}/{spelling}")).await, theirs, "{spelling}");
                assert_eq!(named(&admin, spelling).await, ours, "{spelling}");
            }
        }
        let encoded = tenant.replacen('-', "%2D", 1);
        let (id, uuid) = (admin.new_user(&tenant, "plain", &set(&[11])).await, "01890a5d-ac96-774b-bcce-b302099a8057");
        for spelling in [
            format!("{tenant}/50%+a"),
            format!("{tenant}/Zo%C3"),
            format!("{tenant}/Zo%C3%A"),
            format!("{tenant}/Zo%"),
            format!("{tenant}/Zo%zz"),
            format!("{tenant}/Zo%+1"),
            format!("{tenant}/Zo%FF"),
            format!("{tenant}/plain%00"),
            format!("{tenant}%2Fplain"),
            format!("{tenant}/x%2Fplain"),
            format!("{tenant}/%20plain"),
            format!("{tenant}/{id}"),
            format!("{encoded}/plain"),
            format!("{tenant}/"),
            id.replace('-', "%2D"),
            uuid.to_owned(),
        ] {
            assert_eq!(named(&admin, &spelling).await, REFUSED, "{spelling}");
        }
        assert_eq!(named(&admin, &format!("{tenant}/plain")).await, id);
    }

    async fn the_header_is_visible_ascii(server: TestServer) {
        let admin = server.admin();
        let tenant = admin.new_tenant("Acme").await;
        admin.new_user(&tenant, "Zoë", &set(&[11])).await;
        for login in ["Zoë", "Zo%C3%AB ", " Zo%C3%AB", "Zo\t%C3%AB"] {
            let expected = if login.trim() == "Zo%C3%AB" { "OK" } else { REFUSED };
            // White space around a value belongs to HTTP, which takes it away.
            assert_eq!(with_bytes(&server, format!("{tenant}/{}", login.trim()).as_bytes()).await, expected, "{login:?}");
        }
        assert_eq!(with_bytes(&server, format!("{tenant}/Zo\u{a0}").as_bytes()).await, REFUSED);
        assert_eq!(with_bytes(&server, &[format!("{tenant}/Zo").as_bytes(), b"\xeb"].concat()).await, REFUSED, "Latin-1");
    }

    async fn the_user_id_of_basic_is_never_percent_decoded(server: TestServer) {
        let admin = server.admin();
        let (id, zoe) = admin.new_person(SYSTEM, "Zoë", &set(&[11])).await;
        assert_eq!(zoe.own_user_id().await, id);
        refused(&admin.by_password("Zo%C3%AB", PASSWORD)).await;
        let (id, percent) = admin.new_person(SYSTEM, "Zo%C3%AB", &set(&[11])).await;
        assert_eq!(percent.own_user_id().await, id);
    }
}
