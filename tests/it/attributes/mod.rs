//! Attributes that few schemas declare, and objects that the operator leaves alone.

mod columns;
mod four_byte_characters;
mod indexes;
mod keys;
mod options;
mod types;
mod undeclarable;
