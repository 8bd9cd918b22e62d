//! Each pattern, bound and rule of the CRD, violated once: API server and command line refuse the same field. The inputs
//! follow from the CRD itself, so a new bound is tried too; a new rule without an input fails.

use schema_operator::cli;
use serde_json::{Map, Value, json};

use super::fields::fields_of;
use super::{apply, client, resources, spec};

/// A value for the object that a rule is about, by the rule's message.
const VIOLATIONS: [(&str, &str); 23] = [
    ("exactly one of tables and ddl", ""),
    ("must be hours, minutes and seconds", "721h"),
    ("must be minutes and seconds from 1s to 60s", "61s"),
    ("exactly one of inline, configMapRef", "{}"),
    ("exactly one of alembic, flyway", "{}"),
    ("expression must be set, unless", "{name: c}"),
    ("at most one of default, generated", "{name: x, type: int, default: {value: '1'}, autoIncrement: true}"),
    ("an autoIncrement column cannot", "{name: x, type: int, nullable: true, autoIncrement: true}"),
    ("at most one of first and after", "{name: x, type: int, first: true, after: id}"),
    ("exactly one of value, expression, none", "{value: '0', none: {}}"),
    ("columns and references must be set", "{name: f, columns: [a]}"),
    ("same number of columns", "{name: f, columns: [a, b], references: {table: t, columns: [a]}}"),
    ("columns must be set, unless", "{name: i}"),
    ("at most one of unique and kind", "{name: i, columns: [a], unique: true, kind: Fulltext}"),
    ("parser needs kind", "{name: i, columns: [a], parser: ngram}"),
    ("PRIMARY is the primary key's name", "{name: Primary, columns: [a]}"),
    ("need expression and take no columns", "{by: Range, columns: [x], partitions: [{name: p, lessThan: '1'}]}"),
    ("RangeColumns and ListColumns need", "{by: RangeColumns, partitions: [{name: p, lessThan: '1'}]}"),
    ("ranges and lists need partitions", "{by: Range, expression: x}"),
    ("must begin with SELECT", "DELETE FROM a"),
    ("exactly one of rows, value, number", "{}"),
    ("min or max is required", "{}"),
    ("min is greater than max", "{min: 2, max: 1}"),
];

/// One step on the way into a spec.
#[derive(Debug, Clone)]
enum Step {
    Field(String),
    Item,
}

/// A value that violates one keyword of the CRD.
struct Violation {
    path: Vec<Step>,
    keyword: String,
    value: Value,
}

/// Finds what can be violated in a schema.
fn walk(schema: &Value, path: &[Step], found: &mut Vec<Violation>) {
    let mut violated = |keyword: &str, value: Value| {
        found.push(Violation { path: path.to_vec(), keyword: keyword.to_owned(), value });
    };
    let number = |name: &str| schema.get(name).and_then(Value::as_i64);
    let length = |number: i64| usize::try_from(number).unwrap();
    if schema.get("pattern").is_some() {
        violated("pattern", json!("\u{1} "));
    }
    if schema.get("enum").is_some() {
        violated("enum", json!("Nope"));
    }
    if number("minLength").is_some_and(|least| least > 0) {
        violated("minLength", json!(""));
    }
    if let Some(most) = number("maxLength") {
        violated("maxLength", json!("x".repeat(length(most) + 1)));
    }
    if number("minItems").is_some_and(|least| least > 0) {
        violated("minItems", json!([]));
    }
    if let (Some(most), Some(items)) = (number("maxItems"), schema.get("items")) {
        let item = |at: usize| match sample(items) {
            Value::Object(mut members) => {
                if items.pointer("/properties/name").is_some() {
                    members.insert("name".to_owned(), json!(format!("n{at}")));
                }
                Value::Object(members)
            }
            _ if items.get("enum").is_some() => sample(items),
            _ => json!(format!("n{at}")),
        };
        violated("maxItems", (0..=length(most)).map(item).collect());
    }
    if let Some(least) = number("minimum") {
        violated("minimum", json!(least - 1));
    }
    if let Some(most) = number("maximum") {
        violated("maximum", json!(most + 1));
    }
    for rule in schema.get("x-kubernetes-validations").and_then(Value::as_array).into_iter().flatten() {
        let (rule, message) = (rule["rule"].as_str().unwrap(), rule["message"].as_str().unwrap());
        // It needs a former state, which `crd::server` tries.
        if rule.contains("oldSelf") {
            continue;
        }
        let input = VIOLATIONS.iter().find(|(part, _)| message.contains(part));
        let (_, yaml) = input.unwrap_or_else(|| panic!("no input violates the rule {message:?}"));
        if !yaml.is_empty() {
            violated(message, serde_saphyr::from_str(yaml).expect(yaml));
        }
    }
    for (name, property) in schema.get("properties").and_then(Value::as_object).into_iter().flatten() {
        walk(property, &[path, &[Step::Field(name.clone())]].concat(), found);
    }
    if let Some(items) = schema.get("items") {
        walk(items, &[path, &[Step::Item]].concat(), found);
    }
}

