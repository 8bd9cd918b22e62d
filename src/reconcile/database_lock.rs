//! The advisory lock under which a database is changed.

use sha2::{Digest, Sha256};

use crate::schema::Identifier;

/// Returns the lock's name. It may have at most 64 characters, and names are case-sensitive nowhere (MySQL 9 manual,
/// "Locking Functions"). Databases whose names differ in case share a lock: to some servers they are one.
pub fn lock_name(database: &Identifier) -> String {
    let digest = hex::encode(Sha256::digest(database.folded()));
    format!("schema-operator:{}", digest.get(..32).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lock_name_fits_and_differs_by_database() {
        let name = |text: &str| lock_name(&Identifier::new(text).unwrap());
        assert!(name(&"ä".repeat(64)).len() <= 64);
        assert_ne!(name("a"), name("b"));
        assert_eq!(name("Shop"), name("shop"));
    }
}
