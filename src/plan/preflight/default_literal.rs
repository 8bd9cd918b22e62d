//! The value that a new column has in each present row, as SQL of the column's type. Under another type or collation it
//! would compare otherwise.

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
        T::Integer { .. } | T::Decimal { .. } | T::Year => Some("0".to_owned()),
        T::Time(_) => Some("00:00:00".to_owned()),
        T::Char(_) | T::Varchar(_) | T::Text(_) | T::Binary(_) | T::Varbinary(_) | T::Blob(_) | T::Set(_) => {
            Some(String::new())
        }
        T::Enum(members) => members.as_slice().first().cloned(),
        T::Float { .. }
        | T::Double { .. }
        | T::Bit(_)
        | T::Date
        | T::DateTime(_)
        | T::Timestamp(_)
        | T::Json
        | T::Spatial(_)
        | T::Vector(_)
        | T::Inet4
        | T::Inet6
        | T::Uuid => None,
    }
}

/// Writes a literal default as a value of the type; `None` where no cast surely gives the value that is stored.
pub fn typed_literal(value: &str, data_type: &DataType, collated: Collated<'_>) -> Option<String> {
    use DataType as T;
    let number = || value.trim().bytes().all(|byte| byte.is_ascii_digit() || b"+-.".contains(&byte));
    let cast = |target: String| format!("CAST({} AS {target})", quote_literal(value));
    match data_type {
        T::Integer { sign, .. } => {
            let value: i128 = value.trim().parse().ok()?;
            Some(format!("CAST({value} AS {})", if *sign == Sign::Signed { "SIGNED" } else { "UNSIGNED" }))
        }
        T::Year => Some(format!("CAST({} AS UNSIGNED)", value.trim().parse::<u16>().ok()?)),
        T::Decimal { digits, .. } if number() => {
            Some(cast(format!("DECIMAL({}, {})", digits.precision(), digits.scale())))
        }
        T::Date => Some(cast("DATE".to_owned())),
        T::DateTime(fsp) | T::Timestamp(fsp) => Some(cast(format!("DATETIME({})", fsp.get()))),
        T::Time(fsp) => Some(cast(format!("TIME({})", fsp.get()))),
        T::Char(_) | T::Varchar(_) | T::Text(_) | T::Enum(_) | T::Set(_) => Some(recoded(value, collated)),
        T::Binary(length) => Some(format!("CAST({} AS BINARY({}))", bytes(value, data_type)?, length.get())),
        T::Varbinary(_) => Some(format!("CAST({} AS BINARY)", bytes(value, data_type)?)),
        T::Decimal { .. }
        | T::Float { .. }
        | T::Double { .. }
        | T::Bit(_)
        | T::Blob(_)
        | T::Json
        | T::Spatial(_)
        | T::Vector(_)
        | T::Inet4
        | T::Inet6
        | T::Uuid => None,
    }
}

fn bytes(value: &str, data_type: &DataType) -> Option<String> {
    ColumnDefault::Value(value.to_owned()).sql(data_type)
}

fn recoded(value: &str, Collated { charset, collation }: Collated<'_>) -> String {
    let literal = quote_literal(value);
    match (charset, collation) {
        (Some(charset), Some(collation)) => {
            format!("CONVERT({literal} USING {}) COLLATE {}", bare_word(charset), bare_word(collation))
        }
        (Some(charset), None) => format!("CONVERT({literal} USING {})", bare_word(charset)),
        (None, _) => literal,
    }
}

/// Returns the name of a character set or collation, which takes no quotes. Any other character is left out.
pub fn bare_word(name: &str) -> String {
    name.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '_').collect()
}
