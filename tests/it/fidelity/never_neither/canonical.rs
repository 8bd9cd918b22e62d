//! A snapshot in the words of B: objects and what they refer to have the names that the declaration gives them, whether
//! or not a rename was done yet.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use super::pieces::{ForeignKeyPiece, TablePieces};
use super::snapshot::{RowValues, Snapshot};
use super::tokens::{Token, text};
use crate::fidelity::schema_pair::{KeptTable, NamePair};

/// A part of a table that is as before or as declared.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Piece {
    Column(String),
    Clause { column: String, clause: String },
    PrimaryKey,
    Index(String),
    ForeignKey(String),
    Check(String),
    Option(String),
    Partition(String),
}

/// The pieces of each table, as text, and its rows.
#[derive(Debug, Clone, Default)]
pub struct CanonicalSchema {
    pub tables: BTreeMap<String, BTreeMap<Piece, String>>,
    pub rows: BTreeMap<String, BTreeMap<String, RowValues>>,
}

impl CanonicalSchema {
    pub fn of(snapshot: &Snapshot, kept: &[KeptTable]) -> Self {
        let names = Names { snapshot, kept };
        let tables = snapshot.tables.iter().map(|(table, pieces)| (names.table(table), names.pieces(table, pieces)));
        let rows = snapshot.rows.iter().map(|(table, rows)| {
            let values = |row: &RowValues| -> RowValues {
                row.iter().map(|(name, value)| (names.column(table, name), value.clone())).collect()
            };
            (names.table(table), rows.iter().map(|(number, row)| (number.clone(), values(row))).collect())
        });
        Self { tables: tables.collect(), rows: rows.collect() }
    }
}

/// The names of a snapshot, and what is renamed.
struct Names<'a> {
    snapshot: &'a Snapshot,
    kept: &'a [KeptTable],
}

/// Returns the name that an object has in B. It has the former one until the later one is there.
fn later(name: &str, renamed: &[NamePair], present: &BTreeSet<&str>) -> String {
    let pair = renamed.iter().find(|pair| pair.a == name && pair.a != pair.b && !present.contains(pair.b.as_str()));
    pair.map_or(name, |pair| pair.b.as_str()).to_owned()
}

impl Names<'_> {
    fn table(&self, name: &str) -> String {
        let renamed: Vec<NamePair> = self.kept.iter().map(|kept| kept.table.clone()).collect();
        later(name, &renamed, &self.snapshot.tables.keys().map(String::as_str).collect())
    }

    fn kept(&self, table: &str) -> Option<&KeptTable> {
        let name = self.table(table);
        self.kept.iter().find(|kept| kept.table.b == name)
    }

    fn column(&self, table: &str, name: &str) -> String {
        let present = self.snapshot.tables.get(table).map(|pieces| pieces.columns.keys().map(String::as_str).collect());
        match (self.kept(table), present) {
            (Some(kept), Some(present)) => later(name, &kept.columns, &present),
            _ => name.to_owned(),
        }
    }

    fn pieces(&self, table: &str, pieces: &TablePieces) -> BTreeMap<Piece, String> {
        let TablePieces { columns, primary_key, indexes, foreign_keys, checks, options, partitions } = pieces;
        let own = |words: &[Token]| text(words, |name| self.column(table, name));
        let mut all = BTreeMap::new();
        for (name, clauses) in columns {
            let name = self.column(table, name);
            all.insert(Piece::Column(name.clone()), String::new());
            for (clause, words) in clauses {
                all.insert(Piece::Clause { column: name.clone(), clause: clause.clone() }, own(words));
            }
        }
        if let Some(words) = primary_key {
            all.insert(Piece::PrimaryKey, own(words));
        }
        let present = indexes.keys().map(String::as_str).collect();
        for (name, words) in indexes {
            let name = self.kept(table).map_or_else(|| name.clone(), |kept| later(name, &kept.indexes, &present));
            all.insert(Piece::Index(name), without_longest_prefix(&own(words)));
        }
        for (name, key) in foreign_keys {
            let ForeignKeyPiece { columns, parent, parent_columns, actions } = key;
            let referenced = text(parent_columns, |name| self.column(parent, name));
            let actions = text(actions, str::to_owned);
            let key = format!("({}) to {} ({referenced}) {actions}", own(columns), self.table(parent));
            all.insert(Piece::ForeignKey(name.clone()), key);
        }
        all.extend(checks.iter().map(|(name, words)| (Piece::Check(name.clone()), own(words))));
        all.extend(options.iter().map(|(name, value)| (Piece::Option(name.clone()), value.clone())));
        all.extend(partitions.iter().map(|(name, words)| (Piece::Partition(name.clone()), own(words))));
        all
    }
}

/// Leaves out the longest prefix that an index can have, in characters of one to four bytes: MariaDB gives it to the whole
/// index of a column that becomes a text.
fn without_longest_prefix(index: &str) -> String {
    const LONGEST: [&str; 6] = ["3072", "1024", "768", "1000", "333", "250"];
    LONGEST.iter().fold(index.to_owned(), |index, longest| index.replace(&format!(" ( {longest} )"), ""))
}

impl Piece {
    /// Returns the column that it is of.
    pub fn column(&self) -> Option<&str> {
        match self {
            Self::Column(column) | Self::Clause { column, .. } => Some(column),
            Self::PrimaryKey
            | Self::Index(_)
            | Self::ForeignKey(_)
            | Self::Check(_)
            | Self::Option(_)
            | Self::Partition(_) => None,
        }
    }
}

impl fmt::Display for Piece {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Column(name) => write!(f, "column {name}"),
            Self::Clause { column, clause } => write!(f, "{clause} of column {column}"),
            Self::PrimaryKey => write!(f, "the primary key"),
            Self::Index(name) => write!(f, "index {name}"),
            Self::ForeignKey(name) => write!(f, "foreign key {name}"),
            Self::Check(name) => write!(f, "check {name}"),
            Self::Option(name) => write!(f, "option {name}"),
            Self::Partition(name) if name.is_empty() => write!(f, "the partitioning"),
            Self::Partition(name) => write!(f, "partition {name}"),
        }
    }
}
