//! Requests that may be repeated: which they are, and how their answers are kept and given again.

use prost::Message;

use crate::domain::id::RequestId;
use crate::domain::invalid::Violations;
use crate::grpc::convert::optional_id;
use crate::proto;
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
    /// Takes the id out of a request; what is left is what repeats are compared by.
    pub(super) fn read(message: &mut impl Repeatable) -> Self {
        let mut violations = Violations::new();
        let text = std::mem::take(message.request_id());
        let id = optional_id::<RequestId>("request_id", Some(&text), &mut violations);
        let key = id.map(|id| RequestKey { id: id.as_uuid(), message: message.encode_to_vec().into() });
        Self { key, violations }
    }

    /// Says how the call is carried out, and how its answer is kept.
    pub(super) fn making<T>(self, mode: Mode, answer: fn(&T) -> Vec<u8>) -> Making<T> {
        Making { mode, key: self.key, answer }
    }
}

/// A request with a `request_id`.
pub(super) trait Repeatable: Message {
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
