//! Kubernetes: watches resources, reads what they refer to, and reports on them.

mod backoff;
mod consent;
mod context;
mod dereference;
mod events;
mod failover;
mod hosts;
mod leader;
mod live_resources;
mod progress;
mod reconciler;
mod release;
mod run;
mod status;
mod writer;
mod written_statuses;

pub use hosts::{AllowedHosts, HostPattern, InvalidHostPattern};
pub use leader::Lost;
pub use run::{LeaseOptions, Options, RunError, run};
