//! `target = merge(declared, live)`: what the database is to look like. What nobody declared is as it is live.

use super::default::same_default;
use crate::schema::{
    Column, ColumnDefault, DeclaredColumn, DeclaredIndex, DeclaredOptions, DeclaredSchema, DeclaredTable, Dialect,
    Expression, Fill, Identifier, Index, IndexAlgorithm, KeyPart, Position, PrimaryKey, Schema, Table, TableOptions,
};

/// What one table is to look like, with what the comparison needs beside it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableTarget {
    pub table: Table,
    /// The position that is declared for a column, by its name. All others stay where they are.
    pub positions: Vec<(Identifier, Position)>,
    /// Live indexes that are declared under another name: from, to.
    pub renamed_indexes: Vec<(Identifier, Identifier)>,
}

/// A declaration that can't become a target.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{path}: {message}")]
pub struct Refusal {
    /// The place in the spec: `tables[user].columns[id]`.
    pub path: String,
    pub kind: RefusalKind,
    pub message: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RefusalKind {
    /// The declaration contradicts itself or is incomplete.
    Invalid,
    /// This server, or this operator, does not do it.
    Unsupported,
}

/// Merges all declared tables onto the live schema.
///
/// # Errors
/// Every declaration that can't be merged, not just the first.
pub fn target(declared: &DeclaredSchema, live: &Schema) -> Result<Vec<TableTarget>, Vec<Refusal>> {
    let mut refusals = Vec::new();
    let targets = declared.tables.iter().map(|table| Merge::new(table, live, &mut refusals).run()).collect();
    if refusals.is_empty() { Ok(targets) } else { Err(refusals) }
}

struct Merge<'a> {
    declared: &'a DeclaredTable,
    live: Option<&'a Table>,
    dialect: Dialect,
    refusals: &'a mut Vec<Refusal>,
}

impl<'a> Merge<'a> {
    fn new(declared: &'a DeclaredTable, schema: &'a Schema, refusals: &'a mut Vec<Refusal>) -> Self {
        Self { declared, live: schema.table(&declared.name), dialect: schema.dialect, refusals }
    }

    fn run(mut self) -> TableTarget {
        let mut table = self.live.cloned().unwrap_or_else(|| empty_table(&self.declared.name));
        for column in &self.declared.columns {
            let merged = self.column(column);
            match table.columns.iter_mut().find(|live| live.name.matches(&column.name)) {
                Some(live) => *live = merged,
                None => table.columns.push(merged),
            }
        }
        self.primary_key(&mut table);
        let renamed_indexes = self.indexes(&mut table);
        merge_options(&self.declared.options, &mut table.options);
        self.check_references(&table);
        let positions = self
            .declared
            .columns
            .iter()
            .filter_map(|column| column.position.as_ref().map(|position| (column.name.clone(), position.clone())));
        TableTarget { positions: positions.collect(), table, renamed_indexes }
    }

    fn column(&mut self, declared: &DeclaredColumn) -> Column {
        let path = format!("columns[{}]", declared.name);
        if let Some(data_type) = &declared.data_type
            && let Some(reason) = data_type.unsupported_by(self.dialect)
        {
            self.refuse(&format!("{path}.type"), RefusalKind::Unsupported, reason);
        }
        let live = self.live.and_then(|table| table.column(&declared.name));
        let mut column = match (live, &declared.data_type) {
            (Some(live), _) => live.clone(),
            (None, Some(data_type)) => new_column(declared.name.clone(), data_type.clone()),
            (None, None) => {
                let message = "the column does not exist, and without a type it can't be created";
                self.refuse(&format!("{path}.type"), RefusalKind::Invalid, message);
                new_column(declared.name.clone(), crate::schema::DataType::integer())
            }
        };
        merge_type(declared, &mut column, self.dialect);
        merge_fill(declared, &mut column);
        align_now(&mut column);
        if let Some(nullable) = declared.nullable {
            column.nullable = nullable;
        }
        if column.fill == Fill::AutoIncrement {
            column.nullable = false;
        }
        if let Some(comment) = &declared.comment {
            column.comment.clone_from(comment);
        }
        if let Some(visible) = declared.visible {
            column.visible = visible;
        }
        if let Some(srid) = declared.srid {
            column.srid = Some(srid);
        }
        column
    }

    fn primary_key(&mut self, table: &mut Table) {
        let Some(parts) = &self.declared.primary_key else { return };
        if !table.primary_key.as_ref().is_some_and(|live| same_parts(&live.parts, parts)) {
            let comment = table.primary_key.take().map(|live| live.comment).unwrap_or_default();
            table.primary_key = Some(PrimaryKey { parts: parts.clone(), comment });
        }
        for part in parts {
            self.key_column_not_null(part, table);
        }
    }

