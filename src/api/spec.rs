//! The resource itself, and the parts of its spec that have no file of their own.

use std::time::Duration;

use kube::CustomResource;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::bounds::{DataKey, DurationText, Name, ObjectName, Revision};
use super::connection::Connection;
use super::duration::{InvalidDuration, duration_or};
use super::policy::Policy;
use super::revision_table::RevisionTable;
use super::status::DatabaseSchemaStatus;
use super::structural::Structural;
use super::table::TableSpec;

/// The declared schema of a database. What is declared is enforced; what is not declared is never touched.
#[expect(clippy::duplicated_attributes, reason = "each printed column has a type of its own")]
#[derive(CustomResource, Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[kube(
    group = "schema-operator.dev",
    version = "v1alpha1",
    kind = "DatabaseSchema",
    plural = "databaseschemas",
    shortname = "dbs",
    namespaced,
    derive = "PartialEq",
    doc = "A DatabaseSchema declares the tables, columns, indexes and keys that an application needs in a MySQL or \
           MariaDB database. The operator changes the live database to match, without losing a row, and reports \
           its progress.",
    status = "DatabaseSchemaStatus",
    printcolumn(name = "Database", type_ = "string", json_path = ".spec.database"),
    printcolumn(name = "Revision", type_ = "string", json_path = ".status.revision.applied"),
    printcolumn(name = "Ready", type_ = "string", json_path = ".status.conditions[?(@.type==\"Ready\")].status"),
    printcolumn(name = "Reason", type_ = "string", json_path = ".status.conditions[?(@.type==\"Ready\")].reason"),
    printcolumn(name = "Risks", type_ = "string", json_path = ".status.plan.risks"),
    printcolumn(name = "Age", type_ = "date", json_path = ".metadata.creationTimestamp")
)]
#[schemars(
    transform = Structural,
    extend("x-kubernetes-validations" = [{
        "rule": "has(self.tables) != has(self.ddl)",
        "message": "exactly one of tables and ddl must be set",
    }])
)]
#[serde(rename_all = "camelCase")]
pub struct DatabaseSchemaSpec {
    /// The application's own name for this state of its schema, for example the id of its newest migration. At most 128
    /// characters, no blanks. It is reported as applied once the live database has everything that is declared here.
    #[schemars(with = "Revision")]
    pub revision: String,

    /// The database on the server. It must exist. The field cannot be changed: another database needs another resource.
    #[schemars(with = "Name", extend("x-kubernetes-validations" = [{
        "rule": "self == oldSelf",
        "message": "database is immutable: declare another database in another DatabaseSchema",
        "reason": "FieldValueForbidden",
    }]))]
    pub database: String,

    /// How the operator connects to the server.
    pub connection: Connection,

    /// `Apply` changes the database. `Plan` writes nothing to it, and shows in the status what it would do; use it to
    /// adopt an existing database. `Require` changes nothing either: Ready tells whether the live schema satisfies the
    /// declaration, and no other resource's plan may break that.
    #[serde(default)]
    pub mode: Mode,

    /// The declared tables, by name. At most 1,000. Exactly one of `tables` and `ddl` must be set.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(
        length(max = 1000),
        extend("x-kubernetes-list-type" = "map", "x-kubernetes-list-map-keys" = ["name"])
    )]
    pub tables: Option<Vec<TableSpec>>,

    /// The declared tables, as `CREATE TABLE` statements. Exactly one of `tables` and `ddl` must be set.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ddl: Option<Ddl>,

    /// The table in which a migration tool keeps the revision of this database, and the revisions that it may hold. If
    /// it holds another one, nothing is changed. `spec.revision` is the declared one if it is in the chain; else the
    /// last of the chain is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revision_table: Option<RevisionTable>,

    /// What the operator may do without approval, and what happens to undeclared objects.
    #[serde(default)]
    pub policy: Policy,

    /// Queries that must pass before the schema is Ready, by name. At most 50. They run with the operator's login in a
    /// read-only session, and no value that they return is shown anywhere.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(
        length(max = 50),
        extend("x-kubernetes-list-type" = "map", "x-kubernetes-list-map-keys" = ["name"])
    )]
    pub verify: Option<Vec<VerifyQuery>>,

    /// How often the live database is compared with the declaration, as hours, minutes and seconds such as `1h30m`.
    /// From 1s to 720h.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<DurationText>", extend("default" = DatabaseSchemaSpec::INTERVAL))]
    pub interval: Option<String>,

    /// How long the server may be out of reach, or its Secret missing, before Stalled is reported, as hours, minutes
    /// and seconds such as `1h30m`. From 1s to 720h. The operator keeps trying after that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<DurationText>", extend("default" = DatabaseSchemaSpec::PROGRESS_DEADLINE))]
    pub progress_deadline: Option<String>,

    /// While true, the database is left alone: no statement begins, and nothing is compared. Default: false.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub suspend: Option<bool>,
}

