//! What lies in the database: no secret in any spelling, and of an API key not even its sealed text.

use oauth_registry::crypto::{OwnerKind, PlainSecret, SealedSecret, SecretContext, SecretDigest, password};
use oauth_registry::domain::id::TenantId;
use oauth_registry::proto::{self, Permission};

use crate::harness::caller::{PASSWORD, sample_app};
use crate::harness::on_both_backends;
use crate::harness::raw::Raw;
use crate::harness::server::SYSTEM;
use crate::secrets::reveal;
use crate::secrets::spellings::found;

const SECRET: &str = "A-client-secret+of/Acme=0123456789";

on_both_backends! {
    async fn no_column_holds_a_secret_in_any_spelling(server: TestServer) {
        let admin = server.admin();
        let tenant = admin.new_tenant("Acme").await;
        let app = proto::OauthApp { tenant_id: Some(tenant.clone()), ..sample_app("App") };
        let request = proto::CreateOauthAppRequest {
            oauth_app: Some(app),
            client_secret: Some(SECRET.to_owned()),
            ..Default::default()
        };
        let app = admin.apps().create_oauth_app(request).await.unwrap().into_inner().oauth_app.unwrap();
        let key = admin.new_caller(&tenant, "robot", &[Permission::MgmtApi, Permission::Oauth]).await;
        let revealer = admin.new_caller(&tenant, "revealer", &[Permission::RevealSecrets]).await;
        assert_eq!(reveal(&revealer, &app.id).await.unwrap().client_secret, SECRET);
        let (_, person) = admin.new_person(&tenant, "jo", &[]).await;
        person.own_user_id().await;
        let raw = Raw::of(&server).await;
        let token = key.token().unwrap();
        let (secret_part, tables) = (&token[17..60], raw.tables().await);
        assert!(tables.contains(&"secret_version".to_owned()), "{tables:?}");
        for table in tables {
            let dump = raw.cells(&table).await.join("\n");
            for secret in [SECRET, PASSWORD, "$argon2", token, secret_part, server.admin_token(), &server.admin_token()[17..60]] {
                assert_eq!(found(dump.as_bytes(), secret), None, "{table}");
            }
        }
        let names = raw.cells("oauth_app").await.join("\n");
        assert!(found(names.as_bytes(), "accounts.google.com").is_some(), "the dump shows what is there: {names}");
    }

    async fn an_api_key_is_stored_as_the_sealed_digest_of_its_secret(server: TestServer) {
        let token = server.admin_token();
        let raw = Raw::of(&server).await;
        let public_id = &token[4..16];
        let columns = raw.either("lower(hex(k.id))", "replace(k.id::text, '-', '')");
        let join = "FROM secret_version s JOIN api_key k ON s.owner_id = k.id WHERE k.public_id =";
        let owner = raw.texts(&format!("SELECT {columns} {join} '{public_id}'")).await.remove(0);
        let user = server.admin().own_user_id().await;
        let rows = raw.rows(&format!("SELECT s.envelope {join} '{public_id}'")).await;
        let sealed = SealedSecret::from_bytes(rows[0].try_get_by_index(0).unwrap());
        let reader = server.registry.store.reader();
        let id = sealed.key_id().unwrap();
        let key = server.registry.keys.named(&reader, TenantId::SYSTEM, id).await.unwrap();
        let context = SecretContext {
            tenant: TenantId::SYSTEM,
            owner_kind: OwnerKind::ApiKey,
            owner: owner.parse().unwrap(),
            field: "secret",
            version: 1,
            origin: &user,
        };
        let opened = key.open(&sealed, &context).unwrap();
        assert_eq!(opened.expose().len(), 32);
        assert!(SecretDigest::of(&token.as_bytes()[17..60]).matches_opened(&opened));
    }

    async fn a_password_is_stored_as_its_sealed_argon2id_hash(server: TestServer) {
        let (id, _) = server.admin().new_person(SYSTEM, "jo", &[]).await;
        let raw = Raw::of(&server).await;
        let rows = raw.rows("SELECT envelope FROM secret_version WHERE owner_kind = 'user'").await;
        assert_eq!(rows.len(), 1);
        let sealed = SealedSecret::from_bytes(rows[0].try_get_by_index(0).unwrap());
        let reader = server.registry.store.reader();
        let key = server.registry.keys.named(&reader, TenantId::SYSTEM, sealed.key_id().unwrap()).await.unwrap();
        let context = SecretContext {
            tenant: TenantId::SYSTEM,
            owner_kind: OwnerKind::User,
            owner: id.parse().unwrap(),
            field: "password",
            version: 1,
            origin: "",
        };
        let hash = key.open(&sealed, &context).unwrap();
        assert!(hash.expose().starts_with(b"$argon2id$v=19$m=19456,t=2,p=1$"));
        assert_eq!(password::matches(&PlainSecret::from(PASSWORD.to_owned()), &hash), Ok(true));
        let another = SecretContext { version: 2, ..context };
        assert!(key.open(&sealed, &another).is_err(), "an older hash put back in a newer one's place does not open");
    }
}
