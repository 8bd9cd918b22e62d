//! Table options: a value for each that can be declared, and the server's text for all others.

use super::Dialect;
use super::literal::{bare, quote_literal};
use super::token::{Token, TokenKind, tokenize};

/// Engines that a table may be given: they keep its rows in the server's own files, MEMORY until the next restart. Others
/// keep none (BLACKHOLE), read and write elsewhere (FEDERATED, CONNECT, SPIDER, S3, MRG_MYISAM, CSV), or are not understood.
pub const DECLARABLE_ENGINES: [&str; 7] = ["InnoDB", "Aria", "MyISAM", "MEMORY", "HEAP", "ARCHIVE", "ROCKSDB"];

/// Engines whose tables have their rows after a restart of the server.
const LASTING_ENGINES: [&str; 5] = ["InnoDB", "Aria", "MyISAM", "ARCHIVE", "ROCKSDB"];

/// Returns whether a table may be given this engine.
#[must_use]
pub fn is_declarable_engine(engine: &str) -> bool {
    DECLARABLE_ENGINES.iter().any(|known| known.eq_ignore_ascii_case(engine))
}

/// Returns whether a table of this engine is known to keep its rows when the server restarts.
#[must_use]
pub fn keeps_rows(engine: &str) -> bool {
    LASTING_ENGINES.iter().any(|known| known.eq_ignore_ascii_case(engine))
}

/// Returns whether tables of this engine are in memory, where an index is a hash table unless it is stated to be a tree.
#[must_use]
pub fn is_in_memory(engine: &str) -> bool {
    ["MEMORY", "HEAP"].iter().any(|known| known.eq_ignore_ascii_case(engine))
}

/// Table options. `None` means that the table does not give the option.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TableOptions {
    pub engine: Option<String>,
    pub charset: Option<String>,
    pub collation: Option<String>,
    pub comment: String,
    pub storage: TableStorage,
    /// Everything else that `CREATE_OPTIONS` has (``max_rows=7 `page_compressed`='1'``), as the server prints it.
    pub create_options: String,
}

/// How a table is stored.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TableStorage {
    /// In upper case: `DYNAMIC`.
    pub row_format: Option<String>,
    /// `KEY_BLOCK_SIZE` in KiB.
    pub key_block_size: Option<u32>,
    pub stats_persistent: Option<bool>,
    pub stats_auto_recalc: Option<bool>,
    pub stats_sample_pages: Option<u32>,
    /// MySQL's page compression, in upper case: `ZLIB`. `None` is `NONE`.
    pub compression: Option<String>,
    /// MySQL's `ENCRYPTION`, MariaDB's `ENCRYPTED`.
    pub encryption: Option<bool>,
}

/// One option of [`TableStorage`] with its value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StorageOption {
    RowFormat(Option<String>),
    KeyBlockSize(Option<u32>),
    StatsPersistent(Option<bool>),
    StatsAutoRecalc(Option<bool>),
    StatsSamplePages(Option<u32>),
    Compression(Option<String>),
    Encryption(Option<bool>),
}

impl TableOptions {
    /// Reads `CREATE_OPTIONS` of `information_schema.TABLES`: `row_format=DYNAMIC stats_persistent=1 max_rows=7`, on
    /// MariaDB also `` `encrypted`='no' ``.
    pub fn read_create_options(&mut self, text: &str) {
        let tokens = tokenize(text).unwrap_or_default();
        let mut others = Vec::new();
        let mut rest = tokens.as_slice();
        while let Some((first, after)) = rest.split_first() {
            rest = after;
            if let [equals, value, after @ ..] = after
                && equals.is_symbol("=")
            {
                rest = after;
                if !self.storage.read(&first.value(), value) {
                    others.push(format!("{}={}", first.text, value.text));
                }
            } else if !first.is_word("partitioned") {
                // `partitioned` is a remark, not an option.
                others.push(first.text.to_owned());
            }
        }
        self.create_options = others.join(" ");
    }
}

impl TableStorage {
    /// Returns all options, given or not, always in the same order.
    #[must_use]
    pub fn options(&self) -> [StorageOption; 7] {
        let Self {
            row_format,
            key_block_size,
            stats_persistent,
            stats_auto_recalc,
            stats_sample_pages,
            compression,
            encryption,
        } = self;
        [
            StorageOption::RowFormat(row_format.clone()),
            StorageOption::KeyBlockSize(*key_block_size),
            StorageOption::StatsPersistent(*stats_persistent),
            StorageOption::StatsAutoRecalc(*stats_auto_recalc),
            StorageOption::StatsSamplePages(*stats_sample_pages),
            StorageOption::Compression(compression.clone()),
            StorageOption::Encryption(*encryption),
        ]
    }

    /// Takes over an option; false where it is none of these, or its value can't be read.
    fn read(&mut self, name: &str, value: &Token<'_>) -> bool {
        let text = value.value();
        let number: Option<u32> = text.parse().ok();
        let switch = match text.to_ascii_lowercase().as_str() {
            "1" | "y" | "yes" => Some(true),
            "0" | "n" | "no" => Some(false),
            _ => None,
        };
        match name.to_ascii_lowercase().as_str() {
            "row_format" if value.kind == TokenKind::Word => self.row_format = Some(text.to_ascii_uppercase()),
            "key_block_size" if number.is_some() => self.key_block_size = number.filter(|size| *size > 0),
            "stats_persistent" if switch.is_some() => self.stats_persistent = switch,
            "stats_auto_recalc" if switch.is_some() => self.stats_auto_recalc = switch,
            "stats_sample_pages" if number.is_some() => self.stats_sample_pages = number,
            "compression" => {
                self.compression = Some(text.to_ascii_uppercase()).filter(|algorithm| algorithm != "NONE");
            }
            "encryption" | "encrypted" if switch.is_some() => self.encryption = switch,
            _ => return false,
        }
        true
    }
}

