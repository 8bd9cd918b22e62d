//! Definitions that servers surely take: plain types, defaults that are literals of them, keys over whole columns. Each
//! other new definition is tried on an empty copy, where the server may refuse it: a default may be no value of its type
//! (1067), a collation of another character set (1253), a column unfit for the kind of its index (1283).

use std::collections::BTreeSet;

use crate::plan::change::{Change, Plan, Step};
use crate::schema::{
    Column, ColumnDefault, DataType, Fill, Identifier, Index, IndexKind, KeyPart, KeyTarget, LobSize, Members,
    PrimaryKey, Table, TableOptions, TableStorage,
};

/// The most columns of a key (1070; both manuals).
const KEY_PARTS: usize = 16;

/// Indexes of a table that leave room for those of a plan. Servers take 64 (1069, tried on 9.7, 10.11 and 11.8).
const INDEXES: usize = 32;

/// Collations that each server has.
const COLLATIONS: [&str; 4] = ["utf8mb4_bin", "utf8mb4_general_ci", "utf8mb4_unicode_ci", "utf8mb4_unicode_520_ci"];

/// Whether the server might refuse a new definition of the step, going by the definition alone. Changes of what is there
/// are rehearsed or ruled out elsewhere.
pub fn may_be_refused(step: &Step, plan: &Plan) -> bool {
    step.changes.iter().any(|change| match change {
        Change::CreateTable(table) => !is_plain_table(table),
        Change::AddColumn { column, .. } => !is_in_innodb(step) || !is_plain_column(column),
        Change::SetDefault { from, to } => match to {
            ColumnDefault::None => false,
            ColumnDefault::Value(value) => !is_value_of(value, &from.data_type),
            ColumnDefault::Expression(_) => true,
        },
        Change::AddIndex(index) => !is_in_innodb(step) || !is_plain_index(index, &columns_of(step, plan)),
        // The server may use it as the primary key (3522, on MariaDB 4174).
        Change::SetIndexVisible { visible: false, .. } => {
            step.before.as_ref().is_none_or(|table| table.primary_key.is_none())
        }
        // They drop or rename, and rules refuse what the server would.
        Change::RenameTable { .. }
        | Change::DropTable(_)
        | Change::RenameColumn { .. }
        | Change::DropColumn(_)
        | Change::SetColumnVisible { .. }
        | Change::RenameIndex { .. }
        | Change::DropIndex(_)
        | Change::SetIndexVisible { visible: true, .. }
        | Change::AddForeignKey(_)
        | Change::DropForeignKey(_)
        | Change::RestoreForeignKey(_)
        | Change::DropCheck(_)
        | Change::SetTableComment { .. } => false,
        // Each of them is rehearsed, whatever it says.
        Change::ModifyColumn { .. }
        | Change::ReplaceIndex { .. }
        | Change::AddPrimaryKey(_)
        | Change::ReplacePrimaryKey { .. }
        | Change::DropPrimaryKey(_)
        | Change::ReplaceGeneratedKey { .. }
        | Change::AddCheck(_)
        | Change::ReplaceCheck { .. }
        | Change::SetCheckEnforced { .. }
        | Change::SetTableCharset { .. }
        | Change::SetEngine { .. }
        | Change::SetStorage { .. }
        | Change::RaiseAutoIncrement { .. }
        | Change::Partition(_) => false,
    })
}

/// Whether the step is of a table of InnoDB with room for indexes. Other engines refuse more (1069, 1163, 1178).
fn is_in_innodb(step: &Step) -> bool {
    step.before.as_ref().is_none_or(|table| table.is_innodb() && table.indexes.len() < INDEXES)
}

/// Returns the columns that the table has, and those that the plan gives it.
fn columns_of<'a>(step: &'a Step, plan: &'a Plan) -> Vec<&'a Column> {
    let changes = plan.steps.iter().filter(|other| other.table == step.table).flat_map(|other| &other.changes);
    let given = changes.filter_map(|change| match change {
        Change::AddColumn { column, .. } | Change::ModifyColumn { to: column, .. } => Some(column.as_ref()),
        _ => None,
    });
    given.chain(step.before.iter().flat_map(|table| &table.columns)).collect()
}

fn is_plain_table(table: &Table) -> bool {
    // The rehearsal tries each table with checks or partitions. Rules judge foreign keys.
    let Table { name: _, columns, primary_key, indexes, foreign_keys: _, checks: _, options, partitioning: _ } = table;
    let TableOptions { engine: _, charset, collation, comment: _, storage, create_options } = options;
    let own: Vec<&Column> = columns.iter().collect();
    let is_plain_key = |PrimaryKey { parts, algorithm: _, comment: _, other }: &PrimaryKey| {
        other.is_empty() && are_plain_parts(parts, &own)
    };
    table.is_innodb()
        && are_known_texts(charset.as_deref(), collation.as_deref())
        && *storage == TableStorage::default()
        && create_options.is_empty()
        && columns.iter().all(is_plain_column)
        && primary_key.iter().all(is_plain_key)
        && indexes.len() < INDEXES
        && indexes.iter().all(|index| is_plain_index(index, &own))
}

