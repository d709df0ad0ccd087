//! The scheme `Basic` (RFC 7617): a login name, qualified by its tenant, and a password.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::authn::Unauthenticated;
use crate::crypto::PlainSecret;
use crate::domain::login::QualifiedLogin;

/// What a caller says by `Basic`, well formed and not yet believed.
#[derive(Debug)]
pub struct PresentedPassword {
    /// The login name, and the tenant in which it is looked for.
    pub login: QualifiedLogin,
    /// The password.
    pub password: PlainSecret,
}

impl PresentedPassword {
    /// Reads the credentials of the scheme: base64 with its padding, UTF-8, a user-id that ends at the first colon.
    pub(super) fn parse(credentials: &str) -> Result<Self, Unauthenticated> {
        let pair = PlainSecret::from(STANDARD.decode(credentials).map_err(|_| Unauthenticated)?);
        let text = std::str::from_utf8(pair.expose()).map_err(|_| Unauthenticated)?;
        let (user_id, password) = text.split_once(':').ok_or(Unauthenticated)?;
        let login = QualifiedLogin::parse(user_id).ok_or(Unauthenticated)?;
        Ok(Self { login, password: PlainSecret::from(password.to_owned()) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::id::TenantId;

    const TENANT: &str = "0189abcd-0000-7000-8000-00000000000a";

    fn parsed(pair: impl AsRef<[u8]>) -> Option<(String, String, Vec<u8>)> {
        let read = PresentedPassword::parse(&STANDARD.encode(pair)).ok()?;
        Some((read.login.tenant_id.to_string(), read.login.login_name.to_string(), read.password.expose().to_vec()))
    }

    #[test]
    fn the_user_id_ends_at_the_first_colon_and_its_tenant_at_the_first_slash() {
        let system = TenantId::SYSTEM.to_string();
        let read = |tenant: &str, login: &str, password: &str| Some((tenant.to_owned(), login.to_owned(), password.into()));
        assert_eq!(parsed("jo:secret"), read(&system, "jo", "secret"));
        assert_eq!(parsed(format!("{TENANT}/jo@example:a:b/c:")), read(TENANT, "jo@example", "a:b/c:"));
        assert_eq!(parsed("Jörg:pässword 🔑"), read(&system, "Jörg", "pässword 🔑"));
        assert_eq!(parsed("jo:"), read(&system, "jo", ""));
        assert_eq!(parsed(format!("{}/jo:secret", TENANT.to_uppercase())), read(TENANT, "jo", "secret"), "an id has any case");
        assert_eq!(parsed("Zo%C3%AB:secret"), read(&system, "Zo%C3%AB", "secret"), "nothing is percent-encoded here");
    }

    #[test]
    fn what_names_no_login_is_refused() {
        let no_login = [
            "jo",
            "",
            ":",
            "0189ABCD-0000-7000-8000-00000000000A:secret",
            ":secret",
            "/jo:secret",
            "x/jo:secret",
            "a b:secret",
            "jo\0:secret",
            "e\u{301}:secret",
        ];
        for pair in no_login {
            assert_eq!(parsed(pair), None, "{pair:?}");
        }
        for tenant in [format!("{{{TENANT}}}"), TENANT.replace('-', ""), format!("{TENANT}/x")] {
            assert_eq!(parsed(format!("{tenant}/jo:secret")), None, "{tenant}");
        }
        assert_eq!(parsed([b"jo:\xff\xfe".as_slice(), b"secret"].concat()), None, "not UTF-8");
    }

    #[test]
    fn base64_is_read_strictly() {
        let good = STANDARD.encode("jo:secre");
        assert!(good.ends_with('=') && PresentedPassword::parse(&good).is_ok());
        let unpadded = good.trim_end_matches('=');
        let stray_bits = good.replace("U=", "V=");
        assert_ne!(stray_bits, good);
        for bad in [unpadded, &format!("{good}="), &format!(" {good}"), &format!("{good} "), &format!("{good}\n"), &stray_bits] {
            assert!(PresentedPassword::parse(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn the_debug_text_of_presented_credentials_holds_no_password() {
        let read = PresentedPassword::parse(&STANDARD.encode("jo:s3cret-word")).unwrap();
        assert!(!format!("{read:?}").contains("s3cret"));
    }
}
