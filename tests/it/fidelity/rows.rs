//! Rows that fit a schema and what it becomes: no value in them makes a server refuse a change of this test.

use schema_operator::schema::{Dialect, quote_literal};

use super::columns::{Kind, is_narrow};
use super::model::{Column, Fill, Id, IndexKind, Schema, Table};
use super::names::{quoted, quoted_list};

/// The most rows of a table.
pub const MOST_ROWS: usize = 3;

/// Writes the rows of `a`, which survive the way to `b` and back: the same number in each table, at most `wanted`.
pub fn rows(a: &Schema, b: &Schema, wanted: usize, dialect: Dialect) -> Vec<String> {
    let ways = [(a, a), (a, b), (b, a)].map(|(from, to)| limit(from, to, dialect));
    let number = ways.into_iter().min().unwrap_or_default().min(wanted);
    let mut statements = Vec::new();
    for table in &a.tables {
        for row in 1..=number {
            statements.extend(insert(table, a, b, row, dialect));
        }
    }
    statements
}

/// Returns how many rows can go from `a` to `b`.
fn limit(a: &Schema, b: &Schema, dialect: Dialect) -> usize {
    let mut limit = MOST_ROWS;
    for to in &b.tables {
        let Some(from) = a.counterpart(to) else { continue };
        if to.columns.iter().any(|column| !can_have_values(from, to, column, dialect)) || !finds_partitions(from, to) {
            return 0;
        }
        let primary = Some(&to.primary_key).filter(|parts| !parts.is_empty());
        let unique = to.indexes.iter().filter(|index| index.kind == IndexKind::Unique).map(|index| &index.parts);
        for parts in primary.into_iter().chain(unique) {
            let distinct = parts.iter().filter(|part| !part.expression);
            let distinct =
                distinct.filter_map(|part| to.column(part.column)).map(|column| distinct_values(from, column));
            limit = limit.min(distinct.max().unwrap_or(1).max(1));
        }
        for key in &to.foreign_keys {
            let Some(parent) = b.table(key.parent) else { return 0 };
            let theirs = parent.primary_key.iter().map(|part| part.column);
            let is_kept = |table: &Table, id: Id| {
                let from = a.counterpart(table);
                table.column(id).is_some_and(|column| from.is_some_and(|from| from.counterpart(column).is_some()))
            };
            let kept = key.columns.iter().all(|id| is_kept(to, *id)) && theirs.clone().all(|id| is_kept(parent, id));
            let null = key
                .columns
                .iter()
                .filter_map(|id| to.column(*id))
                .any(|column| column.nullable && column.fill == Fill::None && from.counterpart(column).is_none());
            if !kept && !null {
                return 0;
            }
        }
    }
    limit
}

/// Decides whether each row that exists finds a partition, and stays.
fn finds_partitions(from: &Table, to: &Table) -> bool {
    let kept = |id: &Id| to.column(*id).is_some_and(|column| from.counterpart(column).is_some());
    let stay = from.partitioning.as_ref().zip(to.partitioning.as_ref()).is_none_or(|(from, to)| from.keeps_rows(to));
    stay && to.divided_by().iter().all(kept)
}

/// Decides whether the table as it was gives each row a value for the column.
fn can_have_values(from: &Table, to: &Table, column: &Column, dialect: Dialect) -> bool {
    let Some(old) = from.counterpart(column) else {
        let default = column.kind.default(column.fill, to.charset_of(column), dialect);
        let has_default = default.is_some() || column.fill == Fill::AutoIncrement;
        let implicit = !matches!(column.kind.group(), 9.. | 3);
        let spatial = to
            .indexes
            .iter()
            .any(|index| index.kind == IndexKind::Spatial && index.parts.iter().any(|part| part.column == column.id));
        return column.nullable && !spatial || column.is_generated() || implicit || has_default && !spatial;
    };
    old.is_generated()
        || old.kind.group() == column.kind.group()
            && old.srid == column.srid
            && !common(&old.kind, &column.kind).is_empty()
}

/// Counts the different values that rows can have in a column.
fn distinct_values(from: &Table, column: &Column) -> usize {
    match from.counterpart(column) {
        None if column.fill == Fill::AutoIncrement => MOST_ROWS,
        None => 1,
        Some(old) if old.is_generated() => 1,
        Some(old) => match (&old.kind, &column.kind) {
            (Kind::Bit(1), _) | (_, Kind::Bit(1)) => 2,
            (old @ (Kind::Enum(_) | Kind::Set(_)), new) => common(old, new).len(),
            (Kind::Spatial(_), _) => 1,
            _ => MOST_ROWS,
        },
    }
}

/// Returns the members that both types have; any one value for types without members.
fn common(one: &Kind, other: &Kind) -> Vec<&'static str> {
    match (one, other) {
        (Kind::Enum(one), Kind::Enum(other)) | (Kind::Set(one), Kind::Set(other)) => {
            one.iter().filter(|member| other.contains(member)).copied().collect()
        }
        _ => vec!["any"],
    }
}

