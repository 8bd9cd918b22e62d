//! Refuses a column that counts up without a key, and a counter that its type can't hold.

use super::refusal::RefusalKind;
use super::table_merge::TableMerge;
use crate::schema::{Column, DataType, KeyPart, Table};

impl TableMerge<'_> {
    /// Refuses what the servers refuse of a column that counts up: a table has one, and a key begins with it (1075).
    pub fn check_counting(&mut self, table: &Table) {
        let mut counting = table.columns.iter().filter(|column| column.is_auto_increment());
        let Some(column) = counting.next() else { return };
        for other in counting {
            let message = format!("column {} counts up already, and a table has one such column", column.name);
            self.refuse(&format!("columns[{}].autoIncrement", other.name), RefusalKind::Invalid, message);
        }
        if !has_key(table, column) {
            let is_declared = self.declared.columns.iter().any(|declared| declared.name.matches(&column.name));
            let path = if is_declared { format!("columns[{}]", column.name) } else { "primaryKey".to_owned() };
            let message =
                format!("column {} counts up, so it needs a key: declare an index that begins with it", column.name);
            self.refuse(&path, RefusalKind::Invalid, message);
        }
    }

    /// Refuses a counter above what the column's type holds: each INSERT would fail from then on (1467, on MariaDB 167).
    pub fn check_counter(&mut self, table: &Table, base: Option<&Table>) {
        let Some(column) = table.columns.iter().find(|column| column.is_auto_increment()) else { return };
        let DataType::Integer { width, sign, .. } = &column.data_type else { return };
        let most = width.bounds(*sign).most;
        let fails = |number: u64| i128::from(number) > most;
        let was = base.and_then(|base| base.column(&column.name));
        let changes = was.is_some_and(|was| was.is_auto_increment() && was.data_type != column.data_type);
        let counter = self.detail.and_then(|detail| detail.auto_increment).filter(|_| changes);
        if let Some(counter) = counter.filter(|counter| fails(*counter)) {
            let message = format!(
                "the table counts on at {counter}, and the type ends at {most}: each INSERT would fail; declare a \
                 wider type, or set AUTO_INCREMENT by hand, once no row has a higher number"
            );
            self.refuse(&format!("columns[{}].type", column.name), RefusalKind::Invalid, message);
        }
        if let Some(floor) = self.declared.options.auto_increment.filter(|floor| fails(*floor)) {
            let message = format!("{floor} is above {most}, where the type of column {} ends", column.name);
            self.refuse("options.autoIncrement", RefusalKind::Invalid, message);
        }
    }
}

/// Whether a key begins with the column. MyISAM and Aria count also by a later part of a key.
fn has_key(table: &Table, column: &Column) -> bool {
    let is_of = |part: &KeyPart| part.is_of(&column.name);
    let has = |parts: &[KeyPart]| {
        if table.is_innodb() { parts.first().is_some_and(is_of) } else { parts.iter().any(is_of) }
    };
    table.primary_key.as_ref().is_some_and(|key| has(&key.parts)) || table.indexes.iter().any(|index| has(&index.parts))
}
