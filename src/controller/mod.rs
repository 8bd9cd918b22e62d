//! Runs the operator in Kubernetes: watches resources, reads what they refer to, and reports on them.

mod backoff;
mod cancellation;
mod consent;
mod context;
mod deletion;
mod dereference;
mod events;
mod failover;
mod forbidden_addresses;
mod hosts;
mod last_looks;
mod leader;
mod namespace;
mod object_sizes;
mod options;
mod queue;
mod reconciler;
mod record_notes;
mod resource_store;
mod run;
mod scheduler;
mod shared_secrets;
mod status;
mod status_notes;
mod status_writer;
mod stop_signal;
mod watch;
mod written_statuses;

pub use hosts::{AllowedHosts, HostPattern, InvalidHostPattern};
pub use leader::LeaseLost;
pub use options::{LeaseOptions, Options};
pub use run::{RunError, run};
