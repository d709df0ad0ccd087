//! Requests that may be repeated: which they are, and how their answers are kept and given again.

mod ids;

use std::sync::Arc;

use prost::Message;
use zeroize::Zeroizing;

use self::ids::NamesIds;
use crate::crypto::PlainSecret;
use crate::domain::id::RequestId;
use crate::domain::invalid::Violations;
use crate::grpc::convert::optional_id;
use crate::proto::{self, WipeSecrets};
use crate::service::{Error, Making, Mode, Repeated, RequestKey};
use crate::storage::StoreError;

/// What a request says about its repetition.
pub(super) struct Once {
    /// By what it is known again.
    pub(super) key: Option<RequestKey>,
    /// What is wrong with its id.
    pub(super) violations: Violations,
}

impl Once {
    /// Takes the id out of a request; what is left, with every other id in its one spelling, is what repeats are compared by.
    pub(super) fn read(message: &mut impl Repeatable) -> Self {
        let mut violations = Violations::new();
        let text = std::mem::take(message.request_id());
        message.normalize_ids();
        let id = optional_id::<RequestId>("request_id", Some(&text), &mut violations);
        let key = id.map(|id| RequestKey { id: id.as_uuid(), message: Arc::new(PlainSecret::from(encoded(message))) });
        Self { key, violations }
    }

    /// Says how the call is carried out, and how its answer is kept.
    pub(super) fn making<T>(self, mode: Mode, answer: fn(&T) -> Vec<u8>) -> Making<T> {
        Making { mode, key: self.key, answer }
    }
}

/// Encodes a message into a buffer that never grows: one that grows leaves copies of a secret behind.
fn encoded(message: &impl Message) -> Zeroizing<Vec<u8>> {
    let mut bytes = Zeroizing::new(Vec::with_capacity(message.encoded_len()));
    // A vector takes all that comes.
    let _ = message.encode(&mut *bytes);
    bytes
}

/// A request with a `request_id`.
pub(super) trait Repeatable: Message + Default + WipeSecrets + NamesIds {
    /// What it is answered.
    type Answer: Message + Default;

    /// The id that the caller chose.
    fn request_id(&mut self) -> &mut String;

    /// Gives an answer again.
    fn replay(before: Repeated) -> Result<Self::Answer, Error>;
}

fn decode<T: Message + Default>(answer: &[u8]) -> Result<T, Error> {
    let corrupt = |_| StoreError::Corrupt { table: "request_record", column: "answer", row: String::new() };
    T::decode(answer).map_err(|error| Error::Store(corrupt(error)))
}

macro_rules! repeatable {
    ($($request:ident -> $answer:ident $(, $secret:ident)?;)*) => {$(
        impl Repeatable for proto::$request {
            type Answer = proto::$answer;

            fn request_id(&mut self) -> &mut String {
                &mut self.request_id
            }

            fn replay(before: Repeated) -> Result<proto::$answer, Error> {
                let answer = decode::<proto::$answer>(&before.answer)?;
                $(
                    let already_shown = before.secret.is_none();
                    let secret = before.secret.map(|secret| String::from_utf8_lossy(secret.expose()).into_owned());
                    let answer = proto::$answer { $secret: secret.unwrap_or_default(), already_shown, ..answer };
                )?
                Ok(answer)
            }
        }
    )*};
}

repeatable! {
    CreateApiKeyRequest -> CreateApiKeyResponse, secret;
    CreateOauthAppRequest -> CreateOauthAppResponse;
    CreateRoleRequest -> CreateRoleResponse;
    CreateTenantRequest -> CreateTenantResponse;
    CreateUserRequest -> CreateUserResponse;
    RotateApiKeyRequest -> RotateApiKeyResponse, secret;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_message_that_repeats_are_compared_by_lies_in_a_wiped_buffer_that_never_grew() {
        let mut request = proto::CreateOauthAppRequest {
            client_secret: Some("s3cret-word".to_owned()),
            request_id: "01890a5d-ac96-774b-bcce-b302099a8057".to_owned(),
            ..Default::default()
        };
        let once = Once::read(&mut request);
        let key = once.key.unwrap();
        let message: &PlainSecret = &key.message;
        assert_eq!(proto::CreateOauthAppRequest::decode(message.expose()).unwrap(), request);
        assert_eq!(request.request_id, "");
        let text = format!("{key:?}");
        assert!(text.contains("REDACTED") && !text.contains("115, 51, 99"), "{text}");
        let bytes = encoded(&request);
        assert_eq!(bytes.capacity(), bytes.len());
    }
}
