//! The table in which a migration tool keeps the revision of a database: what is read of it, and what that stops.

mod privileges;
mod resource;
mod stamping;
mod states;
mod tools;

/// A table that is in sync, and one step away from it.
const IN_SYNC: &str = "tables: [{name: t, columns: [{name: id, type: int}]}]\n";
const WITH_STEP: &str = "tables: [{name: t, columns: [{name: id, type: int}, {name: added, type: int}]}]\n";
const LIVE: &str = "CREATE TABLE t (id int PRIMARY KEY)";
