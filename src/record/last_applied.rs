//! The record: what each resource declared when it was last applied. One row for each resource, in a table of the
//! database itself, so that it goes where the database goes: into a backup, to a replica, to another cluster.

use crate::mysql::{Error, ErrorKind, Rows, Session};
use crate::plan::{LastApplied, OtherRecord, Records};
use crate::schema::{Identifier, quote_literal};

/// The table's name.
pub const RECORD_TABLE: &str = "schema_operator_record";

/// The cluster of those who have none: the command line.
pub const NO_CLUSTER: &str = "kubectl-schema";

/// Whose declaration it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Owner {
    /// UID of the cluster's namespace `kube-system`; empty where the operator may not read it.
    pub cluster: String,
    /// Namespace and name.
    pub resource: String,
    /// The resource's UID; empty at the command line.
    pub uid: String,
}

/// All records of a database, as one resource sees them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Recorded {
    pub records: Records,
    /// The row that belongs to the resource, or to its predecessor.
    row: Option<RecordRow>,
}

/// One row.
#[derive(Debug, Clone, PartialEq, Eq)]
struct RecordRow {
    id: u64,
    owner: Owner,
    revision: String,
    declared: String,
}

/// The statements that read all records, in any database: without the table they give no rows. They are to stand at the
/// end of a message, and give four results.
pub fn queries(database: &Identifier) -> String {
    let read = format!(
        "SELECT id, cluster, resource, resource_uid, revision, declared FROM {}.`{RECORD_TABLE}`",
        database.quoted()
    );
    let exists = format!(
        "EXISTS (SELECT 1 FROM information_schema.TABLES WHERE TABLE_SCHEMA = {} AND TABLE_NAME = '{RECORD_TABLE}')",
        quote_literal(database.as_str())
    );
    format!(
        "SET @schema_operator_records = IF({exists}, {}, 'SELECT 1 FROM DUAL WHERE FALSE'); \
         PREPARE schema_operator_records FROM @schema_operator_records; EXECUTE schema_operator_records; \
         DEALLOCATE PREPARE schema_operator_records",
        quote_literal(&read)
    )
}

impl Recorded {
    /// Sorts what [`queries`] gave, for `owner`.
    ///
    /// # Errors
    /// A row that can't be read: nothing may be done that might contradict it.
    pub fn read(results: Vec<Rows>, owner: &Owner) -> Result<Self, Error> {
        let rows = results.into_iter().nth(2).unwrap_or_default();
        let rows: Vec<RecordRow> = rows
            .iter()
            .map(|row| RecordRow {
                id: row.number(0).unwrap_or_default(),
                owner: Owner {
                    cluster: row.text(1).to_owned(),
                    resource: row.text(2).to_owned(),
                    uid: row.text(3).to_owned(),
                },
                revision: row.text(4).to_owned(),
                declared: row.text(5).to_owned(),
            })
            .collect();
        let mut recorded = Self::default();
        let mine = rows.iter().max_by_key(|row| row.nearness(owner)).filter(|row| row.nearness(owner) > 0);
        for row in &rows {
            let last = row.last_applied()?;
            match mine {
                Some(mine) if mine.id == row.id => {
                    let of_same = row.owner.uid == owner.uid || row.owner.cluster == NO_CLUSTER;
                    let place = if of_same { &mut recorded.records.own } else { &mut recorded.records.predecessor };
                    *place = Some(last);
                }
                _ => {
                    let is_namesake = row.owner.resource == owner.resource;
                    recorded.records.others.push(OtherRecord { last, is_namesake });
                }
            }
        }
        recorded.row = mine.cloned();
        Ok(recorded)
    }

    /// Writes the record, where it differs from what is there.
    ///
    /// # Errors
    /// [`ErrorKind::Privilege`], and as [`Session::batch`].
    pub async fn write(
        &self,
        session: &mut Session,
        database: &Identifier,
        entry: &RecordEntry<'_>,
    ) -> Result<(), Error> {
        let table = format!("{}.`{RECORD_TABLE}`", database.quoted());
        let Owner { cluster, resource, uid } = entry.owner;
        let [cluster, resource, uid, revision, declared] =
            [cluster.as_str(), resource, uid, entry.revision, &entry.declared].map(quote_literal);
        let values = format!(
            "cluster = {cluster}, resource = {resource}, resource_uid = {uid}, revision = {revision}, \
             declared = {declared}, updated_at = UTC_TIMESTAMP(6)"
        );
        let sql = match &self.row {
            Some(row) => format!("UPDATE {table} SET {values} WHERE id = {}", row.id),
            None => format!("{}; INSERT INTO {table} SET {values} ON DUPLICATE KEY UPDATE {values}", create(&table)),
        };
        session.batch("writing the record of what was applied", &sql).await.map(|_| ())
    }

