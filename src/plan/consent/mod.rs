//! Whether a step may run: what is allowed and approved, maintenance windows, and tools at work on its table.

mod gate;
mod online_change;
mod window;

pub use gate::{Consent, Decision, gate};
pub use online_change::{OnlineChange, is_kept_by_tool, online_change};
pub use window::{InvalidWindow, Window, format_time};
