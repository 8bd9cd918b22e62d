//! Writes the reference for users from the definition of the resource: what is documented is what is served.

use std::fmt::Write as _;

use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::{
    JSONSchemaProps, JSONSchemaPropsOrArray, ValidationRule,
};

use super::crd::crd;
use super::names::{GROUP, VERSION};
use super::reason::reasons_markdown;

/// Returns the reference in Markdown: a table for each object of the resource, its rules, and the table of reasons.
#[must_use]
pub fn reference_markdown() -> String {
    let mut text = format!(
        "<!-- Written from the resource definition. Do not edit. -->\n\n# DatabaseSchema\n\n\
         `apiVersion: {GROUP}/{VERSION}`, `kind: DatabaseSchema`\n"
    );
    let crd = crd();
    let schemas = crd.spec.versions.iter().filter_map(|version| version.schema.as_ref()?.open_api_v3_schema.as_ref());
    for schema in schemas {
        let _ = write!(text, "\n{}\n", schema.description.as_deref().unwrap_or_default());
        for part in ["spec", "status"] {
            if let Some(schema) = schema.properties.as_ref().and_then(|properties| properties.get(part)) {
                write_object(&mut text, part, schema);
            }
        }
    }
    let _ =
        write!(text, "\n## Reasons\n\nThe reason of the Ready condition is one of these.\n\n{}", reasons_markdown());
    text
}

/// Writes the section of an object, and after it those of the objects in it.
fn write_object(text: &mut String, path: &str, schema: &JSONSchemaProps) {
    let Some(properties) = schema.properties.as_ref() else {
        return;
    };
    let required = schema.required.as_deref().unwrap_or_default();
    let _ = write!(text, "\n## `{path}`\n\n{}\n\n", schema.description.as_deref().unwrap_or_default());
    text.push_str("| field | type | default | description |\n|---|---|---|---|\n");
    let (must, may): (Vec<_>, Vec<_>) = properties.iter().partition(|(name, _)| required.contains(name));
    for (name, property) in must.into_iter().chain(may) {
        let presence = if required.contains(name) { " (required)" } else { "" };
        let _ = writeln!(
            text,
            "| `{name}`{presence} | {} | {} | {} |",
            cell(&type_text(&format!("{path}.{name}"), property)),
            cell(&default_text(property)),
            cell(property.description.as_deref().unwrap_or_default()),
        );
    }
    write_rules(text, schema);
    for (name, property) in properties {
        write_object(text, &format!("{path}.{name}"), property);
        if let Some(item) = item(property) {
            write_object(text, &format!("{path}.{name}[]"), item);
        }
    }
}

/// Writes the rules of an object and of those of its fields that get no section.
fn write_rules(text: &mut String, schema: &JSONSchemaProps) {
    let mut rules: Vec<String> = messages(schema).map(str::to_owned).collect();
    for (name, property) in schema.properties.iter().flatten().filter(|(_, property)| property.properties.is_none()) {
        rules.extend(messages(property).map(|message| format!("`{name}`: {message}")));
    }
    if !rules.is_empty() {
        let _ = write!(text, "\nRules:\n\n- {}\n", rules.join("\n- "));
    }
}

fn messages(schema: &JSONSchemaProps) -> impl Iterator<Item = &str> {
    let rules: &[ValidationRule] = schema.x_kubernetes_validations.as_deref().unwrap_or_default();
    rules.iter().filter_map(|rule| rule.message.as_deref())
}

fn item(schema: &JSONSchemaProps) -> Option<&JSONSchemaProps> {
    match schema.items.as_ref()? {
        JSONSchemaPropsOrArray::Schema(item) => Some(item),
        JSONSchemaPropsOrArray::Schemas(_) => None,
    }
}

