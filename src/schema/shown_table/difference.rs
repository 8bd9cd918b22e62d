//! Compares what a server shows of two tables, such as a table and a copy that was made from the model.

use super::super::TableObject;
use super::super::token::InvalidSql;
use super::clause::Clause;
use super::definition::{Definition, Definitions};

/// An object that two tables define differently.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    pub object: TableObject,
    /// The clauses that the copy lacks, as the server shows them.
    pub lost: Vec<String>,
    /// The clauses that the copy alone has.
    pub gained: Vec<String>,
}

/// Compares a table and its copy by what `SHOW CREATE TABLE` shows of them. The order of keys does not count: they are
/// shown in the order in which they were made. Neither does a counter.
///
/// # Errors
/// A text has no tokens. No server prints such a text.
pub fn differences(table: &str, copy: &str) -> Result<Vec<Difference>, InvalidSql> {
    let (table, copy) = (Definitions::read(table)?, Definitions::read(copy)?);
    let mut differences = Vec::new();
    let mut left: Vec<Definition> = copy.objects;
    for Definition { object, clauses } in table.objects {
        let copied = match left.iter().position(|other| other.object == object) {
            Some(at) => left.swap_remove(at).clauses,
            None => Vec::new(),
        };
        differences.extend(difference(object, &clauses, &copied));
    }
    differences.extend(left.into_iter().filter_map(|Definition { object, clauses }| difference(object, &[], &clauses)));
    if table.partitioning != copy.partitioning {
        let text = |partitioning: &Option<_>| partitioning.iter().map(super::super::Partitioning::definition).collect();
        let (lost, gained) = (text(&table.partitioning), text(&copy.partitioning));
        differences.push(Difference { object: TableObject::Partitioning, lost, gained });
    }
    Ok(differences)
}

fn difference(object: TableObject, table: &[Clause], copy: &[Clause]) -> Option<Difference> {
    let (lost, gained) = (missing(table, copy), missing(copy, table));
    (!lost.is_empty() || !gained.is_empty()).then_some(Difference { object, lost, gained })
}

/// Returns the clauses that `other` lacks.
fn missing(clauses: &[Clause], other: &[Clause]) -> Vec<String> {
    let lacks = |clause: &&Clause| !other.iter().any(|one| one.same_as(clause));
    clauses.iter().filter(lacks).map(|clause| clause.text.clone()).collect()
}

impl Difference {
    /// Says what the copy lacks, or what it has instead: `COLUMN_FORMAT FIXED`.
    #[must_use]
    pub fn text(&self) -> String {
        let Self { object: _, lost, gained } = self;
        match (lost.is_empty(), gained.is_empty()) {
            (_, true) => lost.join(", "),
            (true, false) => format!("not {}", gained.join(", ")),
            (false, false) => format!("{}, not {}", lost.join(", "), gained.join(", ")),
        }
    }
}
