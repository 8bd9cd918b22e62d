//! Scratch databases: a change is tried there on empty tables of the same server, apart from all others.

use super::session::{Error, Session, select_list};
use crate::schema::{Identifier, Schema, quote_literal};

/// The beginning of each scratch database's name. The connection that made it follows, on a cluster after its node.
pub const SCRATCH_PREFIX: &str = "schema_operator_scratch_";

/// A scratch database, which the session has selected.
#[derive(Debug)]
pub struct Scratch {
    pub name: Identifier,
}

impl Scratch {
    /// Makes a scratch database with the character set and collation of `like`, and removes those that dead processes
    /// have left. The session must not go back to the pool: it stays out of the binary log and of Galera's replication,
    /// where its privileges allow that.
    ///
    /// # Errors
    /// [`ErrorKind::Privilege`](crate::mysql::ErrorKind::Privilege) where the account may not create databases of that
    /// name.
    pub async fn create(session: &mut Session, like: &Schema) -> Result<Self, Error> {
        let doing = "making a scratch database";
        let prefix = prefix(session);
        let text = format!("{prefix}{}", session.id);
        let name = Identifier::new(text).map_err(|error| Error::protocol(doing, &error))?;
        keep_to_this_server(session).await?;
        remove_left_overs(session, &prefix).await?;
        let sql = format!(
            "DO GET_LOCK({}, 0); DROP DATABASE IF EXISTS {name}; CREATE DATABASE {name} CHARACTER SET = {} COLLATE = {}; USE {name}",
            quote_literal(name.as_str()),
            quote_literal(&like.charset),
            quote_literal(&like.collation),
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

/// Returns how the names of this server's scratch databases begin. Each node of a cluster numbers its connections and
/// holds its locks for itself, and an account that may not keep its scratch databases to one node has them on all.
fn prefix(session: &Session) -> String {
    use sha2::{Digest, Sha256};
    let Some(node) = &session.node else { return SCRATCH_PREFIX.to_owned() };
    let digest = hex::encode(Sha256::digest(node));
    format!("{SCRATCH_PREFIX}{}_", digest.get(..8).unwrap_or_default())
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

/// Removes the scratch databases of this server whose lock no session holds.
async fn remove_left_overs(session: &mut Session, prefix: &str) -> Result<(), Error> {
    let doing = "looking for scratch databases that were left";
    let sql = format!(
        "SELECT {} FROM information_schema.SCHEMATA WHERE SCHEMA_NAME LIKE '{}%' AND IS_FREE_LOCK(SCHEMA_NAME)",
        Field::select(),
        prefix.replace('_', "\\_")
    );
    let results = session.batch(doing, &sql).await?;
    for row in results.first().into_iter().flatten() {
        let Ok(name) = Identifier::new(row.text(Field::Name)) else { continue };
        session.batch(doing, &format!("DROP DATABASE IF EXISTS {}", name.quoted())).await?;
    }
    Ok(())
}
