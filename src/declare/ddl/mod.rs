//! Reads `CREATE TABLE` text, and decides what a server may be given of it and what it declares.
//!
//! A person's text never reaches a server. It is cut into tokens, and each statement must be a plain `CREATE TABLE`.
//! What is sent is put together from those tokens, without comments: what servers and dumps put into
//! executable comments is opened where it begins as a known clause, and checked as if it stood there without. A server makes the tables in a scratch database:
//! what it reports is what they mean. The attributes that were written are those that are declared.

mod cursor;
mod definition;
mod dump;
mod engine;
mod error;
mod executable_comment;
mod options;
mod parse;
mod partitions;
mod script;
mod statement;
mod written;

pub use dump::{is_sql, without_dump};
pub use error::{ScriptError, refusals};
pub use script::{Script, TableText};
pub use written::{WrittenTables, declare_written};

#[cfg(test)]
mod tests;
