//! Holds a live schema as it was read, with what the model can't hold of it.

use std::collections::BTreeMap;

use super::server::ServerIdentity;
use crate::schema::{Identifier, Schema};

/// A database as it was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Observation {
    pub server: ServerIdentity,
    pub schema: Schema,
    /// The objects that are no tables that we can alter, by name, with the reason: views, sequences, system-versioned
    /// tables, tables with something that the model does not hold.
    pub others: BTreeMap<String, String>,
    /// A digest of all that was read. What is read again and has the same one has not changed, as far as it was read.
    pub fingerprint: u64,
}

impl Observation {
    /// Returns why `name` is not among the tables, where something else has that name.
    pub fn obstacle(&self, name: &Identifier) -> Option<&str> {
        self.others.get(name.as_str()).map(String::as_str)
    }
}