impl StorageOption {
    /// Returns whether the table gives it.
    #[must_use]
    pub fn is_stated(&self) -> bool {
        match self {
            Self::RowFormat(value) | Self::Compression(value) => value.is_some(),
            Self::KeyBlockSize(value) | Self::StatsSamplePages(value) => value.is_some(),
            Self::StatsPersistent(value) | Self::StatsAutoRecalc(value) | Self::Encryption(value) => value.is_some(),
        }
    }

    /// Writes the option for `CREATE TABLE` and `ALTER TABLE`; one that is not given is set to the server's default.
    #[must_use]
    pub fn sql(&self, dialect: Dialect) -> String {
        let number = |value: &Option<u32>| value.map_or_else(|| "DEFAULT".to_owned(), |number| number.to_string());
        let switch = |value: &Option<bool>| match value {
            None => "DEFAULT",
            Some(true) => "1",
            Some(false) => "0",
        };
        match self {
            Self::RowFormat(value) => {
                format!("ROW_FORMAT={}", value.as_deref().map_or_else(|| "DEFAULT".to_owned(), bare))
            }
            // It has no DEFAULT; 0 is none.
            Self::KeyBlockSize(value) => format!("KEY_BLOCK_SIZE={}", value.unwrap_or_default()),
            Self::StatsPersistent(value) => format!("STATS_PERSISTENT={}", switch(value)),
            Self::StatsAutoRecalc(value) => format!("STATS_AUTO_RECALC={}", switch(value)),
            Self::StatsSamplePages(value) => format!("STATS_SAMPLE_PAGES={}", number(value)),
            Self::Compression(value) => format!("COMPRESSION={}", quote_literal(value.as_deref().unwrap_or("NONE"))),
            Self::Encryption(value) if dialect.is_mariadb() => {
                let word = match value {
                    None => "DEFAULT",
                    Some(true) => "YES",
                    Some(false) => "NO",
                };
                format!("ENCRYPTED={word}")
            }
            Self::Encryption(value) => {
                format!("ENCRYPTION={}", if value.unwrap_or_default() { "'Y'" } else { "'N'" })
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::Flavor;
    use super::*;

    fn read(text: &str) -> TableOptions {
        let mut options = TableOptions::default();
        options.read_create_options(text);
        options
    }

    #[test]
    fn known_options_are_values_and_others_stay_as_they_are_printed() {
        let mysql = read(
            "max_rows=7 row_format=COMPRESSED stats_sample_pages=33 stats_auto_recalc=0 KEY_BLOCK_SIZE=8 \
             stats_persistent=1 partitioned COMPRESSION=\"zlib\" ENCRYPTION='Y' checksum=1",
        );
        let expected = TableStorage {
            row_format: Some("COMPRESSED".to_owned()),
            key_block_size: Some(8),
            stats_persistent: Some(true),
            stats_auto_recalc: Some(false),
            stats_sample_pages: Some(33),
            compression: Some("ZLIB".to_owned()),
            encryption: Some(true),
        };
        assert_eq!(mysql.storage, expected);
        assert_eq!(mysql.create_options, "max_rows=7 checksum=1");
        let mariadb = read("`page_compressed`='1' `encrypted`='no' `page_compression_level`='5'");
        assert_eq!(mariadb.storage, TableStorage { encryption: Some(false), ..TableStorage::default() });
        assert_eq!(mariadb.create_options, "`page_compressed`='1' `page_compression_level`='5'");
        assert_eq!(read("COMPRESSION=\"none\"").storage, TableStorage::default());
        assert_eq!(read("stats_persistent=default").create_options, "stats_persistent=default");
    }

    #[test]
    fn each_option_is_written_as_each_server_takes_it() {
        let [mysql, mariadb] =
            [Flavor::MySql, Flavor::MariaDb].map(|flavor| Dialect { flavor, version: (9, 7, 4), clustered: false });
        let stated = read("row_format=compact key_block_size=0 stats_persistent=0 encryption='N'").storage;
        let sql: Vec<String> = stated.options().iter().map(|option| option.sql(mysql)).collect();
        let expected = [
            "ROW_FORMAT=COMPACT",
            "KEY_BLOCK_SIZE=0",
            "STATS_PERSISTENT=0",
            "STATS_AUTO_RECALC=DEFAULT",
            "STATS_SAMPLE_PAGES=DEFAULT",
            "COMPRESSION='NONE'",
            "ENCRYPTION='N'",
        ];
        assert_eq!(sql, expected);
        assert_eq!(StorageOption::Encryption(Some(true)).sql(mariadb), "ENCRYPTED=YES");
        assert_eq!(StorageOption::Encryption(None).sql(mariadb), "ENCRYPTED=DEFAULT");
        assert_eq!(StorageOption::RowFormat(None).sql(mariadb), "ROW_FORMAT=DEFAULT");
    }
}
