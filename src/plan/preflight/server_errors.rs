//! The errors by which a server refuses a step, and how each is known before the step is sent: the schema shows it, or
//! rows decide. Errors of locks, connections and privileges can meet any statement, and are no part of this.
//!
//! `tests/it/server_errors` provokes each number on the servers that give it, and fails where one has no input.

use std::collections::BTreeSet;

use crate::plan::change::{Change, PartitionChange};

/// How an error is known before a statement is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Foreseen {
    /// The live schema, the declaration or the server's settings show it: the plan is refused, by a rule or on an empty
    /// copy.
    BySchema,
    /// Rows decide: they are counted, or the step says that they are not.
    ByRows,
}

/// The errors that one kind of change can meet, as lists that other kinds may share.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct ServerErrors {
    by_schema: &'static [&'static [u16]],
    by_rows: &'static [&'static [u16]],
}

/// Returns how an error of a statement with these changes was foreseen; `None` for one that is not known of them.
pub fn foreseen(changes: &[Change], number: u16) -> Option<Foreseen> {
    let mut errors = changes.iter().map(server_errors);
    let is_among = |lists: &[&[u16]]| lists.iter().any(|list| list.contains(&number));
    // What rows decide is the likelier one: the schema is compared right before the statement.
    if errors.clone().any(|errors| is_among(errors.by_rows)) {
        return Some(Foreseen::ByRows);
    }
    errors.any(|errors| is_among(errors.by_schema)).then_some(Foreseen::BySchema)
}

/// Returns each error that some change can meet, with how it is foreseen.
pub fn foreseen_errors() -> BTreeSet<(u16, Foreseen)> {
    let of = |lists: &[&[u16]], how: Foreseen| -> Vec<(u16, Foreseen)> {
        lists.iter().flat_map(|list| list.iter()).map(|number| (*number, how)).collect()
    };
    KINDS
        .iter()
        .flat_map(|kind| [of(kind.by_schema, Foreseen::BySchema), of(kind.by_rows, Foreseen::ByRows)])
        .flatten()
        .collect()
}

/// Names the kinds of change that meet the same errors, and lists them all.
macro_rules! kinds {
    ($($name:ident: [$($schema:expr),*], [$($rows:expr),*];)+) => {
        $(const $name: ServerErrors = ServerErrors { by_schema: &[$($schema),*], by_rows: &[$($rows),*] };)+
        const KINDS: &[ServerErrors] = &[$($name),+];
    };
}

kinds! {
    CREATE_TABLE: [&[1050], COLUMN, KEY, FOREIGN_KEY, CHECK, ENGINE, STORAGE, PARTITIONS], [];
    RENAME_TABLE: [&[1050]], [];
    DROP_TABLE: [&[1051, 1451, 3730]], [];
    ADD_COLUMN: [COLUMN], [NEW_VALUES];
    MODIFY_COLUMN: [COLUMN, CHANGED_COLUMN], [CHANGED_VALUES];
    SET_DEFAULT: [&[1067, 1101, 3770, 3772, 4110]], [];
    SET_COLUMN_VISIBLE: [&[1113, 4028]], [];
    RENAME_COLUMN: [&[1054, 1060, 1846, 3108, 3766, 3837, 3855, 3959, 4110]], [];
    DROP_COLUMN: [DROPPED_COLUMN], [];
    RENAME_INDEX: [&[1061, 1176]], [];
    DROP_INDEX: [&[1075, 1091, 1553]], [];
    ADD_INDEX: [KEY], [&[1062, 3751, 3903]];
    SET_INDEX_VISIBLE: [&[1176, 3522, 4174]], [&[3522, 4174]];
    PRIMARY_KEY: [KEY, &[1025, 1553]], [&[1062, 1138, 1265]];
    DROP_PRIMARY_KEY: [&[1025, 1075, 1091, 1235, 1553, 3522, 3750, 4111, 4174]], [];
    ADD_FOREIGN_KEY: [FOREIGN_KEY], [&[1452]];
    RESTORE_FOREIGN_KEY: [FOREIGN_KEY], [];
    DROP_FOREIGN_KEY: [&[1091]], [];
    CHECKED: [CHECK], [VIOLATIONS];
    DROP_CHECK: [&[1091, 3821, 3940]], [];
    SET_CHECK_ENFORCED: [&[3821]], [VIOLATIONS];
    SET_COMMENT: [], [];
    SET_CHARSET: [&[1115, 1253, 1273]], [];
    SET_ENGINE: [ENGINE], [&[1114]];
    SET_STORAGE: [STORAGE], [];
    RAISE_AUTO_INCREMENT: [], [];
    PARTITION: [PARTITIONS], [&[1526]];
    DROP_PARTITION: [&[1507, 1508]], [];
}

