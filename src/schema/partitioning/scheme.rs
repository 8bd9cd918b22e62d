//! The partitioning of a table: a method, and partitions that hold rows by their values.

use super::super::Identifier;
use super::method::{PartitionMethod, is_named};
use super::values::PartitionValues;

/// The partitioning of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Partitioning {
    /// The model holds all of it.
    Scheme(PartitionScheme),
    /// It has something that the model does not hold. It is kept and compared as text, and never changed.
    Other {
        /// `PARTITION BY ...` as the server prints it.
        text: String,
        /// What the model does not hold, in words: `subpartitions`.
        reason: String,
    },
}

/// A method, and the partitions in their order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PartitionScheme {
    pub method: PartitionMethod,
    pub partitions: Vec<Partition>,
}

/// One partition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Partition {
    pub name: Identifier,
    pub values: PartitionValues,
    pub options: PartitionOptions,
}

/// What a partition has besides its values.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PartitionOptions {
    pub comment: String,
    /// All other options but the engine, which is the table's: `MAX_ROWS = 10 DATA DIRECTORY = '/d'`, as the server
    /// prints them.
    pub other: String,
}

impl Partitioning {
    /// Returns the scheme; `None` where the model does not hold all of it.
    #[must_use]
    pub fn scheme(&self) -> Option<&PartitionScheme> {
        match self {
            Self::Scheme(scheme) => Some(scheme),
            Self::Other { .. } => None,
        }
    }

    /// Returns whether rows are divided by the value of this column.
    #[must_use]
    pub fn is_by(&self, column: &Identifier) -> bool {
        match self {
            Self::Scheme(scheme) => scheme.method.is_by(column),
            Self::Other { text, .. } => is_named(text, column),
        }
    }
}

impl PartitionScheme {
    /// Returns the partition of this name, in any case.
    #[must_use]
    pub fn partition(&self, name: &Identifier) -> Option<&Partition> {
        self.partitions.iter().find(|partition| partition.name.matches(name))
    }

    /// Returns whether both divide rows alike, into the same partitions in the same order.
    #[must_use]
    pub fn same_as(&self, other: &Self) -> bool {
        let Self { method, partitions } = self;
        method.same_as(&other.method)
            && partitions.len() == other.partitions.len()
            && partitions.iter().zip(&other.partitions).all(|(one, other)| one.same_as(other))
    }

    /// Returns whether each row finds a partition, whatever its values.
    #[must_use]
    pub fn takes_all(&self) -> bool {
        match &self.method {
            PartitionMethod::Range(_) | PartitionMethod::RangeColumns(_) => {
                self.partitions.last().is_some_and(|partition| partition.values.is_unbounded())
            }
            PartitionMethod::List(_) | PartitionMethod::ListColumns(_) => {
                self.partitions.iter().any(|partition| partition.values == PartitionValues::Default)
            }
            PartitionMethod::Hash { .. } | PartitionMethod::Key { .. } => true,
        }
    }
}

impl Partition {
    /// Returns a partition that a hash fills.
    #[must_use]
    pub fn hashed(name: Identifier) -> Self {
        Self { name, values: PartitionValues::Hashed, options: PartitionOptions::default() }
    }

    /// Returns whether both take the same rows under the same name, with the same options.
    #[must_use]
    pub fn same_as(&self, other: &Self) -> bool {
        let Self { name, values, options } = self;
        name.matches(&other.name) && values.same_as(&other.values) && *options == other.options
    }
}
