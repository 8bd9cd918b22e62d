//! Renames: an object is renamed where a former name is live and its own is not. It knows names alone, and nothing of
//! what bears them.

use std::collections::HashSet;

use super::refusal::RefusalKind;
use crate::plan::change::DeclaredNames;
use crate::schema::Identifier;

/// A rename of one object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rename {
    pub from: Identifier,
    pub to: Identifier,
}

/// The renames among the objects of one kind.
#[derive(Debug, Default)]
pub struct Renames {
    /// In an order in which each finds its name free.
    pub in_order: Vec<Rename>,
    /// Objects that take each other's names. They are renamed in one statement or not at all.
    pub cycles: Vec<Vec<Rename>>,
    pub conflicts: Vec<NameConflict>,
}

/// An object that can't be renamed.
#[derive(Debug)]
pub struct NameConflict {
    /// Its declared name.
    pub name: Identifier,
    pub kind: RefusalKind,
    pub message: String,
}

/// When two names are one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NameEquality {
    /// Names of tables as the server stores them.
    Stored,
    /// Names of objects in a table.
    InAnyCase,
}

impl NameEquality {
    fn key(self, name: &Identifier) -> String {
        match self {
            Self::Stored => name.as_str().to_owned(),
            Self::InAnyCase => name.folded(),
        }
    }

    fn are_equal(self, one: &Identifier, other: &Identifier) -> bool {
        match self {
            Self::Stored => one == other,
            Self::InAnyCase => one.matches(other),
        }
    }
}

