//! The types that a column can have.

mod arguments;
mod bounded;
mod canonical;
mod fault;
mod members;
mod parse;
mod reader;
mod render;
mod types;

pub use bounded::{BoundedNumber, Decimal, Digits};
pub use fault::{DataTypeFault, InvalidDataType};
pub use members::{InvalidMembers, Members};
pub use types::{
    BitLength, DataType, DisplayWidth, Fsp, IntegerBounds, IntegerWidth, LobSize, LongLength, ShortLength, Sign,
    Spatial, VectorLength,
};

#[cfg(test)]
mod tests;
