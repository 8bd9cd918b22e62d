//! Writes the log, as text for a person or as JSON for a collector.

use tracing_subscriber::EnvFilter;

use super::printable::PrintableWriter;

/// The format of a line of the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum LogFormat {
    Text,
    Json,
}

/// A log filter that can't be read.
#[derive(Debug, thiserror::Error)]
#[error("the log filter {filter:?} can't be read: {error}")]
pub struct InvalidFilter {
    filter: String,
    error: tracing_subscriber::filter::ParseError,
}

/// Sends the log to standard error. `filter` is a level (`info`) or a list of `target=level`.
///
/// # Errors
/// The filter can't be read.
pub fn init(format: LogFormat, filter: &str) -> Result<(), InvalidFilter> {
    let parsed = EnvFilter::try_new(filter).map_err(|error| InvalidFilter { filter: filter.to_owned(), error })?;
    // A line that can't be written is lost: to report that on standard error as well would panic.
    let builder = tracing_subscriber::fmt()
        .with_env_filter(parsed)
        .with_writer(|| PrintableWriter(std::io::stderr()))
        .log_internal_errors(false);
    match format {
        LogFormat::Text => builder.with_target(false).with_ansi(false).init(),
        LogFormat::Json => builder.json().flatten_event(true).init(),
    }
    Ok(())
}
