//! One index: what is declared of it over what is live.

use crate::schema::{
    Column, DataType, DeclaredIndex, Dialect, Identifier, Index, IndexAlgorithm, IndexKind, KeyPart, KeyTarget,
    same_parts,
};

/// What a table's engine does with the attributes of an index.
#[derive(Debug, Clone, Copy)]
pub struct IndexEngine {
    /// Whether it has both trees and hash tables. InnoDB makes a tree of each.
    has_algorithms: bool,
    /// Whether `KEY_BLOCK_SIZE` of an index is kept. MySQL's InnoDB drops it without a word, MariaDB's shows it.
    keeps_block_size: bool,
}

impl IndexEngine {
    /// The engine of this name, which is InnoDB where nobody says one.
    pub fn new(engine: Option<&str>, dialect: Dialect) -> Self {
        let is = |name: &str| engine.is_some_and(|engine| engine.eq_ignore_ascii_case(name));
        Self {
            has_algorithms: is("memory") || is("heap"),
            keeps_block_size: dialect.is_mariadb() || !(engine.is_none() || is("innodb")),
        }
    }
}

/// The declared index; what it does not say is as it is live, else the server's default.
pub fn merge_index(declared: &DeclaredIndex, live: Option<&Index>, engine: IndexEngine) -> Index {
    let parts = match live {
        Some(live) if same_parts(&live.parts, &declared.parts) => live.parts.clone(),
        _ => declared.parts.clone(),
    };
    let block_size = declared.key_block_size.filter(|_| engine.keeps_block_size);
    Index {
        name: live.map_or_else(|| declared.name.clone(), |live| live.name.clone()),
        kind: match live {
            Some(live) if same_kind(&live.kind, &declared.kind) => live.kind.clone(),
            _ => declared.kind.clone(),
        },
        parts,
        algorithm: algorithm(declared, live, engine),
        comment: declared.comment.clone().or_else(|| live.map(|live| live.comment.clone())).unwrap_or_default(),
        visible: declared.visible.or_else(|| live.map(|live| live.visible)).unwrap_or(true),
        key_block_size: match block_size {
            Some(size) => Some(size).filter(|size| *size > 0),
            None => live.and_then(|live| live.key_block_size),
        },
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

/// An engine may not do what is asked for: what is live then stays.
fn algorithm(declared: &DeclaredIndex, live: Option<&Index>, engine: IndexEngine) -> Option<IndexAlgorithm> {
    match live {
        Some(live) if engine.has_algorithms => declared.algorithm.or(live.algorithm),
        Some(live) => live.algorithm,
        None if engine.has_algorithms => declared.algorithm,
        None => declared.algorithm.filter(|algorithm| *algorithm == IndexAlgorithm::Hash),
    }
}

/// A parser that nobody declared stays.
fn same_kind(live: &IndexKind, declared: &IndexKind) -> bool {
    match (live, declared) {
        (IndexKind::Fulltext { .. }, IndexKind::Fulltext { parser: None }) => true,
        (IndexKind::Fulltext { parser: Some(live) }, IndexKind::Fulltext { parser: Some(declared) }) => {
            live.matches(declared)
        }
        _ => live == declared,
    }
}
