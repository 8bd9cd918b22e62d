//! Scratch databases: a change is tried there on empty tables of the same server, apart from all others.

use std::time::Duration;

use sha2::{Digest, Sha256};

use super::session::{Error, ErrorKind, Session, select_list};
use crate::schema::{Identifier, Schema, quote_literal};

/// The beginning of each scratch database's name.
pub const SCRATCH_PREFIX: &str = "schema_operator_tmp_";

/// The length of the digest of a database's name. It has 80 bits: nobody finds another name of the same.
const DATABASE_DIGEST: usize = 20;

/// The length of the digest of a node's name.
const NODE_DIGEST: usize = 6;

/// How long the removal of a left-over may wait for a session that uses it.
const LEFT_OVER_WAIT: Duration = Duration::from_secs(1);

/// Returns the pattern of the scratch databases of one database, as a `GRANT` takes it. It matches those of no other, so an
/// account with this grant can neither see nor change what is tried for others. `database` is spelled as the server
/// stores it.
pub fn scratch_pattern(database: &Identifier) -> String {
    format!("`{}%`", as_pattern(&prefix(database, None)))
}

/// A scratch database, which the session has selected.
#[derive(Debug)]
pub struct Scratch {
    pub name: Identifier,
}

impl Scratch {
    /// Makes a scratch database for the database `of`, with its character set and collation, and removes those that dead
    /// processes have left for it. The session must not go back to the pool: it stays out of the binary log and of
    /// Galera's replication, where its privileges allow that.
    ///
    /// # Errors
    /// [`ErrorKind::Privilege`] where the account may not create databases of that name.
    pub async fn create(session: &mut Session, of: &Schema) -> Result<Self, Error> {
        let doing = "making a scratch database";
        let prefix = prefix(&of.name, session.node.as_deref());
        let text = format!("{prefix}{}", session.id);
        let name = Identifier::new(text).map_err(|error| Error::protocol(doing, &error))?;
        keep_to_this_server(session).await?;
        remove_left_overs(session, &prefix).await?;
        let sql = format!(
            "DO GET_LOCK({}, 0); DROP DATABASE IF EXISTS {name}; CREATE DATABASE {name} CHARACTER SET = {} COLLATE = {}; USE {name}",
            quote_literal(name.as_str()),
            quote_literal(&of.charset),
            quote_literal(&of.collation),
            name = name.quoted(),
        );
        session.batch(doing, &sql).await?;
        make_tables_as_written(session, &name).await?;
        Ok(Self { name })
    }

    /// Removes the database.
    ///
    /// # Errors
    /// As [`Session::batch`].
    pub async fn drop(self, session: &mut Session) -> Result<(), Error> {
        session.batch("removing a scratch database", &format!("DROP DATABASE {}", self.name.quoted())).await.map(|_| ())
    }
}

/// Returns how the names of the scratch databases of `database` begin; the connection that makes one follows. Each node
/// of a cluster numbers its connections and holds its locks for itself, and an account that may not keep its scratch
/// databases to one node has them on all.
fn prefix(database: &Identifier, node: Option<&str>) -> String {
    let of_node = node.map(|node| format!("{}_", digest(node, NODE_DIGEST))).unwrap_or_default();
    format!("{SCRATCH_PREFIX}{}_{of_node}", digest(database.as_str(), DATABASE_DIGEST))
}

fn digest(text: &str, length: usize) -> String {
    let mut digest = hex::encode(Sha256::digest(text));
    digest.truncate(length);
    digest
}

/// Escapes an underscore, which would stand for any character.
fn as_pattern(name: &str) -> String {
    name.replace('_', "\\_")
}

/// Keeps what the session does from replicas and other nodes. Accounts without the privilege (for `wsrep_on`, SUPER)
/// replicate their scratch databases, which does no harm.
async fn keep_to_this_server(session: &mut Session) -> Result<(), Error> {
    for setting in ["SET SESSION sql_log_bin = 0", "SET SESSION wsrep_on = OFF"] {
        match session.batch("keeping scratch tables off the replicas", setting).await {
            Ok(_) => {}
            Err(error) if error.is_unavailable() => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// Has the server add nothing to what a statement says: live tables may be older than such a default, and an `ALTER TABLE`
/// does not bring it (`innodb_compression_default`, tried on MariaDB 10.11 and 11.8). MySQL lets only accounts with
/// SESSION_VARIABLES_ADMIN set `sql_generate_invisible_primary_key` and `sql_require_primary_key` (1227, tried on 9.7). A
/// database takes its encryption from `default_table_encryption`, which 1227 and 3827 may keep as it is.
async fn make_tables_as_written(session: &mut Session, scratch: &Identifier) -> Result<(), Error> {
    let settings = if session.dialect.is_mariadb() {
        vec!["SET SESSION innodb_compression_default = OFF, innodb_default_encryption_key_id = 1".to_owned()]
    } else {
        let unencrypted = format!("ALTER DATABASE {} ENCRYPTION = 'N'", scratch.quoted());
        let keyless = "SET SESSION sql_generate_invisible_primary_key = OFF, sql_require_primary_key = OFF".to_owned();
        vec![keyless, unencrypted]
    };
    for setting in settings {
        match session.batch("making scratch tables as they are written", &setting).await {
            Ok(_) => {}
            Err(error) if error.is_unavailable() => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

select_list! {
    enum Field() {
        Name = "CAST(SCHEMA_NAME AS CHAR)",
    }
}

/// Removes the scratch databases of this name whose lock no session holds. One that another session still uses stays.
async fn remove_left_overs(session: &mut Session, prefix: &str) -> Result<(), Error> {
    let doing = "looking for scratch databases that were left";
    let sql = format!(
        "SELECT {} FROM information_schema.SCHEMATA WHERE SCHEMA_NAME LIKE '{}%' AND IS_FREE_LOCK(SCHEMA_NAME)",
        Field::select(),
        as_pattern(prefix)
    );
    let results = session.batch(doing, &sql).await?;
    let names: Vec<Identifier> =
        results.first().into_iter().flatten().filter_map(|row| Identifier::new(row.text(Field::Name)).ok()).collect();
    if names.is_empty() {
        return Ok(());
    }
    session.batch(doing, &format!("SET SESSION lock_wait_timeout = {}", LEFT_OVER_WAIT.as_secs())).await?;
    for name in names {
        match session.batch(doing, &format!("DROP DATABASE IF EXISTS {}", name.quoted())).await {
            Ok(_) => {}
            Err(error) if error.kind == ErrorKind::LockWait => {
                tracing::debug!(%error, "a scratch database that was left is in use");
            }
            Err(error) => return Err(error),
        }
    }
    session.batch(doing, "SET SESSION lock_wait_timeout = DEFAULT").await.map(|_| ())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_name_fits() {
        let prefix = prefix(&Identifier::new("ä".repeat(64)).unwrap(), Some("node"));
        Identifier::new(format!("{prefix}{}", u64::from(u32::MAX) * 1_000)).unwrap();
    }
}
