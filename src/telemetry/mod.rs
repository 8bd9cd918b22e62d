//! Reports on the operator itself: logs, metrics and health.

mod health;
mod http;
mod logs;
mod metrics;

pub use health::Health;
pub use http::serve;
pub use logs::{InvalidFilter, LogFormat, init};
pub use metrics::{Metrics, QueueFigures};
