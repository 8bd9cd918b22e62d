//! Adds to a restated table what a new one would have anyway: no default, an empty comment, the table's own collation.
//! Then it also says what another live table of that name has to lose. It does not know that other table.
//!
//! Row format and block size at their defaults stay unsaid: who declares them has each table read in full at each pass.

use crate::api::{CheckSpec, ColumnSpec, DefaultSpec, Empty, IndexSpec, TableOptionsSpec, TableSpec};
use crate::schema::{Column, ColumnDefault, Fill, Table};

/// Adds to `spec` what `table`, whose restatement it is, has by default.
pub fn complete(spec: &mut TableSpec, table: &Table) {
    let TableSpec {
        columns,
        indexes,
        checks,
        options,
        // These are stated as a whole, or there is no word for their absence.
        name: _,
        state: _,
        renamed_from: _,
        allow: _,
        primary_key: _,
        foreign_keys: _,
        partitioning: _,
    } = spec;
    for (spec, live) in columns.iter_mut().flatten().zip(&table.columns) {
        complete_column(spec, live);
    }
    for index in indexes.iter_mut().flatten() {
        complete_index(index);
    }
    for check in checks.iter_mut().flatten() {
        complete_check(check);
    }
    if let Some(options) = options {
        complete_options(options);
    }
}

fn complete_column(spec: &mut ColumnSpec, live: &Column) {
    let ColumnSpec {
        default,
        auto_increment,
        charset,
        collation,
        comment,
        visible,
        name: _,
        state: _,
        renamed_from: _,
        allow: _,
        data_type: _,
        nullable: _,
        // There is no word for the absence of these.
        on_update: _,
        generated: _,
        srid: _,
        compressed: _,
        check: _,
        first: _,
        after: _,
    } = spec;
    if live.fill == Fill::Default(ColumnDefault::None) {
        default.get_or_insert(DefaultSpec::None(Empty {}));
    }
    auto_increment.get_or_insert(false);
    if live.data_type.is_character() {
        charset.clone_from(&live.charset);
        collation.clone_from(&live.collation);
    }
    comment.get_or_insert_default();
    visible.get_or_insert(true);
}

fn complete_index(spec: &mut IndexSpec) {
    let IndexSpec {
        comment,
        visible,
        name: _,
        state: _,
        renamed_from: _,
        allow: _,
        columns: _,
        unique: _,
        kind: _,
        using: _,
        parser: _,
        key_block_size: _,
    } = spec;
    comment.get_or_insert_default();
    visible.get_or_insert(true);
}

fn complete_check(spec: &mut CheckSpec) {
    let CheckSpec { enforced, name: _, state: _, allow: _, expression: _ } = spec;
    enforced.get_or_insert(true);
}

fn complete_options(spec: &mut TableOptionsSpec) {
    let TableOptionsSpec {
        comment,
        engine: _,
        charset: _,
        collation: _,
        row_format: _,
        key_block_size: _,
        auto_increment: _,
        stats_persistent: _,
        stats_auto_recalc: _,
        stats_sample_pages: _,
        compression: _,
        encryption: _,
    } = spec;
    comment.get_or_insert_default();
}

#[cfg(test)]
mod tests {
    use super::super::restate;
    use super::*;
    use crate::schema::{DataType, Identifier, TableOptions};

    #[test]
    fn what_a_new_table_has_anyway_is_said() {
        let name = |name: &str| Identifier::new(name).unwrap();
        let of_type = |at: &str, data_type: &str| Column::new(name(at), DataType::parse(data_type).unwrap());
        let collation = Some("utf8mb4_bin".to_owned());
        let text = Column { charset: Some("utf8mb4".to_owned()), collation: collation.clone(), ..of_type("v", "text") };
        let counter = Column { fill: Fill::AutoIncrement, nullable: false, ..of_type("id", "int") };
        let table = Table {
            name: name("t"),
            columns: vec![counter, text],
            primary_key: None,
            indexes: Vec::new(),
            foreign_keys: Vec::new(),
            checks: Vec::new(),
            options: TableOptions { collation, ..TableOptions::default() },
            partitioning: None,
        };
        let mut spec = restate(&table).spec;
        complete(&mut spec, &table);
        let columns = spec.columns.unwrap();
        let said: Vec<_> = columns.iter().map(|column| (column.default.clone(), column.auto_increment)).collect();
        assert_eq!(said, [(None, Some(true)), (Some(DefaultSpec::None(Empty {})), Some(false))]);
        assert_eq!(columns[1].collation.as_deref(), Some("utf8mb4_bin"));
        assert_eq!((columns[1].comment.as_deref(), columns[1].visible), (Some(""), Some(true)));
        assert_eq!(columns[0].charset, None);
        assert_eq!(spec.options.unwrap().comment.as_deref(), Some(""));
    }
}
