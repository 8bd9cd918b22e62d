//! The operator's own tables, and how it tells that a table of their name is one. A database user who may create views
//! and routines could put a view there: whoever reads it runs its functions, with their own privileges. So what has the
//! name is looked at first, in the same message, and only a base table of the very layout is read or written.

use crate::mysql::{Error, ErrorKind, Row, Rows, Session, run_chosen};
use crate::schema::{Identifier, quote_literal};

/// The history's name.
pub const HISTORY_TABLE: &str = "schema_operator_history";

/// The record's name.
pub const RECORD_TABLE: &str = "schema_operator_record";

/// The lease's name. It has one row, and only databases of a cluster have the table.
pub const LEASE_TABLE: &str = "schema_operator_lease";

/// A table of the operator's own, as the server describes it.
#[derive(Debug, Clone, Copy)]
pub struct OwnTable {
    pub name: &'static str,
    /// Name, type, nullability and what INFORMATION_SCHEMA calls EXTRA.
    columns: &'static [&'static str],
    /// The columns that an earlier version's table lacks.
    added: &'static [&'static str],
    /// 1 unless it is unique, name, position and column.
    keys: &'static [&'static str],
}

/// The form of an own table in a database.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Layout {
    #[default]
    Missing,
    /// An earlier version made it.
    Earlier,
    Complete,
    /// Something else has the name.
    Foreign,
}

/// The history of the statements.
pub const HISTORY: OwnTable = OwnTable {
    name: HISTORY_TABLE,
    columns: &[
        "id bigint unsigned NO auto_increment",
        "resource varchar(512) NO",
        "resource_uid varchar(64) NO",
        "revision varchar(128) NO",
        "plan_id varchar(64) NO",
        "step_id varchar(64) NO",
        "statement mediumtext NO",
        "operator_version varchar(32) NO",
        "outcome varchar(16) NO",
        "message mediumtext YES",
        "started_at datetime(6) NO",
        "finished_at datetime(6) YES",
    ],
    added: &["approved_by varchar(512) YES", "approved_at datetime(6) YES"],
    keys: &["0 PRIMARY 1 id"],
};

/// The record of what was applied and is claimed.
pub(super) const RECORD: OwnTable = OwnTable {
    name: RECORD_TABLE,
    columns: &[
        "id bigint unsigned NO auto_increment",
        "cluster varchar(64) NO",
        "resource varchar(320) NO",
        "resource_uid varchar(64) NO",
        "revision varchar(128) NO",
        "declared longtext NO",
        "updated_at datetime(6) NO",
    ],
    added: &[
        "claims longtext YES",
        "claims_digest varchar(64) YES",
        "mode varchar(16) YES",
        "server varchar(64) YES",
        "since datetime(6) YES",
        "renewed_at datetime(6) YES",
    ],
    keys: &["0 PRIMARY 1 id", "0 resource 1 cluster", "0 resource 2 resource"],
};

/// The lease of a database of a cluster.
pub(super) const LEASE: OwnTable = OwnTable {
    name: LEASE_TABLE,
    columns: &[
        "id tinyint unsigned NO",
        "holder varchar(64) NO",
        "cluster varchar(64) NO",
        "resource varchar(320) NO",
        "resource_uid varchar(64) NO",
        "node varchar(256) NO",
        "connection_id bigint unsigned NO",
        "taken_at datetime(6) YES",
        "renewed_at datetime(6) YES",
        "expires_at datetime(6) YES",
    ],
    added: &[],
    keys: &["0 PRIMARY 1 id"],
};

impl OwnTable {
    /// Returns its name with that of the database.
    pub fn quoted(&self, database: &Identifier) -> String {
        format!("{}.`{}`", database.quoted(), self.name)
    }

