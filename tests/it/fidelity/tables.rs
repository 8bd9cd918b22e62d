//! Tables, and the SQL that creates them.

use proptest::prelude::*;
use proptest::sample::{Index as Pick, select};
use schema_operator::schema::{Dialect, quote_literal};

use super::columns::{self, charset, column};
use super::model::{
    Action, Check, Column, ELSEWHERE, ELSEWHERE_NAME, ForeignKey, Id, Index, IndexKind, Options, Part, Schema, Table,
};
use super::names::{comment, name, quoted, quoted_list};
use super::partitions::{PartitioningSeed, partitioning};

/// The parts of a table; what they refer to is picked once all of them exist.
#[derive(Debug, Clone)]
pub struct TableSeed {
    pub name: String,
    pub columns: Vec<Column>,
    pub primary_key: Vec<PartSeed>,
    pub indexes: Vec<IndexSeed>,
    pub foreign_keys: Vec<ForeignKeySeed>,
    pub checks: Vec<CheckSeed>,
    pub options: Options,
    pub partitioning: Option<PartitioningSeed>,
}

#[derive(Debug, Clone)]
pub struct PartSeed {
    pub column: Pick,
    pub prefix: Option<u32>,
    pub descending: bool,
    pub expression: bool,
}

#[derive(Debug, Clone)]
pub struct IndexSeed {
    pub name: String,
    pub kind: IndexKind,
    pub parts: Vec<PartSeed>,
    pub comment: String,
    pub visible: bool,
    pub using: Option<&'static str>,
}

#[derive(Debug, Clone)]
pub struct ForeignKeySeed {
    pub name: String,
    pub columns: Vec<Pick>,
    pub parent: Pick,
    pub on_delete: Action,
    pub on_update: Action,
}

#[derive(Debug, Clone)]
pub struct CheckSeed {
    pub name: String,
    pub column: Pick,
    pub form: usize,
    pub enforced: bool,
}

pub fn table() -> impl Strategy<Value = TableSeed> {
    (
        name(),
        prop::collection::vec(column(), 1..7),
        prop_oneof![1 => Just(Vec::new()), 4 => parts(3)],
        prop::collection::vec(index(), 0..3),
        prop::collection::vec(foreign_key(), 0..2),
        prop::collection::vec(check(), 0..2),
        options(),
        prop::option::weighted(0.3, partitioning()),
    )
        .prop_map(|(name, columns, primary_key, indexes, foreign_keys, checks, options, partitioning)| TableSeed {
            name,
            columns,
            primary_key,
            indexes,
            foreign_keys,
            checks,
            options,
            partitioning,
        })
}

fn parts(most: usize) -> impl Strategy<Value = Vec<PartSeed>> {
    let prefix = prop_oneof![3 => Just(None), 1 => (1..60_u32).prop_map(Some)];
    let part = (any::<Pick>(), prefix, prop::bool::weighted(0.25), prop::bool::weighted(0.2))
        .prop_map(|(column, prefix, descending, expression)| PartSeed { column, prefix, descending, expression });
    prop::collection::vec(part, 1..=most)
}

pub fn index() -> impl Strategy<Value = IndexSeed> {
    let kind = prop_oneof![
        4 => Just(IndexKind::Plain),
        3 => Just(IndexKind::Unique),
        1 => Just(IndexKind::Fulltext),
        1 => Just(IndexKind::Spatial),
    ];
    let using = prop::option::weighted(0.2, select(vec!["BTREE", "HASH"]));
    (name(), kind, parts(3), comment(1024), prop::bool::weighted(0.85), using).prop_map(
        |(name, kind, parts, comment, visible, using)| IndexSeed { name, kind, parts, comment, visible, using },
    )
}

pub fn primary_key() -> impl Strategy<Value = Vec<PartSeed>> {
    parts(3)
}

pub fn foreign_key() -> impl Strategy<Value = ForeignKeySeed> {
    let columns = prop::collection::vec(any::<Pick>(), 3);
    (name(), columns, any::<Pick>(), action(), action()).prop_map(|(name, columns, parent, on_delete, on_update)| {
        ForeignKeySeed { name, columns, parent, on_delete, on_update }
    })
}

pub fn action() -> impl Strategy<Value = Action> {
    prop_oneof![Just(Action::None), Just(Action::Restrict), Just(Action::Cascade), Just(Action::SetNull)]
}

pub fn check() -> impl Strategy<Value = CheckSeed> {
    (name(), any::<Pick>(), 0..100_usize, prop::bool::weighted(0.7))
        .prop_map(|(name, column, form, enforced)| CheckSeed { name, column, form, enforced })
}

