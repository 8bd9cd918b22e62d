//! The advisory lock under which a database is changed.

use sha2::{Digest, Sha256};

use crate::mysql::{Error, ErrorKind, LOCK_NAME, LockAttempt, Session};
use crate::record::{find_lock_name, make_lock_name};
use crate::schema::{Identifier, quote_literal};

/// Takes the lock of a database, if no session holds it. The first session gives it a name.
///
/// # Errors
/// As [`Session::batch`].
pub async fn lock_database(session: &mut Session, database: &Identifier) -> Result<LockAttempt, Error> {
    let find = find_lock_name(database);
    match session.lock(&find).await? {
        LockAttempt::Nameless => {}
        known @ (LockAttempt::Taken(_) | LockAttempt::HeldBy(_)) => return Ok(known),
    }
    match make_lock_name(session, database).await {
        Ok(()) => session.lock(&find).await,
        // Nobody else who can't write the record makes another name either.
        Err(error) if error.kind == ErrorKind::Privilege => {
            let name = quote_literal(&name_without_record(database));
            session.lock(&format!("SET {LOCK_NAME} = {name}")).await
        }
        Err(error) => Err(error),
    }
}

/// Returns the name where the account may not write a record: it can be computed. Databases whose names differ in case share
/// it: to some servers they are one.
pub fn name_without_record(database: &Identifier) -> String {
    let digest = hex::encode(Sha256::digest(database.folded()));
    format!("schema-operator:{}", digest.get(..32).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lock_name_fits_and_differs_by_database() {
        let name = |text: &str| name_without_record(&Identifier::new(text).unwrap());
        assert!(name(&"ä".repeat(64)).len() <= 64);
        assert_ne!(name("a"), name("b"));
        assert_eq!(name("Shop"), name("shop"));
    }
}
