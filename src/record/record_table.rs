//! The table of the record: how it is made, how all of it is read with the schema, and what a row of it is.

use std::hash::{DefaultHasher, Hash, Hasher};

use super::claim::{ClaimKind, KnownClaims, RENEWED_AFTER, StoredClaim};
use super::own_table::{ByLayout, HISTORY, Layout, RECORD, RECORD_TABLE};
use super::owner::{NO_CLUSTER, Owner};
use super::text_bounds::{MAX_CLAIM, MAX_DECLARED};
use crate::mysql::{Error, NOTHING, Row, Rows, select_list};
use crate::schema::{Identifier, quote_literal};

/// So much is read of all the rows of others, so that no writer of the table can fill the operator.
const MAX_TEXTS: usize = 16 << 20;

/// So many rows of others are read.
const MAX_ROWS: usize = 1000;

/// All that was read of the table.
#[derive(Debug, Default)]
pub(super) struct RecordTable {
    pub layout: Layout,
    pub rows: Vec<RecordRow>,
    /// The lock of the database; `None` where it has no name yet.
    pub lock: Option<StoredLock>,
}

/// The lock of a database that the record names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StoredLock {
    /// The connection that holds it.
    pub holder: Option<u64>,
}

/// One row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct RecordRow {
    pub id: u64,
    pub owner: Owner,
    pub revision: String,
    /// The names of the objects that were applied, as JSON; `None` where these are too long.
    pub declared: Option<String>,
    pub claim: Option<StoredClaim>,
    /// The tables that are claimed, as JSON; `None` where they need not be read, or are too long.
    pub claimed_tables: Option<String>,
}

/// What a SELECT asks for of each row.
#[derive(Debug, Clone, Copy)]
struct Asked<'a> {
    database: &'a Identifier,
    claim: ClaimColumns<'a>,
    /// Whether it is the row of the lock, or one that bears the name of the resource.
    is_near: bool,
    /// A text of more bytes than this expression says is not sent.
    room: &'a str,
}

/// The columns of a claim, as a SELECT asks for them.
#[derive(Debug, Clone, Copy)]
enum ClaimColumns<'a> {
    /// An earlier version's table has none.
    Missing,
    Present {
        /// The condition on which the tables need not be sent.
        is_known: &'a str,
    },
}

select_list! {
    enum Field(asked: Asked<'_>) {
        IsLock = is_lock(),
        LockHolder = format!("IF({}, IS_USED_LOCK({}), NULL)", is_lock(), lock_name(asked.database)),
        Id = "id",
        IsNear = if asked.is_near { "1" } else { "0" },
        Cluster = "cluster",
        Resource = "resource",
        ResourceUid = "resource_uid",
        Revision = "revision",
        Declared = asked.text("declared", MAX_DECLARED),
        ClaimDigest = asked.claim.column("claims_digest"),
        ClaimKind = asked.claim.column("mode"),
        ClaimServer = asked.claim.column("server"),
        ClaimRenewed = asked.claim.since_renewal(),
        ClaimSince = asked.claim.since_first(),
        ClaimedTables = asked.tables(),
    }
}

impl ClaimColumns<'_> {
    fn column(self, name: &str) -> String {
        match self {
            Self::Missing => "NULL".to_owned(),
            Self::Present { .. } => name.to_owned(),
        }
    }

    /// Asks for the seconds since a claim was renewed. One of a day to come, or of no time, was not: it has lapsed.
    fn since_renewal(self) -> String {
        self.column(
            "IF(renewed_at <= UTC_TIMESTAMP(6) + INTERVAL 1 DAY, \
             GREATEST(0, TIMESTAMPDIFF(SECOND, renewed_at, UTC_TIMESTAMP(6))), 4294967295)",
        )
    }

    /// Asks for the seconds since the first claim. One of a time to come is new.
    fn since_first(self) -> String {
        self.column("GREATEST(0, TIMESTAMPDIFF(SECOND, since, UTC_TIMESTAMP(6)))")
    }

    /// Asks for the bytes of the tables, where these are sent.
    fn bytes(self) -> String {
        match self {
            Self::Missing => "0".to_owned(),
            Self::Present { is_known } => {
                format!("IF(claims IS NULL OR {is_known} OR LENGTH(claims) > {MAX_CLAIM}, 0, LENGTH(claims))")
            }
        }
    }
}