impl DatabaseSchemaSpec {
    const INTERVAL: &str = "5m";
    const PROGRESS_DEADLINE: &str = "10m";

    /// Returns the time between two comparisons, or its default.
    pub fn interval(&self) -> Result<Duration, InvalidDuration> {
        duration_or(self.interval.as_deref(), Self::INTERVAL)
    }

    /// Returns the time after which an unreachable server is reported as Stalled, or its default.
    pub fn progress_deadline(&self) -> Result<Duration, InvalidDuration> {
        duration_or(self.progress_deadline.as_deref(), Self::PROGRESS_DEADLINE)
    }

    /// Returns whether the resource is suspended.
    #[must_use]
    pub fn is_suspended(&self) -> bool {
        self.suspend.unwrap_or(false)
    }
}

/// What the operator does with the differences that it finds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum Mode {
    /// Change the database.
    #[default]
    Apply,
    /// Show what would be done.
    Plan,
    /// Check what others provide.
    Require,
}

/// `CREATE TABLE` statements: inline, or in a ConfigMap.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Ddl {
    /// The statements themselves, separated by semicolons. At most 524,288 characters.
    Inline(#[schemars(length(min = 1, max = 524_288))] String),
    /// A key of a ConfigMap in the same namespace. The ConfigMap must have `immutable: true`: otherwise it could change
    /// after it was applied, and Ready would be wrong.
    ConfigMapRef(ConfigMapKeyRef),
}

/// A key of a ConfigMap in the resource's own namespace.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ConfigMapKeyRef {
    /// The name of the ConfigMap.
    #[schemars(with = "ObjectName")]
    pub name: String,

    /// The key whose value holds the statements.
    #[schemars(with = "DataKey")]
    pub key: String,
}

/// A query that must pass before the schema is Ready.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct VerifyQuery {
    /// The name of the query in messages. At most 128 characters.
    #[schemars(length(min = 1, max = 128))]
    pub name: String,

    /// One statement that only reads: SELECT, WITH, TABLE or VALUES, without functions that lock, wait or read files. Name
    /// tables without their database. At most 4,096 characters.
    #[schemars(length(min = 1, max = 4096), extend("x-kubernetes-validations" = [{
        "rule": r"self.matches('(?i)^\\s*(\\(|--|#|/\\*|(SELECT|WITH|TABLE|VALUES)\\b)')",
        "message": "must begin with SELECT, WITH, TABLE or VALUES",
    }]))]
    pub query: String,

    /// What the query must give to pass. Default: anything, as long as it runs without an error.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expect: Option<Expectation>,

    /// Whether messages may show the value that the query gives where it is not the expected one. Default: false, since
    /// status and Events are read by more people than the database. Set it for counts and the like.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub show_value: Option<bool>,
}

/// What a verify query must give to pass.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Expectation {
    /// So many rows.
    Rows(RowRange),
    /// One row at most, with one column, and this is its value, as the server writes it. At most 1,024 characters.
    Value(#[schemars(length(max = 1024))] String),
    /// One row with one column, whose value is a number in this range.
    Number(NumberRange),
}

/// Returns the rules of a range, which has at least one end.
fn range_rules() -> serde_json::Value {
    serde_json::json!([{
        "rule": "has(self.min) || has(self.max)",
        "message": "min or max is required",
    }, {
        "rule": "!has(self.min) || !has(self.max) || self.min <= self.max",
        "message": "min is greater than max",
    }])
}

/// How many rows a query gives.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(extend("x-kubernetes-validations" = range_rules()))]
#[serde(rename_all = "camelCase")]
pub struct RowRange {
    /// At least so many. From 0 to 10,000; count more than that with COUNT(*) and `number`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0, max = 10_000))]
    pub min: Option<u32>,

    /// At most so many: 0 declares that there is none. From 0 to 10,000.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0, max = 10_000))]
    pub max: Option<u32>,
}

/// The range of a number.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(extend("x-kubernetes-validations" = range_rules()))]
#[serde(rename_all = "camelCase")]
pub struct NumberRange {
    /// The least value that passes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min: Option<i64>,

