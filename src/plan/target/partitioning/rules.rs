//! What the servers refuse of a partitioned table. It is said before a statement runs, by the name of what is in the
//! way. Source: "Restrictions and Limitations on Partitioning" of the MySQL 9 manual; tried on MySQL 9.7, MariaDB 10.11
//! and 11.8.

use std::collections::BTreeMap;

use super::RefusalKind;
use crate::schema::{
    Bound, DataType, Flavor, Identifier, IndexKind, KeyPart, KeyTarget, Partition, PartitionMethod, PartitionValues,
    Partitioning, Schema, Table,
};

/// What is wrong, at which place in the table's declaration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PartitioningRefusal {
    pub path: String,
    pub kind: RefusalKind,
    pub message: String,
}

impl PartitioningRefusal {
    fn invalid(path: impl Into<String>, message: impl Into<String>) -> Self {
        Self { path: path.into(), kind: RefusalKind::Invalid, message: message.into() }
    }

    fn unsupported(path: impl Into<String>, message: impl Into<String>) -> Self {
        Self { path: path.into(), kind: RefusalKind::Unsupported, message: message.into() }
    }
}

/// All that `schema`'s server would refuse of the target `table`.
pub fn partitioning_refusals(table: &Table, schema: &Schema) -> Vec<PartitioningRefusal> {
    let Some(partitioning) = &table.partitioning else { return Vec::new() };
    let mut partitioning_refusals = foreign_keys(table, schema);
    if schema.dialect.flavor == Flavor::MySql {
        partitioning_refusals.extend(unsupported_by_mysql(table, partitioning));
    }
    if !schema.dialect.is_mariadb() || !schema.dialect.at_least(11, 0, 0) {
        partitioning_refusals.extend(spatial_columns(table));
    }
    if let Partitioning::Scheme(scheme) = partitioning {
        partitioning_refusals.extend(columns(&scheme.method, table));
        partitioning_refusals.extend(keys(&scheme.method, table));
        if scheme.method.is_range() {
            partitioning_refusals.extend(ranges(&scheme.partitions));
        } else if scheme.method.is_list() {
            partitioning_refusals.extend(lists(&scheme.partitions));
        }
    }
    partitioning_refusals
}

/// Neither a partitioned table's keys nor keys that reference one (error 1506).
fn foreign_keys(table: &Table, schema: &Schema) -> Vec<PartitioningRefusal> {
    let own = table.foreign_keys.iter().map(|key| {
        PartitioningRefusal::unsupported(
            format!("foreignKeys[{}]", key.name),
            format!("a partitioned table can't have the foreign key {}", key.name),
        )
    });
    let is_to_table = |key: &&crate::schema::ForeignKey| key.refers_to(&table.name);
    let others = schema.tables.iter().filter(|other| other.name != table.name);
    let inbound = others.flat_map(|other| {
        let keys = other.foreign_keys.iter().filter(is_to_table);
        keys.map(|key| {
            let message =
                format!("a partitioned table can't be referenced by the foreign key {}.{}", other.name, key.name);
            PartitioningRefusal::unsupported("partitioning", message)
        })
    });
    own.chain(inbound).collect()
}

/// MySQL's partitioned InnoDB tables have no full-text indexes (1214), other engines no partitions (1178), and it knows
/// no partition for all other values (1064).
fn unsupported_by_mysql(table: &Table, partitioning: &Partitioning) -> Vec<PartitioningRefusal> {
    let fulltext = table.indexes.iter().filter(|index| matches!(index.kind, IndexKind::Fulltext { .. })).map(|index| {
        let message = format!("MySQL's partitioned tables can't have the full-text index {}", index.name);
        PartitioningRefusal::unsupported(format!("indexes[{}]", index.name), message)
    });
    let can_divide = |engine: &&String| ["innodb", "ndb", "ndbcluster"].contains(&engine.to_ascii_lowercase().as_str());
    let engine = table.options.engine.iter().filter(|engine| !can_divide(engine)).map(|engine| {
        PartitioningRefusal::unsupported("partitioning", format!("MySQL can't partition tables of the engine {engine}"))
    });
    let partitions = partitioning.scheme().map(|scheme| scheme.partitions.as_slice()).unwrap_or_default();
    let default = partitions.iter().filter(|partition| partition.values == PartitionValues::Default).map(|partition| {
        let message = "MySQL has no partition for all other values";
        PartitioningRefusal::unsupported(format!("partitioning.partitions[{}].in", partition.name), message)
    });
    fulltext.chain(engine).chain(default).collect()
}

/// Neither MySQL nor MariaDB 10.11 has shapes in a partitioned table (1178); 11.8 has them.
fn spatial_columns(table: &Table) -> Vec<PartitioningRefusal> {
    let spatial = table.columns.iter().filter(|column| matches!(column.data_type, DataType::Spatial(_)));
    let fault = |column: &crate::schema::Column| {
        let message = format!("this server's partitioned tables can't have the spatial column {}", column.name);
        PartitioningRefusal::unsupported(format!("columns[{}]", column.name), message)
    };
    spatial.map(fault).collect()
}

