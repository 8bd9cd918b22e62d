//! The attributes of a table and of its objects, by the field of the spec that declares each.

use std::fmt;

/// An attribute that a spec can declare.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Attribute {
    /// Whether the object exists.
    State,
    Name,
    PrimaryKey,
    Partitioning,
    Engine,
    Charset,
    Collation,
    Comment,
    RowFormat,
    KeyBlockSize,
    StatsPersistent,
    StatsAutoRecalc,
    StatsSamplePages,
    Compression,
    Encryption,
    AutoIncrement,
    Type,
    Nullable,
    Default,
    OnUpdate,
    Generated,
    Visible,
    Srid,
    Compressed,
    Check,
    Position,
    /// The parts of an index.
    Columns,
    Unique,
    /// What an index is for: `unique`, `fulltext` and `spatial` in one.
    Kind,
    Using,
    References,
    Expression,
    Enforced,
}

impl Attribute {
    /// Whether its value is an expression, which the server may write in another way.
    pub fn is_expression(self) -> bool {
        matches!(self, Self::Expression | Self::Generated | Self::Check)
    }
}

/// The name of the field.
impl fmt::Display for Attribute {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::State => "state",
            Self::Name => "name",
            Self::PrimaryKey => "primaryKey",
            Self::Partitioning => "partitioning",
            Self::Engine => "engine",
            Self::Charset => "charset",
            Self::Collation => "collation",
            Self::Comment => "comment",
            Self::RowFormat => "rowFormat",
            Self::KeyBlockSize => "keyBlockSize",
            Self::StatsPersistent => "statsPersistent",
            Self::StatsAutoRecalc => "statsAutoRecalc",
            Self::StatsSamplePages => "statsSamplePages",
            Self::Compression => "compression",
            Self::Encryption => "encryption",
            Self::AutoIncrement => "autoIncrement",
            Self::Type => "type",
            Self::Nullable => "nullable",
            Self::Default => "default",
            Self::OnUpdate => "onUpdate",
            Self::Generated => "generated",
            Self::Visible => "visible",
            Self::Srid => "srid",
            Self::Compressed => "compressed",
            Self::Check => "check",
            Self::Position => "position",
            Self::Columns => "columns",
            Self::Unique => "unique",
            Self::Kind => "kind",
            Self::Using => "using",
            Self::References => "references",
            Self::Expression => "expression",
            Self::Enforced => "enforced",
        })
    }
}
