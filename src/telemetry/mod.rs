//! Reports on the operator itself: logs, metrics and health.

mod health;
mod http;
mod logs;
mod metrics;
mod panics;

pub use health::Health;
pub use http::serve;
pub use logs::{InvalidFilter, LogFormat, init};
pub use metrics::{Metrics, QueueFigures};
pub use panics::log_panics;
