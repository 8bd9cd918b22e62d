//! Connections to servers: how one is opened and set, what it answers, and the pool of them.

mod cluster;
mod connection;
mod error;
mod fence;
mod memory;
mod reachability;
mod row;
mod select_list;
mod servers;
mod settings;
mod shown_messages;
mod slots;

pub use connection::{LOCK_NAME, LockAttempt, Session, TakenLock, Traffic};
pub use error::{Error, ErrorKind};
pub use fence::Fence;
pub(in crate::mysql) use row::expect_results;
pub use row::{Counted, Row, Rows, first_row, last_row};
pub use select_list::Position;
pub(crate) use select_list::select_list;
pub use servers::{PooledSession, Servers};
pub use settings::{Purpose, meaning};
#[cfg(feature = "fuzzing")]
pub use shown_messages::public_message;
