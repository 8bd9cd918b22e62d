//! Reports on the operator itself: logs, metrics and health. All that is written passes through one printable writer.

mod health;
mod http;
mod http_connections;
mod logs;
mod metrics;
mod panics;
mod printable;

pub use health::Health;
pub use http::{Sources, serve};
pub use http_connections::HttpLimits;
pub use logs::{InvalidFilter, LogFormat, init};
pub use metrics::{Metrics, QueueFigures};
pub use panics::log_panics;
pub use printable::{PrintableWriter, is_obeyed, printable, report};
