//! The model of a schema alone, which knows nothing of servers and clusters: it builds in seconds, sanitizer and all.

#[path = "../../src/schema/mod.rs"]
pub mod schema;
