//! Refuses what the servers would refuse because of a foreign key, before the first statement runs. Each rule was tried on
//! MySQL 9.7, MariaDB 10.11 and 11.8.

use super::generated_in_keys::{changes_rows, column_in, generated_in_key, sets_null};
use crate::plan::target::{Refusal, RefusalKind, Target, leads, same_foreign_key, sides};
use crate::schema::{DeclaredSchema, ForeignKey, Identifier, Index, IndexKind, KeyPart, Schema, Table};

/// Returns what of a declaration its foreign keys, or those that are live, do not permit.
pub fn foreign_key_refusals(target: &Target, declared: &DeclaredSchema, live: &Schema) -> Vec<Refusal> {
    let after = TablesAfter { target, declared, live };
    let mut refusals = Vec::new();
    for table in after.tables() {
        for key in table.foreign_keys.iter().filter(|key| key.referenced_database.is_none()) {
            let rules = KeyRules { after: &after, table, key, before: after.key_before(table, key) };
            refusals.extend(rules.refusal());
        }
    }
    refusals
}

/// Returns why the server would not add a key to a table of another database; `None` where nothing is in its way. `parent`
/// is the schema of that database with that table, as far as it is there.
pub fn refusal_elsewhere(table: &Table, key: &ForeignKey, parent: &Schema) -> Option<String> {
    let database = &parent.name;
    let Some(referenced) = parent.table(&key.referenced_table) else {
        return Some(format!(
            "it refers to table {database}.{}, which does not exist, or which the account may not see; create it, or \
             GRANT SELECT, REFERENCES on it to the account",
            key.referenced_table
        ));
    };
    let (target, declared) = (Target { tables: Vec::new(), dropped: Vec::new() }, DeclaredSchema::default());
    let after = TablesAfter { target: &target, declared: &declared, live: parent };
    let rules = KeyRules { after: &after, table, key, before: None };
    let refusal = rules
        .columns(referenced)
        .or_else(|| rules.types(referenced))
        .or_else(|| rules.set_null())
        .or_else(|| rules.generated(referenced))
        .or_else(|| rules.engines(referenced))
        .or_else(|| rules.partitions(referenced))
        .or_else(|| rules.referenced_index(referenced))
        .or_else(|| rules.index_to_make());
    let restricted = || not_unique(referenced, key).filter(|_| parent.settings.restricts_foreign_keys);
    refusal.map(|refusal| refusal.message).or_else(restricted)
}

/// The tables as they will be.
struct TablesAfter<'a> {
    target: &'a Target,
    declared: &'a DeclaredSchema,
    live: &'a Schema,
}

impl<'a> TablesAfter<'a> {
    fn tables(&self) -> impl Iterator<Item = &'a Table> {
        let target = self.target;
        let is_left = move |table: &&Table| {
            !target.dropped.contains(&table.name)
                && target
                    .tables
                    .iter()
                    .all(|target| target.table.name != table.name && target.renamed_from.as_ref() != Some(&table.name))
        };
        let left = self.live.tables.iter().filter(is_left);
        target.tables.iter().map(|target| &target.table).chain(left)
    }

    fn table(&self, name: &Identifier) -> Option<&'a Table> {
        self.tables().find(|table| table.name == *name)
    }

    /// Returns the table as it is, by the names that it will have.
    fn before(&self, name: &Identifier) -> Option<&'a Table> {
        let target = self.target.tables.iter().find(|target| target.table.name == *name);
        match target {
            Some(target) => target.base.as_ref(),
            None => self.live.table(name),
        }
    }

    fn key_before(&self, table: &Table, key: &ForeignKey) -> Option<&'a ForeignKey> {
        let keys = &self.before(&table.name)?.foreign_keys;
        keys.iter().find(|before| before.name.matches(&key.name) && same_foreign_key(before, key))
    }

    fn is_declared(&self, name: &Identifier) -> bool {
        self.declared.tables.iter().any(|table| table.name == *name)
    }
}

/// One key that will be there.
struct KeyRules<'a> {
    after: &'a TablesAfter<'a>,
    table: &'a Table,
    key: &'a ForeignKey,
    /// The same key as it is now; `None` for a new one.
    before: Option<&'a ForeignKey>,
}

