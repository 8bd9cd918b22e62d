//! The statements that read a tool's table, in any database: without the table, or where something else has its name, they
//! return no rows, and no error. They go with the message that reads the schema.

use super::tool::Tool;
use super::tool_lock::lock_name;
use crate::mysql::{NOTHING, SHOW_GRANTS, run_chosen, select_list};
use crate::schema::{Identifier, quote_literal};

/// So many rows are read. A chain has half as many entries.
pub const MAX_ROWS: usize = 20_000;

/// A revision is cut to one character more than the longest that a chain may hold: a cut one is in no chain.
const MAX_REVISION: usize = 513;

/// Engines whose tables have rows of their own. A table of another one may be somewhere else.
const ENGINES: &str = "'InnoDB', 'MyISAM', 'Aria', 'ROCKSDB', 'ndbcluster'";

/// The table of a migration tool.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct MigrationTable {
    pub tool: Tool,
    pub name: Identifier,
    /// The table that holds the tool's lock.
    pub lock_table: Option<Identifier>,
    /// The apps of Django's that are read.
    pub apps: Vec<String>,
}

/// What has the name of a tool's table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Layout {
    Missing,
    Present,
    /// A view, or a table without the tool's columns.
    Foreign,
    /// A table that the account may not read.
    Unreadable,
}

/// What a row says of a revision.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// It was applied, or the database is at it.
    Applied,
    /// It was taken back.
    Undone,
    /// It and all before count as applied.
    Baseline,
    /// It failed.
    Failed,
    /// It began, and did not end.
    Dirty,
}

select_list! {
    pub(super) enum Field(table: &MigrationTable) {
        Revision = format!("LEFT({}, {MAX_REVISION})", table.revision()),
        Outcome = table.outcome(),
    }
}

select_list! {
    pub(super) enum LockField() {
        Since = "CAST(lockgranted AS CHAR)",
        By = "LEFT(CAST(lockedby AS CHAR), 255)",
    }
}

impl Layout {
    const ALL: [Self; 4] = [Self::Missing, Self::Present, Self::Foreign, Self::Unreadable];

    fn number(self) -> u8 {
        match self {
            Self::Missing => 0,
            Self::Present => 1,
            Self::Foreign => 2,
            Self::Unreadable => 3,
        }
    }

    pub fn of_number(number: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|layout| layout.number() == number)
    }
}

impl Outcome {
    const ALL: [Self; 5] = [Self::Applied, Self::Undone, Self::Baseline, Self::Failed, Self::Dirty];

    fn word(self) -> &'static str {
        match self {
            Self::Applied => "applied",
            Self::Undone => "undone",
            Self::Baseline => "baseline",
            Self::Failed => "failed",
            Self::Dirty => "dirty",
        }
    }

    pub fn of_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|outcome| outcome.word() == word)
    }
}

/// The number of results of [`read_if`].
pub const RESULTS_OF_TABLE: usize = 6;

impl MigrationTable {
    /// Returns the statements that read the table, then those of the lock, then the account's privileges.
    pub fn queries(&self, database: &Identifier) -> String {
        let columns = self.tool.columns();
        let known = KnownTable { database, name: &self.name, columns, foreign: self.tool.foreign_columns() };
        let fields = Field::select(self);
        let rows = |table: &str| format!("SELECT {fields} FROM {table} {}", self.condition_and_order());
        let mut queries = vec![known.read_if(rows)];
        if let Some(name) = lock_name(self.tool, database, &self.name) {
            queries.push(format!("SELECT IS_USED_LOCK({})", quote_literal(&name)));
        }
        if let Some(lock_table) = &self.lock_table {
            let columns = &["id", "locked", "lockgranted", "lockedby"];
            let known = KnownTable { database, name: lock_table, columns, foreign: &[] };
            let fields = LockField::select();
            queries.push(known.read_if(|table| format!("SELECT {fields} FROM {table} WHERE locked = 1 LIMIT 1")));
        }
        queries.push(SHOW_GRANTS.to_owned());
        queries.join(";\n")
    }

    /// Returns the number of results of [`MigrationTable::queries`].
    pub fn results(&self) -> usize {
        let of_lock = if self.lock_table.is_some() { RESULTS_OF_TABLE } else { usize::from(self.has_named_lock()) };
        RESULTS_OF_TABLE + of_lock + 1
    }

    pub fn has_named_lock(&self) -> bool {
        // The database changes the name, not whether there is one.
        lock_name(self.tool, &self.name, &self.name).is_some()
    }

