//! A declared column.

use super::SpecReader;
use super::table::renamed_from;
use crate::api::{ColumnSpec, DefaultSpec, GeneratedSpec, StorageSpec};
use crate::plan::ObjectKind;
use crate::schema::{ColumnDefault, DataType, DeclaredColumn, Expression, Generated, Identifier, Position, Storage};

/// Reads one column of `table`; `None` where its name can't be read.
pub fn column(spec: &ColumnSpec, table: &Identifier, path: &str, reader: &mut SpecReader) -> Option<DeclaredColumn> {
    let path = format!("{path}.columns[{}]", spec.name);
    let name = reader.name(&format!("{path}.name"), &spec.name)?;
    reader.allow(table, Some((ObjectKind::Column, &name)), spec.allow.as_deref());
    let data_type = spec.data_type.as_deref().and_then(|text| data_type(text, &path, reader));
    Some(DeclaredColumn {
        renamed_from: renamed_from(spec.renamed_from.as_deref(), &name, &path, reader),
        nullable: spec.nullable,
        default: spec.default.as_ref().and_then(|default| self::default(default, &path, reader)),
        on_update_now: spec.on_update.as_deref().map(|text| on_update(text, data_type.as_ref(), &path, reader)),
        auto_increment: spec.auto_increment,
        generated: spec.generated.as_ref().and_then(|generated| self::generated(generated, &path, reader)),
        charset: spec.charset.clone(),
        collation: spec.collation.clone(),
        comment: spec.comment.clone(),
        visible: spec.visible,
        srid: spec.srid,
        compressed: spec.compressed,
        check: spec.check.as_deref().and_then(|text| expression(text, &format!("{path}.check"), reader)),
        position: position(spec, &path, reader),
        data_type,
        name,
    })
}

fn data_type(text: &str, path: &str, reader: &mut SpecReader) -> Option<DataType> {
    DataType::parse(text).map_err(|error| reader.invalid(format!("{path}.type"), error.to_string())).ok()
}

fn default(spec: &DefaultSpec, path: &str, reader: &mut SpecReader) -> Option<ColumnDefault> {
    match spec {
        DefaultSpec::None(_) => Some(ColumnDefault::None),
        DefaultSpec::Value(value) => Some(ColumnDefault::Value(value.clone())),
        DefaultSpec::Expression(text) => {
            expression(text, &format!("{path}.default.expression"), reader).map(ColumnDefault::Expression)
        }
    }
}

fn expression(text: &str, path: &str, reader: &mut SpecReader) -> Option<Expression> {
    Expression::new(text).map_err(|error| reader.invalid(path, error.to_string())).ok()
}

fn generated(spec: &GeneratedSpec, path: &str, reader: &mut SpecReader) -> Option<Generated> {
    let expression = expression(&spec.expression, &format!("{path}.generated.expression"), reader)?;
    let storage = match spec.storage.unwrap_or_default() {
        StorageSpec::Virtual => Storage::Virtual,
        StorageSpec::Stored => Storage::Stored,
    };
    Some(Generated { expression, storage })
}

/// `ON UPDATE` has the fractional digits of the type, or the server refuses it (1294).
fn on_update(text: &str, data_type: Option<&DataType>, path: &str, reader: &mut SpecReader) -> bool {
    let path = format!("{path}.onUpdate");
    let declared = Expression::new(text).ok().filter(Expression::is_current_timestamp);
    match (declared, data_type.map(|data_type| (data_type.is_temporal_with_now(), data_type.fsp()))) {
        (None, _) => reader.invalid(path, format!("{text:?} is not CURRENT_TIMESTAMP")),
        (Some(_), Some((false, _))) => reader.invalid(path, "only a datetime or timestamp column can have it"),
        (Some(declared), Some((true, fsp))) if declared != Expression::current_timestamp(fsp.unwrap_or_default()) => {
            reader.invalid(path, "it must have as many fractional digits as the type");
        }
        (Some(_), _) => {}
    }
    true
}

fn position(spec: &ColumnSpec, path: &str, reader: &mut SpecReader) -> Option<Position> {
    match &spec.after {
        Some(after) => {
            let path = format!("{path}.after");
            let after = reader.name(&path, after)?;
            if after.as_str().eq_ignore_ascii_case(&spec.name) {
                reader.invalid(path, "a column can't stand after itself");
            }
            Some(Position::After(after))
        }
        None => spec.first.unwrap_or_default().then_some(Position::First),
    }
}