impl KeyRules<'_> {
    fn refusal(&self) -> Option<Refusal> {
        let parent = &self.key.referenced_table;
        let Some(referenced) = self.after.table(parent) else {
            if self.before.is_some() && !self.after.target.dropped.contains(parent) {
                return None;
            }
            let message = if self.before.is_some() {
                format!("{} refers to table {parent}; drop the key first, or its table too", self.object())
            } else {
                format!("it refers to table {parent}, which does not exist; declare the table, or another one")
            };
            return Some(self.refuse(RefusalKind::Invalid, message));
        };
        self.columns(referenced)
            .or_else(|| self.types(referenced))
            .or_else(|| self.set_null())
            .or_else(|| self.checks())
            .or_else(|| self.generated(referenced))
            .or_else(|| self.engines(referenced))
            .or_else(|| self.partitions(referenced))
            .or_else(|| self.referenced_index(referenced))
            .or_else(|| self.own_index())
            .or_else(|| self.index_to_make())
            .or_else(|| self.name())
    }

    fn columns(&self, referenced: &Table) -> Option<Refusal> {
        let missing = |table: &Table, columns: &[Identifier]| {
            columns.iter().find(|column| table.column(column).is_none()).cloned()
        };
        if let Some(column) = missing(referenced, &self.key.referenced_columns) {
            let message = if self.before.is_some() {
                format!(
                    "column {}.{column} can't go: {} refers to it; remove the key first",
                    referenced.name,
                    self.object()
                )
            } else {
                format!("it refers to column {}.{column}, which will not exist", referenced.name)
            };
            return Some(self.refuse(RefusalKind::Invalid, message));
        }
        // A declared key was looked at before.
        let column = missing(self.table, &self.key.columns).filter(|_| self.before.is_some())?;
        let message =
            format!("column {}.{column} can't go: {} uses it; remove the key too", self.table.name, self.object());
        Some(self.refuse(RefusalKind::Invalid, message))
    }

    fn types(&self, referenced: &Table) -> Option<Refusal> {
        let unequal = sides(self.key, self.table, referenced).find(|side| !side.fits())?;
        if self.was_unequal(referenced) {
            return None;
        }
        let dialect = self.after.live.dialect;
        let message = format!(
            "{} ties {}.{} ({}) to {}.{} ({}); both need one type, character set and collation: declare them so, or \
             remove the key",
            self.object(),
            self.table.name,
            unequal.own.name,
            unequal.own.data_type.canonical(dialect),
            referenced.name,
            unequal.referenced.name,
            unequal.referenced.data_type.canonical(dialect)
        );
        Some(self.refuse(RefusalKind::Invalid, message))
    }

    /// Whether the same key ties unequal columns now. A server that has it knows better.
    fn was_unequal(&self, referenced: &Table) -> bool {
        let (Some(key), Some(own), Some(referenced)) =
            (self.before, self.after.before(&self.table.name), self.after.before(&referenced.name))
        else {
            return false;
        };
        sides(key, own, referenced).any(|side| !side.fits())
    }

    fn set_null(&self) -> Option<Refusal> {
        let is_not_null = |name: &&Identifier| self.table.column(name).is_some_and(|column| !column.nullable);
        let column = self.key.columns.iter().find(is_not_null).filter(|_| sets_null(self.key))?;
        let message = format!(
            "{} sets column {}.{column} to NULL, so it can't be NOT NULL (1830); declare it nullable, or another action",
            self.object(),
            self.table.name
        );
        Some(self.refuse(RefusalKind::Invalid, message))
    }

    /// A check holds no column that the key itself changes (3823, on MariaDB 1901). Deleting rows changes none.
    fn checks(&self) -> Option<Refusal> {
        let of_table = self.table.checks.iter().map(|check| (&check.name, &check.expression));
        let of_columns = self.table.columns.iter().filter_map(|own| Some((&own.name, own.check.as_ref()?)));
        let named = of_table.chain(of_columns).filter(|_| changes_rows(self.key)).find_map(|(check, expression)| {
            let column = column_in(self.key, expression)?;
            Some((check, column))
        });
        let (check, column) = named?;
        let message = format!(
            "{} changes column {}.{column} by its actions, so check {check} can't name the column (3823, 1901); remove \
             the check, or declare other actions",
            self.object(),
            self.table.name
        );
        Some(self.refuse(RefusalKind::Invalid, message))
    }

    /// A key that is there beside its generated columns stays.
    fn generated(&self, referenced: &Table) -> Option<Refusal> {
        let (after, dialect) = (self.after, self.after.live.dialect);
        let message = generated_in_key(self.key, self.table, referenced, dialect)?;
        let before = || {
            let (own, other) = (after.before(&self.table.name)?, after.before(&referenced.name)?);
            generated_in_key(self.before?, own, other, dialect)
        };
        before().is_none().then(|| self.refuse(RefusalKind::Invalid, message))
    }

    /// Keys exist between tables of InnoDB alone. Other engines refuse one that refers to them (1824, errno 150), or forget
    /// it.
    fn engines(&self, referenced: &Table) -> Option<Refusal> {
        let other = [self.table, referenced].into_iter().find(|table| !table.is_innodb())?;
        let engine = other.options.engine.clone().unwrap_or_default();
        let message = format!(
            "{} can't be there while table {} is of engine {engine}: only InnoDB has them",
            self.object(),
            other.name
        );
        Some(self.refuse(RefusalKind::Unsupported, message))
    }

    /// No key refers to a partitioned table (1506).
    fn partitions(&self, referenced: &Table) -> Option<Refusal> {
        referenced.partitioning.as_ref()?;
        let message =
            format!("a partitioned table can't be referenced by the foreign key {}.{}", self.table.name, self.key.name);
        if self.before.is_none() {
            return Some(self.refuse(RefusalKind::Unsupported, message));
        }
        Some(Refusal::of_table(&referenced.name, "partitioning", RefusalKind::Unsupported, message))
    }

    /// Refuses a key whose other side has no index, and to take that index from a key (1553). MariaDB would take it, and
    /// leave a key that guarantees nothing.
    fn referenced_index(&self, referenced: &Table) -> Option<Refusal> {
        let columns = &self.key.referenced_columns;
        let names: Vec<&str> = columns.iter().map(Identifier::as_str).collect();
        let names = names.join(", ");
        let parent = &referenced.name;
        let before = self.before.and_then(|_| self.after.before(parent));
        let was_unique = before.is_some_and(|table| is_unique(table, columns));
        let message = match before {
            Some(table)
                if was_unique && !is_unique(referenced, columns)
                    || leads(table, columns) && !leads(referenced, columns) =>
            {
                format!(
                    "{} refers to the unique key of {parent} ({names}), which can't go (1553); declare another unique \
                     key of these columns, or remove the foreign key",
                    self.object()
                )
            }
            Some(_) => return None,
            None if !leads(referenced, columns) => {
                format!(
                    "table {parent} has no key that begins with {names} (1822, errno 150); declare a unique index of it"
                )
            }
            None => return None,
        };
        Some(self.refuse(RefusalKind::Invalid, message))
    }

    fn own_index(&self) -> Option<Refusal> {
        let columns = &self.key.columns;
        self.before?;
        let before = self.after.before(&self.table.name)?;
        if !leads(before, columns) || leads(self.table, columns) {
            return None;
        }
        let begins = |index: &Index| {
            let first = columns.first();
            first.is_some_and(|first| index.parts.first().is_some_and(|part| part.is_of(first)))
        };
        let stays = |index: &Index| self.table.index(&index.name).is_some_and(begins);
        let gone = before.indexes.iter().find(|index| begins(index) && !stays(index));
        let which =
            gone.map_or_else(|| "the index".to_owned(), |gone| format!("index {}.{}", self.table.name, gone.name));
        let names: Vec<&str> = columns.iter().map(Identifier::as_str).collect();
        let message = format!(
            "{which} can't go: {} needs an index that begins with {} (1553); declare another one, or remove the key",
            self.object(),
            names.join(", ")
        );
        Some(self.refuse(RefusalKind::Invalid, message))
    }

    /// Without an index that begins with the columns of a new key, the server makes one of the key's name. Another index of
    /// this name may be there (1061), such as the one that it made for the former key: that is replaced in silence at
    /// times, and `information_schema` does not tell when (tried on MySQL 9.7, MariaDB 10.11 and 11.8).
    fn index_to_make(&self) -> Option<Refusal> {
        let Self { table, key, .. } = self;
        if self.before.is_some() || leads(table, &key.columns) {
            return None;
        }
        let TablesAfter { target, declared, .. } = self.after;
        let of_table = target.tables.iter().find(|target| target.table.name == table.name);
        let renamed = of_table.into_iter().flat_map(|target| &target.renamed_indexes);
        let declared = declared.tables.iter().find(|declared| declared.name == table.name);
        let mut absent = declared.into_iter().flat_map(|declared| &declared.absent.indexes);
        let is_whole = |index: &&Index| index.parts.iter().all(|part| is_column_of(part, table));
        let why = if table.index(&key.name).as_ref().is_some_and(is_whole) {
            "is there already (1061)"
        } else if absent.any(|name| name.matches(&key.name)) {
            "is declared Absent"
        } else if renamed.into_iter().any(|rename| rename.from.matches(&key.name)) {
            "is renamed"
        } else {
            return None;
        };
        let names: Vec<&str> = key.columns.iter().map(Identifier::as_str).collect();
        let message = format!(
            "the server would make index {}.{} for it, which {why}; declare an index that begins with {}",
            table.name,
            key.name,
            names.join(", ")
        );
        Some(self.refuse(RefusalKind::Invalid, message))
    }

    /// The name of a key is taken by any table of the database (1826, errno 121).
    fn name(&self) -> Option<Refusal> {
        let has_name = |table: &&Table| table.foreign_keys.iter().any(|other| other.name.matches(&self.key.name));
        let is_new = self.before.is_none();
        let other =
            self.after.tables().filter(|table| table.name != self.table.name).find(has_name).filter(|_| is_new)?;
        let message = format!("table {} has a foreign key of this name already; choose another name", other.name);
        Some(self.refuse(RefusalKind::Invalid, message))
    }

    fn object(&self) -> String {
        format!("foreign key {}.{}", self.table.name, self.key.name)
    }

    /// Refuses the key where it or its table is declared, else what is declared of the table that it refers to.
    fn refuse(&self, kind: RefusalKind, message: String) -> Refusal {
        if self.after.is_declared(&self.table.name) {
            return Refusal::of_table(&self.table.name, &format!("foreignKeys[{}]", self.key.name), kind, message);
        }
        Refusal::of_table(&self.key.referenced_table, "", kind, message)
    }
}