/// Finds the renames. Names can't tell whether a cycle was done: `is_due` can.
///
/// A former name that is itself declared belongs to that declaration, unless its own object comes from elsewhere too. So
/// a chain (`b` from `a`, `c` from `b`) is renamed as a whole.
pub fn renames(
    declared: &[DeclaredNames<'_>],
    live: &[&Identifier],
    by: NameEquality,
    is_due: &dyn Fn(&[Rename]) -> bool,
) -> Renames {
    let mut found = Renames::default();
    let mut waiting: Vec<&DeclaredNames<'_>> = declared.iter().filter(|object| !object.former.is_empty()).collect();
    // The common case, which saves a look at the names of all tables.
    if waiting.is_empty() {
        return found;
    }
    let mut live: HashSet<String> = live.iter().map(|name| by.key(name)).collect();
    let declared: HashSet<String> = declared.iter().map(|object| by.key(object.name)).collect();
    // The end of a chain comes first: each rename frees the name that the next one takes.
    loop {
        let before = waiting.len();
        waiting.retain(|object| match object.former.iter().find(|former| live.contains(&by.key(former))) {
            Some(former) if !live.contains(&by.key(object.name)) => {
                live.remove(&by.key(former));
                found.in_order.push(Rename { from: former.clone(), to: object.name.clone() });
                false
            }
            _ => true,
        });
        if waiting.len() == before {
            break;
        }
    }
    let is_live = |name: &Identifier| live.contains(&by.key(name));
    let cycles = cycles(&mut waiting, by, &is_live);
    found.cycles = cycles.into_iter().filter(|cycle| is_due(cycle)).collect();
    for object in waiting {
        let is_left = |former: &&Identifier| live.contains(&by.key(former)) && !declared.contains(&by.key(former));
        let left = object.former.iter().find(is_left);
        if let Some(former) = left {
            let message =
                format!("both {former} and {} are live: merge them by hand, or leave out the former name", object.name);
            found.conflicts.push(NameConflict {
                name: object.name.clone(),
                kind: RefusalKind::RenameConflict,
                message,
            });
        }
    }
    found
}

/// Removes from `waiting` the objects that take each other's names: `a` from `b` and `b` from `a`, or a longer cycle.
fn cycles(
    waiting: &mut Vec<&DeclaredNames<'_>>,
    by: NameEquality,
    is_live: &dyn Fn(&Identifier) -> bool,
) -> Vec<Vec<Rename>> {
    let mut cycles = Vec::new();
    let mut at = 0;
    while let Some(first) = waiting.get(at) {
        let Some(cycle) = cycle_from(first, waiting, by, is_live) else {
            at += 1;
            continue;
        };
        waiting.retain(|object| !cycle.iter().any(|rename| rename.to == *object.name));
        cycles.push(cycle);
    }
    cycles
}

fn cycle_from(
    first: &DeclaredNames<'_>,
    waiting: &[&DeclaredNames<'_>],
    by: NameEquality,
    is_live: &dyn Fn(&Identifier) -> bool,
) -> Option<Vec<Rename>> {
    let mut cycle: Vec<Rename> = Vec::new();
    let mut object = first;
    loop {
        let is_waiting = |former: &&Identifier| waiting.iter().any(|other| by.are_equal(other.name, former));
        let former = object.former.iter().filter(|former| is_live(former)).find(is_waiting)?;
        cycle.push(Rename { from: former.clone(), to: object.name.clone() });
        if by.are_equal(former, first.name) {
            return Some(cycle);
        }
        // A cycle that does not come back to the first belongs to others.
        if cycle.len() > waiting.len() {
            return None;
        }
        object = waiting.iter().find(|other| by.are_equal(other.name, former))?;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(declared: &[(&str, &[&str])], live: &[&str]) -> Result<Vec<(String, String)>, usize> {
        found_by(NameEquality::InAnyCase, declared, live)
    }

    fn found_by(by: NameEquality, declared: &[(&str, &[&str])], live: &[&str]) -> Result<Vec<(String, String)>, usize> {
        let name = |text: &&str| Identifier::new(*text).unwrap();
        let live: Vec<Identifier> = live.iter().map(name).collect();
        let declared: Vec<(Identifier, Vec<Identifier>)> =
            declared.iter().map(|(own, former)| (name(own), former.iter().map(name).collect())).collect();
        let declared: Vec<DeclaredNames<'_>> =
            declared.iter().map(|(name, former)| DeclaredNames { name, former }).collect();
        let found = renames(&declared, &live.iter().collect::<Vec<_>>(), by, &|_| true);
        let text = |Rename { from, to }: Rename| (from.to_string(), to.to_string());
        let all = found.in_order.into_iter().chain(found.cycles.into_iter().flatten());
        if found.conflicts.is_empty() { Ok(all.map(text).collect()) } else { Err(found.conflicts.len()) }
    }

    fn pairs(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
        pairs.iter().map(|(from, to)| ((*from).to_owned(), (*to).to_owned())).collect()
    }

    #[test]
    fn one_is_renamed_once() {
        assert_eq!(found(&[("b", &["a"])], &["a"]), Ok(pairs(&[("a", "b")])));
        assert_eq!(found(&[("b", &["a"])], &["b"]), Ok(pairs(&[])));
        assert_eq!(found(&[("b", &["older", "a"])], &["A"]), Ok(pairs(&[("a", "b")])));
        assert_eq!(found(&[("b", &["a"])], &[]), Ok(pairs(&[])));
    }

    #[test]
    fn stored_names_that_differ_in_case_are_two() {
        let declared: &[(&str, &[&str])] = &[("User", &["user"])];
        assert_eq!(found_by(NameEquality::Stored, declared, &["user"]), Ok(pairs(&[("user", "User")])));
    }

    #[test]
    fn both_live_is_a_conflict() {
        assert_eq!(found(&[("b", &["a"])], &["a", "b"]), Err(1));
    }

    #[test]
    fn those_that_take_each_others_names_are_found() {
        let swap: &[(&str, &[&str])] = &[("a", &["b"]), ("b", &["a"])];
        assert_eq!(found(swap, &["a", "b"]), Ok(pairs(&[("b", "a"), ("a", "b")])));
        assert_eq!(found(swap, &["a"]), Ok(pairs(&[("a", "b")])), "one is missing, and the other keeps its rows");
        let round: &[(&str, &[&str])] = &[("a", &["c"]), ("b", &["x", "a"]), ("c", &["b"])];
        assert_eq!(found(round, &["a", "b", "c"]), Ok(pairs(&[("c", "a"), ("b", "c"), ("a", "b")])));
    }

    #[test]
    fn chains_are_renamed_from_their_end_and_rest_afterwards() {
        let chain: &[(&str, &[&str])] = &[("b", &["a"]), ("c", &["b"])];
        assert_eq!(found(chain, &["a", "b"]), Ok(pairs(&[("b", "c"), ("a", "b")])));
        assert_eq!(found(chain, &["b", "c"]), Ok(pairs(&[])));
    }
}