pub fn options() -> impl Strategy<Value = Options> {
    let engine = prop_oneof![9 => Just("InnoDB"), 1 => Just("MyISAM"), 1 => Just("MEMORY")];
    let row_format = select(vec!["DYNAMIC", "COMPACT", "REDUNDANT", "COMPRESSED"]);
    let storage = (prop::option::weighted(0.3, row_format), prop::option::weighted(0.1, Just(8_u32)));
    let switch = || prop::option::weighted(0.1, any::<bool>());
    let stats = (switch(), switch(), prop::option::weighted(0.1, 1..100_u32));
    (engine, charset(), comment(2048), storage, stats).prop_map(|(engine, charset, comment, storage, stats)| Options {
        engine,
        charset,
        comment,
        row_format: storage.0,
        key_block_size: storage.1,
        stats_persistent: stats.0,
        stats_auto_recalc: stats.1,
        stats_sample_pages: stats.2,
    })
}

impl Schema {
    /// Adds tables, then the objects that refer from one to another.
    pub fn add_tables(&mut self, seeds: &[TableSeed]) {
        let first = self.tables.len();
        for seed in seeds {
            let columns: Vec<Column> =
                seed.columns.iter().map(|column| Column { id: self.fresh(), ..column.clone() }).collect();
            let table = Table {
                id: self.fresh(),
                name: seed.name.clone(),
                columns: with_bases(columns),
                primary_key: Vec::new(),
                indexes: Vec::new(),
                foreign_keys: Vec::new(),
                checks: Vec::new(),
                options: seed.options.clone(),
                partitioning: None,
            };
            self.tables.push(table);
        }
        for (at, seed) in seeds.iter().enumerate() {
            let at = first + at;
            self.tables[at].primary_key = self.tables[at].parts(&seed.primary_key);
            if let Some(partitioning) = &seed.partitioning {
                self.tables[at].divide(partitioning);
            }
            for index in &seed.indexes {
                self.add_index(at, index);
            }
            for check in &seed.checks {
                self.tables[at].add_check(check);
            }
        }
        for (at, seed) in seeds.iter().enumerate() {
            for key in &seed.foreign_keys {
                self.add_foreign_key(first + at, key);
            }
        }
    }

    pub fn add_index(&mut self, table: usize, seed: &IndexSeed) {
        let id = self.fresh();
        let table = &mut self.tables[table];
        let parts = table.parts(&seed.parts);
        let (name, comment) = (seed.name.clone(), seed.comment.clone());
        let IndexSeed { kind, visible, using, .. } = *seed;
        table.indexes.push(Index { id, name, kind, parts, comment, visible, using });
    }

    /// Adds a key, whose columns get the types of its parent's.
    pub fn add_foreign_key(&mut self, table: usize, seed: &ForeignKeySeed) {
        // The number after the last table chooses that of the other database.
        let parent = self.tables.get(seed.parent.index(self.tables.len() + 1)).unwrap_or(&self.elsewhere);
        let parents: Vec<Id> = parent.primary_key.iter().map(|part| part.column).collect();
        let table = &self.tables[table];
        let columns = seed.columns.iter().map(|pick| table.columns[pick.index(table.columns.len())].id);
        let key = ForeignKey {
            name: seed.name.clone(),
            columns: columns.take(parents.len()).collect(),
            parent: parent.id,
            on_delete: seed.on_delete,
            on_update: seed.on_update,
        };
        let id = table.id;
        self.tables.iter_mut().filter(|table| table.id == id).for_each(|table| table.foreign_keys.push(key.clone()));
    }

    /// Returns the statements that create it.
    pub fn statements(&self, dialect: Dialect) -> Vec<String> {
        self.tables.iter().map(|table| table.statement(self, dialect)).collect()
    }
}

impl Options {
    fn storage_sql(&self) -> String {
        let switch = |name: &str, value: Option<bool>| value.map(|value| format!(" {name}={}", u8::from(value)));
        let number = |name: &str, value: Option<u32>| value.map(|value| format!(" {name}={value}"));
        let stated = [
            self.row_format.map(|format| format!(" ROW_FORMAT={format}")),
            number("KEY_BLOCK_SIZE", self.key_block_size),
            switch("STATS_PERSISTENT", self.stats_persistent),
            switch("STATS_AUTO_RECALC", self.stats_auto_recalc),
            number("STATS_SAMPLE_PAGES", self.stats_sample_pages),
        ];
        stated.into_iter().flatten().collect()
    }
}

/// Turns the number that chose the base of a generated column into one of the columns.
fn with_bases(mut columns: Vec<Column>) -> Vec<Column> {
    use super::model::Fill;
    let ids: Vec<Id> = columns.iter().map(|column| column.id).collect();
    for column in &mut columns {
        if let Fill::Generated { base, .. } = &mut column.fill {
            *base = usize::try_from(*base).ok().and_then(|base| ids.get(base % ids.len())).copied().unwrap_or_default();
        }
    }
    columns
}

