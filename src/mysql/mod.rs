//! All that speaks to a server.

mod dependents;
mod detail;
mod error;
mod introspect;
mod login;
mod partitions;
mod queries;
mod replicas;
mod scratch;
mod servers;
mod session;

pub use dependents::read_dependents;
pub use detail::{observe_table, read_in_full};
pub use error::{Error, ErrorKind};
pub use introspect::{Observation, ServerIdentity, observe, observe_with};
pub use login::{Address, Login, Secret, Tls};
pub use queries::Scope;
pub use replicas::{Lag, Replica, read_lag, read_replicas};
pub use scratch::{SCRATCH_PREFIX, Scratch};
pub use servers::{Lease, Servers};
pub use session::{MEANING, Purpose, Row, Rows, Session, Traffic};