/// The columns that divide the rows are the table's.
fn columns(method: &PartitionMethod, table: &Table) -> Vec<PartitioningRefusal> {
    let missing = method.columns().iter().filter(|name| table.column(name).is_none());
    let missing = missing
        .map(|name| PartitioningRefusal::invalid("partitioning", format!("the table will have no column {name}")));
    let by_any = method.expression().is_none() || table.columns.iter().any(|column| method.is_by(&column.name));
    let constant = (!by_any).then(|| {
        PartitioningRefusal::invalid("partitioning.expression", "the expression names no column of the table")
    });
    missing.chain(constant).collect()
}

/// Each unique key holds all columns that divide the rows, and whole (1503): else the server would have to look for
/// duplicates in all partitions.
fn keys(method: &PartitionMethod, table: &Table) -> Vec<PartitioningRefusal> {
    let by: Vec<&Identifier> = match method {
        PartitionMethod::Key { columns, .. } if columns.is_empty() => match &table.primary_key {
            Some(key) => key.parts.iter().filter_map(KeyPart::column_name).collect(),
            None if has_unique_not_null(table) => return Vec::new(),
            None => {
                let message = "KEY without columns divides by the primary key, and the table has none";
                return vec![PartitioningRefusal::invalid("partitioning.columns", message)];
            }
        },
        _ => table.columns.iter().map(|column| &column.name).filter(|name| method.is_by(name)).collect(),
    };
    let primary =
        table.primary_key.iter().map(|key| ("primaryKey".to_owned(), "the primary key".to_owned(), &key.parts));
    let unique =
        table.indexes.iter().filter(|index| index.kind == IndexKind::Unique).map(|index| {
            (format!("indexes[{}]", index.name), format!("the unique index {}", index.name), &index.parts)
        });
    let lacks = |(path, key, parts): (String, String, &Vec<KeyPart>)| {
        let column = by.iter().find(|column| !parts.iter().any(|part| is_whole(part, column)))?;
        let message = format!("{key} has to contain the column {column}, by which the table is partitioned");
        Some(PartitioningRefusal::invalid(path, message))
    };
    primary.chain(unique).filter_map(lacks).collect()
}

fn has_unique_not_null(table: &Table) -> bool {
    let is_not_null =
        |part: &KeyPart| part.column_name().and_then(|name| table.column(name)).is_some_and(|column| !column.nullable);
    table.indexes.iter().any(|index| index.kind == IndexKind::Unique && index.parts.iter().all(is_not_null))
}

fn is_whole(part: &KeyPart, column: &Identifier) -> bool {
    matches!(&part.target, KeyTarget::Column { name, prefix: None } if name.matches(column))
}

/// Ranges ascend (1493), and only the last has no end (1481). Of values that are no numbers the server decides.
fn ranges(partitions: &[Partition]) -> Vec<PartitioningRefusal> {
    let mut partitioning_refusals = Vec::new();
    for (partition, next) in partitions.iter().zip(partitions.iter().skip(1)) {
        let path = format!("partitioning.partitions[{}].lessThan", next.name);
        let (PartitionValues::LessThan(bounds), PartitionValues::LessThan(following)) =
            (&partition.values, &next.values)
        else {
            continue;
        };
        if let ([Bound::MaxValue], _) = (bounds.as_slice(), following) {
            let path = format!("partitioning.partitions[{}].lessThan", partition.name);
            partitioning_refusals.push(PartitioningRefusal::invalid(path, "only the last range can have no end"));
        } else if let ([Bound::Value(bound)], [Bound::Value(following)]) = (bounds.as_slice(), following.as_slice())
            && let (Some(bound), Some(following)) = (bound.as_integer(), following.as_integer())
            && bound >= following
        {
            let message = format!("ranges ascend: {following} does not lie above the end of {}", partition.name);
            partitioning_refusals.push(PartitioningRefusal::invalid(path, message));
        }
    }
    partitioning_refusals
}

/// No value stands in two lists, nor twice in one (1495).
fn lists(partitions: &[Partition]) -> Vec<PartitioningRefusal> {
    let mut seen = BTreeMap::new();
    let mut partitioning_refusals = Vec::new();
    for partition in partitions {
        let PartitionValues::In(items) = &partition.values else { continue };
        for item in items {
            let text: Vec<String> = item.iter().map(ToString::to_string).collect();
            if let Some(first) = seen.insert(text.clone(), &partition.name) {
                let message = format!("the value {} stands in {first} already", text.join(", "));
                partitioning_refusals.push(PartitioningRefusal::invalid(
                    format!("partitioning.partitions[{}].in", partition.name),
                    message,
                ));
            }
        }
    }
    partitioning_refusals
}
