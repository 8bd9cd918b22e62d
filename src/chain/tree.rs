//! Lays a chain out as a tree: a line for each migration, oldest first.
//!
//! Branches are indented below the migration after which they part. A migration that joins branches stands again in the
//! column of the one after which they parted.

use super::graph::Graph;

/// Branches of branches are indented up to so many characters.
const WIDEST: usize = 60;

/// A line of the tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TreeLine {
    /// What stands before the migration's name.
    pub indent: String,
    pub migration: usize,
}

/// What is still to be laid out.
struct Waiting {
    migration: usize,
    /// The indentation of the migration itself, and of all that follows in its column.
    indent: String,
    column: String,
}

/// Lays out the migrations whose order is known.
pub fn lay_out(graph: &Graph) -> Vec<TreeLine> {
    let dominators = Dominators::of(graph);
    let mut lines = Vec::new();
    let at_root = |migration: &usize| Waiting { migration: *migration, indent: String::new(), column: String::new() };
    let mut waiting: Vec<Waiting> = dominators.roots.iter().rev().map(at_root).collect();
    while let Some(Waiting { migration, indent, column }) = waiting.pop() {
        lines.push(TreeLine { indent, migration });
        let followers = dominators.followers.get(migration).map(Vec::as_slice).unwrap_or_default();
        let joins = |migration: &&usize| graph.links.get(**migration).is_some_and(|links| links.parents.len() > 1);
        let branches: Vec<usize> = followers.iter().filter(|follower| !joins(follower)).copied().collect();
        let joining: Vec<usize> = followers.iter().filter(joins).copied().collect();
        let mut next = Vec::new();
        if let [only] = branches.as_slice()
            && joining.is_empty()
        {
            next.push(Waiting { migration: *only, indent: column.clone(), column: column.clone() });
        } else {
            for (index, branch) in branches.iter().enumerate() {
                let is_last = index + 1 == branches.len() && joining.is_empty();
                let (corner, side) = match (is_last, column.chars().count() < WIDEST) {
                    (true, true) => ("└─ ", "   "),
                    (false, true) => ("├─ ", "│  "),
                    (true, false) | (false, false) => ("", ""),
                };
                next.push(Waiting {
                    migration: *branch,
                    indent: format!("{column}{corner}"),
                    column: format!("{column}{side}"),
                });
            }
        }
        next.extend(joining.iter().map(|joining| Waiting {
            migration: *joining,
            indent: column.clone(),
            column: column.clone(),
        }));
        waiting.extend(next.into_iter().rev());
    }
    lines
}

/// For each migration, the nearest one through which each way to it leads.
struct Dominators {
    roots: Vec<usize>,
    /// Those whose nearest one a migration is, in order.
    followers: Vec<Vec<usize>>,
}

impl Dominators {
    fn of(graph: &Graph) -> Self {
        let number = graph.migrations.len();
        let mut nearest: Vec<Option<usize>> = vec![None; number];
        let mut depth = vec![0_usize; number];
        let mut roots = Vec::new();
        let mut followers = vec![Vec::new(); number];
        for index in &graph.order {
            let parents = graph.links.get(*index).map(|links| links.parents.as_slice()).unwrap_or_default();
            let mut common = parents.first().copied();
            for parent in parents.iter().skip(1) {
                common = common.and_then(|common| meet(common, *parent, &nearest, &depth));
            }
            match common.and_then(|common| followers.get_mut(common)) {
                Some(followers) => followers.push(*index),
                None => roots.push(*index),
            }
            let below = common.and_then(|common| depth.get(common)).map_or(0, |depth| depth + 1);
            if let (Some(nearest), Some(depth)) = (nearest.get_mut(*index), depth.get_mut(*index)) {
                *nearest = common;
                *depth = below;
            }
        }
        Self { roots, followers }
    }
}

/// Returns the lowest migration above both, or one of them; `None` where they have none.
fn meet(first: usize, second: usize, nearest: &[Option<usize>], depth: &[usize]) -> Option<usize> {
    let (mut first, mut second) = (first, second);
    while first != second {
        if depth.get(first)? >= depth.get(second)? {
            first = (*nearest.get(first)?)?;
        } else {
            second = (*nearest.get(second)?)?;
        }
    }
    Some(first)
}
