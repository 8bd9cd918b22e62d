//! The live keys that satisfy a required index. A key that begins with its columns finds rows as well, and a unique one
//! over some of its columns guarantees as much.

use crate::plan::change::Attribute;
use crate::schema::{DeclaredIndex, Index, IndexKind, KeyPart, KeyTarget, Table};

/// The keys of a live table.
pub struct LiveKeys<'a> {
    primary: Option<&'a [KeyPart]>,
    indexes: &'a [Index],
}

impl<'a> LiveKeys<'a> {
    /// Returns the keys of this table.
    pub fn of(table: &'a Table) -> Self {
        Self { primary: table.primary_key.as_ref().map(|key| key.parts.as_slice()), indexes: &table.indexes }
    }

    /// Whether the primary key has these parts.
    pub fn has_primary(&self, parts: &[KeyPart]) -> bool {
        self.primary.is_some_and(|live| live.len() == parts.len() && begins_with(live, parts))
    }

    /// Whether rows are found by these parts.
    fn find_by(&self, parts: &[KeyPart]) -> bool {
        let is_ordered = |index: &&Index| matches!(index.kind, IndexKind::Plain | IndexKind::Unique);
        // The optimizer uses no invisible index.
        let indexes = self.indexes.iter().filter(is_ordered).filter(|index| index.visible);
        let mut live = self.primary.into_iter().chain(indexes.map(|index| index.parts.as_slice()));
        live.any(|live| begins_with(live, parts))
    }

    /// Whether no two rows have the same values in these parts.
    fn are_unique(&self, parts: &[KeyPart]) -> bool {
        let unique = self.indexes.iter().filter(|index| index.kind == IndexKind::Unique);
        let mut live = self.primary.into_iter().chain(unique.map(|index| index.parts.as_slice()));
        live.any(|live| live.iter().all(|part| is_determined_by(part, parts)))
    }

    /// Whether there is an index of another kind over just these parts.
    fn has(&self, kind: &IndexKind, parts: &[KeyPart]) -> bool {
        let same_kind = |live: &IndexKind| match (live, kind) {
            (IndexKind::Fulltext { .. }, IndexKind::Fulltext { parser }) => parser.is_none() || live == kind,
            _ => live == kind,
        };
        self.indexes.iter().any(|index| {
            let same_parts = index.parts.len() == parts.len() && begins_with(&index.parts, parts);
            same_kind(&index.kind) && index.visible && same_parts
        })
    }
}

/// Checks that a live key satisfies a required index.
///
/// # Errors
/// The attribute of the required index that none satisfies.
pub fn satisfies(keys: &LiveKeys<'_>, required: &DeclaredIndex) -> Result<(), Attribute> {
    let DeclaredIndex {
        name: _,
        renamed_from: _,
        parts,
        kind,
        // No reader depends on these.
        algorithm: _,
        comment: _,
        visible: _,
        key_block_size: _,
    } = required;
    match kind {
        IndexKind::Plain => keys.find_by(parts).then_some(()).ok_or(Attribute::Columns),
        IndexKind::Unique if !keys.are_unique(parts) => Err(Attribute::Unique),
        IndexKind::Unique => keys.find_by(parts).then_some(()).ok_or(Attribute::Columns),
        IndexKind::Fulltext { .. } | IndexKind::Spatial => {
            keys.has(kind, parts).then_some(()).ok_or(Attribute::Columns)
        }
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
fn is_determined_by(live: &KeyPart, parts: &[KeyPart]) -> bool {
    parts.iter().any(|part| covers(part, live))
}
