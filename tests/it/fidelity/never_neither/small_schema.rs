//! One of the two schemas of a scenario, built from its random parts: few tables with small rows, and many ties between
//! them.

use super::kinds::{KINDS, POINT, TEXT};
use super::scenario::{ObjectKind, ObjectPath};
use super::seeds::{ColumnSeed, Course, Fate, KeySeed, ScenarioSeed, TableSeed};

/// The schema before, or the one that is declared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    A,
    B,
}

/// What a new object's number has beyond that of the object whose name it takes.
pub const SUCCESSOR: usize = 100;

#[derive(Debug, Clone)]
pub struct SmallTable {
    pub id: usize,
    pub name: String,
    pub columns: Vec<SmallColumn>,
    pub primary_key: Vec<usize>,
    pub auto_increment: bool,
    pub indexes: Vec<SmallIndex>,
    pub keys: Vec<SmallKey>,
    pub checks: Vec<SmallCheck>,
    pub options: usize,
    pub attribute: Option<usize>,
    pub ranges: Option<usize>,
}

#[derive(Debug, Clone)]
pub struct SmallColumn {
    pub id: usize,
    pub name: String,
    pub kind: usize,
    pub nullable: bool,
    pub default: usize,
    pub commented: bool,
    pub attribute: Option<usize>,
}

#[derive(Debug, Clone)]
pub struct SmallIndex {
    pub id: usize,
    pub name: String,
    pub columns: Vec<usize>,
    pub unique: bool,
}

#[derive(Debug, Clone)]
pub struct SmallKey {
    pub name: String,
    pub columns: Vec<usize>,
    pub parent: usize,
    pub parent_columns: Vec<usize>,
    pub on_delete: usize,
}

#[derive(Debug, Clone)]
pub struct SmallCheck {
    pub name: String,
    pub column: usize,
    pub version: usize,
}

impl Course {
    fn is_on(self, side: Side) -> bool {
        match (self.fate, side) {
            (Fate::New, Side::A) | (Fate::Absent | Fate::Undeclared, Side::B) => false,
            (Fate::Kept | Fate::Renamed | Fate::Replaced, _)
            | (Fate::New, Side::B)
            | (Fate::Absent | Fate::Undeclared, Side::A) => true,
        }
    }

    fn name(self, name: &str, side: Side) -> String {
        let renamed = side == Side::B && matches!(self.fate, Fate::Renamed | Fate::Replaced);
        if renamed { format!("{name}_r") } else { name.to_owned() }
    }

    fn version(self, side: Side) -> usize {
        usize::from(side == Side::B && self.changed)
    }

    fn has_successor(self, side: Side) -> bool {
        side == Side::B && self.fate == Fate::Replaced
    }
}

/// Builds the tables of one side.
pub fn tables(seed: &ScenarioSeed, side: Side) -> Vec<SmallTable> {
    let mut tables = Vec::new();
    for (at, table) in seed.tables.iter().enumerate() {
        if table.course.is_on(side) {
            tables.push(self::table(table, at, side));
        }
        if table.course.has_successor(side) {
            let name = format!("t{at}");
            tables.push(SmallTable { id: at + SUCCESSOR, name, checks: Vec::new(), ..self::table(table, at, side) });
        }
    }
    for (at, key) in seed.keys.iter().enumerate() {
        add_key(&mut tables, key, at, seed.tables.len(), side);
    }
    // A column may have a key at both ends.
    for _ in 0..3 {
        align_keys(&mut tables);
    }
    tables.iter_mut().for_each(SmallTable::repair);
    remove_impossible_keys(&mut tables);
    tables
}

