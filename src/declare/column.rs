//! Reads a declared column: each attribute of the spec becomes one of `DeclaredColumn`, or is refused with its path.

use super::spec_reader::SpecReader;
use crate::api::{ColumnSpec, DefaultSpec, GeneratedSpec, StorageSpec};
use crate::schema::{ColumnDefault, DataType, DeclaredColumn, Expression, Generation, Identifier, Position, Storage};

/// Reads the attributes of the column that is called `name` and declared at `path`.
pub fn column(spec: &ColumnSpec, name: &Identifier, path: &str, reader: &mut SpecReader) -> DeclaredColumn {
    let ColumnSpec {
        name: _,
        state: _,
        renamed_from,
        allow: _,
        data_type,
        nullable,
        default,
        on_update,
        auto_increment,
        generated,
        charset,
        collation,
        comment,
        visible,
        srid,
        compressed,
        check,
        first,
        after,
    } = spec;
    // As the rules of the CRD: a file that a cluster never saw has to keep them too.
    let has_counter = auto_increment.unwrap_or_default();
    let kinds = [default.is_some(), generated.is_some(), has_counter];
    if kinds.into_iter().filter(|is_set| *is_set).count() > 1 {
        reader.invalid(path, "at most one of default, generated and autoIncrement may be set");
    }
    if has_counter && nullable.unwrap_or_default() {
        reader.invalid(path, "an autoIncrement column cannot be nullable");
    }
    if first.unwrap_or_default() && after.is_some() {
        reader.invalid(path, "at most one of first and after may be set");
    }
    let data_type = data_type.as_deref().and_then(|text| self::data_type(text, path, reader));
    let renamed_from = reader.renamed_from(path, name, renamed_from.as_deref());
    let default = default.as_ref().and_then(|default| self::default(default, path, reader));
    if let Some(text) = on_update {
        check_on_update(text, data_type.as_ref(), path, reader);
    }
    DeclaredColumn {
        renamed_from,
        data_type,
        nullable: *nullable,
        default,
        on_update_now: on_update.as_ref().map(|_| true),
        auto_increment: *auto_increment,
        generated: generated.as_ref().and_then(|generated| self::generated(generated, path, reader)),
        charset: charset.clone(),
        collation: collation.clone(),
        comment: comment.clone(),
        visible: *visible,
        srid: *srid,
        compressed: *compressed,
        check: check.as_deref().and_then(|text| reader.expression(&format!("{path}.check"), text)),
        position: match after {
            Some(after) => self::after(after, name, path, reader),
            None => first.unwrap_or_default().then_some(Position::First),
        },
        name: name.clone(),
    }
}

fn data_type(text: &str, path: &str, reader: &mut SpecReader) -> Option<DataType> {
    DataType::parse(text).map_err(|error| reader.invalid(format!("{path}.type"), error.to_string())).ok()
}

fn default(spec: &DefaultSpec, path: &str, reader: &mut SpecReader) -> Option<ColumnDefault> {
    match spec {
        DefaultSpec::None(_) => Some(ColumnDefault::None),
        DefaultSpec::Value(value) => Some(ColumnDefault::Value(value.clone())),
        DefaultSpec::Expression(text) => {
            let expression = reader.expression(&format!("{path}.default.expression"), text)?;
            Some(ColumnDefault::Expression(without_synonym(expression, text)))
        }
    }
}

/// Takes `NOW()` and its like for `CURRENT_TIMESTAMP`, as servers do, unless parentheses make it an expression.
fn without_synonym(expression: Expression, text: &str) -> Expression {
    match expression.current_timestamp_fsp() {
        Some(fsp) if !text.trim_start().starts_with('(') => Expression::current_timestamp(fsp),
        _ => expression,
    }
}

/// Refuses an `ON UPDATE` that has other fractional digits than the type: the server would (1294).
fn check_on_update(text: &str, data_type: Option<&DataType>, path: &str, reader: &mut SpecReader) {
    let path = format!("{path}.onUpdate");
    let Some(declared) = Expression::new(text).ok().filter(Expression::is_current_timestamp) else {
        reader.invalid(path, format!("{text:?} is not CURRENT_TIMESTAMP"));
        return;
    };
    let Some(data_type) = data_type else { return };
    if !data_type.is_temporal_with_now() {
        reader.invalid(path, "only a datetime or timestamp column can have it");
    } else if declared != Expression::current_timestamp(data_type.fsp().unwrap_or_default()) {
        reader.invalid(path, "it must have as many fractional digits as the type");
    }
}

fn generated(spec: &GeneratedSpec, path: &str, reader: &mut SpecReader) -> Option<Generation> {
    let GeneratedSpec { expression, storage } = spec;
    let expression = reader.expression(&format!("{path}.generated.expression"), expression)?;
    let storage = match storage.unwrap_or_default() {
        StorageSpec::Virtual => Storage::Virtual,
        StorageSpec::Stored => Storage::Stored,
    };
    Some(Generation { expression, storage })
}

fn after(after: &str, name: &Identifier, path: &str, reader: &mut SpecReader) -> Option<Position> {
    let path = format!("{path}.after");
    let after = reader.name(&path, after)?;
    if after.as_str().eq_ignore_ascii_case(name.as_str()) {
        reader.invalid(path, "a column can't come after itself");
    }
    Some(Position::After(after))
}