fn is_plain_column(column: &Column) -> bool {
    let Column {
        name: _,
        data_type,
        nullable,
        fill,
        on_update_now,
        charset,
        collation,
        comment: _,
        visible,
        srid,
        compressed,
        check,
        other,
    } = column;
    let is_filled = match fill {
        // A timestamp that is not NULL may get the zero date as its default.
        Fill::Default(ColumnDefault::None) => *nullable || !matches!(data_type, DataType::Timestamp(_)),
        Fill::AutoIncrement => data_type.is_integer(),
        Fill::Default(ColumnDefault::Value(value)) => is_value_of(value, data_type),
        Fill::Default(ColumnDefault::Expression(default)) => {
            default.is_current_timestamp() && data_type.is_temporal_with_now()
        }
        Fill::Generated(_) => false,
    };
    let has_plain_members = match data_type {
        DataType::Enum(members) | DataType::Set(members) => are_plain_members(members),
        _ => true,
    };
    is_filled
        && has_plain_members
        && (!on_update_now || data_type.is_temporal_with_now())
        && are_known_texts(charset.as_deref(), collation.as_deref())
        && (charset.is_none() && collation.is_none() || data_type.is_character())
        && *visible
        && srid.is_none()
        && !compressed
        && check.is_none()
        && other.is_empty()
}

/// Whether character set and collation are left to the database, or each server has them and they fit together.
fn are_known_texts(charset: Option<&str>, collation: Option<&str>) -> bool {
    charset.is_none_or(|charset| charset == "utf8mb4") && collation.is_none_or(|name| COLLATIONS.contains(&name))
}

/// Whether no two members are the same under any collation (1291).
fn are_plain_members(members: &Members) -> bool {
    let members = members.as_slice();
    let folded: BTreeSet<String> = members.iter().map(|member| member.to_ascii_lowercase()).collect();
    folded.len() == members.len() && members.iter().all(|member| member.is_ascii())
}

/// Whether a text is surely a value of a type.
fn is_value_of(value: &str, data_type: &DataType) -> bool {
    let are_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let fits = |length: u32| value.is_ascii() && u32::try_from(value.len()).is_ok_and(|bytes| bytes <= length);
    match data_type {
        DataType::Integer { width, sign, display: _ } => {
            let bounds = width.bounds(*sign);
            value.parse::<i128>().is_ok_and(|number| bounds.least <= number && number <= bounds.most)
        }
        DataType::Decimal { digits, sign: _ } => {
            let (whole, fraction) = value.split_once('.').unwrap_or((value, ""));
            let most = digits.precision() - digits.scale();
            !whole.is_empty()
                && whole.len() <= usize::from(most.max(1))
                && (most > 0 || whole == "0")
                && fraction.len() <= usize::from(digits.scale())
                && are_digits(whole)
                && are_digits(fraction)
        }
        DataType::Char(length) => fits(length.get()),
        DataType::Varchar(length) => fits(length.get()),
        DataType::Enum(members) => members.as_slice().iter().any(|member| member == value),
        // Whether a text is a date, a time, an address or a number with an exponent is for the server to decide.
        DataType::Float { .. }
        | DataType::Double { .. }
        | DataType::Bit(_)
        | DataType::Date
        | DataType::DateTime(_)
        | DataType::Timestamp(_)
        | DataType::Time(_)
        | DataType::Year
        | DataType::Binary(_)
        | DataType::Varbinary(_)
        | DataType::Text(_)
        | DataType::Blob(_)
        | DataType::Set(_)
        | DataType::Json
        | DataType::Spatial(_)
        | DataType::Vector(_)
        | DataType::Inet4
        | DataType::Inet6
        | DataType::Uuid => false,
    }
}

fn is_plain_index(index: &Index, columns: &[&Column]) -> bool {
    let Index { name: _, kind, parts, algorithm: _, comment: _, visible, key_block_size: _, other } = index;
    // The server may use a unique index as the primary key, which can't be hidden (3522, on MariaDB 4174).
    let is_plain_kind = *kind == IndexKind::Plain || *kind == IndexKind::Unique && *visible;
    is_plain_kind && other.is_empty() && are_plain_parts(parts, columns)
}

fn are_plain_parts(parts: &[KeyPart], columns: &[&Column]) -> bool {
    let mut names: BTreeSet<String> = BTreeSet::new();
    let is_plain = |KeyPart { target, descending: _ }: &KeyPart| match target {
        KeyTarget::Column { name, prefix } => {
            names.insert(name.folded()) && type_of(name, columns).is_some_and(|of| can_be_key(of, *prefix))
        }
        KeyTarget::Expression(_) => false,
    };
    parts.len() <= KEY_PARTS && parts.iter().all(is_plain)
}

fn type_of<'a>(name: &Identifier, columns: &[&'a Column]) -> Option<&'a DataType> {
    columns.iter().find(|column| column.name.matches(name)).map(|column| &column.data_type)
}

/// Whether a key takes values of the type, whole or their first characters (1089, 1170, 3152).
fn can_be_key(data_type: &DataType, prefix: Option<u32>) -> bool {
    let within = |length: u32| length > 0 && prefix.is_none_or(|prefix| 0 < prefix && prefix <= length);
    match data_type {
        DataType::Char(length) => within(length.get()),
        DataType::Varchar(length) => within(length.get()),
        DataType::Binary(length) => within(length.get()),
        DataType::Varbinary(length) => within(length.get()),
        DataType::Text(size) | DataType::Blob(size) => {
            *size != LobSize::Tiny && prefix.is_some_and(|prefix| prefix > 0)
        }
        DataType::Integer { .. }
        | DataType::Decimal { .. }
        | DataType::Float { .. }
        | DataType::Double { .. }
        | DataType::Bit(_)
        | DataType::Date
        | DataType::DateTime(_)
        | DataType::Timestamp(_)
        | DataType::Time(_)
        | DataType::Year
        | DataType::Enum(_)
        | DataType::Set(_)
        | DataType::Inet4
        | DataType::Inet6
        | DataType::Uuid => prefix.is_none(),
        DataType::Json | DataType::Spatial(_) | DataType::Vector(_) => false,
    }
}