/// The cluster and resource of the row that names the lock. No cluster has this id, and a resource has a namespace.
pub(super) const LOCK_CLUSTER: &str = "schema-operator";
pub(super) const LOCK_RESOURCE: &str = "lock";

/// Returns the condition that a row is the one that names the lock.
pub(super) fn is_lock() -> String {
    format!("cluster = '{LOCK_CLUSTER}' AND resource = '{LOCK_RESOURCE}'")
}

/// Returns the expression that gives the lock's name of that row. A record that is copied to another database has another
/// lock there. Names are case-sensitive nowhere, and have 64 characters at most (MySQL 9 manual, "Locking Functions").
pub(super) fn lock_name(database: &Identifier) -> String {
    let database = quote_literal(&database.folded());
    format!("CONCAT('schema-operator:', LEFT(SHA2(CONCAT({database}, ':', revision), 256), 32))")
}

impl Asked<'_> {
    /// Asks for a text, unless it is too long.
    fn text(self, column: &str, most: usize) -> String {
        format!("IF(LENGTH({column}) <= LEAST({most}, {}), {column}, NULL)", self.room)
    }

    fn tables(self) -> String {
        match self.claim {
            ClaimColumns::Missing => "NULL".to_owned(),
            ClaimColumns::Present { is_known } => {
                format!("IF({is_known}, NULL, {})", self.text("claims", MAX_CLAIM))
            }
        }
    }
}

/// Returns the statement that reads the rows: those that satisfy `is_near` first, which others can't crowd out. Where the
/// texts of the others are too much together, only those are sent that are not longer than each one's share.
fn select_rows(database: &Identifier, claim: ClaimColumns<'_>, is_near: &str) -> String {
    let table = RECORD.guarded(database);
    let near = Field::select(Asked { database, claim, is_near: true, room: "18446744073709551615" });
    let bytes = claim.bytes();
    let room = format!(
        "(SELECT IF(IFNULL(SUM(bytes), 0) <= {MAX_TEXTS}, {MAX_TEXTS}, {MAX_TEXTS} DIV (2 * COUNT(*))) FROM \
         (SELECT IF(LENGTH(declared) > {MAX_DECLARED}, 0, LENGTH(declared)) + {bytes} AS bytes FROM {table} \
         WHERE NOT ({is_near}) ORDER BY id LIMIT {MAX_ROWS}) AS texts)"
    );
    let others = Field::select(Asked { database, claim, is_near: false, room: &room });
    let rows = MAX_ROWS + 1;
    format!(
        "(SELECT {near} FROM {table} WHERE {is_near}) UNION ALL \
         (SELECT {others} FROM {table} WHERE NOT ({is_near}) ORDER BY id LIMIT {rows})"
    )
}

/// Returns the statements that read all records, in any database: without the table, or where something else has its
/// name, they return no rows. They have to be the last of a message, and give six results. Of `owner`'s own claim, and
/// of those that are `known`, they do not send the tables.
pub fn select_records(database: &Identifier, owner: Option<&Owner>, known: &KnownClaims) -> String {
    let is_own = owner.map_or_else(|| "FALSE".to_owned(), is_own_row);
    let is_near = owner.map_or_else(is_lock, |owner| format!("{} OR {}", is_lock(), is_near_row(owner)));
    let digests: Vec<String> = known.digests().map(|digest| quote_literal(digest)).collect();
    let is_read =
        if digests.is_empty() { "FALSE".to_owned() } else { format!("claims_digest IN ({})", digests.join(", ")) };
    let select = |claim: ClaimColumns<'_>| select_rows(database, claim, &is_near);
    let by_layout = ByLayout {
        without: NOTHING,
        earlier: &select(ClaimColumns::Missing),
        complete: &select(ClaimColumns::Present { is_known: &format!("{is_own} OR {is_read}") }),
    };
    format!(
        "SET @schema_operator_layout = {}; SELECT @schema_operator_layout, {}; {}",
        RECORD.layout(database),
        HISTORY.layout(database),
        by_layout.sql()
    )
}

fn is_own_row(Owner { cluster, resource, uid: _ }: &Owner) -> String {
    format!("cluster = {} AND resource = {}", quote_literal(cluster), quote_literal(resource))
}