    /// Whether the record says just this.
    pub fn says(&self, entry: &RecordEntry<'_>) -> bool {
        self.row.as_ref().is_some_and(|row| {
            row.owner == *entry.owner && row.revision == entry.revision && row.declared == entry.declared
        })
    }

    /// The revision that the record names.
    pub fn revision(&self) -> &str {
        self.row.as_ref().map(|row| row.revision.as_str()).unwrap_or_default()
    }
}

/// What is to stand in a row.
#[derive(Debug)]
pub struct RecordEntry<'a> {
    pub owner: &'a Owner,
    pub revision: &'a str,
    declared: String,
}

impl<'a> RecordEntry<'a> {
    /// The row of `owner`, whose declaration of this revision was applied.
    ///
    /// # Errors
    /// Names as they are can always be written; that they could not is for the caller to report.
    pub fn new(owner: &'a Owner, revision: &'a str, last: &LastApplied) -> Result<Self, Error> {
        let declared = serde_json::to_string(last).map_err(|error| unreadable(&error))?;
        Ok(Self { owner, revision, declared })
    }
}

impl RecordRow {
    /// How much a row is `owner`'s: the very resource, one of the same name that is gone, or what the command line has
    /// left for it, which the operator takes over.
    fn nearness(&self, owner: &Owner) -> u8 {
        let same_name = self.owner.resource == owner.resource;
        match () {
            () if self.owner == *owner => 4,
            () if !owner.uid.is_empty() && self.owner.uid == owner.uid => 3,
            () if same_name && self.owner.cluster == owner.cluster => 2,
            () if same_name && self.owner.cluster == NO_CLUSTER => 1,
            () => 0,
        }
    }

    fn last_applied(&self) -> Result<LastApplied, Error> {
        serde_json::from_str(&self.declared).map_err(|error| unreadable(&error))
    }
}

fn unreadable(error: &serde_json::Error) -> Error {
    Error::new(format!("reading table {RECORD_TABLE}"), ErrorKind::Protocol, error.to_string())
}

fn create(table: &str) -> String {
    format!(
        "CREATE TABLE IF NOT EXISTS {table} (
  id bigint unsigned NOT NULL AUTO_INCREMENT PRIMARY KEY,
  cluster varchar(64) NOT NULL COMMENT 'UID of the namespace kube-system',
  resource varchar(320) NOT NULL COMMENT 'namespace/name of the DatabaseSchema',
  resource_uid varchar(64) NOT NULL,
  revision varchar(128) NOT NULL,
  declared longtext NOT NULL COMMENT 'names of the objects that it declared, as JSON',
  updated_at datetime(6) NOT NULL COMMENT 'UTC',
  UNIQUE KEY resource (cluster, resource)
) ENGINE = InnoDB DEFAULT CHARACTER SET = utf8mb4 COLLATE = utf8mb4_bin COMMENT = 'Kept by schema-operator'"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn owner(cluster: &str, resource: &str, uid: &str) -> Owner {
        Owner { cluster: cluster.into(), resource: resource.into(), uid: uid.into() }
    }

    fn nearness(row: &Owner, to: &Owner) -> u8 {
        let row = RecordRow { id: 1, owner: row.clone(), revision: String::new(), declared: String::new() };
        row.nearness(to)
    }

    #[test]
    fn a_row_belongs_to_the_resource_then_to_its_name() {
        let me = owner("c1", "shop/todobox", "u1");
        assert_eq!(nearness(&me, &me), 4);
        assert_eq!(nearness(&owner("", "shop/todobox", "u1"), &me), 3, "the cluster was not known before");
        assert_eq!(nearness(&owner("c1", "shop/todobox", "u0"), &me), 2, "it was deleted and made again");
        assert_eq!(nearness(&owner(NO_CLUSTER, "shop/todobox", ""), &me), 1);
        assert_eq!(nearness(&owner("c2", "shop/todobox", "u0"), &me), 0);
        assert_eq!(nearness(&owner("c1", "shop/other", "u0"), &me), 0);
        let command_line = owner(NO_CLUSTER, "todobox", "");
        assert_eq!(nearness(&owner(NO_CLUSTER, "other", ""), &command_line), 0);
    }
}