    /// The server makes a primary key's columns NOT NULL by itself; the target says so, or the next plan would differ.
    fn key_column_not_null(&mut self, part: &KeyPart, table: &mut Table) {
        let Some(name) = part.column_name() else { return };
        let declared = self.declared.columns.iter().find(|column| column.name.matches(name));
        if declared.is_some_and(|column| column.nullable == Some(true)) {
            let path = format!("columns[{name}].nullable");
            self.refuse(&path, RefusalKind::Invalid, "a column of the primary key is never null");
        }
        if let Some(column) = table.columns.iter_mut().find(|column| column.name.matches(name)) {
            column.nullable = false;
        }
    }

    /// Merges the declared indexes, and gives those that are live under another, undeclared name: from, to.
    fn indexes(&mut self, table: &mut Table) -> Vec<(Identifier, Identifier)> {
        let mut renamed = Vec::new();
        for declared in &self.declared.indexes {
            let declared_names = || self.declared.indexes.iter().map(|index| &index.name);
            if let Some(live) = table.indexes.iter_mut().find(|live| live.name.matches(&declared.name)) {
                *live = merge_index(declared, Some(live));
                continue;
            }
            let twin = table.indexes.iter_mut().find(|live| {
                !declared_names().any(|name| name.matches(&live.name))
                    && live.same_definition(&Index { name: live.name.clone(), ..merge_index(declared, Some(live)) })
            });
            match twin {
                Some(live) => {
                    renamed.push((live.name.clone(), declared.name.clone()));
                    live.name.clone_from(&declared.name);
                }
                None => table.indexes.push(merge_index(declared, None)),
            }
        }
        renamed
    }

    /// Keys and positions name columns that the table will have.
    fn check_references(&mut self, table: &Table) {
        let indexes = self.declared.indexes.iter().map(|index| (format!("indexes[{}]", index.name), &index.parts));
        let keys = self.declared.primary_key.iter().map(|parts| ("primaryKey".to_owned(), parts));
        let mut missing = Vec::new();
        for (path, parts) in indexes.chain(keys) {
            for name in parts.iter().filter_map(KeyPart::column_name) {
                if table.column(name).is_none() {
                    missing.push((path.clone(), name.clone()));
                }
            }
        }
        for column in &self.declared.columns {
            if let Some(Position::After(name)) = &column.position
                && table.column(name).is_none()
            {
                missing.push((format!("columns[{}].after", column.name), name.clone()));
            }
        }
        for (path, column) in missing {
            let message = format!("there is no column {column}, neither declared nor live");
            self.refuse(&path, RefusalKind::Invalid, message);
        }
        if table.columns.is_empty() {
            self.refuse("columns", RefusalKind::Invalid, "the table does not exist, and no column is declared");
        }
    }

    fn refuse(&mut self, path: &str, kind: RefusalKind, message: impl Into<String>) {
        let path = format!("spec.tables[{}].{path}", self.declared.name);
        self.refusals.push(Refusal { path, kind, message: message.into() });
    }
}

fn merge_type(declared: &DeclaredColumn, column: &mut Column, dialect: Dialect) {
    if let Some(data_type) = &declared.data_type
        && data_type.canonical(dialect) != column.data_type.canonical(dialect)
    {
        // Text keeps its character set through a change of length; a type without one loses it.
        if !(data_type.is_character() && column.data_type.is_character()) {
            column.charset = None;
            column.collation = None;
        }
        if !data_type.is_temporal_with_now() {
            column.on_update_now = false;
        }
        column.data_type = data_type.clone();
    }
    if let Some(charset) = &declared.charset
        && !column.charset.as_deref().is_some_and(|live| same_charset(live, charset))
    {
        column.charset = Some(charset.clone());
        column.collation = None;
    }
    if let Some(collation) = &declared.collation
        && !column.collation.as_deref().is_some_and(|live| live.eq_ignore_ascii_case(collation))
    {
        if declared.charset.is_none() && !column.charset.as_deref().is_some_and(|live| is_of_charset(collation, live)) {
            column.charset = None;
        }
        column.collation = Some(collation.clone());
    }
}

fn merge_fill(declared: &DeclaredColumn, column: &mut Column) {
    match declared.auto_increment {
        Some(true) => column.fill = Fill::AutoIncrement,
        Some(false) if column.fill == Fill::AutoIncrement => column.fill = Fill::Default(ColumnDefault::None),
        _ => {}
    }
    if let Some(generated) = &declared.generated {
        column.fill = Fill::Generated(generated.clone());
    }
    if let Some(default) = &declared.default {
        let same = matches!(&column.fill, Fill::Default(live) if same_default(default, live, &column.data_type));
        if !same {
            column.fill = Fill::Default(default.clone());
        }
    }
    if let Some(on_update_now) = declared.on_update_now {
        column.on_update_now = on_update_now;
    }
}

