//! Tests on the real parts: kube-apiserver, etcd, MySQL, MariaDB and the operator's own binary. `make test` starts what
//! they need. Each test has a namespace, a database and an operator of its own, so all run in parallel.
//!
//! A file has the tests of one subject. In a folder, `mod.rs` has what its files share.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]
#![allow(clippy::format_collect, clippy::format_push_string, reason = "a test's few strings need no writer")]
#![allow(clippy::print_stdout, clippy::print_stderr)]

mod support;

mod approval_policy;
mod attributes;
mod cases;
mod chaos;
mod cli;
mod constraints;
mod cost;
mod crd;
mod database_lock;
mod databases;
mod ddl;
mod dependents;
mod during;
mod errors;
mod fairness;
mod fencing;
mod fidelity;
mod freed_names;
mod galera;
mod group_replication;
mod health;
mod hostile;
mod hostile_texts;
mod keys_elsewhere;
mod large_status;
mod leader;
mod lifecycle;
mod moved_constraints;
mod obstacles;
mod online_change;
mod order;
mod ownership;
mod partitions;
mod preflight;
mod put_back;
mod reads;
mod refused_algorithm;
mod rehearsal;
mod removals;
mod replica_lag;
mod revision_table;
mod round_trips;
mod rows_in_between;
mod scratch_databases;
mod secrets;
mod server_errors;
mod session_settings;
mod table_names;
mod todobox;
mod undeclared_attributes;
mod undeclared_policy;
mod units;
mod unrehearsed;
mod wait;
