//! Finds what the API server would refuse about a resource's shape: above all unknown fields. Without this, a mistyped
//! name would count as not declared.
//!
//! Compares with the definition of the resource, so it knows no field and no rule by itself.

use serde_json::{Map, Value};

use super::crd_rules::{missed_pattern, repeated_item, spec_schema, violated_rules};

/// At most so many faults are listed.
const MAX_FAULTS: usize = 10;

/// Returns what the API server would refuse about a resource's shape, each with its path.
pub fn faults(resource: &Value) -> Vec<String> {
    let mut faults = Vec::new();
    let known = ["apiVersion", "kind", "metadata", "spec"];
    for name in resource.as_object().into_iter().flat_map(Map::keys).filter(|name| !known.contains(&name.as_str())) {
        faults.push(format!("{name}: unknown field; known fields are {}", known.join(", ")));
    }
    for name in ["name", "namespace"] {
        if let Some(value) = resource.pointer(&format!("/metadata/{name}")).filter(|value| !value.is_string()) {
            faults.push(format!("metadata.{name}: {}", mismatch(value, "string")));
        }
    }
    match (resource.get("spec"), spec_schema()) {
        (Some(spec), Some(schema)) => check(spec, schema, "spec", &mut faults),
        (Some(_), None) => faults.push("spec: the definition of the resource has none".to_owned()),
        (None, _) => faults.push("spec: is missing".to_owned()),
    }
    if faults.len() > MAX_FAULTS {
        let more = faults.len() - MAX_FAULTS;
        faults.truncate(MAX_FAULTS);
        faults.push(format!("and {more} more"));
    }
    faults
}

fn check(value: &Value, schema: &Value, path: &str, faults: &mut Vec<String>) {
    let expected = schema.get("type").and_then(Value::as_str).unwrap_or_default();
    let fault = match value {
        Value::Null => Some("is null; leave the field out".to_owned()),
        _ if !is_of(value, expected) => Some(mismatch(value, expected)),
        _ => violated_bound(value, schema).or_else(|| missed_pattern(value, schema)),
    };
    if let Some(fault) = fault {
        faults.push(format!("{path}: {fault}"));
        return;
    }
    let before = faults.len();
    match value {
        Value::Object(members) => check_members(members, schema, path, faults),
        Value::Array(items) => {
            faults.extend(repeated_item(items, schema).map(|fault| format!("{path}: {fault}")));
            for (at, item) in items.iter().enumerate() {
                let name = item.get("name").and_then(Value::as_str).map_or_else(|| at.to_string(), str::to_owned);
                let schema = schema.get("items").unwrap_or(&Value::Null);
                check(item, schema, &format!("{path}[{name}]"), faults);
            }
        }
        _ => {}
    }
    // As in the API server, a rule sees only what has the right shape.
    if faults.len() == before {
        faults.extend(violated_rules(value, schema).into_iter().map(|fault| format!("{path}: {fault}")));
    }
}

fn check_members(members: &Map<String, Value>, schema: &Value, path: &str, faults: &mut Vec<String>) {
    let nothing = Map::new();
    let properties = schema.get("properties").and_then(Value::as_object).unwrap_or(&nothing);
    for (name, value) in members {
        if let Some(property) = properties.get(name) {
            check(value, property, &format!("{path}.{name}"), faults);
        } else {
            let known: Vec<&str> = properties.keys().map(String::as_str).collect();
            faults.push(format!("{path}.{name}: unknown field; known fields are {}", known.join(", ")));
        }
    }
    let required = schema.get("required").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str);
    faults
        .extend(required.filter(|name| !members.contains_key(*name)).map(|name| format!("{path}.{name}: is missing")));
}

/// Tells what is wrong with a value of the right type.
fn violated_bound(value: &Value, schema: &Value) -> Option<String> {
    let choices = schema.get("enum").and_then(Value::as_array);
    if let Some(choices) = choices.filter(|choices| !choices.contains(value)) {
        let choices: Vec<&str> = choices.iter().filter_map(Value::as_str).collect();
        return Some(format!("{value} is none of {}", choices.join(", ")));
    }
    let (size, least, most, what) = match value {
        Value::String(text) => (length(text.chars().count()), "minLength", "maxLength", "characters"),
        Value::Array(items) => (length(items.len()), "minItems", "maxItems", "items"),
        Value::Number(number) => (number.as_f64()?, "minimum", "maximum", ""),
        _ => return None,
    };
    let bound = |name: &str| schema.get(name).and_then(Value::as_f64);
    let has = if what.is_empty() { format!("is {size}") } else { format!("has {size} {what}") };
    match (bound(least), bound(most)) {
        (Some(least), _) if size < least => Some(format!("{has}; at least {least} required")),
        (_, Some(most)) if size > most => Some(format!("{has}; at most {most} allowed")),
        _ => None,
    }
}

/// Returns a length as a number that compares with a schema's bounds, which are far below where precision is lost.
fn length(length: usize) -> f64 {
    f64::from(u32::try_from(length).unwrap_or(u32::MAX))
}

fn is_of(value: &Value, expected: &str) -> bool {
    match expected {
        "string" => value.is_string(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        "boolean" => value.is_boolean(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        _ => true,
    }
}

/// Tells that a value has another type than expected: YAML does not read `n`, `on` and `0777` as strings.
fn mismatch(value: &Value, expected: &str) -> String {
    let quotes =
        if expected == "string" && !value.is_object() && !value.is_array() { "; put it in quotes" } else { "" };
    format!("is {}, and {} is expected{quotes}", kind(value), article(expected))
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}

fn article(expected: &str) -> &'static str {
    match expected {
        "string" => "a string",
        "integer" => "a whole number",
        "number" => "a number",
        "boolean" => "true or false",
        "array" => "a list",
        _ => "an object",
    }
}
