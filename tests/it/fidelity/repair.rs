//! Turns random parts into a schema that the server accepts: what does not fit is left out or replaced.

use std::collections::HashSet;

use schema_operator::schema::Dialect;

use super::columns::{Kind, generated, is_narrow};
use super::model::{Column, Fill, Id, IndexKind, Options, Part, Schema, Table};
use super::names::folded;
use super::partitions::Method;

/// The longest row: below the servers' 65,535 bytes, which include some overhead.
const ROW_BYTES: u32 = 65_000;

/// The most columns of one table.
const MOST_COLUMNS: usize = 8;

impl Schema {
    /// Makes the schema valid on this server.
    pub fn repair(&mut self, dialect: Dialect) {
        let mut names = HashSet::new();
        self.tables.retain(|table| !table.columns.is_empty());
        for table in &mut self.tables {
            unique_table(&mut table.name, &mut names);
            table.repair(dialect);
        }
        self.repair_foreign_keys();
        let mut names = HashSet::new();
        for table in &mut self.tables {
            table.repair_after_keys();
            table.foreign_keys.iter_mut().for_each(|key| unique(&mut key.name, &mut names));
            table.checks.iter_mut().for_each(|check| unique(&mut check.name, &mut names));
            // The server makes an index with the name of a foreign key that has none yet.
            let keys: HashSet<String> = table.foreign_keys.iter().map(|key| folded(&key.name)).collect();
            let mut taken = keys.clone();
            taken.insert("primary".to_owned());
            table.indexes.iter_mut().for_each(|index| unique(&mut index.name, &mut taken));
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
        self.repair_engine(dialect);
        self.options.repair_storage();
        self.repair_primary_key(dialect);
        let own = self.clone();
        for index in &mut self.indexes {
            index.parts = own.valid_parts(&index.parts, index.kind, dialect);
            let has_trees = matches!(index.kind, IndexKind::Plain | IndexKind::Unique);
            index.using = index.using.filter(|_| has_trees);
            if index.using == Some("HASH") {
                index.parts.iter_mut().for_each(|part| part.descending = false);
            }
        }
        self.indexes.retain(|index| !index.parts.is_empty());
        self.repair_partitioning(dialect);
        self.repair_virtual_keys(dialect);
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

    /// Replaces an engine that can't hold the table. MEMORY has neither texts nor generated columns, and of MySQL's
    /// engines only InnoDB has partitions.
    fn repair_engine(&mut self, dialect: Dialect) {
        let is_out_of_reach = |column: &Column| {
            column.kind.is_lob() || column.is_generated() || matches!(column.fill, Fill::Expression(_))
        };
        let memory = self.options.engine == "MEMORY";
        if memory && self.columns.iter().any(is_out_of_reach)
            || self.partitioning.is_some() && (memory || !dialect.is_mariadb())
        {
            self.options.engine = "InnoDB";
        }
    }

    /// Leaves out indexes with which MariaDB crashes: of virtual columns, where texts divide the rows.
    fn repair_virtual_keys(&mut self, dialect: Dialect) {
        let divides = |id: &Id| self.column(*id).is_some_and(|column| column.kind.is_text());
        let by_columns = self
            .partitioning
            .as_ref()
            .is_some_and(|partitioning| matches!(partitioning.method, Method::RangeColumns | Method::ListColumns));
        if !dialect.is_mariadb() || !by_columns || !self.divided_by().iter().any(divides) {
            return;
        }
        let is_virtual = |column: &&Column| matches!(column.fill, Fill::Generated { stored: false, .. });
        let of: Vec<Id> = self.columns.iter().filter(is_virtual).map(|column| column.id).collect();
        self.indexes.retain(|index| !index.parts.iter().any(|part| of.contains(&part.column)));
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

    /// Keeps the parts that an index of this kind can have, with a prefix where it needs one.
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
            IndexKind::Fulltext => (self.options.engine != "MEMORY"
                && matches!(column.kind, Kind::Char(_) | Kind::Varchar(_) | Kind::Text(_))
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

    /// Leaves one AUTO_INCREMENT column at most, with which an index has to begin.
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
}

fn dialect_has_descending(dialect: Dialect) -> bool {
    !dialect.is_mariadb() || dialect.at_least(10, 8, 0)
}

impl Options {
    /// Keeps a block size only with compressed rows, which only InnoDB has.
    fn repair_storage(&mut self) {
        let innodb = self.engine == "InnoDB";
        self.row_format = self.row_format.filter(|_| innodb);
        let compressed = matches!(self.row_format, None | Some("COMPRESSED"));
        self.key_block_size = self.key_block_size.filter(|_| innodb && compressed);
    }
}

impl Column {
    fn repair_kind(&mut self, dialect: Dialect) {
        let mariadb = dialect.is_mariadb();
        match &self.kind {
            Kind::Own(_) if !mariadb => self.kind = Kind::Varchar(64),
            Kind::Vector(_) if mariadb && !dialect.at_least(11, 7, 0) => self.kind = Kind::Varbinary(16),
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
        // Its default would have no reference system (3643).
        if self.srid.is_some_and(|srid| srid > 0) && matches!(self.fill, Fill::Expression(_)) {
            self.fill = Fill::None;
        }
        let can_check = dialect.is_mariadb() && !self.is_generated() && self.fill != Fill::AutoIncrement;
        self.check = self.check.filter(|_| can_check && !matches!(self.kind, Kind::Spatial(_) | Kind::Vector(_)));
        let has_default =
            self.fill == Fill::AutoIncrement || self.kind.default(self.fill, ("ascii", "ascii_bin"), dialect).is_some();
        // MariaDB refuses an invisible column that an INSERT would have to name (4106).
        self.visible |= dialect.is_mariadb() && !self.nullable && !has_default;
    }
}

/// Gives another name to a table whose name is taken. Two that differ in case alone stay; a server that takes them for one
/// refuses the pair.
fn unique_table(name: &mut String, taken: &mut HashSet<String>) {
    let mut number = 1;
    while !taken.insert(name.clone()) {
        number += 1;
        let kept: String = name.chars().take(60).collect();
        *name = format!("{kept}{number}");
    }
}

/// Gives another name to an object whose name is taken.
pub fn unique(name: &mut String, taken: &mut HashSet<String>) {
    let mut number = 1;
    while !taken.insert(folded(name)) {
        number += 1;
        let kept: String = name.chars().take(60).collect();
        *name = format!("{kept}{number}");
    }
}