impl Table {
    pub fn parts(&self, seeds: &[PartSeed]) -> Vec<Part> {
        let part = |seed: &PartSeed| Part {
            column: self.columns[seed.column.index(self.columns.len())].id,
            prefix: seed.prefix,
            descending: seed.descending,
            expression: seed.expression,
        };
        seeds.iter().map(part).collect()
    }

    pub fn add_check(&mut self, seed: &CheckSeed) {
        let column = self.columns[seed.column.index(self.columns.len())].id;
        self.checks.push(Check { name: seed.name.clone(), column, form: seed.form, enforced: seed.enforced });
    }

    fn statement(&self, schema: &Schema, dialect: Dialect) -> String {
        let mut parts: Vec<String> = self.columns.iter().map(|column| column.definition(self, dialect)).collect();
        if !self.primary_key.is_empty() {
            parts.push(format!("PRIMARY KEY ({})", self.parts_sql(&self.primary_key)));
        }
        parts.extend(self.indexes.iter().map(|index| self.index_sql(index, dialect)));
        parts.extend(self.foreign_keys.iter().filter_map(|key| self.key_sql(key, schema)));
        parts.extend(self.checks.iter().filter_map(|check| self.check_sql(check, dialect)));
        let (charset, collation) = self.options.charset;
        let mut sql = format!(
            "CREATE TABLE {} (\n  {}\n) ENGINE={} DEFAULT CHARSET={charset} COLLATE={collation}",
            quoted(&self.name),
            parts.join(",\n  "),
            self.options.engine
        );
        if !self.options.comment.is_empty() {
            sql += &format!(" COMMENT={}", quote_literal(&self.options.comment));
        }
        sql += &self.options.storage_sql();
        if let Some(partitioning) = self.partitioning_sql() {
            sql += &format!("\n{partitioning}");
        }
        sql
    }

    fn parts_sql(&self, parts: &[Part]) -> String {
        let sql = |part: &Part| {
            let column = self.column(part.column)?;
            let name = quoted(&column.name);
            let target = if part.expression {
                let function = if column.kind.group() == 0 { "abs" } else { "lower" };
                format!("(({function}({name})))")
            } else {
                name + &part.prefix.map_or(String::new(), |length| format!("({length})"))
            };
            Some(if part.descending { target + " DESC" } else { target })
        };
        parts.iter().filter_map(sql).collect::<Vec<_>>().join(", ")
    }

    fn index_sql(&self, index: &Index, dialect: Dialect) -> String {
        let kind = match index.kind {
            IndexKind::Plain => "",
            IndexKind::Unique => "UNIQUE ",
            IndexKind::Fulltext => "FULLTEXT ",
            IndexKind::Spatial => "SPATIAL ",
        };
        let mut sql = format!("{kind}INDEX {} ({})", quoted(&index.name), self.parts_sql(&index.parts));
        if let Some(using) = index.using {
            sql += &format!(" USING {using}");
        }
        if !index.comment.is_empty() {
            sql += &format!(" COMMENT {}", quote_literal(&index.comment));
        }
        if !index.visible {
            sql += if dialect.is_mariadb() { " IGNORED" } else { " INVISIBLE" };
        }
        sql
    }

    fn key_sql(&self, key: &ForeignKey, schema: &Schema) -> Option<String> {
        let parent = schema.table(key.parent)?;
        let own = key.columns.iter().filter_map(|id| self.column(*id)).map(|column| column.name.as_str());
        let theirs = parent.primary_key.iter().filter_map(|part| parent.column(part.column));
        let database = if parent.id == ELSEWHERE { format!("{ELSEWHERE_NAME}.") } else { String::new() };
        let mut sql = format!(
            "CONSTRAINT {} FOREIGN KEY ({}) REFERENCES {database}{} ({})",
            quoted(&key.name),
            quoted_list(own),
            quoted(&parent.name),
            quoted_list(theirs.map(|column| column.name.as_str()))
        );
        for (event, action) in [("DELETE", key.on_delete), ("UPDATE", key.on_update)] {
            sql += &match action {
                Action::None => String::new(),
                Action::Restrict => format!(" ON {event} RESTRICT"),
                Action::Cascade => format!(" ON {event} CASCADE"),
                Action::SetNull => format!(" ON {event} SET NULL"),
            };
        }
        Some(sql)
    }

    fn check_sql(&self, check: &Check, dialect: Dialect) -> Option<String> {
        let expression = columns::check(check.form, self.column(check.column)?);
        let enforced = check.enforced || dialect.is_mariadb();
        let not = if enforced { "" } else { " NOT ENFORCED" };
        Some(format!("CONSTRAINT {} CHECK ({expression}){not}", quoted(&check.name)))
    }
}
