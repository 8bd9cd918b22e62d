//! One index: what is declared of it over what is live.

use crate::schema::{
    Column, DataType, DeclaredIndex, Identifier, Index, IndexAlgorithm, KeyPart, KeyTarget, same_parts,
};

/// The declared index; what it does not say is as it is live, else the server's default.
pub fn merge_index(declared: &DeclaredIndex, live: Option<&Index>) -> Index {
    let parts = match live {
        Some(live) if same_parts(&live.parts, &declared.parts) => live.parts.clone(),
        _ => declared.parts.clone(),
    };
    // An engine may not do what is asked for (InnoDB makes a BTREE of HASH): what is live then stays.
    let algorithm = declared.algorithm.filter(|algorithm| *algorithm == IndexAlgorithm::Hash);
    Index {
        name: live.map_or_else(|| declared.name.clone(), |live| live.name.clone()),
        kind: match live {
            Some(live) if same_kind(live, declared) => live.kind.clone(),
            _ => declared.kind.clone(),
        },
        parts,
        algorithm: live.map_or(algorithm, |live| live.algorithm),
        comment: declared.comment.clone().or_else(|| live.map(|live| live.comment.clone())).unwrap_or_default(),
        visible: declared.visible.or_else(|| live.map(|live| live.visible)).unwrap_or(true),
        key_block_size: live.and_then(|live| live.key_block_size),
    }
}

/// The parts without those prefixes that are as long as their column, which the servers leave away.
pub fn without_whole_prefixes(parts: &[KeyPart], columns: &[Column]) -> Vec<KeyPart> {
    let length = |name: &Identifier| {
        let column = columns.iter().find(|column| column.name.matches(name))?;
        match column.data_type {
            DataType::Char(length) | DataType::Binary(length) => Some(length.get()),
            DataType::Varchar(length) | DataType::Varbinary(length) => Some(length.get()),
            _ => None,
        }
    };
    let without = |part: &KeyPart| match &part.target {
        KeyTarget::Column { name, prefix: Some(prefix) } if length(name) == Some(*prefix) => {
            KeyPart { target: KeyTarget::Column { name: name.clone(), prefix: None }, ..part.clone() }
        }
        _ => part.clone(),
    };
    parts.iter().map(without).collect()
}

/// A full-text parser is not read from the live index, so an undeclared one is no difference.
fn same_kind(live: &Index, declared: &DeclaredIndex) -> bool {
    use crate::schema::IndexKind::Fulltext;
    live.kind == declared.kind || matches!((&live.kind, &declared.kind), (Fulltext { .. }, Fulltext { parser: None }))
}
