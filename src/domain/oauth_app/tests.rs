use proptest::prelude::*;
use uuid::Uuid;

use super::*;
use crate::domain::data_store::{DataStoreCatalogue, DataStoreId};
use crate::domain::invalid::{FieldReason, Invalid};
use crate::domain::patch::Patch;
use crate::domain::stamp::{Actor, JobName};
use crate::domain::time::Timestamp;
use crate::domain::uri::EgressRules;

fn draft() -> OauthAppDraft {
    OauthAppDraft {
        name: Some("Shop CRM".to_owned()),
        slug: None,
        data_store: Some(1),
        description: Some("The shop's Salesforce".to_owned()),
        client_id: Some("3MVG9".to_owned()),
        authorize_uri: Some("https://login.salesforce.com/authorize".to_owned()),
        token_uri: Some("https://login.salesforce.com/token".to_owned()),
        scope: Some("api refresh_token".to_owned()),
        is_active: None,
    }
}

fn validate_with(draft: OauthAppDraft, stored_data_store: Option<DataStoreId>) -> Result<OauthAppSpec, Invalid> {
    let catalogue = DataStoreCatalogue::new([]).unwrap();
    draft.validate(&OauthAppRules { catalogue: &catalogue, egress: &EgressRules::default(), stored_data_store })
}

fn validate(draft: OauthAppDraft) -> Result<OauthAppSpec, Invalid> {
    validate_with(draft, None)
}

fn found(result: Result<OauthAppSpec, Invalid>) -> Vec<(String, FieldReason)> {
    result.unwrap_err().violations().iter().map(|v| (v.field.clone(), v.reason)).collect()
}

fn spec() -> OauthAppSpec {
    validate(draft()).unwrap()
}

fn stored() -> StoredOauthApp {
    StoredOauthApp {
        name: "Shop CRM".to_owned(),
        slug: "shop-crm".to_owned(),
        data_store: 1,
        description: Some("The shop's Salesforce".to_owned()),
        client_id: "3MVG9".to_owned(),
        authorize_uri: "https://login.salesforce.com/authorize".to_owned(),
        token_uri: "https://login.salesforce.com/token".to_owned(),
        scope: "api refresh_token".to_owned(),
        is_active: true,
    }
}

fn set(text: &str) -> Patch<String> {
    Patch::Set(text.to_owned())
}

#[test]
fn a_good_draft_becomes_a_spec_with_every_field_as_sent() {
    let spec = spec();
    assert_eq!((spec.name().as_str(), spec.slug().as_str()), ("Shop CRM", "shop-crm"));
    assert_eq!((spec.data_store().as_i32(), spec.description().as_str()), (1, "The shop's Salesforce"));
    assert_eq!((spec.client_id().as_str(), spec.scope().as_str()), ("3MVG9", "api refresh_token"));
    assert_eq!(spec.authorize_uri().as_str(), "https://login.salesforce.com/authorize");
    assert_eq!(spec.token_uri().as_str(), "https://login.salesforce.com/token");
    assert!(spec.is_active());
}

#[test]
fn optional_fields_have_their_defaults_and_can_be_sent() {
    let spec = validate(OauthAppDraft { description: None, ..draft() }).unwrap();
    assert_eq!(spec.description().non_empty(), None);
    let sent = OauthAppDraft { slug: Some("crm".to_owned()), is_active: Some(false), ..draft() };
    let spec = validate(sent).unwrap();
    assert_eq!((spec.slug().as_str(), spec.is_active()), ("crm", false));
}

#[test]
fn an_empty_draft_is_told_every_required_field() {
    let fields = ["name", "data_store", "client_id", "authorize_uri", "token_uri", "scope"];
    let expected: Vec<_> = fields.iter().map(|field| (format!("oauth_app.{field}"), FieldReason::Required)).collect();
    assert_eq!(found(validate(OauthAppDraft::default())), expected);
}

