//! Renames: an object is renamed where a former name is live and its own is not.

use std::collections::HashSet;

use super::refusal::RefusalKind;
use crate::schema::{ColumnDefault, Expression, Fill, Identifier, KeyPart, KeyTarget, Partitioning, Table};

/// An object with a name and former names.
pub struct Renamed<'a> {
    pub name: &'a Identifier,
    pub former: &'a [Identifier],
}

/// From, to.
pub type Pair = (Identifier, Identifier);

/// What to rename among the objects of one kind.
#[derive(Debug, Default)]
pub struct Renames {
    /// From, to; in an order in which each finds its name free, but for those in cycles.
    pub pairs: Vec<Pair>,
    /// Objects that take each other's names. They are renamed in one statement or not at all.
    pub cycles: Vec<Vec<Pair>>,
    /// The name, and what is wrong.
    pub conflicts: Vec<(Identifier, RefusalKind, String)>,
}

/// Finds the renames. Of a cycle, names can't tell whether it was done: `is_due` can.
/// A former name that is itself declared belongs to that declaration, unless its own object comes
/// from elsewhere too: so a chain (`b` from `a`, `c` from `b`) is renamed as a whole.
pub fn renames(declared: &[Renamed<'_>], live: &[&Identifier], is_due: &dyn Fn(&[Pair]) -> bool) -> Renames {
    let mut found = Renames::default();
    let mut waiting: Vec<&Renamed<'_>> = declared.iter().filter(|object| !object.former.is_empty()).collect();
    // Nearly always; the names of all tables need not be looked at then.
    if waiting.is_empty() {
        return found;
    }
    let mut live: HashSet<String> = live.iter().map(|name| name.folded()).collect();
    let declared: HashSet<String> = declared.iter().map(|object| object.name.folded()).collect();
    // The end of a chain comes first: each rename frees the name that the next one takes.
    loop {
        let before = waiting.len();
        waiting.retain(|object| match object.former.iter().find(|former| live.contains(&former.folded())) {
            Some(former) if !live.contains(&object.name.folded()) => {
                live.remove(&former.folded());
                found.pairs.push((former.clone(), object.name.clone()));
                false
            }
            _ => true,
        });
        if waiting.len() == before {
            break;
        }
    }
    let is_live = |name: &Identifier| live.contains(&name.folded());
    let cycles = cycles(&mut waiting, &is_live);
    found.cycles = cycles.into_iter().filter(|cycle| is_due(cycle)).collect();
    for object in waiting {
        let is_left = |former: &&Identifier| live.contains(&former.folded()) && !declared.contains(&former.folded());
        let left = object.former.iter().find(is_left);
        if let Some(former) = left {
            let message =
                format!("both {former} and {} are live: merge them by hand, or leave out the former name", object.name);
            found.conflicts.push((object.name.clone(), RefusalKind::RenameConflict, message));
        }
    }
    found
}

/// Takes those out of `waiting` that take each other's names: `a` from `b` and `b` from `a`, or a longer round.
fn cycles(waiting: &mut Vec<&Renamed<'_>>, is_live: &dyn Fn(&Identifier) -> bool) -> Vec<Vec<Pair>> {
    let mut cycles = Vec::new();
    let mut at = 0;
    while let Some(first) = waiting.get(at) {
        let Some(cycle) = cycle_from(first, waiting, is_live) else {
            at += 1;
            continue;
        };
        waiting.retain(|object| !cycle.iter().any(|(_, to)| to == object.name));
        cycles.push(cycle);
    }
    cycles
}

fn cycle_from(
    first: &Renamed<'_>,
    waiting: &[&Renamed<'_>],
    is_live: &dyn Fn(&Identifier) -> bool,
) -> Option<Vec<Pair>> {
    let mut cycle: Vec<Pair> = Vec::new();
    let mut object = first;
    loop {
        let is_waiting = |former: &&Identifier| waiting.iter().any(|other| other.name.matches(former));
        let former = object.former.iter().filter(|former| is_live(former)).find(is_waiting)?;
        cycle.push((former.clone(), object.name.clone()));
        if former.matches(first.name) {
            return Some(cycle);
        }
        // A round that does not come back to the first belongs to others.
        if cycle.len() > waiting.len() {
            return None;
        }
        object = waiting.iter().find(|other| other.name.matches(former))?;
    }
}

/// The table as it is after its columns were renamed.
pub fn rename_columns(table: &mut Table, renames: &[(Identifier, Identifier)]) {
    let renamed = |name: &mut Identifier| {
        if let Some((_, to)) = renames.iter().find(|(from, _)| from.matches(name)) {
            name.clone_from(to);
        }
    };
    let in_parts = |parts: &mut Vec<KeyPart>| {
        for part in parts {
            if let KeyTarget::Column { name, .. } = &mut part.target {
                renamed(name);
            }
        }
    };
    if let Some(Partitioning::Scheme(scheme)) = &mut table.partitioning {
        scheme.method = scheme.method.with_columns_renamed(renames);
    }
    table.columns.iter_mut().for_each(|column| renamed(&mut column.name));
    table.primary_key.iter_mut().for_each(|key| in_parts(&mut key.parts));
    table.indexes.iter_mut().for_each(|index| in_parts(&mut index.parts));
    table.foreign_keys.iter_mut().flat_map(|key| &mut key.columns).for_each(renamed);
}

/// The table with the new names of its columns also in its expressions. MariaDB renames there by itself; MySQL refuses
/// to rename a column that an expression names (3108, 3837, 3959), unless the same statement restates what holds it
/// (tried on 9.7 and 10.11).
pub fn rename_in_expressions(table: &mut Table, renames: &[(Identifier, Identifier)]) {
    let new_name = |name: &str| renames.iter().find(|(from, _)| from.folded() == name).map(|(_, to)| to);
    let renamed = |expression: &mut Expression| {
        if let Some(changed) = expression.renamed(new_name) {
            *expression = changed;
        }
    };
    for column in &mut table.columns {
        match &mut column.fill {
            Fill::Generated(generated) => renamed(&mut generated.expression),
            Fill::Default(ColumnDefault::Expression(default)) => renamed(default),
            Fill::Default(_) | Fill::AutoIncrement => {}
        }
        column.check.iter_mut().for_each(renamed);
    }
    for part in table.indexes.iter_mut().flat_map(|index| &mut index.parts) {
        if let KeyTarget::Expression(expression) = &mut part.target {
            renamed(expression);
        }
    }
    table.checks.iter_mut().for_each(|check| renamed(&mut check.expression));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(declared: &[(&str, &[&str])], live: &[&str]) -> Result<Vec<(String, String)>, usize> {
        let name = |text: &&str| Identifier::new(*text).unwrap();
        let live: Vec<Identifier> = live.iter().map(name).collect();
        let declared: Vec<(Identifier, Vec<Identifier>)> =
            declared.iter().map(|(own, former)| (name(own), former.iter().map(name).collect())).collect();
        let declared: Vec<Renamed<'_>> = declared.iter().map(|(name, former)| Renamed { name, former }).collect();
        let found = renames(&declared, &live.iter().collect::<Vec<_>>(), &|_| true);
        let text = |(from, to): (Identifier, Identifier)| (from.to_string(), to.to_string());
        let all = found.pairs.into_iter().chain(found.cycles.into_iter().flatten());
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
