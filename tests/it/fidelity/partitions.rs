//! Partitions: how the rows of a table are divided, and the SQL that says so.
//!
//! All rows of this test lie in one range, and in the lists of their values. So no declaration drops one of them: a
//! partition that is declared absent would take its rows along.

use std::collections::HashSet;

use proptest::prelude::*;
use proptest::sample::{Index as Pick, select};
use schema_operator::schema::Dialect;

use super::columns::Kind;
use super::model::{Column, Id, IndexKind, Part, Table};
use super::names::{name, quoted, quoted_list};
use super::repair::unique;
use super::scale::{ENDLESS, FIRST_ABOVE, OTHERS, ROWS, Scale};

/// The longest text that may divide rows: a unique key has to contain the whole of it.
pub const LONGEST: u32 = 63;

/// The most columns that divide rows.
const MOST_COLUMNS: usize = 2;

/// How the rows of a table are divided.
#[derive(Debug, Clone, PartialEq)]
pub struct Partitioning {
    pub method: Method,
    /// `LINEAR`, for hashes and keys.
    pub linear: bool,
    /// Empty for the primary key's columns.
    pub columns: Vec<Id>,
    /// The number of an expression of the column.
    pub form: usize,
    /// Whether the partitions of a hash or key have names of their own.
    pub named: bool,
    pub slots: Vec<Slot>,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Method {
    Range,
    RangeColumns,
    List,
    ListColumns,
    Hash,
    Key,
}

/// A partition. Numbers choose the end of a range, or the values of a list.
#[derive(Debug, Clone, PartialEq)]
pub struct Slot {
    pub name: String,
    pub choices: Vec<usize>,
}

/// A partitioning whose columns are picked once the table has them.
#[derive(Debug, Clone)]
pub struct PartitioningSeed {
    method: Method,
    linear: bool,
    columns: Vec<Pick>,
    form: usize,
    named: bool,
    slots: Vec<Slot>,
}

pub fn partitioning() -> impl Strategy<Value = PartitioningSeed> {
    let method = select(vec![
        Method::Range,
        Method::Range,
        Method::RangeColumns,
        Method::List,
        Method::ListColumns,
        Method::Hash,
        Method::Key,
    ]);
    let columns = prop::collection::vec(any::<Pick>(), 0..=MOST_COLUMNS);
    (method, any::<bool>(), columns, 0..100_usize, any::<bool>(), prop::collection::vec(slot(), 1..6)).prop_map(
        |(method, linear, columns, form, named, slots)| PartitioningSeed {
            method,
            linear,
            columns,
            form,
            named,
            slots,
        },
    )
}

pub fn slot() -> impl Strategy<Value = Slot> {
    (name(), prop::collection::vec(0..9_usize, 1..4)).prop_map(|(name, choices)| Slot { name, choices })
}

impl Table {
    /// Divides the rows as the seed says.
    pub fn divide(&mut self, seed: &PartitioningSeed) {
        self.partitioning = Some(Partitioning {
            method: seed.method,
            linear: seed.linear,
            columns: seed.columns.iter().map(|pick| self.columns[pick.index(self.columns.len())].id).collect(),
            form: seed.form,
            named: seed.named,
            slots: seed.slots.clone(),
        });
    }

    /// Returns the columns that divide the rows.
    pub fn divided_by(&self) -> Vec<Id> {
        match &self.partitioning {
            Some(partitioning) if partitioning.columns.is_empty() => {
                self.primary_key.iter().map(|part| part.column).collect()
            }
            Some(partitioning) => partitioning.columns.clone(),
            None => Vec::new(),
        }
    }