fn type_text(path: &str, schema: &JSONSchemaProps) -> String {
    if let Some(values) = &schema.enum_ {
        let values: Vec<String> = values.iter().map(|value| format!("`{}`", plain(&value.0))).collect();
        return values.join(", ");
    }
    match schema.type_.as_deref().unwrap_or("any") {
        "array" => list_text(path, schema),
        "object" if schema.properties.is_some() => format!("[object](#{})", anchor(path)),
        "object" => "empty object".to_owned(),
        "string" if schema.format.as_deref() == Some("date-time") => "time".to_owned(),
        "string" => format!("string{}", bounds(schema.min_length, schema.max_length, " characters")),
        name => format!("{name}{}", bounds(schema.minimum, schema.maximum, "")),
    }
}

fn list_text(path: &str, schema: &JSONSchemaProps) -> String {
    let items = item(schema).map_or_else(String::new, |item| type_text(&format!("{path}[]"), item));
    let kind = match (schema.x_kubernetes_list_type.as_deref(), &schema.x_kubernetes_list_map_keys) {
        (Some("map"), Some(keys)) => format!(" by `{}`", keys.join("`, `")),
        (Some("set"), _) => ", none twice".to_owned(),
        _ => String::new(),
    };
    format!("list{kind}{}: {items}", bounds(schema.min_items, schema.max_items, " items"))
}

fn bounds<N: ToString>(least: Option<N>, most: Option<N>, unit: &str) -> String {
    match (least.map(|number| number.to_string()), most.map(|number| number.to_string())) {
        (Some(least), Some(most)) => format!(", {least} to {most}{unit}"),
        (None, Some(most)) => format!(", at most {most}{unit}"),
        (Some(least), None) => format!(", at least {least}{unit}"),
        (None, None) => String::new(),
    }
}

/// Returns a default, but for an object, which only repeats those of its fields.
fn default_text(schema: &JSONSchemaProps) -> String {
    match &schema.default {
        Some(value) if !value.0.is_object() => format!("`{}`", plain(&value.0)),
        _ => String::new(),
    }
}

/// Returns a value without the quotes that JSON puts around a string.
fn plain(value: &serde_json::Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// Returns the anchor that Markdown renderers give to a section.
fn anchor(path: &str) -> String {
    path.to_lowercase().chars().filter(char::is_ascii_alphanumeric).collect()
}

/// Returns text for one cell of a table.
fn cell(text: &str) -> String {
    text.replace('|', "\\|").replace("\n\n", "<br><br>").replace('\n', " ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn section<'a>(text: &'a str, heading: &str) -> &'a str {
        let from = text.find(&format!("\n## {heading}\n")).unwrap_or_else(|| panic!("no {heading}"));
        let rest = &text[from + 4..];
        rest.find("\n## ").map_or(rest, |end| &rest[..end])
    }

    #[test]
    fn fields_stand_with_type_default_and_rules() {
        let text = reference_markdown();
        let spec = section(&text, "`spec`");
        assert!(spec.contains("| `revision` (required) | string, 1 to 128 characters |  | The application's own name"));
        assert!(spec.contains("| `mode` | `Apply`, `Plan`, `Require` | `Apply` |"));
        assert!(spec.contains("| `tables` | list by `name`, at most 1000 items: [object](#spectables) |"));
        assert!(spec.contains("- exactly one of tables and ddl must be set"));
        assert!(spec.contains("- `database`: database is immutable"));
        let policy = section(&text, "`spec.policy`");
        assert!(policy.contains("| `smallTableRows` | integer, 0 to 1000000 | `1000` |"), "{policy}");
        assert!(section(&text, "`spec.tables[].columns[].default`").contains("| `none` | empty object |"));
        assert!(section(&text, "`status.revision`").contains("| `appliedAt` | time |"));
        assert!(section(&text, "Reasons").contains("| `InSync` | Ready |"));
    }

    #[test]
    fn each_row_has_its_cells() {
        for row in reference_markdown().lines().filter(|line| line.starts_with('|')) {
            let cells = row.replace("\\|", "").matches('|').count() - 1;
            assert!(cells == 4 || cells == 6, "{row}");
        }
    }
}
