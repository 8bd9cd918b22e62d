//! Connections to servers: how one is opened and set, what it answers, and the pool of them.

mod cluster;
mod connection;
mod error;
mod login;
mod row;
mod servers;

pub use connection::{LockAttempt, MEANING, Purpose, Session, Traffic};
pub use error::{Error, ErrorKind};
pub use login::{Address, Login, Secret, Tls};
pub use row::{Row, Rows};
pub use servers::{PooledSession, Servers};
