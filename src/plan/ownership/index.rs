//! Which live keys serve a required index: one that begins with its columns finds rows as well, and a unique one over
//! some of its columns guarantees as much.

use crate::plan::change::Attribute;
use crate::schema::{DeclaredIndex, IndexKind, KeyPart, KeyTarget, Table};

/// The keys of a live table.
pub struct Keys<'a> {
    primary: Option<&'a [KeyPart]>,
    /// Kind, parts, and whether the optimizer uses it.
    indexes: Vec<(&'a IndexKind, &'a [KeyPart], bool)>,
}

impl<'a> Keys<'a> {
    /// Those of this table.
    pub fn of(table: &'a Table) -> Self {
        let indexes = table.indexes.iter().map(|index| (&index.kind, index.parts.as_slice(), index.visible));
        Self { primary: table.primary_key.as_ref().map(|key| key.parts.as_slice()), indexes: indexes.collect() }
    }

    /// Whether the primary key has these parts.
    pub fn has_primary(&self, parts: &[KeyPart]) -> bool {
        self.primary.is_some_and(|live| live.len() == parts.len() && begins_with(live, parts))
    }

    /// Whether rows are found by these parts.
    fn find_by(&self, parts: &[KeyPart]) -> bool {
        let is_ordered = |kind: &IndexKind| matches!(kind, IndexKind::Plain | IndexKind::Unique);
        let indexes = self.indexes.iter().filter(|(kind, _, visible)| is_ordered(kind) && *visible);
        self.primary.into_iter().chain(indexes.map(|(_, parts, _)| *parts)).any(|live| begins_with(live, parts))
    }

    /// Whether no two rows have the same values in these parts.
    fn are_unique(&self, parts: &[KeyPart]) -> bool {
        let unique = self.indexes.iter().filter(|(kind, ..)| **kind == IndexKind::Unique).map(|(_, parts, _)| *parts);
        self.primary.into_iter().chain(unique).any(|live| live.iter().all(|part| is_told_by(part, parts)))
    }

    /// Whether there is an index of another kind over just these parts.
    fn has(&self, kind: &IndexKind, parts: &[KeyPart]) -> bool {
        let same_kind = |live: &IndexKind| match (live, kind) {
            (IndexKind::Fulltext { .. }, IndexKind::Fulltext { parser }) => parser.is_none() || live == kind,
            _ => live == kind,
        };
        self.indexes.iter().any(|(live, live_parts, visible)| {
            same_kind(live) && *visible && live_parts.len() == parts.len() && begins_with(live_parts, parts)
        })
    }
}

/// Whether some live key serves.
///
/// # Errors
/// The attribute of the required index that none satisfies.
pub fn satisfies(keys: &Keys<'_>, required: &DeclaredIndex) -> Result<(), Attribute> {
    let parts = &required.parts;
    match &required.kind {
        IndexKind::Plain => keys.find_by(parts).then_some(()).ok_or(Attribute::Columns),
        IndexKind::Unique if !keys.are_unique(parts) => Err(Attribute::Unique),
        IndexKind::Unique => keys.find_by(parts).then_some(()).ok_or(Attribute::Columns),
        kind => keys.has(kind, parts).then_some(()).ok_or(Attribute::Columns),
    }
}

/// Whether the first parts of `live` are these, or longer ones. Rows are read in either direction.
fn begins_with(live: &[KeyPart], parts: &[KeyPart]) -> bool {
    live.len() >= parts.len() && live.iter().zip(parts).all(|(live, part)| covers(live, part))
}

fn covers(live: &KeyPart, part: &KeyPart) -> bool {
    match (&live.target, &part.target) {
        (KeyTarget::Column { name: live, prefix: live_prefix }, KeyTarget::Column { name, prefix }) => {
            let is_as_long = match (live_prefix, prefix) {
                (None, _) => true,
                (Some(live), Some(prefix)) => live >= prefix,
                (Some(_), None) => false,
            };
            live.matches(name) && is_as_long
        }
        (KeyTarget::Expression(live), KeyTarget::Expression(expression)) => live == expression,
        _ => false,
    }
}

/// Whether rows that are equal in `parts` are equal in this part too.
fn is_told_by(live: &KeyPart, parts: &[KeyPart]) -> bool {
    parts.iter().any(|part| covers(part, live))
}
