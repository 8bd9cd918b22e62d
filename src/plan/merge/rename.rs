//! Renames: an object is renamed where a former name is live and its own is not.

use std::collections::HashSet;

use super::RefusalKind;
use crate::schema::{Identifier, KeyPart, KeyTarget, Table};

/// An object with a name and former names.
pub struct Renamed<'a> {
    pub name: &'a Identifier,
    pub former: &'a [Identifier],
}

/// What to rename among the objects of one kind: from, to; with the conflicts, as the name and what is wrong.
pub type Renames = (Vec<(Identifier, Identifier)>, Vec<(Identifier, RefusalKind, String)>);

/// Finds the renames. A former name that is itself declared belongs to that declaration, unless its own object comes
/// from elsewhere too: so a chain (`b` from `a`, `c` from `b`) is renamed as a whole.
pub fn renames(declared: &[Renamed<'_>], live: &[&Identifier]) -> Renames {
    let (mut renames, mut conflicts) = (Vec::new(), Vec::new());
    let mut waiting: Vec<&Renamed<'_>> = declared.iter().filter(|object| !object.former.is_empty()).collect();
    // Nearly always; the names of all tables need not be looked at then.
    if waiting.is_empty() {
        return (renames, conflicts);
    }
    let mut live: HashSet<String> = live.iter().map(|name| name.folded()).collect();
    let declared: HashSet<String> = declared.iter().map(|object| object.name.folded()).collect();
    // The end of a chain comes first: each rename frees the name that the next one takes.
    loop {
        let before = waiting.len();
        waiting.retain(|object| {
            let found = object.former.iter().find(|former| live.contains(&former.folded()));
            match found {
                Some(former) if !live.contains(&object.name.folded()) => {
                    live.remove(&former.folded());
                    renames.push((former.clone(), object.name.clone()));
                    false
                }
                _ => true,
            }
        });
        if waiting.len() == before {
            break;
        }
    }
    for object in waiting {
        let is_left = |former: &&Identifier| live.contains(&former.folded()) && !declared.contains(&former.folded());
        let left = object.former.iter().find(is_left);
        if let Some(former) = left {
            let message =
                format!("both {former} and {} are live: merge them by hand, or leave out the former name", object.name);
            conflicts.push((object.name.clone(), RefusalKind::RenameConflict, message));
        }
    }
    (renames, conflicts)
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
    table.columns.iter_mut().for_each(|column| renamed(&mut column.name));
    table.primary_key.iter_mut().for_each(|key| in_parts(&mut key.parts));
    table.indexes.iter_mut().for_each(|index| in_parts(&mut index.parts));
    table.foreign_keys.iter_mut().flat_map(|key| &mut key.columns).for_each(renamed);
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
        let (renames, conflicts) = renames(&declared, &live.iter().collect::<Vec<_>>());
        let text = |(from, to): (Identifier, Identifier)| (from.to_string(), to.to_string());
        if conflicts.is_empty() { Ok(renames.into_iter().map(text).collect()) } else { Err(conflicts.len()) }
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
    fn chains_are_renamed_from_their_end_and_rest_afterwards() {
        let chain: &[(&str, &[&str])] = &[("b", &["a"]), ("c", &["b"])];
        assert_eq!(found(chain, &["a", "b"]), Ok(pairs(&[("b", "c"), ("a", "b")])));
        assert_eq!(found(chain, &["b", "c"]), Ok(pairs(&[])));
    }
}