/// Returns the condition on the rows that are the resource's own, or bear its name: three at most.
fn is_near_row(Owner { cluster, resource, uid: _ }: &Owner) -> String {
    let [cluster, resource, command_line] = [cluster, resource, NO_CLUSTER].map(quote_literal);
    format!("resource = {resource} AND cluster IN ({cluster}, '', {command_line})")
}

/// Returns a digest of the results of [`select_records`], without what changes by itself or is not always sent.
pub fn fingerprint(results: &[Rows]) -> u64 {
    let mut digest = DefaultHasher::new();
    results.get(1).hash(&mut digest);
    let rows = results.get(4).map(Vec::as_slice).unwrap_or_default();
    for row in rows.iter().filter(|row| !is_of_lock(row)) {
        let RecordRow { id, owner, revision, declared, claim, claimed_tables: _ } = RecordRow::read(row);
        let Owner { cluster, resource, uid } = owner;
        (id, cluster, resource, uid, revision, declared).hash(&mut digest);
        if let Some(StoredClaim { kind, digest: of_tables, server, renewed, since: _ }) = claim {
            // The age grows by itself, and matters where a claim is renewed or lapses.
            let periods = renewed / RENEWED_AFTER;
            (matches!(kind, ClaimKind::Owns), of_tables, server, periods).hash(&mut digest);
        }
    }
    digest.finish()
}

impl RecordTable {
    /// Reads the results of [`select_records`]: the second has the layout, the fifth the rows.
    ///
    /// # Errors
    /// Results are missing: no record is not the same as no answer. Something else has the name of an own table.
    pub fn read(results: &[Rows]) -> Result<Self, Error> {
        let unreadable = |what: &str| Error::protocol(format!("reading table {RECORD_TABLE}"), &what);
        let [_, layout, _, _, rows, _] = results else {
            return Err(unreadable(&format!("6 results were expected, {} came", results.len())));
        };
        HISTORY.read_layout(layout.first(), 1)?;
        let layout = RECORD.read_layout(layout.first(), 0)?;
        let (of_lock, rows): (Vec<&Row>, Vec<&Row>) = rows.iter().partition(|row| is_of_lock(row));
        let lock = of_lock.first().map(|row| StoredLock { holder: row.number(Field::LockHolder) });
        let others = rows.iter().filter(|row| row.number(Field::IsNear) == Some(0)).count();
        let mut rows: Vec<RecordRow> = rows.into_iter().map(RecordRow::read).collect();
        // The one after the last that is read stands for all that follow.
        if let Some(row) = rows.last_mut().filter(|_| others > MAX_ROWS) {
            row.declared = None;
        }
        Ok(Self { layout, rows, lock })
    }
}

fn is_of_lock(row: &Row) -> bool {
    row.number(Field::IsLock) == Some(1)
}

impl RecordRow {
    fn read(row: &Row) -> Self {
        Self {
            id: row.number(Field::Id).unwrap_or_default(),
            owner: Owner {
                cluster: row.text(Field::Cluster).to_owned(),
                resource: row.text(Field::Resource).to_owned(),
                uid: row.text(Field::ResourceUid).to_owned(),
            },
            revision: row.text(Field::Revision).to_owned(),
            declared: row.optional(Field::Declared).map(str::to_owned),
            claim: row.optional(Field::ClaimDigest).map(|digest| StoredClaim {
                kind: ClaimKind::of_word(row.text(Field::ClaimKind)),
                digest: digest.to_owned(),
                server: row.text(Field::ClaimServer).to_owned(),
                renewed: row.number(Field::ClaimRenewed).unwrap_or_default(),
                since: row.number(Field::ClaimSince).unwrap_or_default(),
            }),
            claimed_tables: row.optional(Field::ClaimedTables).map(str::to_owned),
        }
    }
}

/// Completes the table of an earlier version.
pub(super) const ADD_CLAIMS: &str = "ADD COLUMN claims longtext NULL COMMENT 'the tables that it declares now, as JSON', \
                          ADD COLUMN claims_digest varchar(64) NULL, \
                          ADD COLUMN mode varchar(16) NULL COMMENT 'Apply or Require', \
                          ADD COLUMN server varchar(64) NULL COMMENT 'id of the server that the claim was made on', \
                          ADD COLUMN since datetime(6) NULL COMMENT 'UTC', \
                          ADD COLUMN renewed_at datetime(6) NULL COMMENT 'UTC'";

/// Returns the statement that makes the table.
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
