//! Declared foreign keys and checks.

use super::SpecReader;
use crate::api::{ActionSpec, CheckSpec, ForeignKeySpec};
use crate::plan::ObjectKind;
use crate::schema::{DeclaredCheck, Expression, ForeignKey, Identifier, ReferentialAction};

/// Reads one foreign key of `table`; `None` where a name can't be read.
pub fn foreign_key(
    spec: &ForeignKeySpec,
    table: &Identifier,
    path: &str,
    reader: &mut SpecReader,
) -> Option<ForeignKey> {
    let path = format!("{path}.foreignKeys[{}]", spec.name);
    let name = reader.name(&format!("{path}.name"), &spec.name)?;
    reader.allow(table, Some((ObjectKind::ForeignKey, &name)), spec.allow.as_deref());
    let Some(references) = &spec.references else {
        reader.invalid(format!("{path}.references"), "a foreign key says what it references");
        return None;
    };
    let database = references.database.as_deref();
    let key = ForeignKey {
        columns: reader.names(&format!("{path}.columns"), &spec.columns),
        referenced_database: database.and_then(|text| reader.name(&format!("{path}.references.database"), text)),
        referenced_table: reader.name(&format!("{path}.references.table"), &references.table)?,
        referenced_columns: reader.names(&format!("{path}.references.columns"), &references.columns),
        on_delete: action(spec.on_delete),
        on_update: action(spec.on_update),
        name,
    };
    if key.columns.len() != key.referenced_columns.len() || key.columns.is_empty() {
        reader.invalid(&path, "columns and references.columns must be as many");
        return None;
    }
    Some(key)
}

/// What is not said is `NO ACTION`, which InnoDB treats as `RESTRICT`.
fn action(spec: Option<ActionSpec>) -> ReferentialAction {
    match spec {
        None | Some(ActionSpec::Restrict | ActionSpec::NoAction) => ReferentialAction::Restrict,
        Some(ActionSpec::Cascade) => ReferentialAction::Cascade,
        Some(ActionSpec::SetNull) => ReferentialAction::SetNull,
        Some(ActionSpec::SetDefault) => ReferentialAction::SetDefault,
    }
}

/// Reads one check of `table`; `None` where its name or expression can't be read.
pub fn check(spec: &CheckSpec, table: &Identifier, path: &str, reader: &mut SpecReader) -> Option<DeclaredCheck> {
    let path = format!("{path}.checks[{}]", spec.name);
    let name = reader.name(&format!("{path}.name"), &spec.name)?;
    reader.allow(table, Some((ObjectKind::Check, &name)), spec.allow.as_deref());
    let text = spec.expression.as_deref().unwrap_or_default();
    let expression = Expression::new(text);
    let expression =
        expression.map_err(|error| reader.invalid(format!("{path}.expression"), error.to_string())).ok()?;
    Some(DeclaredCheck { name, expression, enforced: spec.enforced })
}