    fn revision(&self) -> &'static str {
        match self.tool {
            Tool::Alembic => "CAST(version_num AS CHAR)",
            // A repeatable migration has no version.
            Tool::Flyway => "IFNULL(CAST(version AS CHAR), CAST(script AS CHAR))",
            Tool::Liquibase => "CONCAT_WS('::', CAST(filename AS CHAR), CAST(id AS CHAR), CAST(author AS CHAR))",
            Tool::Rails | Tool::GolangMigrate | Tool::Dbmate => "CAST(version AS CHAR)",
            Tool::Django => "CONCAT_WS('.', CAST(app AS CHAR), CAST(name AS CHAR))",
            Tool::Prisma => "CAST(migration_name AS CHAR)",
        }
    }

    fn outcome(&self) -> String {
        let [applied, undone, baseline, failed, dirty] = Outcome::ALL.map(|outcome| quote_literal(outcome.word()));
        match self.tool {
            Tool::Alembic | Tool::Rails | Tool::Django | Tool::Dbmate => applied,
            Tool::Flyway => format!(
                "CASE WHEN success = 0 THEN {failed} WHEN type LIKE '%BASELINE%' THEN {baseline} \
                 WHEN type LIKE 'UNDO%' OR type = 'DELETE' THEN {undone} ELSE {applied} END"
            ),
            Tool::Liquibase => format!("IF(exectype = 'FAILED', {failed}, {applied})"),
            Tool::GolangMigrate => format!("IF(dirty = 0, {applied}, {dirty})"),
            Tool::Prisma => format!(
                "CASE WHEN rolled_back_at IS NOT NULL THEN {undone} WHEN finished_at IS NULL THEN {failed} ELSE {applied} END"
            ),
        }
    }

    fn condition_and_order(&self) -> String {
        let limit = MAX_ROWS + 1;
        let clauses = match self.tool {
            Tool::Alembic => "ORDER BY version_num".to_owned(),
            // Neither a repeatable migration that went well nor the making of the schema is a revision.
            Tool::Flyway => "WHERE version IS NOT NULL OR success = 0 ORDER BY installed_rank".to_owned(),
            Tool::Liquibase => "WHERE exectype <> 'SKIPPED' ORDER BY orderexecuted".to_owned(),
            Tool::Rails | Tool::GolangMigrate | Tool::Dbmate => "ORDER BY version".to_owned(),
            Tool::Django => {
                let apps: Vec<String> = self.apps.iter().map(|app| quote_literal(app)).collect();
                format!("WHERE app IN ({}) ORDER BY id", apps.join(", "))
            }
            Tool::Prisma => "ORDER BY started_at".to_owned(),
        };
        format!("{clauses} LIMIT {limit}")
    }
}

/// A table as its columns tell that it is the one that is meant.
struct KnownTable<'a> {
    database: &'a Identifier,
    name: &'a Identifier,
    columns: &'a [&'a str],
    foreign: &'a [&'a str],
}

impl KnownTable<'_> {
    /// Returns the statements that read the table, where it is what is meant. They give six results: the second has the
    /// number of the [`Layout`], the fifth the rows.
    ///
    /// A hint is refused on a view before any of it is evaluated (1176, tried on MySQL 9.7, MariaDB 10.11 and 11.8), so a view
    /// that takes the table's place meanwhile is not run. Not each tool's table has a key to name.
    fn read_if(&self, select: impl Fn(&str) -> String) -> String {
        let table = format!("{}.{} USE INDEX ()", self.database.quoted(), self.name.quoted());
        let chosen = Layout::ALL.map(|layout| match layout {
            Layout::Present => select(&table),
            Layout::Missing | Layout::Foreign | Layout::Unreadable => NOTHING.to_owned(),
        });
        format!(
            "SET @schema_operator_revisions = {}; SELECT @schema_operator_revisions; {}",
            self.layout(),
            run_chosen("@schema_operator_revisions", chosen.each_ref().map(String::as_str))
        )
    }

    /// Returns the expression that gives the number of the [`Layout`]. It reads no row of the table. MariaDB hides columns
    /// that the account has no privilege on.
    fn layout(&self) -> String {
        let [database, name] = [self.database, self.name].map(|name| quote_literal(name.as_str()));
        let here = format!("TABLE_SCHEMA = {database} AND TABLE_NAME = {name}");
        let [missing, present, foreign, unreadable] = Layout::ALL.map(Layout::number);
        let list = |names: &[&str]| {
            let names: Vec<String> = names.iter().map(|name| quote_literal(name)).collect();
            if names.is_empty() { "NULL".to_owned() } else { names.join(", ") }
        };
        let (columns, foreign_columns, number) = (list(self.columns), list(self.foreign), self.columns.len());
        format!(
            "CASE (SELECT MAX(IF(TABLE_TYPE = 'BASE TABLE' AND ENGINE IN ({ENGINES}), 1, 0)) FROM \
             information_schema.TABLES WHERE {here}) WHEN 1 THEN (SELECT CASE WHEN COUNT(*) = 0 THEN {unreadable} \
             WHEN SUM(COLUMN_NAME IN ({columns})) < {number} OR SUM(IFNULL(COLUMN_NAME IN ({foreign_columns}), 0)) > 0 \
             THEN {foreign} WHEN SUM(COLUMN_NAME IN ({columns}) AND FIND_IN_SET('select', PRIVILEGES)) < {number} \
             THEN {unreadable} ELSE {present} END FROM information_schema.COLUMNS WHERE {here}) \
             WHEN 0 THEN {foreign} ELSE {missing} END"
        )
    }
}
