//! Attributes that few schemas declare, and what is left alone.

mod columns;
mod four_byte_characters;
mod indexes;
mod keys;
mod options;
mod types;
mod undeclarable;
