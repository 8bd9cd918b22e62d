//! Makes of random parts a schema that the server takes: what does not fit is left out or replaced.

use std::collections::HashSet;

use schema_operator::schema::Dialect;

use super::columns::{Kind, generated, is_narrow};
use super::model::{Action, Column, Fill, Id, IndexKind, Part, Schema, Table};
use super::names::folded;

/// The longest row, less than the 65,535 bytes of the servers for what else they count.
const ROW_BYTES: u32 = 65_000;

/// The most columns of one table.
const MOST_COLUMNS: usize = 8;

impl Schema {
    /// Makes the schema valid on this server.
    pub fn repair(&mut self, dialect: Dialect) {
        let mut names = HashSet::new();
        self.tables.retain(|table| !table.columns.is_empty());
        for table in &mut self.tables {
            unique(&mut table.name, &mut names);
            table.repair(dialect);
        }
        self.repair_foreign_keys();
        let mut names = HashSet::new();
        for table in &mut self.tables {
            table.repair_after_keys();
            table.foreign_keys.iter_mut().for_each(|key| unique(&mut key.name, &mut names));
            table.checks.iter_mut().for_each(|check| unique(&mut check.name, &mut names));
            // The server makes an index of a foreign key's name where there is none yet.
            let keys: HashSet<String> = table.foreign_keys.iter().map(|key| folded(&key.name)).collect();
            let mut taken = keys.clone();
            taken.insert("primary".to_owned());
            table.indexes.iter_mut().for_each(|index| unique(&mut index.name, &mut taken));
        }
    }

