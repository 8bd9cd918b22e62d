//! Which fields a refusal names, whatever its wording.

use std::collections::BTreeSet;

/// Returns the fields of the spec that a message names, without the position or the name of an item:
/// `spec.tables[].columns[].type`.
pub fn fields_of(message: &str) -> BTreeSet<String> {
    message.match_indices("spec").filter_map(|(at, _)| field(&message[at..])).collect()
}

fn field(text: &str) -> Option<String> {
    let mut name = String::new();
    let mut rest = text;
    while let Some(character) = rest.chars().next() {
        if character == '[' {
            rest = &rest[rest.find(']')? + 1..];
            name.push_str("[]");
        } else if character.is_ascii_alphanumeric() || character == '.' {
            name.push(character);
            rest = &rest[character.len_utf8()..];
        } else {
            break;
        }
    }
    let name = name.trim_end_matches('.');
    (name == "spec" || name.starts_with("spec.")).then(|| name.to_owned())
}

#[test]
fn a_field_is_found_in_any_wording() {
    for message in [
        "x is invalid: spec.tables[0].columns[12].type: Invalid value",
        "spec.tables[user].columns[a b].type: is missing",
        "failed: .spec.tables[name=\"user\"].columns[name=\"id\"].type: expected string",
    ] {
        assert!(fields_of(message).contains("spec.tables[].columns[].type"), "{message}");
    }
    assert_eq!(fields_of("spec.mode. respect"), BTreeSet::from(["spec.mode".to_owned()]));
}
