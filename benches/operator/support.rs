//! Uses what the end-to-end tests have already: the servers, and the chart's permissions.

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

#[path = "../../tests/it/support/chart.rs"]
#[allow(dead_code, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]
mod chart;
#[path = "../../tests/it/support/server.rs"]
#[allow(dead_code, clippy::expect_used)]
mod server;
#[path = "../../tests/it/support/silent_server.rs"]
#[allow(dead_code, clippy::unwrap_used)]
mod silent_server;

pub use server::Server;
pub use silent_server::SilentServer;

static MADE: AtomicBool = AtomicBool::new(false);

/// Returns the kubeconfig with the token of the chart's ServiceAccount. The first call installs the chart.
pub fn operator_kubeconfig() -> &'static Path {
    MADE.store(true, Ordering::Relaxed);
    chart::operator_kubeconfig()
}

/// Returns the same kubeconfig, where it was made before.
pub fn kubeconfig_if_made() -> Option<&'static Path> {
    MADE.load(Ordering::Relaxed).then(operator_kubeconfig)
}

/// Reads a variable of the testbed's environment.
#[allow(clippy::panic)]
pub fn variable(name: &str) -> String {
    std::env::var(name)
        .unwrap_or_else(|_| panic!("{name} is not set; run `make bench`, or `make testbed` and source .testbed/env"))
}
