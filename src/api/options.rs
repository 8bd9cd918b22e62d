//! Declared table options.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::bounds::{TableComment, Word};

/// Table options. An option that is left out is not touched.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(extend("x-kubernetes-map-type" = "atomic"))]
#[serde(rename_all = "camelCase")]
pub struct TableOptionsSpec {
    /// The storage engine, such as `InnoDB`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<Word>")]
    pub engine: Option<String>,

    /// The default character set of new columns. Live columns keep theirs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<Word>")]
    pub charset: Option<String>,

    /// The default collation of new columns. Live columns keep theirs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<Word>")]
    pub collation: Option<String>,

    /// The comment. At most 2,048 characters; an empty one declares that there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<TableComment>")]
    pub comment: Option<String>,

    /// The row format, such as `DYNAMIC` or `COMPRESSED`; `DEFAULT` leaves it to the server. A table whose rows have
    /// this format already is not rebuilt.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<Word>")]
    pub row_format: Option<String>,

    /// The size of compressed pages in KiB; 0 declares that there is none. InnoDB takes it with `rowFormat: COMPRESSED`
    /// only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0, max = 65_535))]
    pub key_block_size: Option<u32>,

    /// The least number that the next row may get. A lower counter is raised, a higher one stays.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1))]
    pub auto_increment: Option<i64>,

    /// Whether InnoDB keeps its statistics across restarts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stats_persistent: Option<bool>,

    /// Whether InnoDB recalculates its statistics after many changes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stats_auto_recalc: Option<bool>,

    /// How many pages InnoDB samples for its statistics. From 1 to 65,535.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 65_535))]
    pub stats_sample_pages: Option<u32>,

    /// How newly written pages are compressed: `ZLIB`, `LZ4` or `NONE`. MySQL only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<Word>")]
    pub compression: Option<String>,

    /// Whether the table is encrypted on disk. The server needs a keyring or a plugin for its keys.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub encryption: Option<bool>,
}
