//! Pages: sealed tokens that only the same caller can use, for the same list.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use uuid::Uuid;

use crate::authn::Standing;
use crate::authz::{Action, Permit, TenantScope};
use crate::crypto::{KeyPurpose, OwnerKind, PlainSecret, SealedSecret, SecretContext, fingerprint};
use crate::domain::id::TenantId;
use crate::domain::invalid::{Fault, FieldReason, Violations};
use crate::domain::page::{Page, PageSize, Position};
use crate::domain::time::Timestamp;
use crate::service::Registry;
use crate::service::error::{Error, Resource};
use crate::storage::PageAt;

/// What a request says about pages.
#[derive(Debug, Clone, Default)]
pub struct ListRequest {
    /// The wished number of rows.
    pub page_size: i32,
    /// Where to go on; empty for the first page.
    pub page_token: String,
}

/// Rows, and the token for those that follow; empty when none do.
#[derive(Debug, Clone)]
pub struct Listed<T> {
    /// The rows.
    pub items: Vec<T>,
    /// The token for the next page.
    pub next_page_token: String,
}

/// A list as its tokens know it: the user for whom it is, the scope and every filter, in one encoding that does not change with the
/// types of the program.
pub(super) struct Query(Vec<u8>);

impl Query {
    /// Names a list by the user for whom it is and its scope.
    pub(super) fn new<A: Action>(permit: &Permit<A>) -> Self {
        let subject = permit.principal().subject().map(Standing::user_id);
        Self(Vec::new()).filter("subject", subject).filter("scope", Some(permit.scope().fingerprint()))
    }

    /// Adds a filter of the list. Each is named, present or absent, and has a length before it, so no two lists have one encoding.
    pub(super) fn filter(mut self, name: &'static str, value: Option<impl ToString>) -> Self {
        self.part(name.as_bytes());
        match value.map(|value| value.to_string()) {
            None => self.0.push(0),
            Some(text) => {
                self.0.push(1);
                self.part(text.as_bytes());
            }
        }
        self
    }

    fn part(&mut self, bytes: &[u8]) {
        self.0.extend(u64::try_from(bytes.len()).unwrap_or(u64::MAX).to_be_bytes());
        self.0.extend(bytes);
    }

    fn fingerprint(&self) -> String {
        fingerprint(&self.0)
    }
}

impl Registry {
    /// Reads what a request says about pages, and notes what is wrong with it.
    pub(super) async fn page_at<A: Action>(
        &self,
        permit: &Permit<A>,
        query: &Query,
        request: &ListRequest,
        mut violations: Violations,
    ) -> Result<PageAt, Error> {
        let size = violations.check("page_size", PageSize::parse(request.page_size));
        let after = match request.page_token.as_str() {
            "" => None,
            token => {
                let position = self.open_token(permit, query, token).await?;
                let foreign = Fault::new(FieldReason::InvalidPageToken, "The token is not one of this list and caller.");
                violations.check("page_token", position.ok_or(foreign))
            }
        };
        Ok(PageAt { after, size: violations.finish_with("page_size", size)? })
    }

    /// Seals the place where the rest of a list begins.
    pub(super) async fn listed<A: Action, T>(
        &self,
        permit: &Permit<A>,
        query: &Query,
        page: Page<T>,
    ) -> Result<Listed<T>, Error> {
        let next_page_token = match page.next {
            None => String::new(),
            Some(position) => self.seal_token(permit, query, position).await?,
        };
        Ok(Listed { items: page.items, next_page_token })
    }

    async fn seal_token<A: Action>(&self, permit: &Permit<A>, query: &Query, at: Position) -> Result<String, Error> {
        let tenant = permit.principal().actor().home_tenant();
        let key = self.keys.active(&self.store.reader(), tenant, KeyPurpose::Tokens).await?;
        let mut bytes = vec![at.list];
        bytes.extend(at.time.as_micros().to_be_bytes());
        bytes.extend(at.id.as_bytes());
        let sealed = key.seal(&PlainSecret::from(bytes), &context(permit, &query.fingerprint()), self.random.as_ref())?;
        Ok(URL_SAFE_NO_PAD.encode(sealed.as_bytes()))
    }

    async fn open_token<A: Action>(&self, permit: &Permit<A>, query: &Query, token: &str) -> Result<Option<Position>, Error> {
        let Ok(bytes) = URL_SAFE_NO_PAD.decode(token) else { return Ok(None) };
        let sealed = SealedSecret::from_bytes(bytes);
        let Ok(id) = sealed.key_id() else { return Ok(None) };
        let key = match self.keys.named(&self.store.reader(), permit.principal().actor().home_tenant(), id).await {
            Ok(key) => key,
            // The token names a key that the caller's tenant does not have: it is somebody else's token.
            Err(Error::Unreadable(_)) => return Ok(None),
            Err(error) => return Err(error),
        };
        Ok(key.open(&sealed, &context(permit, &query.fingerprint())).ok().and_then(|plain| position(plain.expose())))
    }

    /// Narrows a scope to the tenant that a list names; another tenant's id and a made-up one are equally unknown.
    pub(super) async fn narrowed(&self, scope: &TenantScope, tenant: Option<TenantId>) -> Result<TenantScope, Error> {
        let Some(tenant) = tenant else { return Ok(scope.clone()) };
        let unknown = || Error::NotFound(Resource::Tenant(tenant));
        let narrowed = scope.narrowed_to(tenant).ok_or_else(unknown)?;
        let found = self.store.reader().find_tenant(&narrowed.of_tenants(), tenant).await?;
        found.map(|_| narrowed).ok_or_else(unknown)
    }
}

/// Binds a token to the actor, the method and the list.
fn context<'a, A: Action>(permit: &Permit<A>, query: &'a str) -> SecretContext<'a> {
    SecretContext {
        tenant: permit.principal().actor().home_tenant(),
        owner_kind: OwnerKind::PageToken,
        owner: permit.principal().actor().user_id().as_uuid(),
        field: A::RULE.name,
        version: 1,
        origin: query,
    }
}

fn position(bytes: &[u8]) -> Option<Position> {
    let (list, rest) = bytes.split_first()?;
    let (time, id) = rest.split_at_checked(8)?;
    let time = Timestamp::from_micros(i64::from_be_bytes(time.try_into().ok()?));
    Some(Position { list: *list, time, id: Uuid::from_slice(id).ok()? })
}

#[cfg(test)]
mod tests {
    use super::Query;

    fn encoded(filters: &[(&'static str, Option<&str>)]) -> Vec<u8> {
        filters.iter().fold(Query(Vec::new()), |query, (name, value)| query.filter(name, *value)).0
    }

    #[test]
    fn lists_with_other_filters_have_other_encodings() {
        let lists = [
            encoded(&[]),
            encoded(&[("a", None)]),
            encoded(&[("a", Some(""))]),
            encoded(&[("a", Some("b"))]),
            encoded(&[("ab", Some(""))]),
            encoded(&[("a", Some("b")), ("c", None)]),
            encoded(&[("a", None), ("c", Some("b"))]),
        ];
        for (index, list) in lists.iter().enumerate() {
            assert!(!lists[..index].contains(list), "{index}");
        }
    }

    #[test]
    fn the_encoding_of_a_list_does_not_change() {
        assert_eq!(encoded(&[("a", Some("b")), ("c", None)]), b"\0\0\0\0\0\0\0\x01a\x01\0\0\0\0\0\0\0\x01b\0\0\0\0\0\0\0\x01c\0");
    }
}