/// Whether the part is an expression, or a column that the table has: an index over a dropped column goes with it.
fn is_column_of(part: &KeyPart, table: &Table) -> bool {
    part.column_name().is_none_or(|name| table.column(name).is_some())
}

/// Says that a key refers to columns that are no unique key of their own; `None` where they are, and where they are not
/// even indexed.
pub fn not_unique(parent: &Table, key: &ForeignKey) -> Option<String> {
    let columns = &key.referenced_columns;
    if is_unique(parent, columns) || !leads(parent, columns) {
        return None;
    }
    let names: Vec<&str> = columns.iter().map(Identifier::as_str).collect();
    Some(format!(
        "table {} has no unique key of ({}) alone, and the server adds no foreign key to another \
         (restrict_fk_on_non_standard_key, 6125); declare a unique index of just these columns",
        parent.name,
        names.join(", ")
    ))
}

fn is_unique(table: &Table, columns: &[Identifier]) -> bool {
    let is_of = |parts: &[KeyPart]| {
        parts.len() == columns.len() && columns.iter().zip(parts).all(|(column, part)| part.is_whole(column))
    };
    table.primary_key.as_ref().is_some_and(|key| is_of(&key.parts))
        || table.indexes.iter().any(|index| index.kind == IndexKind::Unique && is_of(&index.parts))
}