/// `DEFAULT CURRENT_TIMESTAMP` has as many fractional digits as its column: with others it is a mere expression, or
/// refused (1067).
fn align_now(column: &mut Column) {
    if let (Fill::Default(ColumnDefault::Expression(default)), Some(fsp), true) =
        (&column.fill, column.data_type.fsp(), column.data_type.is_temporal_with_now())
        && default.is_current_timestamp()
        && default.current_timestamp_fsp() != Some(fsp)
    {
        column.fill = Fill::Default(ColumnDefault::Expression(Expression::current_timestamp(fsp)));
    }
}

/// The declared index; what it does not say is as it is live, else the server's default.
fn merge_index(declared: &DeclaredIndex, live: Option<&Index>) -> Index {
    let parts = match live {
        Some(live) if same_parts(&live.parts, &declared.parts) => live.parts.clone(),
        _ => declared.parts.clone(),
    };
    // An engine may not do what is asked for (InnoDB makes a BTREE of HASH): what is live then stays.
    let algorithm = declared.algorithm.filter(|algorithm| *algorithm == IndexAlgorithm::Hash);
    Index {
        name: live.map_or_else(|| declared.name.clone(), |live| live.name.clone()),
        kind: match live {
            Some(live) if same_kind(live, declared) => live.kind.clone(),
            _ => declared.kind.clone(),
        },
        parts,
        algorithm: live.map_or(algorithm, |live| live.algorithm),
        comment: declared.comment.clone().or_else(|| live.map(|live| live.comment.clone())).unwrap_or_default(),
        visible: declared.visible.or_else(|| live.map(|live| live.visible)).unwrap_or(true),
        key_block_size: live.and_then(|live| live.key_block_size),
    }
}

/// A full-text parser is not read from the live index, so an undeclared one is no difference.
fn same_kind(live: &Index, declared: &DeclaredIndex) -> bool {
    use crate::schema::IndexKind::Fulltext;
    live.kind == declared.kind || matches!((&live.kind, &declared.kind), (Fulltext { .. }, Fulltext { parser: None }))
}

fn same_parts(left: &[KeyPart], right: &[KeyPart]) -> bool {
    left.len() == right.len() && left.iter().zip(right).all(|(left, right)| left.same_as(right))
}

fn merge_options(declared: &DeclaredOptions, options: &mut TableOptions) {
    let differs = |live: &Option<String>, declared: &str| {
        !live.as_deref().is_some_and(|live| live.eq_ignore_ascii_case(declared))
    };
    if let Some(engine) = declared.engine.as_deref().filter(|engine| differs(&options.engine, engine)) {
        options.engine = Some(engine.to_owned());
    }
    if let Some(charset) = &declared.charset
        && !options.charset.as_deref().is_some_and(|live| same_charset(live, charset))
    {
        options.charset = Some(charset.clone());
        options.collation = None;
    }
    if let Some(collation) = declared.collation.as_deref().filter(|collation| differs(&options.collation, collation)) {
        if declared.charset.is_none() && !options.charset.as_deref().is_some_and(|live| is_of_charset(collation, live))
        {
            options.charset = None;
        }
        options.collation = Some(collation.to_owned());
    }
    if let Some(comment) = &declared.comment {
        options.comment.clone_from(comment);
    }
}

/// A collation's name begins with that of its character set, but for MariaDB's `uca1400_*`, which fit several.
fn is_of_charset(collation: &str, charset: &str) -> bool {
    let collation = collation.to_ascii_lowercase();
    collation.split('_').next().is_some_and(|prefix| prefix == "uca1400" || same_charset(prefix, charset))
}

/// `utf8` is an alias of `utf8mb3`.
fn same_charset(left: &str, right: &str) -> bool {
    let name = |text: &str| match text.to_ascii_lowercase() {
        text if text == "utf8" => "utf8mb3".to_owned(),
        text => text,
    };
    name(left) == name(right)
}

/// A column of which nothing but name and type is known: nullable, without default, as `CREATE TABLE` has it.
fn new_column(name: Identifier, data_type: crate::schema::DataType) -> Column {
    Column {
        name,
        data_type,
        nullable: true,
        fill: Fill::Default(ColumnDefault::None),
        on_update_now: false,
        charset: None,
        collation: None,
        comment: String::new(),
        visible: true,
        srid: None,
        compressed: false,
        check: None,
    }
}

fn empty_table(name: &Identifier) -> Table {
    Table {
        name: name.clone(),
        columns: Vec::new(),
        primary_key: None,
        indexes: Vec::new(),
        foreign_keys: Vec::new(),
        checks: Vec::new(),
        options: TableOptions::default(),
        partitioning: None,
    }
}
