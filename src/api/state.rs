//! Whether a declared object must exist.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Whether an object must exist.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum State {
    /// It must exist.
    #[default]
    Present,
    /// It must not exist.
    Absent,
}
