//! Two declarations of one database that say different things of one attribute. Whoever carried out both would change
//! the database to and fro for ever.

use std::collections::HashMap;

use super::needs::{needs, needs_column, needs_table};
use super::place::{ObjectRef, TableObject, parts_text};
use crate::plan::change::Attribute;
use crate::plan::change::{Change, ObjectKind, Plan};
use crate::plan::target::{is_of_charset, same_charset, same_collation, same_default, same_foreign_key};
use crate::schema::{
    ColumnDefault, DataType, DeclaredColumn, DeclaredIndex, DeclaredSchema, DeclaredTable, Dialect, Generation,
    Identifier, Position, same_parts,
};

/// One attribute of one object that two resources declare differently.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contradiction {
    pub place: ObjectRef,
    pub attribute: Attribute,
    pub mine: String,
    pub theirs: String,
}

/// All that `mine` and `theirs` contradict each other in. What only one of them declares is no contradiction.
pub fn contradictions(mine: &DeclaredSchema, theirs: &DeclaredSchema, dialect: Dialect) -> Vec<Contradiction> {
    let others: HashMap<&Identifier, &DeclaredTable> = theirs.tables.iter().map(|table| (&table.name, table)).collect();
    let mut found = Vec::new();
    let state = |table: &Identifier, mine: &str, theirs: &str| Contradiction {
        place: ObjectRef { table: table.clone(), object: TableObject::Table },
        attribute: Attribute::State,
        mine: mine.to_owned(),
        theirs: theirs.to_owned(),
    };
    for name in &theirs.absent_tables {
        if needs_table(mine, name) {
            found.push(state(name, "Present", "Absent"));
        }
    }
    for name in &mine.absent_tables {
        if needs_table(theirs, name) {
            found.push(state(name, "Absent", "Present"));
        }
    }
    for table in &mine.tables {
        if let Some(other) = others.get(&table.name) {
            let mut pair = Pair { mine: table, theirs: other, dialect, found: Vec::new() };
            pair.compare();
            found.append(&mut pair.found);
        }
    }
    found
}

/// What `plan` would rename although `theirs` declares it under the name that it has.
pub fn taken_names(plan: &Plan, theirs: &DeclaredSchema) -> Vec<Contradiction> {
    let mut found = Vec::new();
    for step in &plan.steps {
        let table = theirs.tables.iter().find(|table| table.name == step.table);
        for change in &step.changes {
            let (object, from, to) = match change {
                Change::RenameTable { to } if needs_table(theirs, &step.table) => (TableObject::Table, &step.table, to),
                Change::RenameColumn { from, to } if table.is_some_and(|table| needs_column(table, from)) => {
                    (TableObject::Column(from.clone()), from, to)
                }
                Change::RenameIndex { from, to }
                    if table.is_some_and(|table| table.indexes.iter().any(|index| index.name.matches(from))) =>
                {
                    (TableObject::Index(from.clone()), from, to)
                }
                _ => continue,
            };
            let place = ObjectRef { table: step.table.clone(), object };
            found.push(Contradiction {
                place,
                attribute: Attribute::Name,
                mine: to.to_string(),
                theirs: from.to_string(),
            });
        }
    }
    found
}

/// What two resources declare of one table.
struct Pair<'a> {
    mine: &'a DeclaredTable,
    theirs: &'a DeclaredTable,
    dialect: Dialect,
    found: Vec<Contradiction>,
}

