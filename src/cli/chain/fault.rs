//! Why a folder has no chain to print.

use super::folder::FolderFault;
use super::revision_table::NoRevisionTable;
use crate::chain::{LayoutFault, SourceFault};

/// A chain that can't be read.
#[derive(Debug, thiserror::Error)]
pub enum ChainError {
    #[error(transparent)]
    Layout(#[from] LayoutFault),
    #[error(transparent)]
    Source(#[from] SourceFault),
    #[error(transparent)]
    Folder(#[from] FolderFault),
    #[error("spec.revisionTable can't be written: {0}")]
    RevisionTable(#[from] NoRevisionTable),
}
