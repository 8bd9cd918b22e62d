//! The patterns and rules of the custom resource, read once from its definition, and what a value violates of them. It knows
//! no rule by itself.

use std::collections::{BTreeSet, HashMap};
use std::sync::LazyLock;

use regex::bytes::Regex;
use serde_json::Value;

use super::cel::{CelError, Rule, pattern};
use crate::api::crd;

/// Where the definition holds the schema of the spec.
const SPEC: &str = "/spec/versions/0/schema/openAPIV3Schema/properties/spec";

/// The name under which a schema holds its rules.
const RULES: &str = "x-kubernetes-validations";

static DEFINITION: LazyLock<Value> = LazyLock::new(|| serde_json::to_value(crd()).unwrap_or_default());

static COMPILED: LazyLock<Compiled> = LazyLock::new(|| {
    let mut compiled = Compiled::default();
    if let Some(spec) = spec_schema() {
        compiled.add(spec);
    }
    compiled
});

/// The patterns and rules by their text.
#[derive(Debug, Default)]
struct Compiled {
    patterns: HashMap<String, Result<Regex, CelError>>,
    rules: HashMap<String, Result<Rule, CelError>>,
}

impl Compiled {
    fn add(&mut self, schema: &Value) {
        if let Some(text) = text_of(schema, "pattern") {
            self.patterns.entry(text.to_owned()).or_insert_with(|| pattern(text));
        }
        for rule in rules(schema) {
            self.rules.entry(rule.to_owned()).or_insert_with(|| Rule::parse(rule));
        }
        let properties = schema.get("properties").and_then(Value::as_object).into_iter().flat_map(|all| all.values());
        for part in properties.chain(schema.get("items")) {
            self.add(part);
        }
    }
}

/// Returns the schema of the spec.
pub fn spec_schema() -> Option<&'static Value> {
    DEFINITION.pointer(SPEC)
}

/// Tells how a text misses its pattern.
pub fn missed_pattern(value: &Value, schema: &Value) -> Option<String> {
    let (text, wanted) = (value.as_str()?, text_of(schema, "pattern")?);
    let is_matched = match COMPILED.patterns.get(wanted) {
        Some(Ok(pattern)) => pattern.is_match(text.as_bytes()),
        Some(Err(_)) | None => false,
    };
    (!is_matched).then(|| format!("{value} does not match {wanted}"))
}

/// Tells which rules a value violates whose parts are all of the right shape.
pub fn violated_rules(value: &Value, schema: &Value) -> Vec<String> {
    let entries = schema.get(RULES).and_then(Value::as_array).into_iter().flatten();
    let violated = entries.filter_map(|entry| {
        let text = text_of(entry, "rule").filter(|rule| !is_transition(rule))?;
        let message = text_of(entry, "message").unwrap_or(text);
        match COMPILED.rules.get(text)? {
            Ok(rule) => match rule.holds(value) {
                Ok(true) => None,
                Ok(false) => Some(message.to_owned()),
                Err(error) => Some(format!("{message} ({error})")),
            },
            Err(error) => Some(format!("{message} ({error})")),
        }
    });
    violated.collect()
}

/// Tells which item of a list occurs twice, where the schema forbids that.
pub fn repeated_item(items: &[Value], schema: &Value) -> Option<String> {
    let key = match text_of(schema, "x-kubernetes-list-type")? {
        "map" => schema.pointer("/x-kubernetes-list-map-keys/0").and_then(Value::as_str),
        "set" => None,
        _ => return None,
    };
    let mut seen = BTreeSet::new();
    items.iter().find_map(|item| {
        let item = key.map_or(Some(item), |key| item.get(key))?.to_string();
        (!seen.insert(item.clone())).then(|| format!("{item} occurs more than once"))
    })
}

fn rules(schema: &Value) -> impl Iterator<Item = &str> {
    let entries = schema.get(RULES).and_then(Value::as_array).into_iter().flatten();
    entries.filter_map(|entry| text_of(entry, "rule")).filter(|rule| !is_transition(rule))
}

/// Whether a rule compares with what the cluster has. A file has nothing to compare with.
fn is_transition(rule: &str) -> bool {
    rule.contains("oldSelf")
}

fn text_of<'a>(value: &'a Value, name: &str) -> Option<&'a str> {
    value.get(name).and_then(Value::as_str)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_pattern_and_rule_is_understood() {
        let Compiled { patterns, rules } = &*COMPILED;
        assert!(patterns.len() >= 5 && rules.len() >= 15, "{} {}", patterns.len(), rules.len());
        for (text, pattern) in patterns {
            assert!(pattern.is_ok(), "{text}: {pattern:?}");
        }
        for (text, rule) in rules {
            assert!(rule.is_ok(), "{text}: {rule:?}");
        }
    }
}
