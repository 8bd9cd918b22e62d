//! What a resource waits for: the parts that it declares while another resource declares some of them otherwise. Its claim
//! leaves these out, so the record holds them. It does not know which of them are disputed.

use std::collections::BTreeSet;

use super::declared_part::{DeclaredPart, PartNames};
use crate::plan::change::{DeclaredNames, ObjectKind, declared_of};
use crate::schema::{DeclaredSchema, DeclaredTable, Identifier, KeyPart};

/// Returns each part that a declaration needs, by its present and its former names: a rename needs what it renames.
pub fn waiting_parts(declared: &DeclaredSchema) -> PartNames {
    let mut waiting = PartNames::new();
    for table in &declared.tables {
        let parts = parts_of(table);
        for name in std::iter::once(&table.name).chain(&table.renamed_from) {
            waiting.entry(name.clone()).or_default().extend(parts.iter().cloned());
        }
        for key in table.foreign_keys.iter().filter(|key| key.referenced_database.is_none()) {
            let referenced = waiting.entry(key.referenced_table.clone()).or_default();
            referenced.insert(DeclaredPart::Table.key());
            referenced.extend(key.referenced_columns.iter().map(column));
        }
    }
    waiting
}

fn parts_of(table: &DeclaredTable) -> BTreeSet<String> {
    let mut parts = BTreeSet::from([DeclaredPart::Table.key()]);
    for kind in ObjectKind::ALL {
        for DeclaredNames { name, former } in declared_of(table, kind) {
            let names = std::iter::once(name).chain(former);
            parts.extend(names.map(|name| DeclaredPart::object(kind, name).key()));
        }
    }
    let key_parts = table.primary_key.iter().flatten().chain(table.indexes.iter().flat_map(|index| &index.parts));
    parts.extend(key_parts.filter_map(KeyPart::column_name).map(column));
    parts.extend(table.foreign_keys.iter().flat_map(|key| &key.columns).map(column));
    parts
}

fn column(name: &Identifier) -> String {
    DeclaredPart::object(ObjectKind::Column, name).key()
}
