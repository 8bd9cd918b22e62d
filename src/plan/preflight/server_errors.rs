//! The errors by which a server refuses a step, and how each is known before the step is sent: the schema shows it, or
//! rows decide. Errors of locks, connections and privileges can meet any statement, and are no part of this.

use crate::plan::change::{Change, PartitionChange};

/// How an error is known before a statement is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Foreseen {
    /// The live schema, the declaration or the server's settings show it: the plan is refused, by a rule or on an empty
    /// copy.
    BySchema,
    /// Rows decide: they are counted, or the step says that they are not.
    ByRows,
}

/// The errors that one kind of change can meet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ServerErrors {
    pub by_schema: &'static [u16],
    pub by_rows: &'static [u16],
}

/// Returns how an error of a statement with these changes was foreseen; `None` for one that is not known of them.
pub fn foreseen(changes: &[Change], number: u16) -> Option<Foreseen> {
    let mut errors = changes.iter().map(server_errors);
    // What rows decide is the likelier one: the schema is compared right before the statement.
    if errors.clone().any(|errors| errors.by_rows.contains(&number)) {
        return Some(Foreseen::ByRows);
    }
    errors.any(|errors| errors.by_schema.contains(&number)).then_some(Foreseen::BySchema)
}

/// Returns the errors that a change can meet.
pub fn server_errors(change: &Change) -> ServerErrors {
    let (by_schema, by_rows): (&[u16], &[u16]) = match change {
        Change::CreateTable(_) => (NEW_TABLE, &[]),
        Change::RenameTable { .. } => (&[1050], &[]),
        Change::DropTable(_) => (&[1051, 1217, 1451, 3730], &[]),
        Change::AddColumn { .. } => (NEW_COLUMN, NEW_VALUES),
        Change::ModifyColumn { .. } => (CHANGED_COLUMN, CHANGED_VALUES),
        Change::SetDefault { .. } => (&[1067, 1101, 3770, 3772, 4110], &[]),
        Change::SetColumnVisible { .. } => (&[1113, 4028], &[]),
        Change::RenameColumn { .. } => (&[1054, 1060, 1846, 3108, 3766, 3837, 3855, 3959, 4110], &[]),
        Change::DropColumn(_) => (DROPPED_COLUMN, &[]),
        Change::RenameIndex { .. } => (&[1061, 1176], &[]),
        Change::DropIndex(_) => (&[1075, 1091, 1553], &[]),
        Change::AddIndex(_) | Change::ReplaceIndex { .. } => (NEW_INDEX, &[1062, 1264, 1292, 1366, 1406, 3751]),
        Change::SetIndexVisible { .. } => (&[1176, 3522], &[]),
        Change::AddPrimaryKey(_) | Change::ReplacePrimaryKey { .. } => (NEW_INDEX, &[1062, 1138, 1265]),
        Change::ReplaceGeneratedKey { .. } => (NEW_INDEX, &[1062, 1138]),
        Change::DropPrimaryKey(_) => (&[1075, 1091, 1235, 1553, 3750], &[]),
        Change::AddForeignKey(_) => (NEW_FOREIGN_KEY, &[1452]),
        Change::RestoreForeignKey(_) => (NEW_FOREIGN_KEY, &[]),
        Change::DropForeignKey(_) => (&[1091, 3750], &[]),
        Change::AddCheck(_) | Change::ReplaceCheck { .. } => (NEW_CHECK, &[1292, 1366, 1690, 3140, 3819, 4025]),
        Change::DropCheck(_) => (&[1091, 3750, 3821, 3940], &[]),
        Change::SetCheckEnforced { .. } => (&[3821], &[1292, 1366, 1690, 3140, 3819, 4025]),
        Change::SetTableComment { .. } => (&[1628, 3750], &[]),
        Change::SetTableCharset { .. } => (&[1115, 1253, 1273, 1918, 3750], &[]),
        Change::SetEngine { .. } => (&[1163, 1178, 1214, 1217, 1286, 1451, 3776], &[1114]),
        Change::SetStorage { .. } => (&[1031, 1118, 1478, 3185], &[]),
        Change::RaiseAutoIncrement { .. } => (&[1075, 1264, 3750], &[]),
        Change::Partition(change) => return of_partitions(change),
    };
    ServerErrors { by_schema, by_rows }
}

