//! Whether two tables are such that a foreign key can be between them.

use crate::schema::{Column, DataType, ForeignKey, Identifier, KeyPart, Sign, Table};

/// Two columns that a foreign key ties together.
#[derive(Debug, Clone, Copy)]
pub struct SideOfKey<'a> {
    pub own: &'a Column,
    pub referenced: &'a Column,
}

/// Returns the columns that the key ties together, as far as both exist.
pub fn sides<'a>(key: &'a ForeignKey, own: &'a Table, referenced: &'a Table) -> impl Iterator<Item = SideOfKey<'a>> {
    key.columns.iter().zip(&key.referenced_columns).filter_map(|(column, referenced_column)| {
        Some(SideOfKey { own: own.column(column)?, referenced: referenced.column(referenced_column)? })
    })
}

/// Whether the server takes the key between these tables, by their columns and indexes.
pub fn can_refer(key: &ForeignKey, own: &Table, referenced: &Table) -> bool {
    sides(key, own, referenced).filter(|side| side.fits()).count() == key.columns.len()
        && leads(referenced, &key.referenced_columns)
}

impl SideOfKey<'_> {
    /// Whether the types can refer to each other (3780, errno 150). Lengths and precisions may differ (tried on MySQL 9.7,
    /// MariaDB 10.11 and 11.8). It says yes where the servers may.
    pub fn fits(self) -> bool {
        let (own, referenced) = (&self.own.data_type, &self.referenced.data_type);
        if own.is_character() && referenced.is_character() && is_counted(own) == is_counted(referenced) {
            let same = |one: &Option<String>, other: &Option<String>| match (one, other) {
                (Some(one), Some(other)) => one.eq_ignore_ascii_case(other),
                // A new column takes those of its table.
                _ => true,
            };
            return same(&self.own.charset, &self.referenced.charset)
                && same(&self.own.collation, &self.referenced.collation);
        }
        match (own, referenced) {
            (
                DataType::Integer { width, sign, display: _ },
                DataType::Integer { width: other_width, sign: other_sign, display: _ },
            ) => width == other_width && (*sign == Sign::Signed) == (*other_sign == Sign::Signed),
            (DataType::Integer { sign, .. }, other) | (other, DataType::Integer { sign, .. }) if is_counted(other) => {
                *sign != Sign::Signed
            }
            (one, other) => match (kind(one), kind(other)) {
                (Some(one), Some(other)) => one == other || is_of_bytes(one, other) || is_of_bytes(other, one),
                _ => true,
            },
        }
    }
}

/// Types of unlike kinds never refer to each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Integer,
    Decimal,
    Float,
    Double,
    Date,
    DateTime,
    Timestamp,
    Time,
    Text,
    Bytes,
    /// Stored as a number without a sign.
    Counted,
    /// Stored as bytes whose meaning only the type tells.
    Fixed,
}

/// Whether InnoDB stores the values as unsigned numbers.
fn is_counted(data_type: &DataType) -> bool {
    kind(data_type) == Some(Kind::Counted)
}

/// Whether InnoDB stores both as bytes, so that one may refer to the other.
fn is_of_bytes(fixed: Kind, other: Kind) -> bool {
    let is_bytes = match other {
        Kind::Decimal | Kind::DateTime | Kind::Timestamp | Kind::Time | Kind::Bytes | Kind::Fixed => true,
        Kind::Integer | Kind::Float | Kind::Double | Kind::Date | Kind::Text | Kind::Counted => false,
    };
    fixed == Kind::Fixed && is_bytes
}

/// Returns the kind of a type; `None` where it is not sure what the servers take it for.
fn kind(data_type: &DataType) -> Option<Kind> {
    match data_type {
        DataType::Integer { .. } => Some(Kind::Integer),
        DataType::Decimal { .. } => Some(Kind::Decimal),
        DataType::Float { .. } => Some(Kind::Float),
        DataType::Double { .. } => Some(Kind::Double),
        DataType::Date => Some(Kind::Date),
        DataType::DateTime(_) => Some(Kind::DateTime),
        DataType::Timestamp(_) => Some(Kind::Timestamp),
        DataType::Time(_) => Some(Kind::Time),
        DataType::Char(_) | DataType::Varchar(_) => Some(Kind::Text),
        DataType::Binary(_) | DataType::Varbinary(_) => Some(Kind::Bytes),
        DataType::Year | DataType::Enum(_) | DataType::Set(_) => Some(Kind::Counted),
        DataType::Bit(_) | DataType::Inet4 | DataType::Inet6 | DataType::Uuid => Some(Kind::Fixed),
        DataType::Text(_) | DataType::Blob(_) | DataType::Json | DataType::Spatial(_) | DataType::Vector(_) => None,
    }
}

/// Whether a key of the table begins with these columns, each in its whole length.
pub fn leads(table: &Table, columns: &[Identifier]) -> bool {
    keys(table).any(|parts| {
        parts.len() >= columns.len() && columns.iter().zip(parts).all(|(column, part)| part.is_whole(column))
    })
}

fn keys(table: &Table) -> impl Iterator<Item = &[KeyPart]> {
    use crate::schema::IndexKind;
    let primary = table.primary_key.iter().map(|key| key.parts.as_slice());
    let is_tree = |kind: &IndexKind| matches!(kind, IndexKind::Plain | IndexKind::Unique);
    let indexes = table.indexes.iter().filter(move |index| is_tree(&index.kind));
    primary.chain(indexes.map(|index| index.parts.as_slice()))
}