fn table(seed: &TableSeed, at: usize, side: Side) -> SmallTable {
    let version = seed.course.version(side);
    let mut columns = vec![SmallColumn {
        id: 0,
        name: "id".to_owned(),
        kind: 0,
        nullable: false,
        default: 0,
        commented: false,
        attribute: None,
    }];
    for (at, column) in seed.columns.iter().enumerate() {
        let (id, name) = (at + 1, format!("c{}", at + 1));
        if column.course.is_on(side) {
            let mut own = self::column(column, id, column.course.name(&name, side), column.course.version(side));
            own.attribute = column.attribute.filter(|_| side == Side::A);
            columns.push(own);
        }
        if column.course.has_successor(side) {
            columns.push(self::column(column, id + SUCCESSOR, name, 1));
        }
    }
    let present = |ids: &[usize]| -> Vec<usize> {
        let mut found: Vec<usize> = Vec::new();
        for id in ids.iter().map(|id| id % (seed.columns.len() + 1)) {
            if columns.iter().any(|column| column.id == id) && !found.contains(&id) {
                found.push(id);
            }
        }
        found
    };
    let mut indexes = Vec::new();
    for (number, index) in seed.indexes.iter().enumerate() {
        let (name, version) = (format!("i{number}"), index.course.version(side));
        let (columns, unique) = (present(&index.columns[version]), index.unique[version]);
        if index.course.is_on(side) {
            let name = index.course.name(&name, side);
            indexes.push(SmallIndex { id: number, name, columns: columns.clone(), unique });
        }
        if index.course.has_successor(side) {
            let columns = present(&index.columns[1 - version]);
            indexes.push(SmallIndex { id: number + SUCCESSOR, name, columns, unique: !unique });
        }
    }
    let checks = seed.checks.iter().enumerate().filter(|(_, check)| check.course.is_on(side));
    let checks = checks.filter_map(|(number, check)| {
        let column = *present(&[check.column]).first()?;
        Some(SmallCheck { name: format!("k{at}_{number}"), column, version: check.course.version(side) })
    });
    SmallTable {
        id: at,
        name: seed.course.name(&format!("t{at}"), side),
        primary_key: present(&seed.primary_key[version]),
        auto_increment: seed.auto_increment,
        indexes,
        keys: Vec::new(),
        checks: checks.collect(),
        options: seed.options[version],
        attribute: seed.attribute.filter(|_| side == Side::A),
        ranges: seed.ranges.map(|ranges| ranges[version]),
        columns,
    }
}

fn column(seed: &ColumnSeed, id: usize, name: String, version: usize) -> SmallColumn {
    SmallColumn {
        id,
        name,
        kind: seed.kinds[version],
        nullable: seed.nullable[version],
        default: seed.defaults[version],
        commented: seed.commented[version],
        attribute: None,
    }
}

fn add_key(tables: &mut [SmallTable], seed: &KeySeed, at: usize, number: usize, side: Side) {
    if !seed.course.is_on(side) {
        return;
    }
    let (child, parent) = (seed.child % number, seed.parent % number);
    let Some(parent) = tables.iter().find(|table| table.id == parent) else { return };
    let unique = parent.indexes.iter().filter(|index| index.unique && index.id < SUCCESSOR);
    let mut targets: Vec<&Vec<usize>> = vec![&parent.primary_key];
    targets.extend(unique.map(|index| &index.columns));
    let target = targets[seed.target % targets.len()].clone();
    let (id, version) = (parent.id, seed.course.version(side));
    let Some(child) = tables.iter_mut().find(|table| table.id == child) else { return };
    let mut columns: Vec<usize> = Vec::new();
    for choice in &seed.columns {
        // The identity of the row is rather a parent's.
        let column = &child.columns[choice % child.columns.len()];
        if !columns.contains(&column.id) && column.id < SUCCESSOR {
            columns.push(column.id);
        }
    }
    columns.truncate(target.len());
    let key = SmallKey {
        name: format!("f{at}"),
        columns,
        parent: id,
        parent_columns: target,
        on_delete: seed.actions[version],
    };
    child.keys.push(key);
}

/// Gives the columns of each key the types of its parent's.
fn align_keys(tables: &mut [SmallTable]) {
    let all = tables.to_vec();
    for table in tables.iter_mut() {
        for key in table.keys.clone() {
            let Some(parent) = all.iter().find(|parent| parent.id == key.parent) else { continue };
            for (id, referenced) in key.columns.iter().zip(&key.parent_columns) {
                let Some(referenced) = parent.column(*referenced) else { continue };
                let columns = table.columns.iter_mut().filter(|column| column.id == *id);
                columns.for_each(|column| column.kind = referenced.kind);
            }
        }
    }
}

