//! Reads declared foreign keys and checks.

use super::spec_reader::SpecReader;
use crate::api::{ActionSpec, CheckSpec, ForeignKeySpec, ReferencesSpec};
use crate::schema::{DeclaredCheck, ForeignKey, Identifier, ReferentialAction};

/// Reads the attributes of the foreign key that is called `name` and declared at `path`; `None` where a name can't be
/// read.
pub fn foreign_key(
    spec: &ForeignKeySpec,
    name: &Identifier,
    path: &str,
    reader: &mut SpecReader,
) -> Option<ForeignKey> {
    let ForeignKeySpec { name: _, state: _, allow: _, columns, references, on_delete, on_update } = spec;
    let Some(ReferencesSpec { database, table, columns: referenced }) = references else {
        reader.invalid(format!("{path}.references"), "a foreign key needs the columns that it references");
        return None;
    };
    let columns = reader.names(&format!("{path}.columns"), columns);
    let database = database.as_deref();
    let referenced_database = database.and_then(|text| reader.name(&format!("{path}.references.database"), text));
    let referenced_table = reader.name(&format!("{path}.references.table"), table)?;
    let referenced_columns = reader.names(&format!("{path}.references.columns"), referenced);
    if columns.len() != referenced_columns.len() || columns.is_empty() {
        reader.invalid(path, "columns and references.columns must have the same number of columns");
        return None;
    }
    Some(ForeignKey {
        name: name.clone(),
        columns,
        referenced_database,
        referenced_table,
        referenced_columns,
        on_delete: action(*on_delete),
        on_update: action(*on_update),
    })
}

/// Reads an action; without one it is `NO ACTION`, which InnoDB treats as `RESTRICT`.
fn action(spec: Option<ActionSpec>) -> ReferentialAction {
    match spec {
        None | Some(ActionSpec::Restrict | ActionSpec::NoAction) => ReferentialAction::Restrict,
        Some(ActionSpec::Cascade) => ReferentialAction::Cascade,
        Some(ActionSpec::SetNull) => ReferentialAction::SetNull,
        Some(ActionSpec::SetDefault) => ReferentialAction::SetDefault,
    }
}

/// Reads the attributes of the check that is called `name` and declared at `path`; `None` where its expression can't be
/// read.
pub fn check(spec: &CheckSpec, name: &Identifier, path: &str, reader: &mut SpecReader) -> Option<DeclaredCheck> {
    let CheckSpec { name: _, state: _, allow: _, expression, enforced } = spec;
    let text = expression.as_deref().unwrap_or_default();
    let expression = reader.expression(&format!("{path}.expression"), text)?;
    Some(DeclaredCheck { name: name.clone(), expression, enforced: *enforced })
}
