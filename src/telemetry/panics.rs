//! Logs a fault of the operator by its place.

/// Has each panic of the process logged as any other line. Its message may quote what was read of a server or a Secret, so
/// it is left out.
pub fn log_panics() {
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        tracing::error!(place, "a fault in the operator; please report it");
    }));
}