    /// A key's columns are of the types of its parents'. That makes some of the keys impossible.
    fn repair_foreign_keys(&mut self) {
        {
            let all = self.clone();
            for table in &mut self.tables {
                let innodb = table.is_innodb();
                let own = table.clone();
                let mut seen: Vec<(Id, Vec<Id>)> = Vec::new();
                table.foreign_keys.retain(|key| {
                    let Some(parent) = all.table(key.parent) else { return false };
                    let fits = innodb && parent.is_innodb() && parent.can_be_referenced() && own.can_refer(key, parent);
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
}

impl Table {
    fn repair(&mut self, dialect: Dialect) {
        if !dialect.is_mariadb() && self.options.charset.0 == "ucs2" {
            self.options.charset = ("utf8mb3", "utf8mb3_general_ci");
        }
        self.columns.truncate(MOST_COLUMNS);
        let mut names = HashSet::new();
        let mut bytes = 0;
        let narrow: Vec<bool> = self.columns.iter().map(|column| is_narrow(self.charset_of(column))).collect();
        for (column, narrow) in self.columns.iter_mut().zip(narrow) {
            unique(&mut column.name, &mut names);
            column.repair_kind(dialect);
            if let Kind::Enum(members) | Kind::Set(members) = &mut column.kind
                && narrow
            {
                members.retain(|member| member.is_ascii());
                if members.is_empty() {
                    members.push("a");
                }
            }
            bytes += column.kind.row_bytes();
            if bytes > ROW_BYTES {
                bytes -= column.kind.row_bytes();
                column.kind = if column.kind.is_text() { Kind::Text("text") } else { Kind::Blob("blob") };
                bytes += column.kind.row_bytes();
            }
        }
        self.repair_generated();
        self.repair_primary_key(dialect);
        let own = self.clone();
        for index in &mut self.indexes {
            index.parts = own.valid_parts(&index.parts, index.kind, dialect);
        }
        self.indexes.retain(|index| !index.parts.is_empty());
        // A unique index may stand in for the primary key, which is never invisible.
        if self.primary_key.is_empty() {
            let unique = self.indexes.iter_mut().filter(|index| index.kind == IndexKind::Unique);
            unique.for_each(|index| index.visible = true);
        }
        self.repair_auto_increment();
        for column in &mut self.columns {
            column.repair_attributes(dialect);
        }
        if let Some(first) = self.columns.first_mut().filter(|_| own.columns.iter().all(|column| !column.visible)) {
            first.visible = true;
        }
        let auto = |id: Id| {
            self.column(id).is_none_or(|column| {
                column.fill == Fill::AutoIncrement || matches!(column.kind, Kind::Spatial(_) | Kind::Vector(_))
            })
        };
        let keep: Vec<bool> = self.checks.iter().map(|check| !auto(check.column)).collect();
        let mut keep = keep.into_iter();
        self.checks.retain(|_| keep.next().unwrap_or_default());
    }

    fn repair_generated(&mut self) {
        let own = self.clone();
        for column in &mut self.columns {
            let Fill::Generated { base, form, .. } = column.fill else { continue };
            let mut earlier = own.columns.iter().take_while(|other| other.id != column.id);
            let base = earlier
                .find(|other| other.id == base)
                .filter(|base| !base.is_generated() && base.fill != Fill::AutoIncrement);
            match base.and_then(|base| generated(form, base, own.charset_of(base))) {
                Some((kind, _)) => {
                    column.kind = kind;
                    column.nullable = true;
                    column.on_update = false;
                }
                None => column.fill = Fill::None,
            }
        }
    }

    fn repair_primary_key(&mut self, dialect: Dialect) {
        let own = self.clone();
        let can_be_long = |kind: &Kind| !kind.is_lob() || matches!(kind, Kind::Text(_) | Kind::Blob(_));
        let can = |part: &Part| {
            own.column(part.column).is_some_and(|column| !column.is_generated() && can_be_long(&column.kind))
        };
        let parts: Vec<Part> = own.primary_key.iter().filter(|part| can(part)).copied().collect();
        let mut parts = own.valid_parts(&parts, IndexKind::Unique, dialect);
        parts.retain(|part| !part.expression);
        for part in &parts {
            for column in self.columns.iter_mut().filter(|column| column.id == part.column) {
                column.nullable = false;
            }
        }
        self.primary_key = parts;
    }

    /// Of each kind of index those parts that it can have, with a prefix where there has to be one.
    fn valid_parts(&self, parts: &[Part], kind: IndexKind, dialect: Dialect) -> Vec<Part> {
        let mut seen = HashSet::new();
        let mut valid = Vec::new();
        for part in parts {
            let Some(column) = self.column(part.column) else { continue };
            if !seen.insert(part.column) {
                continue;
            }
            valid.extend(self.valid_part(*part, column, kind, dialect));
        }
        let first_charset =
            valid.first().and_then(|part| self.column(part.column)).map(|column| self.charset_of(column));
        match kind {
            IndexKind::Spatial => valid.truncate(1),
            IndexKind::Fulltext => {
                valid.retain(|part| self.column(part.column).map(|column| self.charset_of(column)) == first_charset);
            }
            IndexKind::Plain | IndexKind::Unique => {}
        }
        valid
    }

    fn valid_part(&self, part: Part, column: &Column, kind: IndexKind, dialect: Dialect) -> Option<Part> {
        let plain = Part { column: part.column, prefix: None, descending: false, expression: false };
        match kind {
            IndexKind::Spatial => (matches!(column.kind, Kind::Spatial(_))
                && !column.nullable
                && column.visible
                && (dialect.is_mariadb() || column.srid.is_some()))
            .then_some(plain),
            IndexKind::Fulltext => (matches!(column.kind, Kind::Char(_) | Kind::Varchar(_) | Kind::Text(_))
                && !column.is_generated()
                && self.charset_of(column).0 != "ucs2")
                .then_some(plain),
            IndexKind::Plain | IndexKind::Unique => {
                if matches!(column.kind, Kind::Json | Kind::Spatial(_) | Kind::Vector(_)) {
                    return None;
                }
                if column.is_generated() && !self.is_innodb() {
                    return None;
                }
                let can_express = !dialect.is_mariadb()
                    && self.is_innodb()
                    && matches!(column.kind, Kind::Number(_) | Kind::Varchar(1..=63))
                    && column.fill != Fill::AutoIncrement;
                let expression = part.expression && can_express;
                let stringy = matches!(column.kind.group(), 5 | 6);
                let (shortest, longest) = if column.kind.is_lob() { (1, 60) } else { (0, 60) };
                let length = u32::try_from(column.kind.length()).unwrap_or_default();
                let wanted = part.prefix.filter(|prefix| *prefix < length || column.kind.is_lob());
                let prefix = if !stringy || expression {
                    None
                } else if shortest == 1 || length > 63 {
                    Some(wanted.unwrap_or(20).min(longest))
                } else {
                    wanted
                };
                Some(Part {
                    column: part.column,
                    prefix,
                    descending: part.descending && self.is_innodb() && dialect_has_descending(dialect),
                    expression,
                })
            }
        }
    }

    /// One column at most counts up, and an index begins with it.
    fn repair_auto_increment(&mut self) {
        let starts = |table: &Self, id: Id| {
            let first = |parts: &[Part]| parts.first().is_some_and(|part| part.column == id && !part.expression);
            first(&table.primary_key)
                || table
                    .indexes
                    .iter()
                    .any(|index| matches!(index.kind, IndexKind::Plain | IndexKind::Unique) && first(&index.parts))
        };
        let own = self.clone();
        let mut found = false;
        for column in &mut self.columns {
            if column.fill != Fill::AutoIncrement {
                continue;
            }
            if found || !column.kind.is_integer() || !starts(&own, column.id) {
                column.fill = Fill::None;
                continue;
            }
            found = true;
            column.nullable = false;
        }
    }

    /// InnoDB's foreign keys refer to whole columns, none of which is computed.
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

    fn can_refer(&self, key: &super::model::ForeignKey, parent: &Self) -> bool {
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

    /// What depends on a column has to bear that a foreign key changes it.
    fn repair_after_keys(&mut self) {
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
            }
        }
        self.checks.retain(|check| !own.in_foreign_key(check.column));
    }
}

fn dialect_has_descending(dialect: Dialect) -> bool {
    !dialect.is_mariadb() || dialect.at_least(10, 8, 0)
}

impl Column {
    fn repair_kind(&mut self, dialect: Dialect) {
        let mariadb = dialect.is_mariadb();
        match &self.kind {
            Kind::Own(_) if !mariadb => self.kind = Kind::Varchar(64),
            Kind::Vector(_) if mariadb && !dialect.at_least(11, 7, 0) => self.kind = Kind::Varbinary(16),
            // A check comes with it there, which is a column's own.
            Kind::Json if mariadb => self.kind = Kind::Text("longtext"),
            _ => {}
        }
        if !matches!(self.kind, Kind::Spatial(_)) {
            self.srid = None;
        }
        if !self.kind.is_text() {
            self.charset = None;
        }
        // MySQL shows literals that are compared with such a column as bytes.
        if !mariadb && self.charset.is_some_and(|(charset, _)| charset == "ucs2") {
            self.charset = Some(("utf8mb3", "utf8mb3_general_ci"));
        }
    }

    fn repair_attributes(&mut self, dialect: Dialect) {
        self.on_update &= self.kind.has_now().is_some();
        let has_default =
            self.fill == Fill::AutoIncrement || self.kind.default(self.fill, ("ascii", "ascii_bin"), dialect).is_some();
        // MariaDB refuses an invisible column that an INSERT would have to name (4106).
        self.visible |= dialect.is_mariadb() && !self.nullable && !has_default;
    }
}

/// Gives a name that is taken another.
fn unique(name: &mut String, taken: &mut HashSet<String>) {
    let mut number = 1;
    while !taken.insert(folded(name)) {
        number += 1;
        let kept: String = name.chars().take(60).collect();
        *name = format!("{kept}{number}");
    }
}
