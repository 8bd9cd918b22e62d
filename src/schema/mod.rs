//! The model of a MySQL schema: it reads types, keys and expressions from MySQL's own words, and writes them as SQL.
//!
//! It does no I/O, and knows nothing of the custom resource: a live schema, a declared one and a target share it.

mod byte_literal;
mod column;
mod data_type;
mod declared;
mod dependent;
mod dialect;
mod expression;
mod identifier;
mod key;
mod literal;
mod object_ref;
mod options;
mod parentheses;
mod partitioning;
mod redact;
mod render;
mod server_remarks;
mod show_create;
mod shown_table;
mod stored_names;
mod table;
mod tables;
mod token;

pub use byte_literal::{byte_literal, literal_bytes};
pub use column::{Column, ColumnDefault, Fill, Generation, Storage};
pub use data_type::{
    BitLength, BoundedNumber, DataType, DataTypeFault, Decimal, Digits, DisplayWidth, Fsp, IntegerBounds, IntegerWidth,
    InvalidDataType, InvalidMembers, LobSize, LongLength, Members, ShortLength, Sign, Spatial, VectorLength,
};
pub use declared::{
    AbsentObjects, DeclaredCheck, DeclaredColumn, DeclaredIndex, DeclaredOptions, DeclaredPartitioning,
    DeclaredPartitions, DeclaredSchema, DeclaredTable, Position,
};
pub use dependent::{Dependent, DependentKind, Dependents, InboundKey, ObjectGrant};
pub use dialect::{Dialect, Flavor, UnknownVersion};
pub use expression::{Expression, ExpressionFault, InvalidExpression};
pub use identifier::{Identifier, InvalidIdentifier};
pub use key::{
    Index, IndexAlgorithm, IndexKind, InvalidKeyPart, KeyPart, KeyPartFault, KeyTarget, PrimaryKey, parts_text,
    same_parts,
};
pub use literal::{quote_literal, unescape};
pub use object_ref::{ObjectRef, TableObject};
pub use options::{
    DECLARABLE_ENGINES, StorageOption, TableOptions, TableStorage, is_declarable_engine, is_in_memory, keeps_rows,
};
pub use parentheses::{Depth, closing, split_at_commas};
pub use partitioning::{
    Bound, InvalidValues, Partition, PartitionMethod, PartitionOptions, PartitionScheme, PartitionValues, Partitioning,
};
pub use redact::redact;
pub use render::partition_definitions;
pub use server_remarks::without_remarks;
pub use show_create::ShowCreate;
pub use shown_table::{Difference, differences, without_marks};
pub use stored_names::{StoredNames, TableNameCase};
pub use table::{Check, ForeignKey, KeyOfTable, ReferentialAction, Table};
pub use tables::{Detail, Schema, ServerSettings, Tables};
pub use token::{InvalidSql, Token, TokenKind, tokenize};
