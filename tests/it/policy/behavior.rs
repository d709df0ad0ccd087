//! What a field's comment says of its behavior, and what its option says, is the same.

use super::protos::faults;

fn faults_of_field(comment: &str, options: &str) -> Vec<String> {
    faults(&format!("message M {{\n  // {comment}\n  string name = 1{options};\n}}"))
}

const REQUIRED: &str = " [(behavior) = FIELD_BEHAVIOR_REQUIRED]";

#[test]
fn a_required_field_is_marked_and_says_so() {
    let marked_not_said = ["oauthregistry.v1.M.name: the comment of a required field says `Required.`"];
    let said_not_marked = ["oauthregistry.v1.M.name: mark the field FIELD_BEHAVIOR_REQUIRED, as its comment says"];
    for comment in ["Required.", "The name. Required.", "The name: short.\n  // Required. Immutable."] {
        assert_eq!(faults_of_field(comment, REQUIRED), [""; 0], "{comment}");
        assert_eq!(faults_of_field(comment, ""), said_not_marked, "{comment}");
        assert_eq!(faults_of_field(comment, " [(behavior) = FIELD_BEHAVIOR_IMMUTABLE]"), said_not_marked, "{comment}");
    }
    for comment in ["The name.", "Required by nobody.", "Not Required.", "When required."] {
        assert_eq!(faults_of_field(comment, ""), [""; 0], "{comment}");
        assert_eq!(faults_of_field(comment, REQUIRED), marked_not_said, "{comment}");
    }
}

#[test]
fn a_field_may_be_required_and_immutable_and_not_required_and_output_only() {
    let with = |other: &str| format!(" [(behavior) = FIELD_BEHAVIOR_REQUIRED, (behavior) = {other}]");
    assert_eq!(faults_of_field("Required.", &with("FIELD_BEHAVIOR_IMMUTABLE")), [""; 0]);
    let faults = faults_of_field("Required.", &with("FIELD_BEHAVIOR_OUTPUT_ONLY"));
    assert_eq!(faults, ["oauthregistry.v1.M.name: a field that the server writes is not required"]);
}
