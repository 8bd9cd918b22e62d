//! A Kubernetes operator that keeps a MySQL schema at what a `DatabaseSchema` resource declares.
//!
//! The way data flows: `controller` reads a resource and what it refers to; `declare` makes of it a declared schema;
//! `mysql` reads the live one; `plan` merges, compares and orders; `reconcile` carries out and verifies; `controller`
//! reports. `schema` is the model that all of them share, `api` the resource.

pub mod api;
#[cfg(test)]
mod architecture_tests;
pub mod chain;
pub mod cli;
pub mod controller;
pub mod declare;
pub mod mysql;
pub mod plan;
pub mod reconcile;
pub mod record;
pub mod revision;
pub mod schema;
pub mod telemetry;
