//! From any schema to any other and back, on the real servers. The result is what a fresh database would be, no row is
//! lost, and nothing is left to do. See docs/fidelity.md.

mod columns;
mod declaration;
mod foreign_keys;
mod live_tables;
mod model;
mod mutation;
mod names;
mod never_neither;
mod partitions;
mod repair;
mod rows;
mod runner;
mod scale;
mod schema_pair;
mod table_texts;
mod tables;
mod there_and_back;
mod trial_databases;
mod undeclarable;

use crate::support::Server;

#[test]
fn any_schema_becomes_any_other_on_mysql() {
    runner::run::<there_and_back::ThereAndBack>(Server::MySql);
}

#[test]
fn any_schema_becomes_any_other_on_mariadb() {
    runner::run::<there_and_back::ThereAndBack>(Server::MariaDb);
}

#[test]
fn any_schema_becomes_any_other_on_mariadb_newest() {
    runner::run::<there_and_back::ThereAndBack>(Server::MariaDbNewest);
}

#[test]
fn any_schema_becomes_any_other_where_the_server_folds_names() {
    runner::run::<there_and_back::ThereAndBack>(Server::MySqlLower);
}
