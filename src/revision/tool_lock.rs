//! The names of the locks that tools hold in a server while they migrate, as their sources make them.

use crc::{CRC_32_ISO_HDLC, Crc};

use super::tool::Tool;
use crate::schema::Identifier;

/// The number by which Rails and golang-migrate multiply the checksum of a name.
const RAILS_SALT: u64 = 2_053_462_845;
const GOLANG_MIGRATE_SALT: u32 = 1_486_364_155;

/// Returns the name of the lock that a tool takes by `GET_LOCK`; `None` where it takes none. On a Galera cluster Flyway
/// locks a row instead.
pub fn lock_name(tool: Tool, database: &Identifier, table: &Identifier) -> Option<String> {
    Some(match tool {
        Tool::Flyway => format!("Flyway-{}", java_hash(&format!("{}.{}", database.quoted(), table.quoted()))),
        Tool::Rails => (RAILS_SALT * u64::from(crc32(database.as_str()))).to_string(),
        Tool::GolangMigrate => crc32(&format!("{database}:{table}")).wrapping_mul(GOLANG_MIGRATE_SALT).to_string(),
        Tool::Prisma => "prisma_migrate".to_owned(),
        // Liquibase has a table for it.
        Tool::Alembic | Tool::Liquibase | Tool::Django | Tool::Dbmate => return None,
    })
}

/// Returns what Java's `String.hashCode` gives.
fn java_hash(text: &str) -> i32 {
    text.encode_utf16().fold(0_i32, |hash, unit| hash.wrapping_mul(31).wrapping_add(i32::from(unit)))
}

/// Returns the checksum CRC-32 of the text's bytes (ISO 3309, as zlib has it).
fn crc32(text: &str) -> u32 {
    const ZLIB: Crc<u32> = Crc::<u32>::new(&CRC_32_ISO_HDLC);
    ZLIB.checksum(text.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checksums_are_those_of_their_libraries() {
        // Python's zlib.crc32, and Java's "Hello".hashCode().
        assert_eq!([crc32(""), crc32("googol"), crc32("123456789")], [0, 938_286_646, 0xCBF4_3926]);
        assert_eq!([java_hash("Hello"), java_hash("")], [69_609_650, 0]);
        assert_eq!(java_hash("polygenelubricants"), i32::MIN);
    }

    /// Flyway 11.8 held this one while it migrated the database on MySQL 9.7.
    #[test]
    fn the_lock_of_flyway_is_the_one_that_it_holds() {
        let name = |text: &str| Identifier::new(text).unwrap();
        let lock = lock_name(Tool::Flyway, &name("flyt_1"), &name("flyway_schema_history"));
        assert_eq!(lock.as_deref(), Some("Flyway-1107735686"));
    }

    #[test]
    fn each_tool_has_its_own_lock() {
        let name = |text: &str| Identifier::new(text).unwrap();
        let lock = |tool| lock_name(tool, &name("shop"), &name("schema_migrations"));
        assert_eq!(lock(Tool::Prisma).as_deref(), Some("prisma_migrate"));
        assert!(
            [Tool::Alembic, Tool::Django, Tool::Dbmate, Tool::Liquibase].into_iter().all(|tool| lock(tool).is_none())
        );
        let all = [Tool::Flyway, Tool::Rails, Tool::GolangMigrate].map(|tool| lock(tool).unwrap());
        assert!(all[0].starts_with("Flyway-") && all[1] != all[2], "{all:?}");
    }
}
