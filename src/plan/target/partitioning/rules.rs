//! What the servers refuse of a partitioned table, so that a refusal names the obstacle before a statement runs. Source: "Restrictions and Limitations on Partitioning" of the MySQL 9 manual; tried on MySQL 9.7, MariaDB 10.11
//! and 11.8.

use std::collections::BTreeMap;

use crate::plan::target::refusal::PartitioningRefusal;
use crate::schema::{
    Bound, Column, DataType, Fill, Flavor, Identifier, Index, IndexAlgorithm, IndexKind, KeyPart, Partition,
    PartitionMethod, PartitionValues, Partitioning, Schema, Storage, Table,
};

/// Returns all that `schema`'s server would refuse of the target `table`.
pub fn partitioning_refusals(table: &Table, schema: &Schema) -> Vec<PartitioningRefusal> {
    let Some(partitioning) = &table.partitioning else { return Vec::new() };
    let mut refusals: Vec<PartitioningRefusal> = foreign_keys(table).collect();
    if schema.dialect.flavor == Flavor::MySql {
        refusals.extend(unsupported_by_mysql(table, partitioning));
    }
    if !schema.dialect.is_mariadb() || !schema.dialect.at_least(11, 0, 0) {
        refusals.extend(spatial_columns(table));
    }
    if let Partitioning::Scheme(scheme) = partitioning {
        refusals.extend(columns(&scheme.method, table));
        refusals.extend(keys(&scheme.method, table));
        if schema.dialect.is_mariadb() {
            refusals.extend(virtual_keys(&scheme.method, table, schema));
        }
        if scheme.method.is_range() {
            refusals.extend(ranges(&scheme.partitions));
        } else if scheme.method.is_list() {
            refusals.extend(lists(&scheme.partitions));
        }
    }
    refusals
}

/// Refuses foreign keys of a partitioned table (1506).
fn foreign_keys(table: &Table) -> impl Iterator<Item = PartitioningRefusal> {
    table.foreign_keys.iter().map(|key| {
        PartitioningRefusal::unsupported(
            format!("foreignKeys[{}]", key.name),
            format!("a partitioned table can't have the foreign key {}", key.name),
        )
    })
}

/// Refuses what MySQL lacks: full-text indexes of partitioned InnoDB tables (1214), partitions of other engines (1178),
/// and a partition for all other values (1064).
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

/// Refuses spatial columns: MySQL and MariaDB 10.11 have none in a partitioned table (1178); 11.8 has.
fn spatial_columns(table: &Table) -> Vec<PartitioningRefusal> {
    let spatial = table.columns.iter().filter(|column| matches!(column.data_type, DataType::Spatial(_)));
    let refusal = |column: &Column| {
        let message = format!("this server's partitioned tables can't have the spatial column {}", column.name);
        PartitioningRefusal::unsupported(format!("columns[{}]", column.name), message)
    };
    spatial.map(refusal).collect()
}

/// Refuses an index of a virtual column where texts divide the rows. MariaDB's purge opens such a table outside of any
/// session, and the server crashes once a row is changed or deleted (tried on 10.11.19 and 11.8.9). A table that is so
/// already is left as it is.
fn virtual_keys(method: &PartitionMethod, table: &Table, schema: &Schema) -> Vec<PartitioningRefusal> {
    let is_text = |name: &Identifier| table.column(name).is_some_and(|column| column.data_type.is_character());
    let by_text = matches!(method, PartitionMethod::RangeColumns(by) | PartitionMethod::ListColumns(by) if by.iter().any(is_text));
    if !by_text {
        return Vec::new();
    }
    let is_virtual = |column: &&Column| matches!(&column.fill, Fill::Generated(own) if own.storage == Storage::Virtual);
    let live = schema.table(&table.name);
    let is_live = live.is_some_and(|live| {
        live.partitioning.as_ref().and_then(Partitioning::scheme).is_some_and(|scheme| scheme.method.same_as(method))
    });
    let is_new = |index: &&Index| !is_live || live.is_none_or(|live| live.index(&index.name).is_none());
    let indexes = table.indexes.iter().filter(is_new).filter_map(|index| {
        let column = table.columns.iter().filter(is_virtual).find(|column| index.contains(&column.name))?;
        let message = format!(
            "index {} has the virtual column {}, and texts divide the rows: MariaDB crashes when it purges a row of such \
             a table; make the column stored",
            index.name, column.name
        );
        Some(PartitioningRefusal::unsupported(format!("indexes[{}]", index.name), message))
    });
    indexes.collect()
}

