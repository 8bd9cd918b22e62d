//! Makes the definition of the custom resource, as the API server needs it.

use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::CustomResourceDefinition;
use kube::CustomResourceExt;
use serde_saphyr::{SerializeError, ser_options, to_string_with_options};

use super::spec::DatabaseSchema;

/// Returns the definition of the custom resource.
#[must_use]
pub fn crd() -> CustomResourceDefinition {
    let mut crd = DatabaseSchema::crd();
    let schemas = crd.spec.versions.iter_mut().filter_map(|version| version.schema.as_mut());
    for schema in schemas.filter_map(|schema| schema.open_api_v3_schema.as_mut()) {
        // A macro makes the outermost type: its Option is the only one that `Structural` does not reach.
        if let Some(status) = schema.properties.as_mut().and_then(|properties| properties.get_mut("status")) {
            status.nullable = None;
        }
    }
    crd
}

/// Returns the definition in YAML, as `crds/` and the chart hold it.
pub fn crd_yaml() -> Result<String, SerializeError> {
    to_string_with_options(&crd(), ser_options! { folded_wrap_chars: 120 })
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    /// Each schema of the version's schema with its path, such as `spec.tables[].name`.
    fn schemas() -> Vec<(String, Value)> {
        fn collect(path: &str, schema: &Value, found: &mut Vec<(String, Value)>) {
            found.push((path.to_owned(), schema.clone()));
            for (name, property) in schema["properties"].as_object().into_iter().flatten() {
                collect(format!("{path}.{name}").trim_start_matches('.'), property, found);
            }
            if schema["items"].is_object() {
                collect(&format!("{path}[]"), &schema["items"], found);
            }
        }
        let crd = serde_json::to_value(crd()).unwrap();
        let mut found = Vec::new();
        collect("", &crd["spec"]["versions"][0]["schema"]["openAPIV3Schema"], &mut found);
        found
    }

    fn schema(path: &str) -> Value {
        schemas().into_iter().find(|(found, _)| found == path).unwrap_or_else(|| panic!("no {path}")).1
    }

    #[test]
    fn null_and_unknown_formats_are_nowhere() {
        for (path, schema) in schemas() {
            assert_eq!(schema["nullable"], Value::Null, "{path}");
            assert!(!schema["format"].as_str().unwrap_or_default().starts_with("uint"), "{path}");
            for union in ["oneOf", "anyOf", "allOf", "not"] {
                assert_eq!(schema[union], Value::Null, "{path}");
            }
        }
    }

    #[test]
    fn all_in_the_spec_is_bounded() {
        for (path, schema) in schemas().into_iter().filter(|(path, _)| path.starts_with("spec")) {
            match schema["type"].as_str() {
                Some("array") => assert!(schema["maxItems"].is_number(), "{path}"),
                Some("string") => assert!(schema["maxLength"].is_number() || schema["enum"].is_array(), "{path}"),
                Some("integer" | "boolean") => {}
                Some("object") => assert!(schema["additionalProperties"].is_null(), "{path}"),
                other => panic!("{path} is {other:?}"),
            }
        }
    }

    #[test]
    fn all_is_described() {
        for (path, schema) in schemas().into_iter().filter(|(path, _)| path.contains('.') && !path.ends_with("[]")) {
            assert!(schema["description"].as_str().is_some_and(|text| !text.contains('\n')), "{path}");
        }
    }

    #[test]
    fn lists_say_how_they_merge() {
        for (path, schema) in schemas().into_iter().filter(|(_, schema)| schema["type"] == "array") {
            assert!(schema["x-kubernetes-list-type"].is_string(), "{path}");
        }
        let table = "spec.tables[]";
        for list in ["columns", "indexes", "foreignKeys", "checks"] {
            let list = format!("{table}.{list}");
            assert_eq!(schema(&list)["x-kubernetes-list-type"], "map", "{list}");
            assert_eq!(schema(&list)["x-kubernetes-list-map-keys"], serde_json::json!(["name"]), "{list}");
            assert_eq!(schema(&format!("{list}[]"))["x-kubernetes-map-type"], "atomic", "{list}");
        }
        assert_eq!(schema("spec.tables")["x-kubernetes-list-type"], "map");
        assert_eq!(schema(table)["x-kubernetes-map-type"], Value::Null);
        assert_eq!(schema("spec.tables[].options")["x-kubernetes-map-type"], "atomic");
        assert_eq!(schema("spec.tables[].partitioning")["x-kubernetes-map-type"], "atomic");
        assert_eq!(schema("status.conditions")["x-kubernetes-list-map-keys"], serde_json::json!(["type"]));
    }

    #[test]
    fn a_resource_starts_out_as_not_observed() {
        assert_eq!(schema("status")["default"], serde_json::json!({ "observedGeneration": -1 }));
    }

    #[test]
    fn unions_are_properties_and_a_rule() {
        for (union, members) in [
            ("spec.ddl", vec!["configMapRef", "inline"]),
            (
                "spec.revisionTable",
                vec!["alembic", "dbmate", "django", "flyway", "golangMigrate", "liquibase", "prisma", "rails"],
            ),
            ("spec.tables[].columns[].default", vec!["expression", "none", "value"]),
            ("spec.verify[].expect", vec!["number", "rows", "value"]),
        ] {
            let schema = schema(union);
            let properties: Vec<&String> = schema["properties"].as_object().unwrap().keys().collect();
            assert_eq!(properties, members, "{union}");
            assert!(schema["x-kubernetes-validations"][0]["rule"].as_str().unwrap().ends_with("== 1"), "{union}");
        }
    }

    #[test]
    fn group_version_and_constants_agree() {
        let crd = crd();
        assert_eq!(crd.spec.group, super::super::GROUP);
        assert_eq!(crd.spec.versions[0].name, super::super::VERSION);
    }

    /// Client-side apply copies the definition into an annotation, which has room for 256 KiB.
    #[test]
    fn the_definition_stays_small() {
        let yaml = crd_yaml().unwrap();
        assert!(yaml.len() < 100_000, "{} bytes", yaml.len());
        let read: CustomResourceDefinition = serde_saphyr::from_str(&yaml).unwrap();
        assert_eq!(read, crd());
    }
}
