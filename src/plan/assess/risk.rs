//! The risks of a change: what it may do to the application or to the data, apart from its purpose. Each cause of a risk
//! is a sentence, so that a person knows what they consent to.

use std::collections::BTreeSet;

use super::zone_shift::zone_shift;
use crate::plan::change::{Change, Cost, Risk, TypeChange, renumbers_members, type_change};
use crate::schema::{Column, ColumnDefault, DataType, Dialect, Fill, Index, IndexKind, StorageOption, keeps_rows};

/// What may go wrong when a change runs.
#[derive(Debug, Default)]
pub struct Hazards {
    pub risks: BTreeSet<Risk>,
    /// One sentence for each cause.
    pub sentences: Vec<String>,
}

const BREAKS: &[Risk] = &[Risk::Breaking];
const DESTROYS: &[Risk] = &[Risk::Destructive];
const BREAKS_AND_DESTROYS: &[Risk] = &[Risk::Breaking, Risk::Destructive];

impl Hazards {
    fn none() -> Self {
        Self::default()
    }

    fn of(risks: &[Risk], sentence: impl Into<String>) -> Self {
        let mut hazards = Self::none();
        hazards.add(risks, sentence);
        hazards
    }

    fn add(&mut self, risks: &[Risk], sentence: impl Into<String>) {
        self.risks.extend(risks);
        self.sentences.push(sentence.into());
    }

    fn extend(&mut self, other: Self) {
        self.risks.extend(other.risks);
        self.sentences.extend(other.sentences);
    }
}

/// Returns what may go wrong with one change of this cost. A change without risks passes unnoticed.
pub fn hazards(change: &Change, cost: Cost, dialect: Dialect) -> Hazards {
    let mut hazards = match change {
        Change::CreateTable(_) => return Hazards::none(),
        Change::RenameTable { .. } => {
            Hazards::of(BREAKS, "statements that use the former name of the table fail (1146)")
        }
        Change::RenameColumn { from, .. } => {
            Hazards::of(BREAKS, format!("statements that name column {from} fail (1054)"))
        }
        Change::DropTable(table) => Hazards::of(
            BREAKS_AND_DESTROYS,
            format!("the rows of table {0} are gone, and statements that name it fail (1146)", table.name),
        ),
        Change::DropColumn(column) => Hazards::of(
            BREAKS_AND_DESTROYS,
            format!("the values of column {0} are gone, and statements that name it fail (1054)", column.name),
        ),
        // A guarantee goes.
        Change::DropForeignKey(key) => Hazards::of(
            DESTROYS,
            format!(
                "without foreign key {}, rows may refer to rows of {} that don't exist",
                key.name, key.referenced_table
            ),
        ),
        Change::DropCheck(check) => Hazards::of(DESTROYS, unchecked(&check.name.to_string())),
        Change::ReplaceCheck { from, .. } => {
            Hazards::of(DESTROYS, format!("rows that check {} refused may come in under the new one", from.name))
        }
        Change::SetCheckEnforced { check, enforced: false } => Hazards::of(DESTROYS, unchecked(&check.to_string())),
        Change::DropIndex(index) => drop_index(index),
        Change::ReplaceIndex { from, to } => replace_index(from, to),
        // Tried on MySQL 9.7, MariaDB 10.11 and 11.8: hints treat such an index as one that does not exist.
        Change::SetIndexVisible { index, visible: false } => Hazards::of(BREAKS, hint_fails(&index.to_string())),
        Change::AddColumn { column, .. } if lacks_value(column) => Hazards::of(BREAKS, insert_fails(column)),
        Change::ModifyColumn { from, to, .. } => modify_column(from, to, dialect),
        Change::SetDefault { from, to } if *to == ColumnDefault::None && !from.nullable => {
            Hazards::of(BREAKS, insert_fails(from))
        }
        Change::SetDefault { from, to } => set_default(from, to),
        Change::SetColumnVisible { column, visible: false } => Hazards::of(BREAKS, invisible(&column.to_string())),
        // The old key's guarantee goes, and what relied on it may fail.
        Change::ReplacePrimaryKey { .. } | Change::DropPrimaryKey(_) => {
            Hazards::of(BREAKS_AND_DESTROYS, "rows may share a value of the former primary key")
        }
        Change::ReplaceGeneratedKey { column, .. } => {
            Hazards::of(DESTROYS, format!("the numbers that the server gave the rows in {} are gone", column.name))
        }
        Change::SetStorage { from: StorageOption::Encryption(Some(true)), .. } => {
            Hazards::of(DESTROYS, "the rows are no longer encrypted on the disk")
        }
        Change::SetEngine { from, to } => set_engine(from, to),
        Change::Partition(change) => {
            let mut hazards = Hazards::none();
            for hazard in change.hazards() {
                hazards.add(&[hazard.risk], hazard.sentence);
            }
            hazards
        }
        Change::AddColumn { .. }
        | Change::SetColumnVisible { .. }
        | Change::SetStorage { .. }
        | Change::RenameIndex { .. }
        | Change::AddIndex(_)
        | Change::SetIndexVisible { .. }
        | Change::AddPrimaryKey(_)
        | Change::AddForeignKey(_)
        | Change::RestoreForeignKey(_)
        | Change::AddCheck(_)
        | Change::SetCheckEnforced { .. }
        | Change::SetTableComment { .. }
        | Change::SetTableCharset { .. }
        | Change::RaiseAutoIncrement { .. } => Hazards::none(),
    };
    // The step shows algorithm and lock, which say the same.
    if cost.is_blocking() || change.holds_cluster_up(cost, dialect) {
        hazards.risks.insert(Risk::Blocking);
    }
    hazards
}

