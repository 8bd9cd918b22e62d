//! Scratch databases: where a change is tried on empty tables of the same server, out of everybody's way.

use super::session::Session;
use super::session::{Error, ErrorKind};
use crate::schema::{Identifier, Schema, quote_literal};

/// Every scratch database's name begins so; what follows is the connection that made it, on a cluster after its node.
pub const SCRATCH_PREFIX: &str = "schema_operator_scratch_";

/// A scratch database, which the session has selected.
#[derive(Debug)]
pub struct Scratch {
    pub name: Identifier,
}

impl Scratch {
    /// Makes a scratch database with the character set and collation of `like`, and removes those that processes which
    /// died have left. The session must not go back to others: it stays out of the binary log and of Galera's
    /// replication, where its privileges allow that.
    ///
    /// # Errors
    /// [`ErrorKind::Privilege`] where the account may not create databases of that name.
    pub async fn create(session: &mut Session, like: &Schema) -> Result<Self, Error> {
        let doing = "making a scratch database";
        let prefix = prefix(session);
        let text = format!("{prefix}{}", session.id);
        let name = Identifier::new(text).map_err(|error| Error::new(doing, ErrorKind::Protocol, error.to_string()))?;
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
        Ok(Self { name })
    }

    /// Removes it.
    ///
    /// # Errors
    /// As [`Session::batch`].
    pub async fn drop(self, session: &mut Session) -> Result<(), Error> {
        session.batch("removing a scratch database", &format!("DROP DATABASE {}", self.name.quoted())).await.map(|_| ())
    }
}

/// Connections are numbered, and locks held, by each node of a cluster for itself; and accounts that may not keep their
/// scratch databases to one node have them on all.
fn prefix(session: &Session) -> String {
    use sha2::{Digest, Sha256};
    let Some(node) = &session.node else { return SCRATCH_PREFIX.to_owned() };
    let digest = hex::encode(Sha256::digest(node));
    format!("{SCRATCH_PREFIX}{}_", digest.get(..8).unwrap_or_default())
}

/// Replicas and other nodes need no scratch databases. Accounts without the privilege (for `wsrep_on`, SUPER) replicate
/// them, which does no harm.
async fn keep_to_this_server(session: &mut Session) -> Result<(), Error> {
    for setting in ["SET SESSION sql_log_bin = 0", "SET SESSION wsrep_on = OFF"] {
        match session.batch("keeping scratch tables off the replicas", setting).await {
            Ok(_) => {}
            Err(error) if matches!(error.kind, ErrorKind::Privilege | ErrorKind::Refusal(_)) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// A scratch database of this server whose lock nobody holds belongs to nobody.
async fn remove_left_overs(session: &mut Session, prefix: &str) -> Result<(), Error> {
    let doing = "looking for scratch databases that were left";
    let sql = format!(
        "SELECT CAST(SCHEMA_NAME AS CHAR) FROM information_schema.SCHEMATA \
         WHERE SCHEMA_NAME LIKE '{}%' AND IS_FREE_LOCK(SCHEMA_NAME)",
        prefix.replace('_', "\\_")
    );
    let results = session.batch(doing, &sql).await?;
    for row in results.first().into_iter().flatten() {
        let Ok(name) = Identifier::new(row.text(0)) else { continue };
        session.batch(doing, &format!("DROP DATABASE IF EXISTS {}", name.quoted())).await?;
    }
    Ok(())
}
