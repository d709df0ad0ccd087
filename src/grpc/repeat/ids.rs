//! The ids in requests that may be repeated: in their one spelling, so that a repeat may spell them otherwise.

use crate::domain::id::normalized;
use crate::proto;

/// A request that names things by their ids.
pub(in crate::grpc) trait NamesIds {
    /// Returns the ids, as the caller spelled them.
    fn ids(&mut self) -> Vec<&mut String>;

    /// Puts every id into its one spelling; what is none stays as it is, and is refused later.
    fn normalize_ids(&mut self) {
        for id in self.ids() {
            if let Some(one) = normalized(id) {
                *id = one;
            }
        }
    }
}

impl NamesIds for proto::CreateApiKeyRequest {
    fn ids(&mut self) -> Vec<&mut String> {
        let keys = self.api_key.iter_mut();
        keys.flat_map(|key| key.user_id.iter_mut().chain(&mut key.tenant_id)).collect()
    }
}

impl NamesIds for proto::CreateOauthAppRequest {
    fn ids(&mut self) -> Vec<&mut String> {
        self.oauth_app.iter_mut().flat_map(|app| &mut app.tenant_id).collect()
    }
}

impl NamesIds for proto::CreateRoleRequest {
    fn ids(&mut self) -> Vec<&mut String> {
        self.role.iter_mut().flat_map(|role| &mut role.tenant_id).collect()
    }
}

impl NamesIds for proto::CreateTenantRequest {
    fn ids(&mut self) -> Vec<&mut String> {
        Vec::new()
    }
}

impl NamesIds for proto::CreateUserRequest {
    fn ids(&mut self) -> Vec<&mut String> {
        self.user.iter_mut().flat_map(|user| user.tenant_id.iter_mut().chain(&mut user.role_ids)).collect()
    }
}

impl NamesIds for proto::RotateApiKeyRequest {
    fn ids(&mut self) -> Vec<&mut String> {
        vec![&mut self.api_key_id]
    }
}