impl Pair<'_> {
    fn compare(&mut self) {
        let (mine, theirs) = (self.mine, self.theirs);
        for column in &mine.columns {
            if let Some(other) = theirs.columns.iter().find(|other| other.name.matches(&column.name)) {
                self.column(column, other);
            }
        }
        self.positions();
        let text = |parts: &Vec<_>| parts_text(parts);
        let keys = (mine.primary_key.as_ref(), theirs.primary_key.as_ref());
        self.field(&TableObject::PrimaryKey, Attribute::PrimaryKey, keys, |one, other| same_parts(one, other), text);
        for index in &mine.indexes {
            if let Some(other) = theirs.indexes.iter().find(|other| other.name.matches(&index.name)) {
                self.index(index, other);
            }
        }
        self.constraints();
        self.options();
        let partitions = (mine.partitioning.as_ref(), theirs.partitioning.as_ref());
        let is_same = |one: &_, other: &_| one == other;
        self.field(&TableObject::Partitioning, Attribute::Partitioning, partitions, is_same, |_| {
            "other partitions".to_owned()
        });
        self.absent();
    }

    /// Notes where both declare a field, and not the same.
    fn field<T>(
        &mut self,
        object: &TableObject,
        attribute: Attribute,
        (mine, theirs): (Option<&T>, Option<&T>),
        is_same: impl Fn(&T, &T) -> bool,
        text: impl Fn(&T) -> String,
    ) {
        if let (Some(mine), Some(theirs)) = (mine, theirs)
            && !is_same(mine, theirs)
        {
            self.note(object, attribute, text(mine), text(theirs));
        }
    }

    fn note(&mut self, object: &TableObject, attribute: Attribute, mine: String, theirs: String) {
        let place = ObjectRef { table: self.mine.name.clone(), object: object.clone() };
        self.found.push(Contradiction { place, attribute, mine, theirs });
    }

    fn plain<T: PartialEq + ToString>(
        &mut self,
        object: &TableObject,
        attribute: Attribute,
        both: (&Option<T>, &Option<T>),
    ) {
        self.field(object, attribute, (both.0.as_ref(), both.1.as_ref()), |one, other| one == other, T::to_string);
    }

    fn column(&mut self, mine: &DeclaredColumn, theirs: &DeclaredColumn) {
        let object = &TableObject::Column(mine.name.clone());
        let dialect = self.dialect;
        let same_type = |one: &DataType, other: &DataType| one.canonical(dialect) == other.canonical(dialect);
        let types = (mine.data_type.as_ref(), theirs.data_type.as_ref());
        self.field(object, Attribute::Type, types, same_type, DataType::render);
        self.plain(object, Attribute::Nullable, (&mine.nullable, &theirs.nullable));
        self.fill(mine, theirs);
        self.plain(object, Attribute::OnUpdate, (&mine.on_update_now, &theirs.on_update_now));
        self.charset(object, (&mine.charset, &mine.collation), (&theirs.charset, &theirs.collation));
        self.plain(object, Attribute::Comment, (&mine.comment, &theirs.comment));
        self.plain(object, Attribute::Visible, (&mine.visible, &theirs.visible));
        self.plain(object, Attribute::Srid, (&mine.srid, &theirs.srid));
        self.plain(object, Attribute::Compressed, (&mine.compressed, &theirs.compressed));
        self.plain(object, Attribute::Check, (&mine.check, &theirs.check));
        let positions = (mine.position.as_ref(), theirs.position.as_ref());
        self.field(object, Attribute::Position, positions, same_place, place_text);
    }

    /// A column is filled in one way: to count up excludes a default.
    fn fill(&mut self, mine: &DeclaredColumn, theirs: &DeclaredColumn) {
        let (Some(own), Some(other)) = (DeclaredFill::of(mine), DeclaredFill::of(theirs)) else { return };
        let data_type = mine.data_type.as_ref().or(theirs.data_type.as_ref());
        let is_same = match (&own, &other) {
            (DeclaredFill::Default(one), DeclaredFill::Default(other)) => {
                one == other || data_type.is_some_and(|data_type| same_default(one, other, data_type))
            }
            (DeclaredFill::Generated(one), DeclaredFill::Generated(other)) => one == other,
            (DeclaredFill::Counts(one), DeclaredFill::Counts(other)) => one == other,
            (DeclaredFill::Counts(false), _) | (_, DeclaredFill::Counts(false)) => true,
            _ => false,
        };
        if !is_same {
            self.note(&TableObject::Column(mine.name.clone()), own.attribute(), own.text(), other.text());
        }
    }

    fn charset(
        &mut self,
        object: &TableObject,
        (charset, collation): (&Option<String>, &Option<String>),
        (their_charset, their_collation): (&Option<String>, &Option<String>),
    ) {
        let same = |one: &String, other: &String| same_charset(one, other);
        self.field(object, Attribute::Charset, (charset.as_ref(), their_charset.as_ref()), same, String::clone);
        let same = |one: &String, other: &String| same_collation(one, other);
        self.field(object, Attribute::Collation, (collation.as_ref(), their_collation.as_ref()), same, String::clone);
        let of_charset = |collation: &String, charset: &String| is_of_charset(collation, charset);
        if charset.is_none() || their_charset.is_none() {
            self.field(
                object,
                Attribute::Collation,
                (collation.as_ref(), their_charset.as_ref()),
                of_charset,
                String::clone,
            );
            let of_collation = |charset: &String, collation: &String| is_of_charset(collation, charset);
            self.field(
                object,
                Attribute::Charset,
                (charset.as_ref(), their_collation.as_ref()),
                of_collation,
                String::clone,
            );
        }
    }

    /// One place holds one column.
    fn positions(&mut self) {
        for column in &self.mine.columns {
            let Some(place) = &column.position else { continue };
            let is_rival = |other: &&DeclaredColumn| {
                !other.name.matches(&column.name) && other.position.as_ref().is_some_and(|at| same_place(at, place))
            };
            if let Some(rival) = self.theirs.columns.iter().find(is_rival) {
                let theirs = format!("column {} is {}", rival.name, place_text(place));
                self.note(&TableObject::Column(column.name.clone()), Attribute::Position, place_text(place), theirs);
            }
        }
    }

    fn index(&mut self, mine: &DeclaredIndex, theirs: &DeclaredIndex) {
        let object = &TableObject::Index(mine.name.clone());
        if !same_parts(&mine.parts, &theirs.parts) {
            self.note(object, Attribute::Columns, parts_text(&mine.parts), parts_text(&theirs.parts));
        }
        if mine.kind != theirs.kind {
            self.note(object, Attribute::Kind, format!("{:?}", mine.kind), format!("{:?}", theirs.kind));
        }
        let algorithms = (mine.algorithm.as_ref(), theirs.algorithm.as_ref());
        self.field(
            object,
            Attribute::Using,
            algorithms,
            |one, other| one == other,
            |algorithm| format!("{algorithm:?}"),
        );
        self.plain(object, Attribute::Comment, (&mine.comment, &theirs.comment));
        self.plain(object, Attribute::Visible, (&mine.visible, &theirs.visible));
        self.plain(object, Attribute::KeyBlockSize, (&mine.key_block_size, &theirs.key_block_size));
    }

    fn constraints(&mut self) {
        let dialect = self.dialect;
        for key in &self.mine.foreign_keys {
            let other = self.theirs.foreign_keys.iter().find(|other| other.name.matches(&key.name));
            if let Some(other) = other.filter(|other| !same_foreign_key(key, other)) {
                let object = TableObject::ForeignKey(key.name.clone());
                self.note(&object, Attribute::References, key.definition(dialect), other.definition(dialect));
            }
        }
        for check in &self.mine.checks {
            let Some(other) = self.theirs.checks.iter().find(|other| other.name.matches(&check.name)) else { continue };
            let object = &TableObject::Check(check.name.clone());
            if check.expression != other.expression {
                self.note(object, Attribute::Expression, check.expression.to_string(), other.expression.to_string());
            }
            self.plain(object, Attribute::Enforced, (&check.enforced, &other.enforced));
        }
    }

    fn options(&mut self) {
        let (mine, theirs, object) = (&self.mine.options, &self.theirs.options, &TableObject::Options);
        let engines = (mine.engine.as_ref(), theirs.engine.as_ref());
        self.field(object, Attribute::Engine, engines, |one, other| one.eq_ignore_ascii_case(other), String::clone);
        self.charset(object, (&mine.charset, &mine.collation), (&theirs.charset, &theirs.collation));
        self.plain(object, Attribute::Comment, (&mine.comment, &theirs.comment));
        self.plain(object, Attribute::RowFormat, (&mine.storage.row_format, &theirs.storage.row_format));
        self.plain(object, Attribute::KeyBlockSize, (&mine.storage.key_block_size, &theirs.storage.key_block_size));
        self.plain(
            object,
            Attribute::StatsPersistent,
            (&mine.storage.stats_persistent, &theirs.storage.stats_persistent),
        );
        self.plain(
            object,
            Attribute::StatsAutoRecalc,
            (&mine.storage.stats_auto_recalc, &theirs.storage.stats_auto_recalc),
        );
        self.plain(
            object,
            Attribute::StatsSamplePages,
            (&mine.storage.stats_sample_pages, &theirs.storage.stats_sample_pages),
        );
        self.plain(object, Attribute::Compression, (&mine.storage.compression, &theirs.storage.compression));
        self.plain(object, Attribute::Encryption, (&mine.storage.encryption, &theirs.storage.encryption));
    }

    /// What one declares to be gone, and the other needs.
    fn absent(&mut self) {
        for kind in [ObjectKind::Column, ObjectKind::Index, ObjectKind::ForeignKey, ObjectKind::Check] {
            for name in absent_of(self.mine, kind).iter().filter(|name| needs(self.theirs, kind, name)) {
                self.note(&object_of(kind, name), Attribute::State, "Absent".to_owned(), "Present".to_owned());
            }
            for name in absent_of(self.theirs, kind).iter().filter(|name| needs(self.mine, kind, name)) {
                self.note(&object_of(kind, name), Attribute::State, "Present".to_owned(), "Absent".to_owned());
            }
        }
    }
}