    /// The greatest value that passes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max: Option<i64>,
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::{AlembicTable, DefaultSpec, DriftPolicy, Empty, TlsMode, UndeclaredPolicy};
    use super::*;

    const EXAMPLE: &str = r#"
apiVersion: schema-operator.dev/v1alpha1
kind: DatabaseSchema
metadata: {name: todobox, namespace: todobox}
spec:
  revision: d1f2e3c4b5a6
  database: todobox
  connection:
    secretRef: {name: todobox-mysql, keys: {host: host, port: port, username: username, password: password}}
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
  revisionTable: {alembic: {chain: [6793349c088c, 366e5694a9ad, 3e5106ee570c, c682ef478e45, d1f2e3c4b5a6]}}
  policy: {allow: [], undeclared: Keep, drift: Correct}
  verify:
    - {name: the query that failed, query: "SELECT id, username, email, api_token FROM user LIMIT 1"}
"#;

    #[test]
    fn the_example_is_read_in_full() {
        let resource: DatabaseSchema = serde_saphyr::from_str(EXAMPLE).unwrap();
        let spec = &resource.spec;
        assert_eq!(spec.connection.tls, TlsMode::VerifyIdentity);
        let table = &spec.tables.as_ref().unwrap()[0];
        assert_eq!(table.columns.as_ref().unwrap()[1].data_type.as_deref(), Some("varchar(64)"));
        assert_eq!(table.columns.as_ref().unwrap()[1].nullable, None);
        assert_eq!(table.indexes.as_ref().unwrap()[0].unique, Some(true));
        let Some(RevisionTable::Alembic(AlembicTable { chain, .. })) = &spec.revision_table else {
            panic!("{:?}", spec.revision_table)
        };
        assert_eq!(chain.len(), 5);
        assert_eq!(spec.revision_table.as_ref().unwrap().table(), "alembic_version");
    }

    /// Returns the least that the API server accepts must be read even where it has filled in no defaults.
    #[test]
    fn what_is_left_out_has_its_default() {
        let spec: DatabaseSchemaSpec = serde_json::from_value(json!({
            "revision": "1", "database": "d", "connection": { "secretRef": { "name": "s" } }, "tables": [],
        }))
        .unwrap();
        assert_eq!((spec.mode, spec.connection.tls), (Mode::Apply, TlsMode::VerifyIdentity));
        assert_eq!((spec.policy.undeclared, spec.policy.drift), (UndeclaredPolicy::Keep, DriftPolicy::Correct));
        assert_eq!(spec.interval(), Ok(Duration::from_mins(5)));
        assert_eq!(spec.progress_deadline(), Ok(Duration::from_mins(10)));
        assert_eq!(spec.connection.connect_timeout(), Ok(Duration::from_secs(10)));
        assert_eq!(spec.policy.lock_wait(), Ok(Duration::from_secs(5)));
        assert_eq!(spec.policy.max_replica_lag(), Ok(None));
        assert_eq!(spec.policy.small_table_rows(), 1000);
        assert_eq!(spec.connection.secret_ref.keys.ca(), "ca.crt");
        assert!(!spec.is_suspended());
    }

    /// With server-side apply a null would be a declaration.
    #[test]
    fn what_is_left_out_is_not_written() {
        let given = json!({
            "revision": "1", "database": "d", "mode": "Apply",
            "connection": { "secretRef": { "name": "s" }, "tls": "Required" },
            "policy": { "undeclared": "Keep", "drift": "Correct", "history": "Table" },
            "tables": [{ "name": "t", "columns": [{ "name": "c" }], "indexes": [{ "name": "i", "state": "Absent" }] }],
        });
        let spec: DatabaseSchemaSpec = serde_json::from_value(given.clone()).unwrap();
        assert_eq!(serde_json::to_value(spec).unwrap(), given);
    }

    #[test]
    fn unions_are_written_as_one_member() {
        for (default, written) in [
            (DefaultSpec::Value("0".to_owned()), json!({ "value": "0" })),
            (DefaultSpec::Expression("uuid()".to_owned()), json!({ "expression": "uuid()" })),
            (DefaultSpec::None(Empty {}), json!({ "none": {} })),
        ] {
            assert_eq!(serde_json::to_value(&default).unwrap(), written);
            assert_eq!(serde_json::from_value::<DefaultSpec>(written).unwrap(), default);
        }
        let ddl = Ddl::ConfigMapRef(ConfigMapKeyRef { name: "a".to_owned(), key: "k".to_owned() });
        assert_eq!(serde_json::to_value(ddl).unwrap(), json!({ "configMapRef": { "name": "a", "key": "k" } }));
    }
}
