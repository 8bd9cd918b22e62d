//! Turns the schema that is derived from a Rust type into what users of Kubernetes need of it.

use schemars::Schema;
use schemars::transform::{Transform, transform_subschemas};
use serde_json::{Map, Value, json};

/// Rewrites a schema and all within it:
/// - null is no value: with server-side apply it would pass for a field that is left out, and hide a mistake;
/// - the formats of unsigned numbers are unknown to the API server, which warns of each;
/// - a union becomes plain properties and a rule, since the error of a `oneOf` names no field;
/// - the lines of a description are joined, since `kubectl explain` wraps them itself.
///
/// Name it on the outermost type, as `#[schemars(transform = Structural)]`: all others are inlined there.
#[derive(Clone, Debug)]
pub(super) struct Structural;

impl Transform for Structural {
    fn transform(&mut self, schema: &mut Schema) {
        transform_subschemas(self, schema);
        if let Some(object) = schema.as_object_mut() {
            drop_null(object);
            drop_unsigned_format(object);
            flatten_choice(object);
            join_lines(object);
        }
    }
}

/// Takes null out of an `Option<T>`, which is one of two types, an `enum` with null in it, or `anyOf` of T and null.
fn drop_null(schema: &mut Map<String, Value>) {
    if let Some(Value::Array(values)) = schema.get_mut("enum") {
        values.retain(|value| !value.is_null());
    }
    if let Some(Value::Array(types)) = schema.get_mut("type") {
        types.retain(|name| name != "null");
        if let [only] = types.as_slice() {
            let only = only.clone();
            schema.insert("type".to_owned(), only);
        }
    }
    if let Some(Value::Array(mut arms)) = schema.remove("anyOf") {
        arms.retain(|arm| arm["type"] != "null");
        if let [Value::Object(only)] = arms.as_slice() {
            adopt(schema, only);
        } else {
            schema.insert("anyOf".to_owned(), arms.into());
        }
    }
}

/// Takes over the keywords of another schema that the schema does not have itself. A field keeps its own description.
fn adopt(schema: &mut Map<String, Value>, other: &Map<String, Value>) {
    for (keyword, value) in other {
        schema.entry(keyword.clone()).or_insert_with(|| value.clone());
    }
}

fn drop_unsigned_format(schema: &mut Map<String, Value>) {
    if schema.get("format").and_then(Value::as_str).is_some_and(|format| format.starts_with("uint")) {
        schema.remove("format");
    }
}

/// Flattens a Rust enum, which is `oneOf`: of constants, or of objects with one property each.
fn flatten_choice(schema: &mut Map<String, Value>) {
    let Some(Value::Array(arms)) = schema.remove("oneOf") else {
        return;
    };
    let constants: Option<Vec<Value>> = arms.iter().map(|arm| arm.get("const").cloned()).collect();
    let members: Option<Vec<(String, Value)>> = arms.iter().map(only_property).collect();
    if let Some(constants) = constants {
        schema.insert("type".to_owned(), "string".into());
        schema.insert("enum".to_owned(), constants.into());
    } else if let Some(members) = members {
        let names: Vec<&str> = members.iter().map(|(name, _)| name.as_str()).collect();
        let rule = union_rule(&names);
        schema.insert("type".to_owned(), "object".into());
        schema.insert("x-kubernetes-validations".to_owned(), json!([rule]));
        schema.insert("properties".to_owned(), Value::Object(members.into_iter().collect()));
    } else {
        schema.insert("oneOf".to_owned(), arms.into());
    }
}

/// Returns the name and schema of the property that an arm of a union consists of.
fn only_property(arm: &Value) -> Option<(String, Value)> {
    let mut properties = arm.get("properties")?.as_object()?.iter();
    let (name, schema) = properties.next().filter(|_| properties.len() == 0)?;
    let mut schema = schema.clone();
    if let (Some(property), Some(description)) = (schema.as_object_mut(), arm.get("description")) {
        // The description in the union counts, not that of the member's type.
        property.insert("description".to_owned(), description.clone());
    }
    Some((name.clone(), schema))
}

/// Returns a rule with a sum: its error names the path of the union, and each term costs next to nothing.
fn union_rule(names: &[&str]) -> Value {
    let terms: Vec<String> = names.iter().map(|name| format!("(has(self.{name}) ? 1 : 0)")).collect();
    json!({
        "rule": format!("{} == 1", terms.join(" + ")),
        "message": format!("exactly one of {} must be set", names.join(", ")),
    })
}

/// Joins the lines of each paragraph. Blank lines separate paragraphs; other line ends only wrap the source.
fn join_lines(schema: &mut Map<String, Value>) {
    if let Some(Value::String(description)) = schema.get_mut("description") {
        let paragraphs: Vec<String> = description.split("\n\n").map(|paragraph| paragraph.replace('\n', " ")).collect();
        *description = paragraphs.join("\n\n");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn structural(schema: Value) -> Value {
        let mut schema: Schema = schema.try_into().unwrap();
        Structural.transform(&mut schema);
        schema.to_value()
    }

    #[test]
    fn null_is_no_value() {
        let derived = json!({ "type": "object", "properties": {
            "text": { "type": ["string", "null"] },
            "choice": { "type": ["string", "null"], "enum": ["A", null] },
            "part": { "description": "field", "anyOf": [{ "description": "T", "type": "object" }, { "type": "null" }] },
        }});
        let expected = json!({ "type": "object", "properties": {
            "text": { "type": "string" },
            "choice": { "type": "string", "enum": ["A"] },
            "part": { "description": "field", "type": "object" },
        }});
        assert_eq!(structural(derived), expected);
    }

    #[test]
    fn only_the_formats_of_unsigned_numbers_go() {
        let derived = json!({ "items": { "type": "integer", "format": "uint32" }, "format": "int64" });
        assert_eq!(structural(derived), json!({ "items": { "type": "integer" }, "format": "int64" }));
    }

    #[test]
    fn constants_become_an_enum() {
        let derived = json!({ "oneOf": [{ "const": "A", "description": "a" }, { "const": "B" }], "default": "A" });
        assert_eq!(structural(derived), json!({ "type": "string", "enum": ["A", "B"], "default": "A" }));
    }

    #[test]
    fn a_union_becomes_properties_and_a_rule() {
        let derived = json!({ "oneOf": [
            { "description": "as\ntext", "properties": { "a": { "type": "string" } }, "required": ["a"] },
            { "type": "object", "properties": { "b": { "type": "object" } }, "required": ["b"] },
        ]});
        let expected = json!({
            "type": "object",
            "properties": { "a": { "type": "string", "description": "as text" }, "b": { "type": "object" } },
            "x-kubernetes-validations": [{
                "rule": "(has(self.a) ? 1 : 0) + (has(self.b) ? 1 : 0) == 1",
                "message": "exactly one of a, b must be set",
            }],
        });
        assert_eq!(structural(derived), expected);
    }

    #[test]
    fn paragraphs_stay_apart() {
        let derived = json!({ "description": "one\nline\n\nanother\none" });
        assert_eq!(structural(derived), json!({ "description": "one line\n\nanother one" }));
    }
}