    /// Returns it, in this database or the selected one, as one reads or updates it. The hint is refused on a view before any of it is evaluated (1176,
    /// tried on MySQL 9.7, MariaDB 10.11 and 11.8), so a view that takes the table's place meanwhile is not run.
    pub fn guarded<'d>(&self, database: impl Into<Option<&'d Identifier>>) -> String {
        let name = database.into().map_or_else(|| format!("`{}`", self.name), |database| self.quoted(database));
        format!("{name} FORCE INDEX (PRIMARY)")
    }

    /// Returns the statements that begin a transaction in which rows are inserted. Until its end nothing can take the
    /// table's place.
    pub(super) fn begin_insert<'d>(&self, database: impl Into<Option<&'d Identifier>>) -> String {
        format!("START TRANSACTION; SELECT 1 FROM {} LIMIT 0", self.guarded(database))
    }

    /// Returns the expression that gives the number of its [`Layout`] in `database`. It reads no row of it. Triggers are
    /// seen with the privilege TRIGGER alone; they run with the privileges of their definer, and do no more than that one
    /// could.
    pub fn layout(&self, database: &Identifier) -> String {
        let at = |schema: &str, table: &str| {
            format!("{schema} = {} AND {table} = '{}'", quote_literal(database.as_str()), self.name)
        };
        let here = at("TABLE_SCHEMA", "TABLE_NAME");
        let [missing, earlier, complete, foreign] =
            [Layout::Missing, Layout::Earlier, Layout::Complete, Layout::Foreign].map(Layout::number);
        // Older servers give integers a width.
        let column = "TRIM(CONCAT_WS(' ', COLUMN_NAME, REPLACE(REPLACE(COLUMN_TYPE, '(20)', ''), '(3)', ''), \
                      IS_NULLABLE, EXTRA))";
        let key = "TRIM(CONCAT_WS(' ', NON_UNIQUE, INDEX_NAME, SEQ_IN_INDEX, COLUMN_NAME, SUB_PART))";
        let (first, added) = (number_of(column, self.columns), number_of(column, self.added));
        format!(
            "CASE IFNULL((SELECT MAX(TABLE_TYPE = 'BASE TABLE' AND ENGINE = 'InnoDB' AND CREATE_OPTIONS NOT LIKE \
             '%partition%') FROM information_schema.TABLES WHERE {here}), -1) WHEN -1 THEN {missing} \
             WHEN 0 THEN {foreign} ELSE IF((SELECT COUNT(*) = {keys} AND {of_keys} = {keys} FROM information_schema.STATISTICS WHERE {here}) \
             AND NOT EXISTS (SELECT 1 FROM information_schema.TABLE_CONSTRAINTS WHERE {here} \
             AND CONSTRAINT_TYPE NOT IN ('PRIMARY KEY', 'UNIQUE')) \
             AND NOT EXISTS (SELECT 1 FROM information_schema.TRIGGERS WHERE {}), \
             (SELECT IF({first} <> {columns} OR COUNT(*) <> {first} + {added}, {foreign}, \
             IF({added} = {more}, {complete}, IF({added} = 0, {earlier}, {foreign}))) \
             FROM information_schema.COLUMNS WHERE {here}), {foreign}) END",
            at("EVENT_OBJECT_SCHEMA", "EVENT_OBJECT_TABLE"),
            keys = self.keys.len(),
            of_keys = number_of(key, self.keys),
            columns = self.columns.len(),
            more = self.added.len(),
        )
    }

    /// Reads the rows that the statement for its layout gives.
    ///
    /// # Errors
    /// As [`Session::batch`]; something else has its name.
    pub async fn rows(
        &self,
        session: &mut Session,
        doing: &str,
        database: &Identifier,
        by_layout: ByLayout<'_>,
    ) -> Result<Rows, Error> {
        let (layout, chosen) = (self.layout(database), by_layout.sql());
        let sql = format!("SET @schema_operator_layout = {layout}; SELECT @schema_operator_layout; {chosen}");
        let results = session.batch(doing, &sql).await?;
        self.read_layout(results.get(1).and_then(|rows| rows.first()), 0)?;
        Ok(results.into_iter().nth(4).unwrap_or_default())
    }

    /// Reads the number that [`OwnTable::layout`] gave.
    ///
    /// # Errors
    /// Something else has the name, or nothing was told.
    pub fn read_layout(&self, row: Option<&Row>, position: usize) -> Result<Layout, Error> {
        let doing = || format!("looking at table {}", self.name);
        let number = row.and_then(|row| row.number(position));
        match number.and_then(Layout::of_number) {
            None => Err(Error::protocol(doing(), &"whether it is there is not told")),
            Some(Layout::Foreign) => {
                let message = "what has this name is not the operator's own table: a view, or a table of another \
                               layout, or one with a trigger; nothing was read or changed; rename or drop it";
                Err(Error::new(doing(), ErrorKind::NotOwn, message))
            }
            Some(layout @ (Layout::Missing | Layout::Earlier | Layout::Complete)) => Ok(layout),
        }
    }
}

/// What to run of a table, as its layout is.
#[derive(Debug, Clone, Copy)]
pub struct ByLayout<'a> {
    /// Where there is no such table, or something else has its name.
    pub without: &'a str,
    pub earlier: &'a str,
    pub complete: &'a str,
}

impl ByLayout<'_> {
    /// Returns the statements that run what the number in `@schema_operator_layout` asks for. They give four results; the
    /// third is that of what runs.
    pub fn sql(self) -> String {
        let Self { without, earlier, complete } = self;
        run_chosen("@schema_operator_layout", [without, earlier, complete, without])
    }
}

impl Layout {
    pub(super) fn number(self) -> u8 {
        match self {
            Self::Missing => 0,
            Self::Earlier => 1,
            Self::Complete => 2,
            Self::Foreign => 3,
        }
    }

    fn of_number(number: u8) -> Option<Self> {
        [Self::Missing, Self::Earlier, Self::Complete, Self::Foreign]
            .into_iter()
            .find(|layout| layout.number() == number)
    }
}

/// Returns the expression that counts the rows of which `expression` gives one of these texts.
fn number_of(expression: &str, texts: &[&str]) -> String {
    if texts.is_empty() {
        return "0".to_owned();
    }
    let texts: Vec<String> = texts.iter().map(|text| quote_literal(text)).collect();
    format!("SUM({expression} IN ({}))", texts.join(", "))
}
