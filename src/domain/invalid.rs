//! The list of everything that is wrong with an input.

/// One bad field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// The path of the field in the request, such as `oauth_app.scope`.
    pub field: String,
    /// The stable reason that a program may branch on.
    pub reason: FieldReason,
    /// A sentence for people; it never repeats the value.
    pub sentence: String,
}

/// Why a field is bad. The names, in upper snake case, are part of the API (`BadRequest.FieldViolation.reason`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum FieldReason {
    /// A required field is absent or empty.
    Required,
    /// The value is longer than allowed.
    TooLong,
    /// The value is shorter than allowed.
    TooShort,
    /// A number is outside its range.
    OutOfRange,
    /// The text is not in Unicode NFC.
    NotNormalized,
    /// The text contains a control character.
    ControlCharacter,
    /// The text begins or ends with white space.
    SurroundingWhitespace,
    /// A character is not allowed here.
    InvalidCharacter,
    /// The value does not have the form it must have.
    InvalidFormat,
    /// A list holds a value twice.
    Duplicate,
    /// The value is not one that the service knows.
    UnknownValue,
    /// The update mask names a field that does not exist.
    UnknownField,
    /// The update mask names a field that only the server writes.
    OutputOnlyField,
    /// The field cannot change after creation.
    ImmutableField,
    /// A secret consists of mask characters.
    MaskedSecret,
    /// The host of a URI may not be called.
    ForbiddenHost,
    /// The scheme of a URI is not allowed.
    ForbiddenScheme,
    /// The port of a URI is not allowed.
    ForbiddenPort,
    /// A URI carries a user name or password.
    ForbiddenUserinfo,
    /// A URI carries a fragment.
    ForbiddenFragment,
    /// A page token is malformed, foreign, or of another query.
    InvalidPageToken,
    /// The permission or role can be held only in the system tenant.
    SystemTenantOnly,
    /// The key lists a permission that its user does not hold.
    NotHeldByUser,
    /// A service account has no password.
    NotForServiceAccount,
    /// The password is the login name.
    EqualsLoginName,
}

impl FieldReason {
    /// Returns the published name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Required => "REQUIRED",
            Self::TooLong => "TOO_LONG",
            Self::TooShort => "TOO_SHORT",
            Self::OutOfRange => "OUT_OF_RANGE",
            Self::NotNormalized => "NOT_NORMALIZED",
            Self::ControlCharacter => "CONTROL_CHARACTER",
            Self::SurroundingWhitespace => "SURROUNDING_WHITESPACE",
            Self::InvalidCharacter => "INVALID_CHARACTER",
            Self::InvalidFormat => "INVALID_FORMAT",
            Self::Duplicate => "DUPLICATE",
            Self::UnknownValue => "UNKNOWN_VALUE",
            Self::UnknownField => "UNKNOWN_FIELD",
            Self::OutputOnlyField => "OUTPUT_ONLY_FIELD",
            Self::ImmutableField => "IMMUTABLE_FIELD",
            Self::MaskedSecret => "MASKED_SECRET",
            Self::ForbiddenHost => "FORBIDDEN_HOST",
            Self::ForbiddenScheme => "FORBIDDEN_SCHEME",
            Self::ForbiddenPort => "FORBIDDEN_PORT",
            Self::ForbiddenUserinfo => "FORBIDDEN_USERINFO",
            Self::ForbiddenFragment => "FORBIDDEN_FRAGMENT",
            Self::InvalidPageToken => "INVALID_PAGE_TOKEN",
            Self::SystemTenantOnly => "SYSTEM_TENANT_ONLY",
            Self::NotHeldByUser => "NOT_HELD_BY_USER",
            Self::NotForServiceAccount => "NOT_FOR_SERVICE_ACCOUNT",
            Self::EqualsLoginName => "EQUALS_LOGIN_NAME",
        }
    }
}

/// What is wrong with one value, before its field is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// The stable reason.
    pub reason: FieldReason,
    /// A sentence for people; it never repeats the value.
    pub sentence: String,
}

impl Fault {
    /// Makes a fault.
    pub fn new(reason: FieldReason, sentence: impl Into<String>) -> Self {
        Self { reason, sentence: sentence.into() }
    }

    /// The fault of an absent required field.
    #[must_use]
    pub fn required() -> Self {
        Self::new(FieldReason::Required, "The field is required.")
    }
}

impl From<Fault> for Vec<Fault> {
    fn from(fault: Fault) -> Self {
        vec![fault]
    }
}

/// Everything that is wrong with an input; never empty.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{} invalid fields", violations.len())]
pub struct Invalid {
    violations: Vec<Violation>,
}

impl Invalid {
    /// Returns every violation, in the order in which the fields were checked.
    #[must_use]
    pub fn violations(&self) -> &[Violation] {
        &self.violations
    }

    /// The error of a single bad field.
    pub fn one(field: impl Into<String>, fault: Fault) -> Self {
        Self { violations: vec![Violation { field: field.into(), reason: fault.reason, sentence: fault.sentence }] }
    }
}

/// The most violations that are told: the details of an error are a header, and clients take 16 KiB of those.
const MOST: usize = 32;

/// Collects violations while an input is checked field by field; those beyond the thirty-second are not told.
#[derive(Debug, Clone, Default)]
pub struct Violations(Vec<Violation>);

impl Violations {
    /// Starts without a violation.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Notes a fault of a field.
    pub fn push(&mut self, field: impl Into<String>, fault: Fault) {
        if self.0.len() < MOST {
            self.0.push(Violation { field: field.into(), reason: fault.reason, sentence: fault.sentence });
        }
    }

    /// Returns the value of a check that passed, or notes its fault or faults.
    pub fn check<T>(&mut self, field: &str, result: Result<T, impl Into<Vec<Fault>>>) -> Option<T> {
        match result {
            Ok(value) => Some(value),
            Err(faults) => {
                faults.into().into_iter().for_each(|fault| self.push(field, fault));
                None
            }
        }
    }

    /// Notes that a required value is absent, unless it is known already why it is.
    pub fn require<T>(&mut self, field: &str, value: Option<&T>) {
        if value.is_none() && !self.names(field) {
            self.push(field, Fault::required());
        }
    }

    /// Returns the value of a check of several fields that passed, or notes all their violations; a value that was sent and could
    /// not be read is not reported as absent too.
    pub fn absorb<T>(&mut self, result: Result<T, Invalid>) -> Option<T> {
        match result {
            Ok(value) => Some(value),
            Err(invalid) => {
                for Violation { field, reason, sentence } in invalid.violations {
                    if reason != FieldReason::Required || !self.names(&field) {
                        self.push(field, Fault { reason, sentence });
                    }
                }
                None
            }
        }
    }

    fn names(&self, field: &str) -> bool {
        self.0.iter().any(|violation| violation.field == field)
    }

    /// Ends the check: nothing when all is well, otherwise every violation at once.
    pub fn finish(self) -> Result<(), Invalid> {
        if self.0.is_empty() { Ok(()) } else { Err(Invalid { violations: self.0 }) }
    }

    /// Ends the check of a value that exists unless something was noted; a missing value is an internal contradiction and is
    /// reported as a required field.
    pub fn finish_with<T>(self, field: &str, value: Option<T>) -> Result<T, Invalid> {
        self.finish()?;
        value.ok_or_else(|| Invalid::one(field, Fault::required()))
    }
}