/// Whether an INSERT that does not name the column fails, with error 1364.
fn lacks_value(column: &Column) -> bool {
    !column.nullable && column.fill == Fill::Default(ColumnDefault::None)
}

fn insert_fails(column: &Column) -> String {
    format!("an INSERT that does not name column {} fails (1364)", column.name)
}

fn invisible(column: &str) -> String {
    format!("SELECT * and an INSERT without names leave out column {column}")
}

fn unchecked(check: &str) -> String {
    format!("rows that violate check {check} are accepted")
}

fn hint_fails(index: &str) -> String {
    format!("a statement with a hint to index {index} (FORCE, USE, IGNORE INDEX) fails (1176)")
}

/// A plain index that goes costs time alone.
fn drop_index(index: &Index) -> Hazards {
    match index.kind {
        IndexKind::Unique => Hazards::of(DESTROYS, duplicates(index)),
        IndexKind::Fulltext { .. } => Hazards::of(BREAKS, match_fails(index)),
        IndexKind::Plain | IndexKind::Spatial => Hazards::none(),
    }
}

fn replace_index(from: &Index, to: &Index) -> Hazards {
    let mut hazards = Hazards::none();
    if from.kind == IndexKind::Unique && (to.kind != IndexKind::Unique || from.parts != to.parts) {
        hazards.add(DESTROYS, duplicates(from));
    }
    let is_fulltext = |index: &Index| matches!(index.kind, IndexKind::Fulltext { .. });
    if is_fulltext(from) && (!is_fulltext(to) || from.parts != to.parts) {
        hazards.add(BREAKS, match_fails(from));
    }
    if from.visible && !to.visible {
        hazards.add(BREAKS, hint_fails(&to.name.to_string()));
    }
    hazards
}

fn duplicates(index: &Index) -> String {
    format!("rows may share a value of the former unique index {}", index.name)
}

/// Tried on MySQL 9.7, MariaDB 10.11 and 11.8.
fn match_fails(index: &Index) -> String {
    format!("MATCH over the columns of full-text index {} fails (1191)", index.name)
}

fn set_engine(from: &str, to: &str) -> Hazards {
    let mut hazards = Hazards::of(BREAKS, format!("{to} treats transactions, locks and keys otherwise than {from}"));
    if !keeps_rows(to) {
        hazards.add(DESTROYS, format!("{to} does not keep rows beyond a restart of the server"));
    }
    hazards
}

