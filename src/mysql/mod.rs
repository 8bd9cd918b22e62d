//! Speaks to servers: opens sessions, reads schemas, and watches statements. Knows neither plans nor resources.

mod chosen_statement;
mod introspect;
mod lock_holders;
mod process_list;
mod replication;
mod scratch;
mod session;
mod wire;

pub use chosen_statement::{NOTHING, run_chosen};
pub use introspect::{
    Grants, Observation, SHOW_GRANTS, Scope, ServerIdentity, bulk_queries, identify, observe, observe_table,
    observe_table_with, observe_with, read_dependents, read_in_full,
};
pub use lock_holders::{Holder, Holders, find_holders};
pub use process_list::{Activity, KillAttempt, Process, count_stages, end_statement, find_process};
pub use replication::{Lag, read_lag, why_not_primary};
pub use scratch::{SCRATCH_PREFIX, Scratch, scratch_pattern};
pub(crate) use session::select_list;
pub use session::{
    Counted, Error, ErrorKind, Fence, LOCK_NAME, LockAttempt, PooledSession, Position, Purpose, Row, Rows, Servers,
    Session, TakenLock, Traffic, first_row, last_row, meaning,
};
pub use wire::{Address, AddressRule, ClientCertificate, ConnectError, Guarded, Login, Secret, Tls, User};

/// Connects without a session around it, as the benchmark does to tell what the guard costs.
pub use wire::open as open_guarded;

/// What reads the bytes of a server, for `fuzz/`.
#[cfg(feature = "fuzzing")]
pub mod fuzzing {
    pub use super::session::public_message;
    pub use super::wire::fuzzing::*;
}