    /// Makes the partitioning valid. Of MySQL's engines only InnoDB has partitions, without full-text indexes. Only
    /// newer versions of MariaDB allow shapes in them.
    pub fn repair_partitioning(&mut self, dialect: Dialect) {
        let has_shapes = self.columns.iter().any(|column| matches!(column.kind, Kind::Spatial(_)));
        let takes_shapes = dialect.is_mariadb() && dialect.at_least(11, 0, 0);
        let Some(mut partitioning) = self.partitioning.take().filter(|_| takes_shapes || !has_shapes) else { return };
        if !dialect.is_mariadb() {
            self.indexes.retain(|index| index.kind != IndexKind::Fulltext);
        }
        let divides = |column: &Column| Scale::of(partitioning.method, column, self, partitioning.form).is_some();
        let mut seen = HashSet::new();
        partitioning.columns.retain(|id| self.column(*id).is_some_and(divides) && seen.insert(*id));
        let takes_key = partitioning.method == Method::Key
            && !self.primary_key.is_empty()
            && self.primary_key.iter().all(|part| self.column(part.column).is_some_and(divides));
        if partitioning.columns.is_empty() && !takes_key {
            let Some(first) = self.columns.iter().find(|column| divides(column)) else { return };
            partitioning.columns.push(first.id);
        }
        if !matches!(partitioning.method, Method::RangeColumns | Method::ListColumns | Method::Key) {
            partitioning.columns.truncate(1);
        }
        partitioning.repair_slots(dialect);
        self.partitioning = Some(partitioning);
        if dialect.is_mariadb() {
            // MariaDB loses such a table, so the operator refuses to partition it.
            self.name = self.name.replace('/', "_");
        }
        let by = self.divided_by();
        let unique = self.indexes.iter_mut().filter(|index| index.kind == IndexKind::Unique);
        let keys = Some(&mut self.primary_key).filter(|parts| !parts.is_empty());
        for parts in keys.into_iter().chain(unique.map(|index| &mut index.parts)) {
            hold_whole(parts, &by);
        }
        let primary: Vec<Id> = self.primary_key.iter().map(|part| part.column).collect();
        self.columns
            .iter_mut()
            .filter(|column| primary.contains(&column.id))
            .for_each(|column| column.nullable = false);
    }

    /// Returns `PARTITION BY`, if the rows are divided.
    pub fn partitioning_sql(&self) -> Option<String> {
        let partitioning = self.partitioning.as_ref()?;
        let columns: Vec<&Column> = partitioning.columns.iter().filter_map(|id| self.column(*id)).collect();
        let linear = if partitioning.linear { "LINEAR " } else { "" };
        let list = || quoted_list(columns.iter().map(|column| column.name.as_str()));
        let expression = || columns.first().map(|column| self.dividing_expression(column, partitioning));
        let by = match partitioning.method {
            Method::Range => format!("RANGE ({})", expression()?),
            Method::RangeColumns => format!("RANGE COLUMNS({})", list()),
            Method::List => format!("LIST ({})", expression()?),
            Method::ListColumns => format!("LIST COLUMNS({})", list()),
            Method::Hash => format!("{linear}HASH ({})", expression()?),
            Method::Key => format!("{linear}KEY ({})", list()),
        };
        if partitioning.is_hashed() && !partitioning.named {
            return Some(format!("PARTITION BY {by} PARTITIONS {}", partitioning.slots.len()));
        }
        let scales = columns.iter().map(|column| Scale::of(partitioning.method, column, self, partitioning.form));
        let scales: Vec<Scale> = scales.collect::<Option<_>>()?;
        let slots = partitioning.slots.iter().map(|slot| {
            let name = quoted(&slot.name);
            format!("PARTITION {name}{}", partitioning.values_sql(slot, &scales))
        });
        Some(format!("PARTITION BY {by} ({})", slots.collect::<Vec<_>>().join(", ")))
    }

    fn dividing_expression(&self, column: &Column, partitioning: &Partitioning) -> String {
        let name = quoted(&column.name);
        let may_compute = partitioning.method != Method::List;
        match (Scale::of(partitioning.method, column, self, partitioning.form), partitioning.form % 3) {
            (Some(Scale::Year), _) => format!("year({name})"),
            (Some(Scale::Days), _) => format!("to_days({name})"),
            (Some(Scale::Seconds), _) => format!("unix_timestamp({name})"),
            (_, 1) => format!("abs({name})"),
            (_, 2) if may_compute => format!("{name} + 1"),
            _ => name,
        }
    }
}

/// Adds the columns that divide the rows to a unique key, which has to contain all of them, and whole.
fn hold_whole(parts: &mut Vec<Part>, by: &[Id]) {
    for id in by {
        match parts.iter_mut().find(|part| part.column == *id) {
            Some(part) => {
                part.prefix = None;
                part.expression = false;
            }
            None => parts.push(Part { column: *id, prefix: None, descending: false, expression: false }),
        }
    }
}

impl Partitioning {
    pub fn is_hashed(&self) -> bool {
        matches!(self.method, Method::Hash | Method::Key)
    }