/// Refuses a method whose columns the table will not have.
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

/// Refuses a unique key that lacks a column which divides the rows, or holds only a prefix of it (1503): the server would
/// have to look for duplicates in all partitions.
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
    let lacks = |parts: &[KeyPart], path: String, key: String| {
        let column = by.iter().find(|column| !parts.iter().any(|part| part.is_whole(column)))?;
        let message = format!("{key} has to contain the column {column}, by which the table is partitioned");
        Some(PartitioningRefusal::invalid(path, message))
    };
    let primary = table.primary_key.iter();
    let primary = primary.filter_map(|key| lacks(&key.parts, "primaryKey".to_owned(), "the primary key".to_owned()));
    // MariaDB looks for a duplicate of a hash in all partitions (tried on 10.11 and 11.8).
    let is_tree = |index: &&Index| index.algorithm != Some(IndexAlgorithm::Hash);
    let unique = table.indexes.iter().filter(|index| index.kind == IndexKind::Unique).filter(is_tree);
    let unique = unique.filter_map(|index| {
        lacks(&index.parts, format!("indexes[{}]", index.name), format!("the unique index {}", index.name))
    });
    primary.chain(unique).collect()
}

fn has_unique_not_null(table: &Table) -> bool {
    let is_not_null =
        |part: &KeyPart| part.column_name().and_then(|name| table.column(name)).is_some_and(|column| !column.nullable);
    table.indexes.iter().any(|index| index.kind == IndexKind::Unique && index.parts.iter().all(is_not_null))
}

/// Refuses ranges that do not ascend (1493), and one without an end that is not the last (1481). Values that are no numbers
/// are left to the server.
fn ranges(partitions: &[Partition]) -> Vec<PartitioningRefusal> {
    let mut refusals = Vec::new();
    for (partition, next) in partitions.iter().zip(partitions.iter().skip(1)) {
        let path = format!("partitioning.partitions[{}].lessThan", next.name);
        let (PartitionValues::LessThan(bounds), PartitionValues::LessThan(following)) =
            (&partition.values, &next.values)
        else {
            continue;
        };
        if let ([Bound::MaxValue], _) = (bounds.as_slice(), following) {
            let path = format!("partitioning.partitions[{}].lessThan", partition.name);
            refusals.push(PartitioningRefusal::invalid(path, "only the last range can have no end"));
        } else if let ([Bound::Value(bound)], [Bound::Value(following)]) = (bounds.as_slice(), following.as_slice())
            && let (Some(bound), Some(following)) = (bound.as_integer(), following.as_integer())
            && bound >= following
        {
            let message = format!("ranges ascend: {following} does not lie above the end of {}", partition.name);
            refusals.push(PartitioningRefusal::invalid(path, message));
        }
    }
    refusals
}

/// Refuses a value in two lists, or twice in one (1495).
fn lists(partitions: &[Partition]) -> Vec<PartitioningRefusal> {
    let mut seen = BTreeMap::new();
    let mut refusals = Vec::new();
    for partition in partitions {
        let PartitionValues::In(items) = &partition.values else { continue };
        for item in items {
            let text: Vec<String> = item.iter().map(ToString::to_string).collect();
            if let Some(first) = seen.insert(text.clone(), &partition.name) {
                let message = format!("the value {} is already in {first}", text.join(", "));
                refusals.push(PartitioningRefusal::invalid(
                    format!("partitioning.partitions[{}].in", partition.name),
                    message,
                ));
            }
        }
    }
    refusals
}
