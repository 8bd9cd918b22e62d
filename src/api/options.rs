//! Declared table options.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::bounds::{TableComment, Word};

/// Table options. What is left out is not touched.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(extend("x-kubernetes-map-type" = "atomic"))]
#[serde(rename_all = "camelCase")]
pub struct TableOptionsSpec {
    /// The storage engine, such as `InnoDB`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<Word>")]
    pub engine: Option<String>,

    /// The character set of new columns. Live columns keep theirs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<Word>")]
    pub charset: Option<String>,

    /// The collation of new columns. Live columns keep theirs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<Word>")]
    pub collation: Option<String>,

    /// The comment. At most 2,048 characters; an empty one declares that there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<TableComment>")]
    pub comment: Option<String>,

    /// The row format, such as `DYNAMIC` or `COMPRESSED`; `DEFAULT` leaves it to the server. Rows that are stored so
    /// anyway are not stored anew.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<Word>")]
    pub row_format: Option<String>,

    /// The size of compressed pages in KiB; 0 declares none. InnoDB takes it with `rowFormat: COMPRESSED` alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0, max = 65_535))]
    pub key_block_size: Option<u32>,

    /// The least number that the next row may get: a lower counter is raised. One that is beyond it stays.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1))]
    pub auto_increment: Option<i64>,

    /// Whether InnoDB keeps its statistics over a restart.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stats_persistent: Option<bool>,

    /// Whether InnoDB counts its statistics again after many changes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stats_auto_recalc: Option<bool>,

    /// How many pages InnoDB samples for its statistics. From 1 to 65,535.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 65_535))]
    pub stats_sample_pages: Option<u32>,

    /// How pages are compressed that are written from now on: `ZLIB`, `LZ4` or `NONE`. MySQL only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<Word>")]
    pub compression: Option<String>,

    /// Whether the table is encrypted on disk, which the server does only with a keyring or a plugin for its keys.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub encryption: Option<bool>,
}
