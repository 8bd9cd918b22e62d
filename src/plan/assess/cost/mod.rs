//! What a change costs on this server: which algorithm it takes, and whether writes wait meanwhile. The statement asks
//! for that algorithm, so that a server which can't do it refuses instead of copying the table.
//!
//! Source: "Online DDL Operations" of the MySQL 9 manual, "InnoDB Online DDL Operations" of MariaDB's documentation.
//! Where they are silent or wrong, the rules follow MySQL 9.7, MariaDB 10.11 and 11.8. The transitions in
//! `tests/transitions/` compare each rule with the three servers.

mod column;
mod index;
mod rules;
mod site;

pub use rules::cost;
