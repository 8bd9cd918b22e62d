//! Reads a declared index.

use super::spec_reader::SpecReader;
use crate::api::{IndexKindSpec, IndexSpec, IndexUsingSpec};
use crate::schema::{DeclaredIndex, Identifier, IndexAlgorithm, IndexKind};

/// Reads the attributes of the index that is called `name` and declared at `path`; `None` where a key part can't be
/// read.
pub fn index(spec: &IndexSpec, name: &Identifier, path: &str, reader: &mut SpecReader) -> Option<DeclaredIndex> {
    let IndexSpec {
        name: _,
        state: _,
        renamed_from,
        allow: _,
        columns,
        unique,
        kind,
        using,
        parser,
        comment,
        visible,
        key_block_size,
    } = spec;
    // As the rules of the CRD: a file that a cluster never saw has to keep them too.
    if unique.unwrap_or_default() && kind.is_some() {
        reader.invalid(path, "at most one of unique and kind may be set");
    }
    if parser.is_some() && !matches!(kind, Some(IndexKindSpec::Fulltext)) {
        reader.invalid(path, "parser needs kind Fulltext");
    }
    if name.as_str().eq_ignore_ascii_case("primary") {
        reader.invalid(path, "PRIMARY is the primary key's name: declare it in primaryKey");
    }
    let parts = reader.key_parts(&format!("{path}.columns"), columns)?;
    let kind = match kind {
        Some(IndexKindSpec::Fulltext) => {
            let parser = parser.as_deref();
            IndexKind::Fulltext { parser: parser.and_then(|text| reader.name(&format!("{path}.parser"), text)) }
        }
        Some(IndexKindSpec::Spatial) => IndexKind::Spatial,
        None if unique.unwrap_or_default() => IndexKind::Unique,
        None => IndexKind::Plain,
    };
    let algorithm = using.map(|using| match using {
        IndexUsingSpec::BTree => IndexAlgorithm::BTree,
        IndexUsingSpec::Hash => IndexAlgorithm::Hash,
    });
    Some(DeclaredIndex {
        name: name.clone(),
        renamed_from: reader.renamed_from(path, name, renamed_from.as_deref()),
        parts,
        kind,
        algorithm,
        comment: comment.clone(),
        visible: *visible,
        key_block_size: *key_block_size,
    })
}
