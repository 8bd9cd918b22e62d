//! All that speaks to a server.

mod cluster;
mod dependents;
mod detail;
mod error;
mod group;
mod holders;
mod introspect;
mod login;
mod partitions;
mod primary;
mod process_list;
mod queries;
mod replicas;
mod row;
mod scratch;
mod servers;
mod session;

pub use dependents::read_dependents;
pub use detail::{observe_table, observe_table_with, read_in_full};
pub use error::{Error, ErrorKind};
pub use holders::{Holder, Holders, find_holders};
pub use introspect::{Observation, ServerIdentity, identify, observe, observe_with};
pub use login::{Address, Login, Secret, Tls};
pub use primary::why_not_primary;
pub use process_list::{Activity, KillAttempt, Process, count_stages, end_statement, find_process};
pub use queries::Scope;
pub use replicas::{Lag, Replica, read_lag, read_replicas};
pub use row::{Row, Rows};
pub use scratch::{SCRATCH_PREFIX, Scratch};
pub use servers::{PooledSession, Servers};
pub use session::{LockAttempt, MEANING, Purpose, Session, Traffic};