fn server_errors(change: &Change) -> ServerErrors {
    match change {
        Change::CreateTable(_) => CREATE_TABLE,
        Change::RenameTable { .. } => RENAME_TABLE,
        Change::DropTable(_) => DROP_TABLE,
        Change::AddColumn { .. } => ADD_COLUMN,
        Change::ModifyColumn { .. } => MODIFY_COLUMN,
        Change::SetDefault { .. } => SET_DEFAULT,
        Change::SetColumnVisible { .. } => SET_COLUMN_VISIBLE,
        Change::RenameColumn { .. } => RENAME_COLUMN,
        Change::DropColumn(_) => DROP_COLUMN,
        Change::RenameIndex { .. } => RENAME_INDEX,
        Change::DropIndex(_) => DROP_INDEX,
        Change::AddIndex(_) | Change::ReplaceIndex { .. } => ADD_INDEX,
        Change::SetIndexVisible { .. } => SET_INDEX_VISIBLE,
        Change::AddPrimaryKey(_) | Change::ReplacePrimaryKey { .. } | Change::ReplaceGeneratedKey { .. } => PRIMARY_KEY,
        Change::DropPrimaryKey(_) => DROP_PRIMARY_KEY,
        Change::AddForeignKey(_) => ADD_FOREIGN_KEY,
        Change::RestoreForeignKey(_) => RESTORE_FOREIGN_KEY,
        Change::DropForeignKey(_) => DROP_FOREIGN_KEY,
        Change::AddCheck(_) | Change::ReplaceCheck { .. } => CHECKED,
        Change::DropCheck(_) => DROP_CHECK,
        Change::SetCheckEnforced { .. } => SET_CHECK_ENFORCED,
        Change::SetTableComment { .. } => SET_COMMENT,
        Change::SetTableCharset { .. } => SET_CHARSET,
        Change::SetEngine { .. } => SET_ENGINE,
        Change::SetStorage { .. } => SET_STORAGE,
        Change::RaiseAutoIncrement { .. } => RAISE_AUTO_INCREMENT,
        Change::Partition(change) => match change.as_ref() {
            PartitionChange::Drop { .. } => DROP_PARTITION,
            PartitionChange::By { .. }
            | PartitionChange::Reorganize { .. }
            | PartitionChange::Add(_)
            | PartitionChange::AddHashed(_)
            | PartitionChange::Coalesce(_) => PARTITION,
        },
    }
}

/// Names, types, defaults, character sets and expressions of a column, and what the engine takes of them.
const COLUMN: &[u16] = &[
    1005, 1054, 1060, 1067, 1074, 1075, 1101, 1115, 1117, 1118, 1163, 1178, 1215, 1253, 1273, 1291, 1294, 1674, 1901,
    1910, 3102, 3106, 3109, 3750, 3763, 3770, 3772,
];

/// What else a column can't become that keys, partitions, checks and other columns use.
const CHANGED_COLUMN: &[u16] =
    &[1071, 1072, 1170, 1171, 1283, 1503, 1654, 1659, 1830, 1832, 1833, 1846, 1907, 3108, 3522, 3780, 4028, 4110, 4174];

/// What a dropped column is used by.
const DROPPED_COLUMN: &[u16] =
    &[1054, 1062, 1072, 1075, 1091, 1113, 1488, 1553, 1828, 1829, 3108, 3766, 3837, 3855, 3959, 4028];

const KEY: &[u16] = &[
    1060, 1061, 1069, 1070, 1071, 1072, 1075, 1089, 1121, 1128, 1170, 1171, 1210, 1214, 1221, 1252, 1283, 1478, 1503,
    1687, 1826, 1846, 1903, 1907, 3106, 3152, 3522, 3728, 3753, 3754, 3756, 3757, 3758, 3760, 3762, 4174,
];

const FOREIGN_KEY: &[u16] =
    &[1005, 1072, 1215, 1239, 1506, 1824, 1826, 1830, 1901, 1905, 3104, 3733, 3734, 3780, 3823, 6125];

const CHECK: &[u16] = &[1054, 1826, 1901, 1970, 3812, 3814, 3815, 3816, 3818, 3820, 3822, 3823];

const ENGINE: &[u16] = &[1163, 1178, 1214, 1217, 1286, 1572, 3776];

const STORAGE: &[u16] = &[1118, 1478, 3185];

const PARTITIONS: &[u16] = &[
    1217, 1235, 1479, 1480, 1481, 1486, 1488, 1493, 1495, 1499, 1502, 1503, 1504, 1506, 1508, 1517, 1563, 1564, 1654,
    1659, 1697, 6123,
];

/// Of a new column: numbers run out, a generated value is NULL or does not fit, a default does not, a check fails.
const NEW_VALUES: &[u16] = &[1048, 1062, 1138, 1264, 1265, 1292, 1366, 1406, 1411, 1441, 1467, 1690, 3140, 3819, 4025];

/// Of a changed column: values are NULL, too long, out of range or of another kind; keys, checks and partitions over it
/// no longer hold.
const CHANGED_VALUES: &[u16] =
    &[1062, 1114, 1138, 1264, 1265, 1292, 1366, 1406, 1411, 1416, 1526, 1690, 3140, 3643, 3819, 4025];

/// Of a check: it is not true, or can't be evaluated.
const VIOLATIONS: &[u16] = &[1292, 1366, 1690, 3140, 3819, 4025, 4037];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::{Column, DataType, Identifier};

    fn column(name: &str) -> Box<Column> {
        Box::new(Column::new(Identifier::new(name).unwrap(), DataType::integer()))
    }

    #[test]
    fn each_number_of_a_list_is_there_once() {
        for list in KINDS.iter().flat_map(|kind| kind.by_schema.iter().chain(kind.by_rows)) {
            assert!(list.is_sorted_by(|one, other| one < other), "{list:?} ascends");
        }
    }

    #[test]
    fn an_error_is_that_of_the_change_that_it_meets() {
        let added = Change::AddColumn { column: column("a"), position: None };
        let dropped = Change::DropColumn(column("b"));
        let changes = [dropped.clone(), added];
        assert_eq!(foreseen(&changes, 1674), Some(Foreseen::BySchema));
        assert_eq!(foreseen(&changes, 1264), Some(Foreseen::ByRows));
        assert_eq!(foreseen(&[dropped], 1264), None, "a column that goes converts nothing");
        assert_eq!(foreseen(&changes, 1064), None, "nothing leads to it");
    }
}
