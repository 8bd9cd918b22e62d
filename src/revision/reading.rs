//! What a message told of a tool's table.

use std::hash::{DefaultHasher, Hash, Hasher};

use super::queries::{Layout, LockField, MigrationTable, RESULTS_OF_TABLE};
use super::rows::{RevisionRow, read_rows};
use crate::mysql::{Error, Grants, Rows, User, first_row};
use crate::schema::Identifier;

/// What was read of a tool's table. Cheap enough to keep with the schema.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RevisionReading {
    pub(super) found: Found,
    pub(super) lock: Option<SeenLock>,
    /// The statement that lets the account read what it may not.
    pub(super) grant: String,
    fingerprint: u64,
}

/// What was found under the table's name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Found {
    Missing,
    /// There is none that the account may see, and it may not see all.
    Hidden,
    Foreign,
    Unreadable,
    TooMany,
    Rows(Vec<RevisionRow>),
}

/// Who holds the tool's lock.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum SeenLock {
    Connection(u64),
    /// As the row of a lock says.
    Process {
        by: String,
        since: String,
    },
}

impl RevisionReading {
    /// Reads the results of [`MigrationTable::queries`].
    ///
    /// # Errors
    /// Results are missing.
    pub fn read(table: &MigrationTable, database: &Identifier, user: &User, results: &[Rows]) -> Result<Self, Error> {
        let unreadable =
            |what: &str| Error::protocol(format!("reading {}'s table {}", table.tool.name(), table.name), &what);
        if results.len() != table.results() {
            return Err(unreadable(&format!("{} results were expected, {} came", table.results(), results.len())));
        }
        let (of_table, rest) = results.split_at(RESULTS_OF_TABLE);
        let (grants, of_lock) = rest.split_last().ok_or_else(|| unreadable("privileges are missing"))?;
        let grants = Grants::read(user, grants);
        let (layout, rows) = of_known(of_table).ok_or_else(|| unreadable("whether it is there is not told"))?;
        let found = match layout {
            Layout::Missing if grants.lack("SELECT", database, &table.name) => Found::Hidden,
            Layout::Missing => Found::Missing,
            Layout::Foreign => Found::Foreign,
            Layout::Unreadable => Found::Unreadable,
            Layout::Present => read_rows(rows).map_or(Found::TooMany, Found::Rows),
        };
        let lock = match of_lock {
            [named] => first_row(std::slice::from_ref(named)).and_then(|row| row.number(0)).map(SeenLock::Connection),
            [] => None,
            // A lock that can't be read is not known. The tool's own table decides then.
            of_row => of_known(of_row).and_then(|(_, rows)| rows.first()).map(|row| SeenLock::Process {
                by: row.text(LockField::By).to_owned(),
                since: row.text(LockField::Since).to_owned(),
            }),
        };
        let mut fingerprint = DefaultHasher::new();
        results.hash(&mut fingerprint);
        let pattern = database.quoted().replace('_', "\\_").replace('%', "\\%");
        let grant = format!("GRANT SELECT ON {pattern}.* TO {}", grants.account);
        Ok(Self { found, lock, grant, fingerprint: fingerprint.finish() })
    }

    /// Makes the reading of a table with these rows, or another one.
    #[cfg(test)]
    pub(super) fn of(found: Found, lock: Option<SeenLock>) -> Self {
        Self { found, lock, grant: "GRANT SELECT ON `shop`.* TO `app`@`%`".to_owned(), fingerprint: 0 }
    }

    /// Returns the digest by which it is known.
    pub fn fingerprint(&self) -> u64 {
        self.fingerprint
    }
}

/// Takes the six results apart that tell of one table.
fn of_known(results: &[Rows]) -> Option<(Layout, &Rows)> {
    let [_, layout, _, _, rows, _] = results else { return None };
    let layout = layout.first().and_then(|row| row.number(0)).and_then(Layout::of_number)?;
    let rows = match layout {
        Layout::Present => rows,
        // The statement that reads nothing has another list of columns.
        Layout::Missing | Layout::Foreign | Layout::Unreadable => return Some((layout, const { &Vec::new() })),
    };
    Some((layout, rows))
}