/// How a column is declared to be filled.
enum DeclaredFill<'a> {
    Counts(bool),
    Generated(&'a Generation),
    Default(&'a ColumnDefault),
}

impl<'a> DeclaredFill<'a> {
    fn of(column: &'a DeclaredColumn) -> Option<Self> {
        let generated = column.generated.as_ref().map(Self::Generated);
        let counts = column.auto_increment.map(Self::Counts);
        let default = column.default.as_ref().map(Self::Default);
        generated.or_else(|| if column.auto_increment == Some(true) { counts } else { default.or(counts) })
    }

    fn attribute(&self) -> Attribute {
        match self {
            Self::Counts(_) => Attribute::AutoIncrement,
            Self::Generated(_) => Attribute::Generated,
            Self::Default(_) => Attribute::Default,
        }
    }

    fn text(&self) -> String {
        match self {
            Self::Counts(counts) => format!("autoIncrement {counts}"),
            Self::Generated(generated) => format!("generated as {}", generated.expression),
            Self::Default(ColumnDefault::None) => "no default".to_owned(),
            Self::Default(ColumnDefault::Value(value)) => format!("default {value}"),
            Self::Default(ColumnDefault::Expression(expression)) => format!("default ({expression})"),
        }
    }
}

fn same_place(one: &Position, other: &Position) -> bool {
    match (one, other) {
        (Position::First, Position::First) => true,
        (Position::After(one), Position::After(other)) => one.matches(other),
        _ => false,
    }
}

fn place_text(place: &Position) -> String {
    match place {
        Position::First => "first".to_owned(),
        Position::After(column) => format!("after {column}"),
    }
}

fn absent_of(table: &DeclaredTable, kind: ObjectKind) -> &[Identifier] {
    match kind {
        ObjectKind::Column => &table.absent.columns,
        ObjectKind::Index => &table.absent.indexes,
        ObjectKind::ForeignKey => &table.absent.foreign_keys,
        ObjectKind::Check => &table.absent.checks,
    }
}

fn object_of(kind: ObjectKind, name: &Identifier) -> TableObject {
    let name = name.clone();
    match kind {
        ObjectKind::Column => TableObject::Column(name),
        ObjectKind::Index => TableObject::Index(name),
        ObjectKind::ForeignKey => TableObject::ForeignKey(name),
        ObjectKind::Check => TableObject::Check(name),
    }
}
