//! The custom resource as the real API server sees it.

mod each_rule;
mod fields;
mod rules;
mod server;

use kube::api::{DynamicObject, Patch, PatchParams, ValidationDirective};
use kube::core::{ApiResource, GroupVersionKind};
use kube::{Api, Client};
use serde_json::Value;

use crate::support::{client_of, operator_kubeconfig, variable};

/// A resource that uses most fields.
const BASE: &str = "
revision: d1f2e3c4b5a6
database: todobox
connection:
  secretRef: {name: db, keys: {host: host, port: port, username: username, password: password}}
  tls: VerifyIdentity
mode: Apply
tables:
- name: user
  columns:
  - {name: id, type: int, nullable: false, autoIncrement: true}
  - {name: username, type: varchar(64)}
  - {name: api_token, type: varchar(255), nullable: true}
  primaryKey: [id]
  indexes:
  - {name: ix_user_api_token, columns: [api_token], unique: true}
revisionTable: {alembic: {chain: [6793349c088c, d1f2e3c4b5a6]}}
policy: {allow: [], undeclared: Keep, drift: Correct}
verify:
- {name: the query that failed, query: 'SELECT id, username, email, api_token FROM user LIMIT 1'}
";

/// The placeholder for the value of a field that is removed.
const GONE: &str = "<gone>";

/// Returns a client of an API server that has the CRD.
async fn client() -> Client {
    operator_kubeconfig();
    client_of(std::path::Path::new(&variable("KUBECONFIG"))).await
}

/// Returns the base, with other values at some paths: `tables.0.columns.1.type`.
fn spec(changes: &[(&str, &str)]) -> Value {
    let mut spec: Value = serde_saphyr::from_str(BASE).expect("YAML");
    for (path, value) in changes {
        set(&mut spec, path, value);
    }
    spec
}

fn set(spec: &mut Value, path: &str, yaml: &str) {
    let (parents, last) = path.rsplit_once('.').unwrap_or(("", path));
    let parents = parents.split('.').filter(|word| !word.is_empty());
    let place = parents.fold(spec, |place, word| match word.parse::<usize>() {
        Ok(index) => &mut place[index],
        Err(_) => &mut place[word],
    });
    let value = || serde_saphyr::from_str(yaml).expect(yaml);
    match (place, last.parse::<usize>()) {
        (Value::Array(items), Ok(index)) if index == items.len() => items.push(value()),
        (place, Ok(index)) => place[index] = value(),
        (place, Err(_)) if yaml == GONE => _ = place.as_object_mut().expect("an object").remove(last),
        (place, Err(_)) => place[last] = value(),
    }
}

/// Applies on the server side as `manager`, like `kubectl apply --server-side`.
async fn apply(api: &Api<DynamicObject>, name: &str, spec: &Value, manager: &str, dry_run: bool) -> Result<(), String> {
    let object = serde_json::json!({
        "apiVersion": "schema-operator.dev/v1alpha1", "kind": "DatabaseSchema", "metadata": { "name": name },
        "spec": spec,
    });
    let params = PatchParams {
        dry_run,
        field_manager: Some(manager.to_owned()),
        field_validation: Some(ValidationDirective::Strict),
        ..PatchParams::default()
    };
    match api.patch(name, &params, &Patch::Apply(&object)).await {
        Ok(_) => Ok(()),
        Err(kube::Error::Api(status)) => Err(status.message),
        Err(other) => panic!("{other}"),
    }
}

/// Returns the API of a namespace's resources, without a type for their content.
fn resources(client: Client, namespace: &str) -> Api<DynamicObject> {
    let kind = GroupVersionKind::gvk("schema-operator.dev", "v1alpha1", "DatabaseSchema");
    Api::namespaced_with(client, namespace, &ApiResource::from_gvk_with_plural(&kind, "databaseschemas"))
}
