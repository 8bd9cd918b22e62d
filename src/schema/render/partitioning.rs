//! Writes `PARTITION BY`, for `CREATE TABLE`, where it follows the options, and for `ALTER TABLE`. Both servers take the
//! same text.

use super::super::identifier::quoted_list;
use super::super::{
    Bound, Expression, Partition, PartitionMethod, PartitionOptions, PartitionScheme, PartitionValues, Partitioning,
    quote_literal,
};

impl Partitioning {
    /// Writes `PARTITION BY ...`.
    #[must_use]
    pub fn definition(&self) -> String {
        match self {
            Self::Scheme(scheme) => scheme.definition(),
            Self::Other { text, .. } => text.clone(),
        }
    }
}

impl PartitionScheme {
    /// Writes `PARTITION BY ...`, with a number where the partitions have the names that the server gives.
    #[must_use]
    pub fn definition(&self) -> String {
        let Self { method, partitions } = self;
        let method = method.definition();
        let is_default = |(number, partition): (usize, &Partition)| {
            *partition == Partition::hashed(partition.name.clone()) && partition.name.as_str() == format!("p{number}")
        };
        if partitions.iter().enumerate().all(is_default) {
            format!("PARTITION BY {method} PARTITIONS {}", partitions.len())
        } else {
            format!("PARTITION BY {method} ({})", partition_definitions(partitions))
        }
    }
}

impl PartitionMethod {
    fn definition(&self) -> String {
        let linear = |linear: bool| if linear { "LINEAR " } else { "" };
        match self {
            Self::Range(expression) => format!("RANGE ({expression})"),
            Self::RangeColumns(columns) => format!("RANGE COLUMNS ({})", quoted_list(columns)),
            Self::List(expression) => format!("LIST ({expression})"),
            Self::ListColumns(columns) => format!("LIST COLUMNS ({})", quoted_list(columns)),
            Self::Hash { linear: is_linear, expression } => format!("{}HASH ({expression})", linear(*is_linear)),
            Self::Key { linear: is_linear, columns, algorithm } => {
                let algorithm = algorithm.map(|number| format!("ALGORITHM = {number} ")).unwrap_or_default();
                format!("{}KEY {algorithm}({})", linear(*is_linear), quoted_list(columns))
            }
        }
    }
}

impl PartitionValues {
    /// Writes a range's end without parentheses around it; [`PartitionValues::less_than`] reads it back.
    #[must_use]
    pub fn less_than_text(&self) -> Option<String> {
        match self {
            Self::LessThan(bounds) => Some(list(bounds.iter().map(bound))),
            Self::Hashed | Self::In(_) | Self::Default => None,
        }
    }

    /// Writes the values of a list without parentheses around them; [`PartitionValues::list`] reads them back.
    #[must_use]
    pub fn list_text(&self) -> Option<String> {
        match self {
            Self::In(items) => Some(list(items.iter().map(|values| item(values)))),
            Self::Default => Some("DEFAULT".to_owned()),
            Self::Hashed | Self::LessThan(_) => None,
        }
    }
}

impl Partition {
    /// Writes `PARTITION name VALUES ...`.
    #[must_use]
    pub fn definition(&self) -> String {
        let Self { name, values, options: PartitionOptions { comment, other } } = self;
        let mut words = vec![format!("PARTITION {}", name.quoted())];
        match values {
            PartitionValues::Hashed => {}
            PartitionValues::Default => words.push("DEFAULT".to_owned()),
            PartitionValues::LessThan(bounds) if *bounds == [Bound::MaxValue] => {
                words.push("VALUES LESS THAN MAXVALUE".to_owned());
            }
            PartitionValues::LessThan(_) | PartitionValues::In(_) => {
                words.extend(values.less_than_text().map(|text| format!("VALUES LESS THAN ({text})")));
                words.extend(values.list_text().map(|text| format!("VALUES IN ({text})")));
            }
        }
        if !comment.is_empty() {
            words.push(format!("COMMENT = {}", quote_literal(comment)));
        }
        if !other.is_empty() {
            words.push(other.clone());
        }
        words.join(" ")
    }
}

/// Writes definitions of partitions, without the parentheses around them.
#[must_use]
pub fn partition_definitions(partitions: &[Partition]) -> String {
    list(partitions.iter().map(Partition::definition))
}

fn bound(bound: &Bound) -> String {
    match bound {
        Bound::Value(expression) => expression.to_string(),
        Bound::MaxValue => "MAXVALUE".to_owned(),
    }
}

/// Writes one value as it is, several in parentheses.
fn item(values: &[Expression]) -> String {
    match values {
        [value] => value.to_string(),
        values => format!("({})", list(values.iter().map(Expression::to_string))),
    }
}

fn list(texts: impl Iterator<Item = String>) -> String {
    texts.collect::<Vec<_>>().join(", ")
}
