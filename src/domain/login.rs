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
