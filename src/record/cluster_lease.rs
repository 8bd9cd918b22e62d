//! The lease by which one change at a time works on a database of a cluster. `GET_LOCK` is a node's own (MariaDB
//! manual, "GET_LOCK"), while all nodes write a row in one order. Of two that take the lease at once, the certification
//! lets one win. The other's statement is rolled back (1213), or finds the row taken when the server repeats it.
//!
//! A session that has written the row sees, on that node, all that was ordered before it: a write waits for the
//! statement that changes a schema before it, on each node until that node is done (MariaDB 10.11.19, galera 26.4.23).
//! So it is safe to take over at once what a former run of the operator has left to the same resource, and a lease that
//! lapsed while its statement ran.

use std::time::{Duration, Instant};

use super::own_table::{LEASE, Layout};
use super::owner::Owner;
use crate::mysql::{Error, ErrorKind, Row, Session, last_row, select_list};
use crate::schema::{Identifier, quote_literal};

/// A lease that is not renewed lapses after this time, by the clock of the node where another change asks for it. That
/// is longer than what comes between renewing it and sending a statement: two queries of ours, of 60 s at most.
const LASTS: Duration = Duration::from_mins(2);

/// ER_NO_SUCH_TABLE
const NO_TABLE: ErrorKind = ErrorKind::Refusal(1146);

/// A lease of a database that this change holds.
#[derive(Debug)]
pub struct ClusterLease {
    database: Identifier,
    /// A random name of this change alone.
    holder: String,
    renewed: Instant,
}

/// The change that holds a lease.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeaseHolder {
    pub owner: Owner,
    /// The node's name, and the number of the connection there.
    pub node: String,
    pub connection: u64,
    /// The seconds until it lapses, unless it is renewed.
    pub seconds: u64,
}

/// The outcome of asking for a lease.
#[derive(Debug)]
pub enum LeaseAttempt {
    Taken(ClusterLease),
    /// `None` where the holder gave it back a moment ago.
    HeldBy(Option<LeaseHolder>),
}

select_list! {
    enum Field() {
        Holder = "holder",
        Cluster = "cluster",
        Resource = "resource",
        ResourceUid = "resource_uid",
        Node = "node",
        Connection = "connection_id",
        Seconds = "GREATEST(0, TIMESTAMPDIFF(SECOND, UTC_TIMESTAMP(6), expires_at))",
    }
}

impl ClusterLease {
    /// Takes the lease of `database` for `owner`: a free one, one that has lapsed or would last longer than any is given,
    /// and one of the same resource, whose former change is gone. Makes the table where it is missing.
    ///
    /// # Errors
    /// The account may not make or write the table; as [`Session::batch`].
    pub async fn take(session: &mut Session, database: &Identifier, owner: &Owner) -> Result<LeaseAttempt, Error> {
        let doing = "taking the lease of the database";
        let looked = session.batch(doing, &format!("SELECT {}", LEASE.layout(database))).await?;
        if LEASE.read_layout(last_row(&looked), 0)? == Layout::Missing {
            session.batch("making the table of the lease", &create(&LEASE.quoted(database))).await?;
        }
        let holder = random_name();
        let sql = take(database, &holder, owner, session.node.as_deref().unwrap_or_default());
        let taken = session.transaction(doing, &sql).await;
        let row = match taken {
            Ok(results) => last_row(&results).cloned(),
            // Another node's writer was first.
            Err(error) if error.kind == ErrorKind::Deadlock => read_row(session, database).await?,
            Err(error) => return Err(error),
        };
        if row.as_ref().is_some_and(|row| row.text(Field::Holder) == holder) {
            return Ok(LeaseAttempt::Taken(Self { database: database.clone(), holder, renewed: Instant::now() }));
        }
        Ok(LeaseAttempt::HeldBy(row.as_ref().and_then(LeaseHolder::read)))
    }

    /// Renews it. Returns false where it is lost: it lapsed, and another change took it.
    ///
    /// # Errors
    /// As [`Session::batch`].
    pub async fn renew(&mut self, session: &mut Session) -> Result<bool, Error> {
        let sql = format!(
            "UPDATE {table} SET {LASTING} WHERE id = 1 AND holder = {holder}; \
             SELECT COUNT(*) FROM {table} WHERE id = 1 AND holder = {holder}",
            table = LEASE.guarded(&self.database),
            holder = quote_literal(&self.holder)
        );
        let now = Instant::now();
        let renewed = match session.batch("renewing the lease of the database", &sql).await {
            // Another node's write came first, and it was to this row.
            Err(error) if error.kind == ErrorKind::Deadlock => return Ok(false),
            renewed => renewed?,
        };
        self.renewed = now;
        Ok(last_row(&renewed).is_some_and(|row| row.number(0) == Some(1)))
    }

    /// Says whether it was renewed so lately that no other change can have it.
    pub fn is_fresh(&self) -> bool {
        self.renewed.elapsed() < LASTS / 2
    }

    /// Gives it back. One that can't be given back lapses.
    pub async fn release(self, session: &mut Session) {
        let sql = format!(
            "UPDATE {} SET holder = '', expires_at = NULL WHERE id = 1 AND holder = {}",
            LEASE.guarded(&self.database),
            quote_literal(&self.holder)
        );
        if let Err(error) = session.batch("giving back the lease of the database", &sql).await {
            tracing::debug!(%error, "the lease of the database is left to lapse");
        }
    }
}

