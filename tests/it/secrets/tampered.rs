//! A stored secret opens in its own place alone: swapped, moved, redirected, flipped, cut or replaced, it is lost and says so.

use oauth_registry::proto::{self, Permission};
use oauth_registry::service::KeyState;
use tonic::{Code, Status};

use crate::harness::caller::{Caller, details, reason};
use crate::harness::on_both_backends;
use crate::harness::raw::Raw;
use crate::harness::server::TestServer;
use crate::secrets::reveal;

/// Two tenants, two apps in the first and one in the second, and somebody in each who may reveal.
struct Stage {
    raw: Raw,
    admin: Caller,
    alpha: String,
    beta: String,
    apps: [String; 3],
    revealers: [Caller; 2],
}

impl Stage {
    async fn set(server: &TestServer) -> Self {
        let admin = server.admin();
        let (alpha, beta) = (admin.new_tenant("Alpha").await, admin.new_tenant("Beta").await);
        let mut apps = Vec::new();
        for (tenant, name) in [(&alpha, "First"), (&alpha, "Second"), (&beta, "Third")] {
            apps.push(admin.new_app(tenant, name).await.id);
        }
        let revealers = [
            admin.new_caller(&alpha, "revealer", &[Permission::RevealSecrets]).await,
            admin.new_caller(&beta, "revealer", &[Permission::RevealSecrets]).await,
        ];
        let apps = apps.try_into().unwrap();
        Self { raw: Raw::of(server).await, admin, alpha, beta, apps, revealers }
    }

    /// Reads the envelope of an owner: of its one stored version.
    async fn envelope(&self, owner: &str) -> Vec<u8> {
        let query = format!("SELECT envelope FROM secret_version WHERE owner_id = {}", self.raw.id(owner));
        let rows = self.raw.rows(&query).await;
        assert_eq!(rows.len(), 1);
        rows[0].try_get_by_index(0).unwrap()
    }

    async fn put(&self, owner: &str, envelope: &[u8]) {
        let (bytes, id) = (self.raw.bytes(envelope), self.raw.id(owner));
        let changed = self.raw.run(&format!("UPDATE secret_version SET envelope = {bytes} WHERE owner_id = {id}")).await;
        assert_eq!(changed, 1);
    }

    /// Swaps two owners' envelopes, and looks at what both reveal then.
    async fn swap(&self, one: &str, other: &str) {
        let (first, second) = (self.envelope(one).await, self.envelope(other).await);
        self.put(one, &second).await;
        self.put(other, &first).await;
    }

    async fn assert_lost(&self, app: usize) {
        let allowed = self.raw.count("event", "decision = 'allowed'").await;
        lost(&reveal(self.revealer(app), &self.apps[app]).await.unwrap_err());
        assert_eq!(self.raw.count("event", "decision = 'allowed'").await, allowed, "nothing was revealed, so no event says so");
    }

    async fn assert_whole(&self, app: usize) {
        assert_eq!(reveal(self.revealer(app), &self.apps[app]).await.unwrap().client_secret, "s3cret");
    }

    fn revealer(&self, app: usize) -> &Caller {
        &self.revealers[app / 2]
    }
}

/// A tampered credential lets nobody in, and says no more than any other bad one.
fn let_nobody_in(status: &Status) {
    assert_eq!((status.code(), reason(status).as_str()), (Code::Unauthenticated, "INVALID_CREDENTIAL"), "{status:?}");
}

fn lost(status: &Status) {
    assert_eq!((status.code(), reason(status).as_str()), (Code::DataLoss, "SECRET_UNREADABLE"), "{status:?}");
    assert!(details(status).request_info().is_some());
    assert!(!format!("{status:?}").contains("s3cret"));
}