fn set_default(from: &Column, to: &ColumnDefault) -> Hazards {
    zone_shift(from, to).map_or_else(Hazards::none, |sentence| Hazards::of(BREAKS, sentence))
}

fn modify_column(from: &Column, to: &Column, dialect: Dialect) -> Hazards {
    let Column {
        name,
        data_type: _, // See `change_type`.
        nullable,
        fill,
        on_update_now: _,
        charset,
        collation,
        comment: _,
        visible,
        srid: _,
        compressed: _,
        check,
        other: _, // It stays.
    } = from;
    let mut hazards = change_type(from, to, dialect);
    if let Fill::Default(default) = &to.fill {
        hazards.extend(set_default(from, default));
    }
    if lacks_value(to) && !lacks_value(from) {
        hazards.add(BREAKS, insert_fails(to));
    }
    if *nullable && !to.nullable {
        hazards.add(BREAKS, format!("a statement that writes NULL to column {name} fails (1048)"));
    }
    if *visible && !to.visible {
        hazards.add(BREAKS, invisible(&name.to_string()));
    }
    if let Some(check) = check
        && to.check.as_ref() != Some(check)
    {
        hazards.add(DESTROYS, format!("rows that violate the former check of column {name} are accepted"));
    }
    if let Some(charset) = charset
        && to.charset.as_ref() != Some(charset)
    {
        let new = to.charset.as_deref().unwrap_or("another character set");
        hazards.add(DESTROYS, format!("characters of column {name} that {new} lacks are lost"));
    }
    // The collation decides which rows are equal, and so what a unique index accepts.
    if *collation != to.collation && collation.is_some() {
        let sentence = format!("another collation decides which values of column {name} are equal, and their order");
        hazards.add(BREAKS, sentence);
    }
    if *fill == Fill::AutoIncrement && to.fill != Fill::AutoIncrement {
        hazards.add(BREAKS, format!("the server no longer numbers new rows in column {name}"));
    }
    if matches!(fill, Fill::Generated(_)) != matches!(to.fill, Fill::Generated(_)) {
        hazards.add(BREAKS_AND_DESTROYS, format!("column {name} turns from stored to computed values, or back"));
    } else if matches!(to.fill, Fill::Generated(_)) && *fill != to.fill {
        hazards.add(BREAKS, format!("column {name} is computed otherwise"));
    }
    hazards
}

/// Returns what the new type does to values, and to those who read them.
fn change_type(from: &Column, to: &Column, dialect: Dialect) -> Hazards {
    let name = &from.name;
    let mut hazards = match type_change(from, to, dialect) {
        TypeChange::Narrower => Hazards::of(
            BREAKS_AND_DESTROYS,
            format!("values of column {name} that {} does not hold are lost", to.data_type),
        ),
        TypeChange::Family => Hazards::of(
            BREAKS_AND_DESTROYS,
            format!(
                "the server converts the values of column {name} to {}, not always to the same value",
                to.data_type
            ),
        ),
        TypeChange::None | TypeChange::Dictionary | TypeChange::Appended | TypeChange::Wider => Hazards::none(),
    };
    // Tried on MySQL 9.7, MariaDB 10.11 and 11.8: rows keep their members, and `e = 1` finds other rows.
    if renumbers_members(&from.data_type, &to.data_type) {
        let sentence = format!(
            "the members of column {name} get other numbers, so ORDER BY and comparisons with numbers find other rows"
        );
        hazards.add(BREAKS, sentence);
    }
    let is_timestamp = |column: &Column| matches!(column.data_type, DataType::Timestamp(_));
    if is_timestamp(from) != is_timestamp(to) {
        let sentence = format!(
            "column {name} is converted in UTC: an application in another time zone reads times that are off by its offset"
        );
        hazards.add(BREAKS_AND_DESTROYS, sentence);
    }
    hazards
}
