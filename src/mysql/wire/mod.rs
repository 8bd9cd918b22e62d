//! The guard between a server and sqlx: it connects and logs in itself, and passes on only what it has read and found in
//! order. Knows neither SQL nor what a session is for. Why it is there: docs/adr/0011-wire-guard.md.

mod answer;
mod authentication;
mod capabilities;
mod column;
mod connect;
mod connect_error;
mod frame;
mod greeting;
mod large_packets;
mod local_server;
mod local_socket;
mod login;
mod login_packets;
mod packets;
mod reader;
mod relay;
mod stream;
mod tls;
mod violation;

pub use connect::open;
pub use connect_error::ConnectError;
pub use login::{Address, AddressRule, ClientCertificate, Login, Secret, Tls, User};
pub use relay::Guarded;

/// What reads the packets of a server, for `fuzz/`.
#[cfg(feature = "fuzzing")]
pub mod fuzzing {
    pub use super::answer::{Answer, Command};
    pub use super::capabilities::Capabilities;
    pub use super::frame::Frame;
    pub use super::greeting::Greeting;
    pub use super::login_packets::Reply;
}