fn remove_impossible_keys(tables: &mut [SmallTable]) {
    let all = tables.to_vec();
    for table in tables.iter_mut() {
        let own = table.clone();
        table.keys.retain(|key| {
            let Some(parent) = all.iter().find(|parent| parent.id == key.parent) else { return false };
            let is_target = parent.primary_key == key.parent_columns
                || parent.indexes.iter().any(|index| index.unique && index.columns == key.parent_columns);
            let fits = key.columns.iter().zip(&key.parent_columns).all(|(id, referenced)| {
                let pair = own.column(*id).zip(parent.column(*referenced));
                pair.is_some_and(|(column, referenced)| {
                    column.kind == referenced.kind
                        && KINDS[column.kind].is_key
                        && (own.text_charset() == parent.text_charset() || KINDS[column.kind].family != 1)
                        && !(own.id == parent.id && column.id == referenced.id)
                })
            });
            let whole = key.columns.len() == key.parent_columns.len() && !key.columns.is_empty();
            let nulls = key.columns.iter().filter_map(|id| own.column(*id)).all(|column| column.nullable);
            is_target
                && fits
                && whole
                && own.ranges.is_none()
                && parent.ranges.is_none()
                && (ACTIONS[key.on_delete] != " ON DELETE SET NULL" || nulls)
        });
        let changed_by_key = |id: usize| {
            let of = |key: &&SmallKey| !ACTIONS[key.on_delete].is_empty() && key.columns.contains(&id);
            table.keys.iter().any(|key| of(&key))
        };
        table.checks.retain(|check| !changed_by_key(check.column));
    }
}

/// The actions of keys, by number.
pub const ACTIONS: [&str; 4] = ["", "", " ON DELETE CASCADE", " ON DELETE SET NULL"];

/// The options of tables, by number.
pub const OPTIONS: [&str; 6] = [
    "",
    "",
    " COMMENT='other'",
    " DEFAULT CHARSET=latin1",
    " ROW_FORMAT=COMPACT",
    " DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin",
];

impl SmallTable {
    pub fn column(&self, id: usize) -> Option<&SmallColumn> {
        self.columns.iter().find(|column| column.id == id)
    }

    /// Returns what distinguishes the table's character set and collation from the default.
    fn text_charset(&self) -> &'static str {
        if OPTIONS[self.options].contains("CHARSET") { OPTIONS[self.options] } else { "" }
    }

    /// Keeps what a server accepts.
    fn repair(&mut self) {
        let kinds: Vec<(usize, usize)> = self.columns.iter().map(|column| (column.id, column.kind)).collect();
        let has = |id: usize, fits: fn(usize) -> bool| kinds.iter().any(|(other, kind)| *other == id && fits(*kind));
        self.primary_key.retain(|id| has(*id, |kind| KINDS[kind].is_key));
        if self.primary_key.is_empty() {
            self.primary_key.push(0);
        }
        if !has(0, |kind| KINDS[kind].is_key) {
            self.primary_key.retain(|id| *id != 0);
        }
        let is_number = |kind: usize| KINDS[kind].family == 0 && KINDS[kind].is_key;
        self.ranges = self.ranges.filter(|_| has(0, is_number) && self.primary_key.contains(&0));
        for index in &mut self.indexes {
            index.columns.retain(|id| has(*id, |kind| ![POINT, TEXT].contains(&kind)));
        }
        let ranges = self.ranges.is_some();
        self.indexes
            .retain(|index| !index.columns.is_empty() && (!ranges || !index.unique || index.columns.contains(&0)));
        self.auto_increment &= self.primary_key.first() == Some(&0) && has(0, is_number);
        self.checks.retain(|check| check.column != 0 && has(check.column, |kind| kind != POINT));
        let keys = &self.primary_key;
        for column in &mut self.columns {
            column.nullable &= !keys.contains(&column.id);
            if column.id == 0 {
                column.nullable = false;
            }
        }
    }

    /// Returns the paths of its objects.
    pub fn paths(&self) -> Vec<ObjectPath> {
        let path = |kind, name: &str| ObjectPath::new(&self.name, kind, name);
        let mut paths = vec![path(ObjectKind::Table, "")];
        paths.extend(self.columns.iter().map(|column| path(ObjectKind::Column, &column.name)));
        paths.extend(self.indexes.iter().map(|index| path(ObjectKind::Index, &index.name)));
        paths.extend(self.keys.iter().map(|key| path(ObjectKind::ForeignKey, &key.name)));
        paths.extend(self.checks.iter().map(|check| path(ObjectKind::Check, &check.name)));
        paths
    }

    /// Whether the hand that made it needs a session that tolerates unknown attributes (MariaDB).
    pub fn has_attributes(&self) -> bool {
        self.attribute.is_some() || self.columns.iter().any(|column| column.attribute.is_some())
    }
}
