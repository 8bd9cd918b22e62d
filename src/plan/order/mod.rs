//! Which changes of a table share a statement, and in which order its statements run.
//!
//! A statement that rewrites the table does all other changes that need a rewrite: two `ALTER TABLE` would rewrite it
//! twice. A cheap change never becomes expensive by what it shares a statement with, and comes first, so that a failing
//! index build holds up no new column. A change that needs consent never shares a statement with one that needs none.
//!
//! Combinations of changes were tried pair by pair on MySQL 9.7 and MariaDB 10.11 and 11.8. The servers take almost all,
//! except what [`statement_rank::Pace`] keeps apart, and a rename with a clause that uses the new name (1054).

mod across_tables;
mod combined_changes;
mod joined_changes;
mod moved_keys;
mod partitions;
mod plan_steps;
mod precedence;
mod statement_rank;
mod table_order;
mod units;
mod waiting_units;

pub use plan_steps::plan;