/// Returns the smallest value of a schema.
fn sample(schema: &Value) -> Value {
    if let Some(word) = schema.pointer("/enum/0") {
        return word.clone();
    }
    match schema["type"].as_str().unwrap_or_default() {
        "object" => {
            let required = schema.get("required").and_then(Value::as_array).into_iter().flatten();
            let member = |name: &Value| {
                let name = name.as_str().unwrap();
                (name.to_owned(), sample(&schema["properties"][name]))
            };
            Value::Object(required.map(member).collect::<Map<_, _>>())
        }
        "array" => json!([sample(&schema["items"])]),
        "integer" => schema.get("minimum").cloned().unwrap_or(json!(1)),
        "boolean" => json!(true),
        _ => json!("x1"),
    }
}

/// Sets a value in a spec, and makes what is missing on the way.
fn set(place: &mut Value, schema: &Value, path: &[Step], value: &Value) {
    let Some((step, rest)) = path.split_first() else {
        *place = value.clone();
        return;
    };
    let inner = match step {
        Step::Field(name) => {
            let schema = &schema["properties"][name];
            let members = place.as_object_mut().expect("an object");
            (members.entry(name.clone()).or_insert_with(|| sample(schema)), schema)
        }
        Step::Item => {
            let items = place.as_array_mut().expect("a list");
            if items.is_empty() {
                items.push(sample(&schema["items"]));
            }
            (&mut items[0], &schema["items"])
        }
    };
    set(inner.0, inner.1, rest, value);
}

fn name_of(path: &[Step]) -> String {
    path.iter().fold("spec".to_owned(), |name, step| match step {
        Step::Field(field) => format!("{name}.{field}"),
        Step::Item => format!("{name}[]"),
    })
}

#[tokio::test]
async fn server_and_command_line_refuse_the_same_field() {
    let crd = serde_json::to_value(schema_operator::api::crd()).unwrap();
    let schema = &crd["spec"]["versions"][0]["schema"]["openAPIV3Schema"]["properties"]["spec"];
    let mut violations = Vec::new();
    walk(schema, &[], &mut violations);
    assert!(violations.len() > 150, "{}", violations.len());
    let api = resources(client().await, "default");
    let mut wrong = Vec::new();
    for some in violations.chunks(16) {
        let tried = some.iter().map(async |Violation { path, keyword, value }| {
            let mut changed = spec(&[]);
            set(&mut changed, schema, path, value);
            let name = name_of(path);
            let server = apply(&api, "a-dry-run", &changed, "test", true).await;
            let resource = json!({
                "apiVersion": "schema-operator.dev/v1alpha1", "kind": "DatabaseSchema", "metadata": {"name": "a"},
                "spec": changed,
            });
            let file = cli::parse(&resource.to_string()).map(drop).map_err(|error| error.to_string());
            let names_it = |outcome: &Result<(), String>| {
                let Err(message) = outcome else { return false };
                fields_of(message).iter().any(|field| field.trim_end_matches("[]") == name.trim_end_matches("[]"))
            };
            let shown = |outcome: Result<(), String>| {
                let text = outcome.err().unwrap_or_else(|| "accepted".to_owned());
                text.chars().take(300).collect::<String>()
            };
            (!names_it(&server) || !names_it(&file))
                .then(|| format!("{name}, {keyword}: the server: {}; the file: {}", shown(server), shown(file)))
        });
        wrong.extend(futures::future::join_all(tried).await.into_iter().flatten());
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
