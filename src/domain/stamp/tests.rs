use proptest::prelude::*;
use uuid::Uuid;

use super::*;

fn user(number: u128) -> Actor {
    Actor::User(UserId::from_uuid(Uuid::from_u128(number)))
}

fn job() -> Actor {
    Actor::System(JobName::from_static("key-rewrap"))
}

#[test]
fn a_change_keeps_the_beginning_and_moves_the_rest() {
    let created = Stamp::created(Timestamp::from_micros(5), user(1));
    assert_eq!((created.update_time, &created.update_actor), (created.create_time, &created.create_actor));
    assert_eq!(created.version, Version::FIRST);

    let changed = created.changed(Timestamp::from_micros(9), job());
    assert_eq!((changed.create_time, &changed.create_actor), (Timestamp::from_micros(5), &user(1)));
    assert_eq!((changed.update_time, &changed.update_actor), (Timestamp::from_micros(9), &job()));
    assert_eq!(changed.version.as_i64(), 2);
}

#[test]
fn a_change_is_no_older_than_the_state_before_it() {
    let created = Stamp::created(Timestamp::from_micros(5), user(1));
    let changed = created.changed(Timestamp::from_micros(3), job());
    assert_eq!((changed.create_time, changed.update_time), (created.create_time, created.create_time));
    assert_eq!(changed.changed(Timestamp::from_micros(9), job()).update_time, Timestamp::from_micros(9));
}

#[test]
fn an_etag_matches_its_own_version_only() {
    let version = Version::from_i64(31);
    assert_eq!(version.etag(), "v1f");
    assert!(Expected::from_etag("v1f").matches(version));
    assert!(Expected::from_etag("").matches(version));
    for etag in ["v1F", "1f", "v01f", "v1f ", "v20", "*", "\"v1f\"", "v"] {
        assert!(!Expected::from_etag(etag).matches(version), "{etag}");
    }
}

#[test]
fn actors_have_a_stable_text_form() {
    assert_eq!(user(1).to_string(), "user:00000000-0000-0000-0000-000000000001");
    assert_eq!(job().to_string(), "system:key-rewrap");
    for actor in [user(7), job()] {
        assert_eq!(actor.to_string().parse(), Ok(actor));
    }
}

#[test]
fn malformed_actors_are_refused() {
    let long = format!("system:{}", "a".repeat(64));
    let user_upper = "user:00000000-0000-0000-0000-00000000000A";
    for text in
        ["", "user", "user:", "user:1", "system:", "system:A", "system:a b", "system:a:b", "User:a", "key:a", &long, user_upper]
    {
        assert_eq!(text.parse::<Actor>(), Err(InvalidActor), "{text}");
    }
}

proptest! {
    #[test]
    fn versions_have_equal_etags_only_when_equal(a in any::<i64>(), b in any::<i64>()) {
        let (a, b) = (Version::from_i64(a), Version::from_i64(b));
        prop_assert_eq!(Expected::Exactly(a.etag()).matches(b), a == b);
        prop_assert!(Expected::Exactly(a.etag()).matches(a));
    }

    #[test]
    fn every_actor_that_parses_prints_the_same_text(text in "(user|system|x)?:?[a-z0-9_:é-]{0,40}") {
        if let Ok(actor) = text.parse::<Actor>() {
            prop_assert_eq!(actor.to_string(), text);
        }
    }
}