#[test]
fn every_violation_of_every_field_is_reported_at_once() {
    let bad = |text: &str| Some(text.to_owned());
    let draft = OauthAppDraft {
        name: bad("a/b "),
        slug: bad("A"),
        data_store: Some(2),
        description: Some("é".repeat(257)),
        client_id: bad("a b"),
        authorize_uri: bad("http://localhost/"),
        token_uri: bad("http://10.0.0.1:80/#"),
        scope: bad("a, b"),
        is_active: Some(true),
    };
    let expected = [
        ("name", FieldReason::SurroundingWhitespace),
        ("name", FieldReason::InvalidCharacter),
        ("slug", FieldReason::InvalidCharacter),
        ("data_store", FieldReason::UnknownValue),
        ("description", FieldReason::TooLong),
        ("client_id", FieldReason::InvalidCharacter),
        ("authorize_uri", FieldReason::ForbiddenScheme),
        ("token_uri", FieldReason::ForbiddenFragment),
        ("token_uri", FieldReason::ForbiddenScheme),
        ("token_uri", FieldReason::ForbiddenHost),
        ("token_uri", FieldReason::ForbiddenPort),
        ("scope", FieldReason::InvalidCharacter),
    ];
    assert_eq!(found(validate(draft)), expected.map(|(field, reason)| (format!("oauth_app.{field}"), reason)));
}

#[test]
fn a_name_without_ascii_needs_a_slug() {
    let draft = OauthAppDraft { name: Some("日本語".to_owned()), ..draft() };
    assert_eq!(found(validate(draft.clone())), [("oauth_app.slug".to_owned(), FieldReason::Required)]);
    assert!(validate(OauthAppDraft { slug: Some("nihongo".to_owned()), ..draft }).is_ok());
}

#[test]
fn a_data_store_that_left_the_catalogue_stays_good_where_it_is_stored() {
    let draft = OauthAppDraft { data_store: Some(77), ..draft() };
    assert!(validate_with(draft.clone(), Some(DataStoreId::from_i32(77))).is_ok());
    let unknown = [("oauth_app.data_store".to_owned(), FieldReason::UnknownValue)];
    assert_eq!(found(validate_with(draft.clone(), Some(DataStoreId::from_i32(78)))), unknown);
    assert_eq!(found(validate(draft)), unknown);
}

#[test]
fn an_empty_patch_leaves_everything_as_it_is() {
    let spec = validate(OauthAppDraft { is_active: Some(false), ..draft() }).unwrap();
    let same = validate(spec.patched(OauthAppPatch::default())).unwrap();
    assert_eq!(same, spec);
    assert_eq!(same.changed_fields(&spec), Vec::<&str>::new());
}

#[test]
fn clearing_a_required_field_is_refused_by_name() {
    let patch = OauthAppPatch {
        name: Patch::Clear,
        data_store: Patch::Clear,
        client_id: Patch::Clear,
        authorize_uri: Patch::Clear,
        token_uri: Patch::Clear,
        scope: Patch::Clear,
        description: Patch::Clear,
        is_active: Patch::Clear,
    };
    assert_eq!(found(validate(spec().patched(patch))), found(validate(OauthAppDraft::default())));
}

#[test]
fn clearing_an_optional_field_gives_its_default() {
    let spec = validate(OauthAppDraft { is_active: Some(false), ..draft() }).unwrap();
    let patch = OauthAppPatch { description: Patch::Clear, is_active: Patch::Clear, ..OauthAppPatch::default() };
    let next = validate(spec.patched(patch)).unwrap();
    assert_eq!((next.description().non_empty(), next.is_active()), (None, true));
    assert_eq!(next.changed_fields(&spec), ["description", "is_active"]);
}

#[test]
fn a_new_name_keeps_the_slug() {
    let next = validate(spec().patched(OauthAppPatch { name: set("Another"), ..OauthAppPatch::default() })).unwrap();
    assert_eq!((next.name().as_str(), next.slug().as_str()), ("Another", "shop-crm"));
    assert_eq!(next.changed_fields(&spec()), ["name"]);
}

#[test]
fn every_set_field_is_applied_and_named() {
    let patch = OauthAppPatch {
        name: set("B"),
        data_store: Patch::Set(54),
        description: set("C"),
        client_id: set("D"),
        authorize_uri: set("https://e.example/"),
        token_uri: set("https://f.example/"),
        scope: set("g"),
        is_active: Patch::Set(false),
    };
    let next = validate(spec().patched(patch)).unwrap();
    let all = ["name", "data_store", "description", "client_id", "authorize_uri", "token_uri", "scope", "is_active"];
    assert_eq!(next.changed_fields(&spec()), all);
    assert_eq!((next.data_store().as_i32(), next.token_uri().as_str()), (54, "https://f.example/"));
    assert_eq!((next.authorize_uri().as_str(), next.scope().as_str()), ("https://e.example/", "g"));
    let other_slug = validate(OauthAppDraft { slug: Some("other".to_owned()), ..draft() }).unwrap();
    assert_eq!(other_slug.changed_fields(&spec()), ["slug"]);
}

