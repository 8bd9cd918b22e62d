//! Digests of what a declaration says of each part of each table, in the words of the resource. The record keeps those
//! that were in sync.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::api::{State, TableSpec};
use crate::plan::{DeclaredPart, ObjectKind, PartDigests};
use crate::schema::Identifier;

/// How many bytes of a SHA-256 are kept. An accident alone has to be unlikely.
const BYTES: usize = 6;

/// Fields that say what may run and where an object comes from, not what it is.
const LEFT_OUT: [&str; 2] = ["allow", "renamedFrom"];

/// Returns the digest of each declared part.
pub fn part_digests(tables: &[TableSpec]) -> PartDigests {
    let named = tables.iter().filter_map(|table| Some((Identifier::new(table.name.as_str()).ok()?, of_table(table))));
    named.collect()
}

fn of_table(table: &TableSpec) -> BTreeMap<String, String> {
    let TableSpec {
        name: _,
        state,
        renamed_from: _,
        allow: _,
        columns,
        primary_key,
        indexes,
        foreign_keys,
        checks,
        options,
        partitioning,
    } = table;
    let mut digests = BTreeMap::new();
    let state = state.as_ref().unwrap_or(&State::Present);
    digests.extend(digest(Some(state)).map(|digest| (DeclaredPart::Table.key(), digest)));
    digests.extend(digest(primary_key.as_ref()).map(|digest| (DeclaredPart::PrimaryKey.key(), digest)));
    digests.extend(digest(options.as_ref()).map(|digest| (DeclaredPart::Options.key(), digest)));
    digests.extend(digest(partitioning.as_ref()).map(|digest| (DeclaredPart::Partitioning.key(), digest)));
    let columns = columns.iter().flatten().map(|one| (ObjectKind::Column, &one.name, digest(Some(one))));
    let indexes = indexes.iter().flatten().map(|one| (ObjectKind::Index, &one.name, digest(Some(one))));
    let keys = foreign_keys.iter().flatten().map(|one| (ObjectKind::ForeignKey, &one.name, digest(Some(one))));
    let checks = checks.iter().flatten().map(|one| (ObjectKind::Check, &one.name, digest(Some(one))));
    for (kind, name, digest) in columns.chain(indexes).chain(keys).chain(checks) {
        let name = Identifier::new(name.as_str()).ok();
        digests.extend(name.zip(digest).map(|(name, digest)| (DeclaredPart::object(kind, &name).key(), digest)));
    }
    digests
}

/// Returns the digest of what is declared; `None` where nothing is.
fn digest<T: Serialize>(declared: Option<&T>) -> Option<String> {
    // Whatever the API server sent can be written again. What could not is not known to be in sync.
    let mut value = serde_json::to_value(declared?).ok()?;
    if let Value::Object(fields) = &mut value {
        fields.retain(|field, _| !LEFT_OUT.contains(&field.as_str()));
    }
    let hash = Sha256::digest(value.to_string());
    Some(hex::encode(hash.get(..BYTES)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(yaml: &str) -> PartDigests {
        part_digests(&serde_json::from_str::<Vec<TableSpec>>(yaml).unwrap())
    }

    #[test]
    fn a_part_has_another_digest_where_it_says_something_else() {
        let text = |a: &str, rest: &str| {
            format!(
                r#"[{{"name":"t","columns":[{{"name":"A","type":"{a}"}},{{"name":"b"}}],
                "indexes":[{{"name":"i","columns":["b"]}}]{rest}}}]"#
            )
        };
        let table = Identifier::new("t").unwrap();
        let before = of(&text("int", ""));
        let after = of(&text("bigint", r#", "primaryKey":["b"]"#));
        let changed: Vec<&String> = after[&table]
            .iter()
            .filter(|(part, digest)| before[&table].get(*part) != Some(digest))
            .map(|(part, _)| part)
            .collect();
        assert_eq!(changed, ["column a", "primary key"]);
        let allowed = r#"[{"name":"t","allow":["Breaking"],"columns":[{"name":"A","type":"int","allow":["Breaking"],
            "renamedFrom":["x"]},{"name":"b"}],"indexes":[{"name":"i","columns":["b"]}]}]"#;
        assert_eq!(of(allowed), before, "consent is no part of what is declared");
    }
}