on_both_backends! {
    async fn swapped_rows_are_lost_and_whole_again_when_swapped_back(server: TestServer) {
        let stage = Stage::set(&server).await;
        for (one, other) in [(0, 1), (0, 2), (1, 2)] {
            stage.swap(&stage.apps[one], &stage.apps[other]).await;
            stage.assert_lost(one).await;
            stage.assert_lost(other).await;
            stage.swap(&stage.apps[one], &stage.apps[other]).await;
            stage.assert_whole(one).await;
            stage.assert_whole(other).await;
        }
    }

    async fn an_older_version_put_back_is_lost(server: TestServer) {
        let stage = Stage::set(&server).await;
        let first = stage.envelope(&stage.apps[0]).await;
        let app = proto::OauthApp { id: stage.apps[0].clone(), ..Default::default() };
        let secret = Some("s3cret".to_owned());
        let request = proto::UpdateOauthAppRequest { oauth_app: Some(app), client_secret: secret, ..Default::default() };
        stage.admin.apps().update_oauth_app(request).await.unwrap();
        stage.assert_whole(0).await;
        stage.put(&stage.apps[0], &first).await;
        stage.assert_lost(0).await;
    }

    async fn an_api_keys_digest_and_an_apps_secret_do_not_change_places(server: TestServer) {
        let stage = Stage::set(&server).await;
        let keys = stage.admin.api_keys();
        let request = proto::ListApiKeysRequest { tenant_id: Some(stage.alpha.clone()), ..Default::default() };
        let listed = keys.clone().list_api_keys(request).await.unwrap().into_inner().api_keys;
        let key = &listed[0];
        stage.swap(&key.id, &stage.apps[0]).await;
        let_nobody_in(&reveal(&stage.revealers[0], &stage.apps[0]).await.unwrap_err());
        let revealer = stage.admin.new_caller(&stage.alpha, "another-revealer", &[Permission::RevealSecrets]).await;
        lost(&reveal(&revealer, &stage.apps[0]).await.unwrap_err());
        stage.swap(&key.id, &stage.apps[0]).await;
        stage.assert_whole(0).await;
    }

    async fn another_keys_digest_gives_no_access(server: TestServer) {
        let stage = Stage::set(&server).await;
        let mine = stage.admin.new_caller(&stage.alpha, "mine", &[Permission::MgmtApi]).await;
        let public_id = |caller: &Caller| caller.token().unwrap()[4..16].to_owned();
        let mut ids = Vec::new();
        for caller in [&mine, &stage.revealers[0], &server.admin()] {
            let column = stage.raw.either("lower(hex(id))", "id::text");
            let query = format!("SELECT {column} FROM api_key WHERE public_id = '{}'", public_id(caller));
            ids.push(stage.raw.texts(&query).await.remove(0));
        }
        for victim in &ids[1..] {
            let (original, planted) = (stage.envelope(victim).await, stage.envelope(&ids[0]).await);
            stage.put(victim, &planted).await;
            // My own secret under the victim's public id, with a good checksum, is what the swap was for.
            let token = mine.token().unwrap();
            for caller in [server.caller(token), server.admin(), stage.revealers[0].clone()] {
                let answer = caller.callers().get_caller(proto::GetCallerRequest {}).await;
                if let Ok(answer) = answer {
                    let own = answer.into_inner().api_key_id.replace('-', "");
                    assert_ne!(&own, &victim.replace('-', ""), "a swapped digest let somebody in");
                }
            }
            let held = if victim == &ids[1] { stage.revealers[0].clone() } else { server.admin() };
            let forged = forged_token(held.token().unwrap(), token);
            let refused = server.caller(&forged).callers().get_caller(proto::GetCallerRequest {}).await.unwrap_err();
            let_nobody_in(&refused);
            stage.put(victim, &original).await;
            held.callers().get_caller(proto::GetCallerRequest {}).await.unwrap();
        }
    }

    async fn a_secret_opens_for_the_destination_it_was_given_for_alone(server: TestServer) {
        let stage = Stage::set(&server).await;
        let id = stage.raw.id(&stage.apps[0]);
        let elsewhere = "https://attacker.example.com";
        stage.raw.run(&format!("UPDATE secret_version SET origin = '{elsewhere}' WHERE owner_id = {id}")).await;
        // The column is for people; what counts is the app's own token URI.
        stage.assert_whole(0).await;
        stage.raw.run(&format!("UPDATE oauth_app SET token_uri = '{elsewhere}/token' WHERE id = {id}")).await;
        stage.assert_lost(0).await;
        let back = "https://www.googleapis.com/elsewhere";
        stage.raw.run(&format!("UPDATE oauth_app SET token_uri = '{back}' WHERE id = {id}")).await;
        stage.assert_whole(0).await;
    }

    async fn flipped_cut_and_replaced_envelopes_are_lost(server: TestServer) {
        let stage = Stage::set(&server).await;
        let whole = stage.envelope(&stage.apps[0]).await;
        let mut broken: Vec<Vec<u8>> = (0..whole.len()).map(|at| flipped(&whole, at)).collect();
        broken.extend([0, 1, 9, 10, 73, 74, 89, 90, whole.len() - 1].map(|length| whole[..length].to_vec()));
        broken.extend([[whole.as_slice(), &[0]].concat(), vec![0; whole.len()], vec![0xff; 4096], b"s3cret".to_vec()]);
        for envelope in &broken {
            stage.put(&stage.apps[0], envelope).await;
            lost(&reveal(&stage.revealers[0], &stage.apps[0]).await.unwrap_err());
        }
        stage.assert_lost(0).await;
        stage.put(&stage.apps[0], &whole).await;
        stage.assert_whole(0).await;
    }

    async fn tenant_keys_do_not_change_places(server: TestServer) {
        let stage = Stage::set(&server).await;
        stage.assert_whole(0).await;
        let mut wrapped: Vec<Vec<u8>> = Vec::new();
        for tenant in [&stage.alpha, &stage.beta] {
            let condition = format!("tenant_id = {} AND purpose = 'secrets'", stage.raw.id(tenant));
            let rows = stage.raw.rows(&format!("SELECT wrapped FROM tenant_key WHERE {condition}")).await;
            wrapped.push(rows[0].try_get_by_index(0).unwrap());
        }
        for (tenant, key) in [(&stage.alpha, &wrapped[1]), (&stage.beta, &wrapped[0])] {
            let (key, tenant) = (stage.raw.bytes(key), stage.raw.id(tenant));
            let condition = format!("tenant_id = {tenant} AND purpose = 'secrets'");
            assert_eq!(stage.raw.run(&format!("UPDATE tenant_key SET wrapped = {key} WHERE {condition}")).await, 1);
        }
        // A fresh process: this one still has the keys in its cache. The caller lives in the system tenant, whose keys are whole.
        let (_, channel) = server.with_keys(KeyState::Usable(TestServer::keyring())).await;
        let admin = Caller::new(channel, Some(server.admin_token().to_owned()));
        let app = proto::OauthApp { tenant_id: Some(stage.alpha.clone()), ..crate::harness::caller::sample_app("Fourth") };
        let request = proto::CreateOauthAppRequest {
            oauth_app: Some(app),
            client_secret: Some("s3cret".to_owned()),
            ..Default::default()
        };
        lost(&admin.apps().create_oauth_app(request).await.unwrap_err());
        let inside = Caller::new(server.second_channel().await, stage.revealers[0].token().map(str::to_owned));
        reveal(&inside, &stage.apps[0]).await.unwrap();
        let (_, channel) = server.with_keys(KeyState::Usable(TestServer::keyring())).await;
        let outside = Caller::new(channel, stage.revealers[0].token().map(str::to_owned));
        let_nobody_in(&reveal(&outside, &stage.apps[0]).await.unwrap_err());
    }
}

fn flipped(bytes: &[u8], at: usize) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    bytes[at] ^= 1 << (at % 8);
    bytes
}

/// The victim's public id with my secret, and the checksum of the two.
fn forged_token(victim: &str, mine: &str) -> String {
    const ALPHABET: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    let body = format!("{}{}", &victim[..17], &mine[17..60]);
    let mut checksum = crc32fast::hash(body.as_bytes());
    let mut digits = [0; 6];
    for digit in digits.iter_mut().rev() {
        *digit = ALPHABET[usize::try_from(checksum % 62).unwrap()];
        checksum /= 62;
    }
    format!("{body}{}", String::from_utf8(digits.to_vec()).unwrap())
}
