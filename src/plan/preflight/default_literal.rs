//! The value that a new column has in present rows, as SQL of the column's type. Under another type or collation it would
//! compare otherwise. It does not know what the value may come from.

use crate::schema::{ColumnDefault, DataType, Sign, quote_literal};

/// The character set and collation of a column.
#[derive(Debug, Clone, Copy)]
pub struct Collated<'a> {
    pub charset: Option<&'a str>,
    pub collation: Option<&'a str>,
}

/// Returns the value that the servers write into present rows where a new column is never NULL and has no default (tried
/// on MySQL 9.7, MariaDB 10.11 and 11.8); `None` where it is not looked for.
pub fn implicit_default(data_type: &DataType) -> Option<String> {
    use DataType as T;
    match data_type {
        T::Integer { .. } | T::Decimal { .. } | T::Float { .. } | T::Double { .. } => Some("0".to_owned()),
        T::Year => Some("0000".to_owned()),
        T::Time(_) => Some("00:00:00".to_owned()),
        T::Char(_) | T::Varchar(_) | T::Text(_) | T::Binary(_) | T::Varbinary(_) | T::Blob(_) | T::Set(_) => {
            Some(String::new())
        }
        T::Enum(members) => members.as_slice().first().cloned(),
        T::Inet4 => Some("0.0.0.0".to_owned()),
        T::Inet6 => Some("::".to_owned()),
        T::Uuid => Some("00000000-0000-0000-0000-000000000000".to_owned()),
        T::Bit(_) | T::Date | T::DateTime(_) | T::Timestamp(_) | T::Json | T::Spatial(_) | T::Vector(_) => None,
    }
}

/// Writes a literal default as a value of the type; `None` where no cast surely gives the value that is stored.
pub fn typed_literal(value: &str, data_type: &DataType, collated: Collated<'_>) -> Option<String> {
    use DataType as T;
    let is_number = || value.trim().bytes().all(|byte| byte.is_ascii_digit() || b"+-.".contains(&byte));
    let literal = quote_literal(value);
    let cast = |target: &str| Some(format!("CAST({literal} AS {target})"));
    match data_type {
        T::Integer { sign, .. } => {
            let value: i128 = value.trim().parse().ok()?;
            Some(format!("CAST({value} AS {})", integer(*sign)))
        }
        // A year of less digits is another one: 99 is 1999.
        T::Year => {
            let year = value.trim();
            Some(format!("CAST({} AS UNSIGNED)", year.parse::<u16>().ok().filter(|_| year.len() == 4)?))
        }
        T::Decimal { .. } | T::Float { .. } | T::Double { .. } if !is_number() => None,
        T::Char(_) => Some(recoded(&quote_literal(value.trim_end_matches(' ')), collated)),
        T::Varchar(_) | T::Text(_) | T::Enum(_) => Some(recoded(&literal, collated)),
        // The server stores several members in the order of the type.
        T::Set(_) => (!value.contains(',')).then(|| recoded(&literal, collated)),
        T::Binary(_) | T::Varbinary(_) => typed_expression(&bytes(value, data_type)?, data_type, collated),
        T::Inet4 => cast("INET4"),
        T::Inet6 => cast("INET6"),
        T::Uuid => cast("UUID"),
        T::Decimal { .. }
        | T::Float { .. }
        | T::Double { .. }
        | T::Date
        | T::DateTime(_)
        | T::Timestamp(_)
        | T::Time(_) => typed_expression(&literal, data_type, collated),
        T::Bit(_) | T::Blob(_) | T::Json | T::Spatial(_) | T::Vector(_) => None,
    }
}

/// Writes the value of an expression as the type stores it: rounded, and in the column's collation. `None` where no cast
/// surely gives that (each tried on MySQL 9.7, MariaDB 10.11 and 11.8).
pub fn typed_expression(sql: &str, data_type: &DataType, collated: Collated<'_>) -> Option<String> {
    use DataType as T;
    let cast = |target: &str| Some(format!("CAST({sql} AS {target})"));
    match data_type {
        // A cast to an integer cuts off the fraction of a text, which a column rounds.
        T::Integer { sign, .. } => Some(format!("CAST(ROUND({sql}) AS {})", integer(*sign))),
        T::Decimal { digits, .. } => cast(&format!("DECIMAL({}, {})", digits.precision(), digits.scale())),
        T::Float { digits: None, .. } => cast("FLOAT"),
        T::Double { digits: None, .. } => cast("DOUBLE"),
        T::Date => cast("DATE"),
        T::DateTime(fsp) | T::Timestamp(fsp) => cast(&format!("DATETIME({})", fsp.get())),
        T::Time(fsp) => cast(&format!("TIME({})", fsp.get())),
        T::Char(_) => is_collated(collated).then(|| recoded(&format!("TRIM(TRAILING ' ' FROM {sql})"), collated)),
        T::Varchar(_) | T::Text(_) => is_collated(collated).then(|| recoded(sql, collated)),
        T::Binary(length) => cast(&format!("BINARY({})", length.get())),
        T::Varbinary(_) => cast("BINARY"),
        T::Float { .. }
        | T::Double { .. }
        | T::Bit(_)
        | T::Year
        | T::Enum(_)
        | T::Set(_)
        | T::Blob(_)
        | T::Json
        | T::Spatial(_)
        | T::Vector(_)
        | T::Inet4
        | T::Inet6
        | T::Uuid => None,
    }
}

fn integer(sign: Sign) -> &'static str {
    if sign == Sign::Signed { "SIGNED" } else { "UNSIGNED" }
}

fn is_collated(collated: Collated<'_>) -> bool {
    collated.charset.is_some()
}

fn bytes(value: &str, data_type: &DataType) -> Option<String> {
    ColumnDefault::Value(value.to_owned()).sql(data_type)
}

fn recoded(sql: &str, Collated { charset, collation }: Collated<'_>) -> String {
    match (charset, collation) {
        (Some(charset), Some(collation)) => {
            format!("CONVERT({sql} USING {}) COLLATE {}", bare_word(charset), bare_word(collation))
        }
        (Some(charset), None) => format!("CONVERT({sql} USING {})", bare_word(charset)),
        (None, _) => sql.to_owned(),
    }
}

/// Returns the name of a character set or collation, which takes no quotes. Any other character is left out.
pub fn bare_word(name: &str) -> String {
    name.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '_').collect()
}
