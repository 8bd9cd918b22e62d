//! The table of the record: how it is made, and how all of it is read with the schema.

use super::claim::KnownClaims;
use super::record_view::Owner;
use crate::schema::{Identifier, quote_literal};

/// The table's name.
pub const RECORD_TABLE: &str = "schema_operator_record";

/// Where the text of a claim is in a row.
pub(super) const CLAIMS: usize = 11;

/// What there is of the table.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Layout {
    #[default]
    Missing,
    /// An earlier version made it.
    WithoutClaims,
    Complete,
}

/// The statements that read all records, in any database: without the table they give no rows. They are to stand at the
/// end of a message, and give six results. Of its own claim
/// `owner` needs the digest alone, and of those that are known too.
pub fn select_records(database: &Identifier, owner: Option<&Owner>, known: &KnownClaims) -> String {
    let age = |column: &str| format!("TIMESTAMPDIFF(SECOND, {column}, UTC_TIMESTAMP(6))");
    let is_own = owner.map_or_else(
        || "FALSE".to_owned(),
        |Owner { cluster, resource, .. }| {
            format!("cluster = {} AND resource = {}", quote_literal(cluster), quote_literal(resource))
        },
    );
    let known: Vec<String> = known.0.keys().map(|digest| quote_literal(digest)).collect();
    let is_known =
        if known.is_empty() { "FALSE".to_owned() } else { format!("claims_digest IN ({})", known.join(", ")) };
    let read = |claims: &str| {
        let columns = "id, cluster, resource, resource_uid, revision, declared";
        format!("SELECT {columns}, {claims} FROM {}.`{RECORD_TABLE}`", database.quoted())
    };
    let complete = read(&format!(
        "claims_digest, mode, server, {}, {}, IF({is_own} OR {is_known}, NULL, claims)",
        age("renewed_at"),
        age("since")
    ));
    let exists = |table: &str, and: &str| {
        let database = quote_literal(database.as_str());
        format!(
            "EXISTS (SELECT 1 FROM information_schema.{table} WHERE TABLE_SCHEMA = {database} AND TABLE_NAME = \
             '{RECORD_TABLE}'{and})"
        )
    };
    let layout =
        format!("IF({}, 2, IF({}, 1, 0))", exists("COLUMNS", " AND COLUMN_NAME = 'claims'"), exists("TABLES", ""));
    format!(
        "SET @schema_operator_layout = {layout}; SELECT @schema_operator_layout; \
         SET @schema_operator_records = ELT(@schema_operator_layout + 1, 'SELECT 1 FROM DUAL WHERE FALSE', {}, {}); \
         PREPARE schema_operator_records FROM @schema_operator_records; EXECUTE schema_operator_records; \
         DEALLOCATE PREPARE schema_operator_records",
        quote_literal(&read("NULL")),
        quote_literal(&complete)
    )
}

impl Layout {
    pub(super) fn read(text: &str) -> Self {
        match text {
            "2" => Self::Complete,
            "1" => Self::WithoutClaims,
            _ => Self::Missing,
        }
    }
}

/// What an earlier version's table lacks.
pub(super) const ADD_CLAIMS: &str = "ADD COLUMN claims longtext NULL COMMENT 'the tables that it declares now, as JSON', \
                          ADD COLUMN claims_digest varchar(64) NULL, \
                          ADD COLUMN mode varchar(16) NULL COMMENT 'Apply or Require', \
                          ADD COLUMN server varchar(64) NULL COMMENT 'id of the server that the claim was made on', \
                          ADD COLUMN since datetime(6) NULL COMMENT 'UTC', \
                          ADD COLUMN renewed_at datetime(6) NULL COMMENT 'UTC'";

pub(super) fn create(table: &str) -> String {
    format!(
        "CREATE TABLE IF NOT EXISTS {table} (
  id bigint unsigned NOT NULL AUTO_INCREMENT PRIMARY KEY,
  cluster varchar(64) NOT NULL COMMENT 'UID of the namespace kube-system',
  resource varchar(320) NOT NULL COMMENT 'namespace/name of the DatabaseSchema',
  resource_uid varchar(64) NOT NULL,
  revision varchar(128) NOT NULL,
  declared longtext NOT NULL COMMENT 'names of the objects that it declared, as JSON',
  updated_at datetime(6) NOT NULL COMMENT 'UTC',
  claims longtext NULL COMMENT 'the tables that it declares now, as JSON',
  claims_digest varchar(64) NULL,
  mode varchar(16) NULL COMMENT 'Apply or Require',
  server varchar(64) NULL COMMENT 'id of the server that the claim was made on',
  since datetime(6) NULL COMMENT 'UTC',
  renewed_at datetime(6) NULL COMMENT 'UTC',
  UNIQUE KEY resource (cluster, resource)
) ENGINE = InnoDB DEFAULT CHARACTER SET = utf8mb4 COLLATE = utf8mb4_bin COMMENT = 'Kept by schema-operator'"
    )
}