impl LeaseHolder {
    /// Reads who holds the lease of `database` now, as far as this node knows, and without waiting for the others.
    ///
    /// # Errors
    /// As [`Session::batch`].
    pub async fn now(session: &mut Session, database: &Identifier) -> Result<Option<Self>, Error> {
        let sql = read(database);
        let reading = async |session: &mut Session| session.batch("reading the lease of the database", &sql).await;
        match session.without_waiting(reading).await {
            Ok(results) => Ok(last_row(&results).and_then(Self::read)),
            Err(error) if error.kind == NO_TABLE => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn read(row: &Row) -> Option<Self> {
        if row.text(Field::Holder).is_empty() {
            return None;
        }
        Some(Self {
            owner: Owner {
                cluster: row.text(Field::Cluster).to_owned(),
                resource: row.text(Field::Resource).to_owned(),
                uid: row.text(Field::ResourceUid).to_owned(),
            },
            node: row.text(Field::Node).to_owned(),
            connection: row.number(Field::Connection).unwrap_or_default(),
            seconds: row.number(Field::Seconds).unwrap_or_default(),
        })
    }
}

async fn read_row(session: &mut Session, database: &Identifier) -> Result<Option<Row>, Error> {
    let results = session.batch("reading the lease of the database", &read(database)).await?;
    Ok(last_row(&results).cloned())
}

fn read(database: &Identifier) -> String {
    format!("SELECT {} FROM {} WHERE id = 1", Field::select(), LEASE.guarded(database))
}

/// The assignments by which a lease lasts for [`LASTS`].
const LASTING: &str = "renewed_at = UTC_TIMESTAMP(6), expires_at = UTC_TIMESTAMP(6) + INTERVAL 120 SECOND";

fn take(database: &Identifier, holder: &str, owner: &Owner, node: &str) -> String {
    let [holder, cluster, resource, uid, node] =
        [holder, &owner.cluster, &owner.resource, &owner.uid, node].map(quote_literal);
    // A terminal has no UID by which its former run could be known.
    let is_own =
        if owner.uid.is_empty() { "FALSE".to_owned() } else { format!("cluster = {cluster} AND resource_uid = {uid}") };
    format!(
        "{}; INSERT IGNORE INTO {} (id, holder) VALUES (1, ''); COMMIT; \
         UPDATE {} SET holder = {holder}, cluster = {cluster}, resource = {resource}, resource_uid = {uid}, \
         node = {node}, connection_id = CONNECTION_ID(), taken_at = UTC_TIMESTAMP(6), {LASTING} \
         WHERE id = 1 AND (holder = '' OR COALESCE(expires_at NOT BETWEEN UTC_TIMESTAMP(6) AND \
         UTC_TIMESTAMP(6) + INTERVAL 1 HOUR, TRUE) OR {is_own}); {}",
        LEASE.begin_insert(database),
        LEASE.quoted(database),
        LEASE.guarded(database),
        read(database)
    )
}

fn create(table: &str) -> String {
    format!(
        "CREATE TABLE IF NOT EXISTS {table} (
  id tinyint unsigned NOT NULL PRIMARY KEY COMMENT 'always 1',
  holder varchar(64) NOT NULL COMMENT 'the change that holds it; empty where none does',
  cluster varchar(64) NOT NULL DEFAULT '' COMMENT 'UID of the namespace kube-system',
  resource varchar(320) NOT NULL DEFAULT '' COMMENT 'namespace/name of the DatabaseSchema',
  resource_uid varchar(64) NOT NULL DEFAULT '',
  node varchar(256) NOT NULL DEFAULT '' COMMENT 'wsrep_node_name',
  connection_id bigint unsigned NOT NULL DEFAULT 0,
  taken_at datetime(6) NULL COMMENT 'UTC',
  renewed_at datetime(6) NULL COMMENT 'UTC',
  expires_at datetime(6) NULL COMMENT 'UTC'
) ENGINE = InnoDB DEFAULT CHARACTER SET = utf8mb4 COLLATE = utf8mb4_bin COMMENT = 'Kept by schema-operator'"
    )
}

/// Returns 128 random bits: the standard library's hash keys are random.
fn random_name() -> String {
    use std::hash::{BuildHasher, RandomState};
    let random = || RandomState::new().hash_one((std::process::id(), Instant::now()));
    format!("{:016x}{:016x}", random(), random())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lease_lasts_as_long_as_its_statement_says() {
        assert!(LASTING.contains(&format!("INTERVAL {} SECOND", LASTS.as_secs())));
    }

    #[test]
    fn only_a_resource_with_a_uid_takes_over_its_own() {
        let owner = |uid: &str| Owner { cluster: "c".into(), resource: "n/r".into(), uid: uid.into() };
        let database = Identifier::new("d").unwrap();
        assert!(take(&database, "h", &owner("u"), "node1").contains("OR cluster = 'c' AND resource_uid = 'u')"));
        assert!(take(&database, "h", &owner(""), "node1").contains("OR FALSE)"));
    }

    #[test]
    fn no_two_changes_have_one_name() {
        assert_ne!(random_name(), random_name());
    }
}
