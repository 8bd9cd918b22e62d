//! Whether a declared object must exist.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Whether an object is to be there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum State {
    /// It is to be there.
    #[default]
    Present,
    /// It is not to be there.
    Absent,
}
