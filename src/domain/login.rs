//! How a person names a user from outside: by login name, qualified by the tenant (RFC 7617 §2 leaves the user-id to the service).

use crate::domain::id::TenantId;
use crate::domain::name::LoginName;

/// A login name with its tenant: `<tenant id>/<login name>`; without a slash it is the system tenant's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QualifiedLogin {
    /// The tenant.
    pub tenant_id: TenantId,
    /// The login name.
    pub login_name: LoginName,
}

impl QualifiedLogin {
    /// Reads the text form; nothing when no user can have such a name.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (tenant_id, login) = match text.split_once('/') {
            Some((tenant, login)) => (tenant.parse().ok()?, login),
            None => (TenantId::SYSTEM, text),
        };
        Some(Self { tenant_id, login_name: LoginName::parse(login).ok()? })
    }

    /// Reads the form of a header, which is visible ASCII: in the login name alone every `%` begins an escape of RFC 3986 §2.1, and it
    /// is decoded once.
    #[must_use]
    pub fn parse_encoded(text: &str) -> Option<Self> {
        if !text.bytes().all(|byte| byte.is_ascii_graphic()) {
            return None;
        }
        let (tenant_id, login) = match text.split_once('/') {
            Some((tenant, login)) => (tenant.parse().ok()?, login),
            None => (TenantId::SYSTEM, text),
        };
        Some(Self { tenant_id, login_name: LoginName::parse(percent_decoded(login)?).ok()? })
    }
}

fn percent_decoded(text: &str) -> Option<String> {
    let mut parts = text.split('%');
    let mut bytes = parts.next()?.as_bytes().to_vec();
    for part in parts {
        let (digits, rest) =
            part.split_at_checked(2).filter(|(digits, _)| digits.bytes().all(|digit| digit.is_ascii_hexdigit()))?;
        bytes.push(u8::from_str_radix(digits, 16).ok()?);
        bytes.extend_from_slice(rest.as_bytes());
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::{QualifiedLogin, TenantId};

    #[test]
    fn a_login_without_a_slash_is_the_system_tenants() {
        let login = QualifiedLogin::parse("Ada").unwrap();
        assert_eq!((login.tenant_id, login.login_name.key().as_str()), (TenantId::SYSTEM, "ada"));
    }

    #[test]
    fn a_login_is_qualified_by_its_tenant() {
        let tenant = "01890a5d-ac96-774b-bcce-b302099a8057";
        let login = QualifiedLogin::parse(&format!("{tenant}/Ada")).unwrap();
        assert_eq!((login.tenant_id.to_string().as_str(), login.login_name.key().as_str()), (tenant, "ada"));
    }

    #[test]
    fn the_login_of_a_header_is_percent_decoded_once() {
        let name = |text: &str| QualifiedLogin::parse_encoded(text).map(|login| login.login_name.to_string());
        let tenant = "01890a5d-ac96-774b-bcce-b302099a8057";
        for (text, login) in
            [("ada", "ada"), ("Zo%C3%AB", "Zoë"), ("Zo%c3%ab", "Zoë"), ("a+b", "a+b"), ("100%25", "100%"), ("%2541", "%41")]
        {
            assert_eq!(name(text).as_deref(), Some(login));
            assert_eq!(name(&format!("{tenant}/{text}")).as_deref(), Some(login));
        }
        for text in [
            "", "%", "a%", "a%4", "a%4g", "a%+1", "a%%41", "%FF", "%C3", "%e2%82", "Zoë", "a b", "a%20b", "a%2Fb", "a%3Ab",
            "a%0Ab", "a\tb",
        ] {
            assert_eq!(name(text), None, "{text:?}");
        }
        assert_eq!(name(&format!("{}/ada", tenant.replacen('-', "%2D", 1))), None, "the tenant is not decoded");
    }

    #[test]
    fn what_no_user_can_be_called_is_nobody() {
        for text in [
            "",
            "/",
            "/ada",
            "x/ada",
            "01890a5d-ac96-774b-bcce-b302099a8057/",
            "01890a5d-ac96-774b-bcce-b302099a8057/a/b",
            "a:b",
            "a b",
        ] {
            assert_eq!(QualifiedLogin::parse(text), None, "{text:?}");
        }
    }
}
