//! Builds the model of a schema alone, which knows nothing of servers and clusters: in seconds, with the sanitizer.

#[path = "../../src/schema/mod.rs"]
pub mod schema;
