//! Clauses, and the places and servers where they are accepted.

use super::clauses::{ATTRIBUTES, BESIDE, COLUMNS, KEYS, OPTIONS, PARTITIONS};
use crate::support::Server;

/// The servers that accept a fragment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum On {
    All,
    MySql,
    MariaDb,
    Newest,
}

/// Where a fragment stands in a statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    Column,
    Key,
    Options,
    Partitions,
    /// Statements that stand for themselves, beside a plain table.
    Beside,
}

/// A clause.
#[derive(Debug, Clone, Copy)]
pub struct Fragment {
    pub place: Place,
    pub on: On,
    pub sql: &'static str,
}

impl On {
    pub fn includes(self, server: Server) -> bool {
        match self {
            Self::All => true,
            Self::MySql => server == Server::MySql,
            Self::MariaDb => server != Server::MySql,
            Self::Newest => server == Server::MariaDbNewest,
        }
    }
}

/// Returns all fragments of a server.
pub fn all(server: Server) -> Vec<Fragment> {
    let of = |place: Place, list: &'static [(On, &'static str)]| {
        list.iter().map(move |(on, sql)| Fragment { place, on: *on, sql })
    };
    let all = of(Place::Column, COLUMNS)
        .chain(of(Place::Column, ATTRIBUTES))
        .chain(of(Place::Key, KEYS))
        .chain(of(Place::Options, OPTIONS))
        .chain(of(Place::Partitions, PARTITIONS))
        .chain(of(Place::Beside, BESIDE));
    all.filter(|fragment| fragment.on.includes(server)).collect()
}
