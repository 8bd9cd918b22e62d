//! A declared index.

use super::SpecReader;
use super::table::{key_parts, renamed_from};
use crate::api::{IndexKindSpec, IndexSpec, IndexUsingSpec};
use crate::plan::ObjectKind;
use crate::schema::{DeclaredIndex, Identifier, IndexAlgorithm, IndexKind};

/// Reads one index of `table`; `None` where its name or a part can't be read.
pub fn index(spec: &IndexSpec, table: &Identifier, path: &str, reader: &mut SpecReader) -> Option<DeclaredIndex> {
    let path = format!("{path}.indexes[{}]", spec.name);
    let name = reader.name(&format!("{path}.name"), &spec.name)?;
    reader.allow(table, Some((ObjectKind::Index, &name)), spec.allow.as_deref());
    let parts = key_parts(&spec.columns, &format!("{path}.columns"), reader)?;
    let kind = match spec.kind {
        Some(IndexKindSpec::Fulltext) => {
            let parser = spec.parser.as_deref();
            IndexKind::Fulltext { parser: parser.and_then(|text| reader.name(&format!("{path}.parser"), text)) }
        }
        Some(IndexKindSpec::Spatial) => IndexKind::Spatial,
        None if spec.unique.unwrap_or_default() => IndexKind::Unique,
        None => IndexKind::Plain,
    };
    let algorithm = spec.using.map(|using| match using {
        IndexUsingSpec::BTree => IndexAlgorithm::BTree,
        IndexUsingSpec::Hash => IndexAlgorithm::Hash,
    });
    let renamed_from = renamed_from(spec.renamed_from.as_deref(), &name, &path, reader);
    Some(DeclaredIndex {
        name,
        renamed_from,
        parts,
        kind,
        algorithm,
        comment: spec.comment.clone(),
        visible: spec.visible,
        key_block_size: spec.key_block_size,
    })
}
