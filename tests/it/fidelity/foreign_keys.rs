//! Foreign keys that the server accepts: some are impossible, and what depends on a column must stay valid when a key
//! changes its type.

use std::collections::HashSet;

use super::columns::Kind;
use super::model::{Action, Fill, ForeignKey, Id, Part, Schema, Table};

impl Schema {
    /// Gives the columns of each key the types of its parent's, and removes keys that this makes impossible.
    pub fn repair_foreign_keys(&mut self) {
        self.align_foreign_keys();
        let all = self.clone();
        for table in &mut self.tables {
            let own = table.clone();
            table.foreign_keys.retain(|key| {
                let Some(parent) = all.table(key.parent) else { return false };
                let parents = parent.primary_key.iter().filter_map(|part| parent.column(part.column));
                let mut pairs = key.columns.iter().filter_map(|id| own.column(*id)).zip(parents);
                pairs.all(|(column, referenced)| {
                    let text = column.kind.is_text();
                    column.kind == referenced.kind && (!text || own.charset_of(column) == parent.charset_of(referenced))
                })
            });
        }
    }

    /// Removes impossible keys, and gives the columns of the others the types of their parent's.
    fn align_foreign_keys(&mut self) {
        let all = self.clone();
        for table in &mut self.tables {
            let innodb = table.is_innodb();
            let own = table.clone();
            let mut seen: Vec<(Id, Vec<Id>)> = Vec::new();
            table.foreign_keys.retain(|key| {
                let Some(parent) = all.table(key.parent) else { return false };
                let divided = own.partitioning.is_some() || parent.partitioning.is_some();
                let fits = innodb
                    && !divided
                    && parent.is_innodb()
                    && parent.can_be_referenced()
                    && own.can_refer(key, parent);
                let is_new = !seen.contains(&(key.parent, key.columns.clone()));
                seen.push((key.parent, key.columns.clone()));
                fits && is_new
            });
            for key in table.foreign_keys.clone() {
                let Some(parent) = all.table(key.parent) else { continue };
                let parents = parent.primary_key.iter().filter_map(|part| parent.column(part.column));
                for (id, referenced) in key.columns.iter().zip(parents) {
                    table.columns.iter_mut().filter(|column| column.id == *id).for_each(|column| {
                        let charset = referenced.kind.is_text().then(|| parent.charset_of(referenced));
                        column.kind = referenced.kind.clone();
                        column.charset = charset;
                        if !matches!(column.fill, Fill::None) {
                            column.fill = Fill::None;
                        }
                    });
                }
            }
            let own = table.clone();
            for key in &mut table.foreign_keys {
                let nullable = |id: &Id| own.column(*id).is_some_and(|column| column.nullable);
                if !key.columns.iter().all(nullable) {
                    for action in [&mut key.on_delete, &mut key.on_update] {
                        if *action == Action::SetNull {
                            *action = Action::Cascade;
                        }
                    }
                }
            }
        }
    }
}

impl Table {
    /// Decides whether a foreign key may reference the primary key: InnoDB's refer to whole columns that are not
    /// generated.
    fn can_be_referenced(&self) -> bool {
        let fits = |part: &Part| {
            self.column(part.column).is_some_and(|column| {
                part.prefix.is_none()
                    && !part.descending
                    && matches!(column.kind, Kind::Number(_) | Kind::Char(_) | Kind::Varchar(_) | Kind::Own(_))
            })
        };
        !self.primary_key.is_empty() && self.primary_key.iter().all(fits)
    }

    fn can_refer(&self, key: &ForeignKey, parent: &Self) -> bool {
        let columns: HashSet<Id> = key.columns.iter().copied().collect();
        let fits = |id: &Id| {
            self.column(*id).is_some_and(|column| {
                !column.is_generated()
                    && column.fill != Fill::AutoIncrement
                    && !self.primary_key.iter().any(|part| part.column == column.id)
                    && !self.indexes.iter().any(|index| index.parts.iter().any(|part| part.column == column.id))
            })
        };
        columns.len() == key.columns.len()
            && columns.len() == parent.primary_key.len()
            && key.columns.iter().all(fits)
            && self.foreign_keys.iter().filter(|other| other.columns.iter().any(|id| columns.contains(id))).count() == 1
    }

    /// Makes what depends on a column valid after a foreign key has changed the column.
    pub fn repair_after_keys(&mut self) {
        let own = self.clone();
        for column in &mut self.columns {
            if let Fill::Generated { base, .. } = column.fill
                && own.in_foreign_key(base)
            {
                column.fill = Fill::None;
            }
            if own.in_foreign_key(column.id) {
                column.on_update = false;
                column.visible |= !column.nullable;
                column.check = None;
            }
        }
        self.checks.retain(|check| !own.in_foreign_key(check.column));
    }
}