#[test]
fn the_destination_is_the_origin_of_the_token_uri() {
    let with = |uri: &str| validate(spec().patched(OauthAppPatch { token_uri: set(uri), ..OauthAppPatch::default() })).unwrap();
    for same in ["https://login.salesforce.com/other", "https://LOGIN.salesforce.com:443/token?x=1"] {
        assert!(!with(same).changes_destination(&spec()), "{same}");
        assert_eq!(with(same).changed_fields(&spec()), ["token_uri"]);
    }
    assert!(with("https://login.salesforce.example/token").changes_destination(&spec()));
}

#[test]
fn a_stored_app_is_read_without_the_operators_rules_of_today() {
    assert_eq!(OauthAppSpec::from_stored(stored()), Ok(spec()));
    let outdated = StoredOauthApp {
        data_store: 77,
        token_uri: "https://a.example:8443/token".to_owned(),
        authorize_uri: "http://127.0.0.1:8080/".to_owned(),
        is_active: false,
        ..stored()
    };
    let read = OauthAppSpec::from_stored(outdated).unwrap();
    assert_eq!((read.data_store().as_i32(), read.is_active()), (77, false));
    assert_eq!(read.token_uri().origin().to_string(), "https://a.example:8443");
}

#[test]
fn a_damaged_row_is_found_and_its_column_named() {
    let damaged = [
        ("name", StoredOauthApp { name: "two\nlines".to_owned(), ..stored() }),
        ("slug", StoredOauthApp { slug: String::new(), ..stored() }),
        ("data_store", StoredOauthApp { data_store: 0, ..stored() }),
        ("description", StoredOauthApp { description: Some(String::new()), ..stored() }),
        ("client_id", StoredOauthApp { client_id: "x".repeat(10_000), ..stored() }),
        ("authorize_uri", StoredOauthApp { authorize_uri: "\0".to_owned(), ..stored() }),
        ("token_uri", StoredOauthApp { token_uri: "https://10.0.0.1/".to_owned(), ..stored() }),
        ("scope", StoredOauthApp { scope: String::new(), ..stored() }),
    ];
    for (column, row) in damaged {
        assert_eq!(OauthAppSpec::from_stored(row), Err(column));
    }
}

#[test]
fn a_stored_app_is_not_held_to_rules_that_have_become_stricter() {
    let stored = StoredOauthApp { name: " an old name! ".to_owned(), scope: "a,b".to_owned(), description: None, ..stored() };
    let read = OauthAppSpec::from_stored(stored).unwrap();
    assert_eq!((read.name().as_str(), read.scope().as_str(), read.description().as_str()), (" an old name! ", "a,b", ""));
}

#[test]
fn an_app_tells_whether_its_secret_is_set() {
    let actor = Actor::System(JobName::from_static("bootstrap"));
    let app = OauthApp {
        id: OauthAppId::from_uuid(Uuid::from_u128(7)),
        tenant_id: TenantId::SYSTEM,
        spec: spec(),
        secrets: SecretList::first(),
        stamp: Stamp::created(Timestamp::from_micros(1), actor),
    };
    assert!(app.client_secret_set());
    assert!(!OauthApp { secrets: SecretList::default(), ..app }.client_secret_set());
}

proptest! {
    #[test]
    fn validation_never_panics_and_is_stable(name in any::<String>(), uri in any::<String>(), scope in "[ -~]{0,12}", number in any::<i32>()) {
        let raw = OauthAppDraft { name: Some(name), scope: Some(scope), data_store: Some(number), token_uri: Some(uri), ..draft() };
        prop_assert_eq!(validate(raw.clone()), validate(raw));
    }

    #[test]
    fn a_valid_spec_survives_an_empty_patch(name in "[A-Za-z0-9_.-]{1,128}", scope in "[a-z]{1,9}( [0-9]{1,9})?") {
        if let Ok(spec) = validate(OauthAppDraft { name: Some(name), scope: Some(scope), ..draft() }) {
            prop_assert_eq!(validate(spec.patched(OauthAppPatch::default())), Ok(spec));
        }
    }
}