fn of_partitions(change: &PartitionChange) -> ServerErrors {
    let (by_schema, by_rows): (&[u16], &[u16]) = match change {
        PartitionChange::By { .. } => (PARTITIONS, &[1526]),
        PartitionChange::Reorganize { .. } => (PARTITIONS, &[1526]),
        PartitionChange::Add(_) | PartitionChange::AddHashed(_) => (PARTITIONS, &[]),
        PartitionChange::Drop { .. } => (&[1507, 1508, 1512], &[]),
        PartitionChange::Coalesce(_) => (&[1508, 1515], &[]),
    };
    ServerErrors { by_schema, by_rows }
}

/// Names that are taken, columns, keys, checks and options that do not fit together.
const NEW_TABLE: &[u16] = &[
    1050, 1060, 1061, 1067, 1070, 1071, 1072, 1074, 1075, 1089, 1101, 1113, 1115, 1117, 1118, 1163, 1170, 1171, 1178,
    1214, 1235, 1252, 1253, 1273, 1283, 1286, 1291, 1294, 1478, 1503, 1687, 1826, 3105, 3106, 3152, 3750, 3770, 3772,
    3813, 3815, 3820, 3822, 4028,
];

const NEW_COLUMN: &[u16] = &[
    1054, 1060, 1067, 1074, 1075, 1101, 1115, 1117, 1118, 1178, 1253, 1273, 1291, 1294, 1674, 1846, 3105, 3106, 3750,
    3770, 3772,
];

/// Of a new column: numbers run out, a generated value is NULL or does not fit, a default does not, a check fails.
const NEW_VALUES: &[u16] = &[167, 1048, 1138, 1264, 1265, 1292, 1365, 1366, 1406, 1467, 1690, 3140, 3819, 4025];

const CHANGED_COLUMN: &[u16] = &[
    1054, 1067, 1071, 1072, 1074, 1075, 1101, 1115, 1118, 1170, 1171, 1253, 1273, 1283, 1291, 1294, 1503, 1654, 1659,
    1830, 1832, 1833, 1846, 3105, 3106, 3108, 3750, 3770, 3772, 3780, 4028, 4110,
];

/// Of a changed column: values are NULL, too long, out of range or of another kind; keys, checks and partitions over it
/// no longer hold.
const CHANGED_VALUES: &[u16] =
    &[167, 1048, 1062, 1138, 1264, 1265, 1292, 1366, 1406, 1411, 1416, 1467, 1526, 1690, 3140, 3643, 3819, 4025];

/// What a dropped column is used by.
const DROPPED_COLUMN: &[u16] =
    &[1054, 1072, 1075, 1091, 1113, 1235, 1488, 1553, 1828, 1829, 3108, 3750, 3766, 3837, 3855, 3959, 4028, 4111];

const NEW_INDEX: &[u16] = &[
    1060, 1061, 1068, 1069, 1070, 1071, 1072, 1075, 1089, 1128, 1170, 1171, 1210, 1214, 1235, 1252, 1283, 1503, 1553,
    1687, 1826, 1846, 3105, 3152, 3728, 3750, 3753, 3756, 3757, 3800, 4111,
];

const NEW_FOREIGN_KEY: &[u16] =
    &[1005, 1072, 1146, 1215, 1239, 1506, 1822, 1824, 1825, 1826, 1830, 3734, 3750, 3776, 3780, 6125];

const NEW_CHECK: &[u16] = &[1054, 1826, 3750, 3813, 3814, 3815, 3818, 3820, 3822, 3823];

const PARTITIONS: &[u16] =
    &[1178, 1235, 1479, 1481, 1486, 1488, 1491, 1493, 1495, 1503, 1504, 1506, 1517, 1563, 1564, 1654, 1659, 1697, 6123];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::{Column, DataType, Identifier};

    fn column(name: &str) -> Box<Column> {
        Box::new(Column::new(Identifier::new(name).unwrap(), DataType::integer()))
    }

    #[test]
    fn an_error_is_of_the_schema_or_of_rows() {
        for list in [
            NEW_TABLE,
            NEW_COLUMN,
            NEW_VALUES,
            CHANGED_COLUMN,
            CHANGED_VALUES,
            DROPPED_COLUMN,
            NEW_INDEX,
            NEW_FOREIGN_KEY,
            NEW_CHECK,
            PARTITIONS,
        ] {
            assert!(list.is_sorted_by(|one, other| one < other), "{list:?} ascends, each number once");
        }
        for (of_schema, of_rows) in [(NEW_COLUMN, NEW_VALUES), (CHANGED_COLUMN, CHANGED_VALUES)] {
            assert!(of_schema.iter().all(|number| !of_rows.contains(number)), "one of both");
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