fn insert(table: &Table, a: &Schema, b: &Schema, row: usize, dialect: Dialect) -> Option<String> {
    let stored: Vec<&Column> = table.columns.iter().filter(|column| !column.is_generated()).collect();
    let next = b.counterpart(table);
    let values = stored.iter().map(|column| {
        let to = next.and_then(|next| next.counterpart(column));
        let divides = |table: &Table| table.divided_by().contains(&column.id);
        let in_key = [a, b].iter().any(|schema| in_foreign_key(schema, column.id))
            || divides(table)
            || next.zip(to).is_some_and(|(next, to)| next.divided_by().contains(&to.id));
        let nullable = column.nullable && to.is_none_or(|to| to.nullable);
        if nullable && row == 2 && !in_key {
            return "NULL".to_owned();
        }
        let narrow = in_key
            || is_narrow(table.charset_of(column))
            || table.charset_of(column).0 != "utf8mb4"
            || next.zip(to).is_some_and(|(next, to)| next.charset_of(to).0 != "utf8mb4");
        value(column, to.unwrap_or(column), row, narrow, dialect)
    });
    let values: Vec<String> = values.collect();
    let names = quoted_list(stored.iter().map(|column| column.name.as_str()));
    let sql = format!("INSERT INTO {} ({names}) VALUES ({})", quoted(&table.name), values.join(", "));
    (!stored.is_empty()).then_some(sql)
}

/// Decides whether a foreign key has the column at either end.
fn in_foreign_key(schema: &Schema, column: Id) -> bool {
    let keys = || schema.tables.iter().flat_map(|table| &table.foreign_keys);
    let parents = keys().filter_map(|key| schema.table(key.parent)).flat_map(|parent| &parent.primary_key);
    keys().any(|key| key.columns.contains(&column)) || parents.into_iter().any(|part| part.column == column)
}

/// Returns the value of a row, by its number, which fits the column as it is and as it becomes.
fn value(column: &Column, to: &Column, row: usize, narrow: bool, dialect: Dialect) -> String {
    let (kind, length) = (&column.kind, column.kind.length().min(to.kind.length()));
    match kind {
        Kind::Number(_) => row.to_string(),
        Kind::Bit(bits) => if *bits == 1 || to.kind == Kind::Bit(1) { row % 2 } else { row }.to_string(),
        Kind::Year => (2000 + row).to_string(),
        Kind::Date => format!("'2024-02-0{row}'"),
        Kind::DateTime(_) | Kind::Timestamp(_) if to.kind == Kind::Date => format!("'2024-02-0{row}'"),
        Kind::DateTime(_) | Kind::Timestamp(_) => format!("'2024-02-0{row} 03:04:05.123456'"),
        Kind::Time(_) => format!("'1{row}:02:03.123456'"),
        Kind::Char(_) | Kind::Varchar(_) | Kind::Text(_) => {
            let suffix = ["'\\\"", "😀'\\é", "%数\t`"][row % 3];
            let text = if narrow { row.to_string() } else { format!("{row}{suffix}") };
            quote_literal(&text.chars().take(length).collect::<String>())
        }
        Kind::Binary(_) | Kind::Varbinary(_) | Kind::Blob(_) => {
            let bytes = format!("3{row}00FF275C");
            format!("x'{}'", &bytes[..bytes.len().min(2 * length)])
        }
        Kind::Enum(_) | Kind::Set(_) => {
            let members = common(kind, &to.kind);
            members.get(row % members.len().max(1)).map_or("NULL".to_owned(), |member| quote_literal(member))
        }
        Kind::Json => quote_literal(&format!("{{\"k\": \"{row}'\\\\\"}}")),
        Kind::Spatial(name) => spatial(name, column, row, dialect),
        Kind::Vector(entries) => {
            let entries = vec![row.to_string(); usize::try_from(*entries).unwrap_or_default()];
            let function = if dialect.is_mariadb() { "VEC_FromText" } else { "STRING_TO_VECTOR" };
            format!("{function}('[{}]')", entries.join(","))
        }
        Kind::Own("inet4") => format!("'10.0.0.{row}'"),
        Kind::Own("inet6") => format!("'2001:db8::{row}'"),
        Kind::Own(_) => format!("'123e4567-e89b-12d3-a456-42665544000{row}'"),
    }
}

fn spatial(name: &str, column: &Column, row: usize, dialect: Dialect) -> String {
    let text = match name {
        "linestring" => format!("LINESTRING({row} 1, 2 2)"),
        "polygon" => format!("POLYGON((0 0, 0 {row}, {row} {row}, 0 0))"),
        "multipoint" => format!("MULTIPOINT({row} 1, 2 2)"),
        "multilinestring" => format!("MULTILINESTRING(({row} 1, 2 2), (3 3, 4 4))"),
        "multipolygon" => format!("MULTIPOLYGON(((0 0, 0 {row}, {row} {row}, 0 0)))"),
        "geometrycollection" => format!("GEOMETRYCOLLECTION(POINT({row} 1))"),
        _ => format!("POINT({row} 1)"),
    };
    let srid = column.srid.filter(|_| !dialect.is_mariadb()).unwrap_or_default();
    format!("ST_GeomFromText('{text}', {srid})")
}