    fn is_range(&self) -> bool {
        matches!(self.method, Method::Range | Method::RangeColumns)
    }

    /// Decides whether no partition on the way to `next` takes rows along: the range with the rows stays, and none of
    /// their lists goes while there is one of all other values.
    pub fn keeps_rows(&self, next: &Self) -> bool {
        let holder = |partitioning: &Self| {
            partitioning.slots.iter().find(|slot| slot.choices.first() >= Some(&FIRST_ABOVE)).cloned()
        };
        let stays = |value: &usize| !self.lists(*value) || next.lists(*value);
        let has_others = self.lists(OTHERS) && next.lists(OTHERS);
        match (self.is_range(), self.is_hashed()) {
            _ if self.method != next.method => true,
            (true, _) => holder(self) == holder(next),
            (false, true) => true,
            (false, false) => !has_others || ROWS.iter().all(stays),
        }
    }

    fn lists(&self, value: usize) -> bool {
        self.slots.iter().any(|slot| slot.choices.contains(&value))
    }

    /// Makes ranges ascend with room for all rows. Each value is in one list at most, and each row's value in exactly
    /// one.
    fn repair_slots(&mut self, dialect: Dialect) {
        let mut names = HashSet::new();
        self.slots.iter_mut().for_each(|slot| unique(&mut slot.name, &mut names));
        if self.is_range() {
            for slot in &mut self.slots {
                let end = slot.choices.first().map_or(ENDLESS, |choice| choice % (ENDLESS + 1));
                slot.choices = vec![end];
            }
            self.slots.sort_by_key(|slot| slot.choices[0]);
            self.slots.dedup_by_key(|slot| slot.choices[0]);
            if let Some(last) = self.slots.last_mut() {
                last.choices = vec![last.choices[0].max(FIRST_ABOVE)];
            }
        } else if !self.is_hashed() {
            self.repair_lists(dialect);
        }
    }

    fn repair_lists(&mut self, dialect: Dialect) {
        let mut seen = HashSet::new();
        for slot in &mut self.slots {
            if slot.choices.contains(&OTHERS) && dialect.is_mariadb() {
                slot.choices = vec![OTHERS];
            }
            slot.choices.retain(|choice| (*choice < OTHERS || dialect.is_mariadb()) && seen.insert(*choice));
        }
        let missing: Vec<usize> = ROWS.into_iter().filter(|choice| !seen.contains(choice)).collect();
        if let Some(last) = self.slots.last_mut().filter(|_| !seen.contains(&OTHERS)) {
            last.choices.extend(missing);
        }
        self.slots.retain(|slot| !slot.choices.is_empty());
    }

    fn values_sql(&self, slot: &Slot, scales: &[Scale]) -> String {
        let tuple = |values: Vec<String>| match values.as_slice() {
            [value] => value.clone(),
            _ => format!("({})", values.join(", ")),
        };
        if self.is_hashed() {
            return String::new();
        }
        if self.is_range() {
            let end = slot.choices.first().copied().unwrap_or(ENDLESS);
            let of = |scale: &Scale| scale.ends().get(end).map_or("MAXVALUE".to_owned(), Clone::clone);
            return format!(" VALUES LESS THAN ({})", scales.iter().map(of).collect::<Vec<_>>().join(", "));
        }
        if slot.choices == [OTHERS] {
            return " DEFAULT".to_owned();
        }
        let of = |choice: &usize| tuple(scales.iter().map(|scale| scale.items()[*choice].clone()).collect());
        format!(" VALUES IN ({})", slot.choices.iter().map(of).collect::<Vec<_>>().join(", "))
    }
}
