//! Why there is no connection to a server.

use super::authentication::Withheld;
use super::packets::ServerError;
use super::violation::Violation;

/// Why there is no connection.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    #[error("{0}")]
    NotAllowed(String),
    #[error("the host can't be resolved: {0}")]
    Unresolved(std::io::Error),
    #[error("{}", io_text(.0))]
    Io(#[from] std::io::Error),
    #[error("{0}")]
    Tls(String),
    #[error(transparent)]
    Violation(#[from] Violation),
    #[error("{}", .0.message)]
    Refused(ServerError),
    #[error(
        "the server asks for authentication by {0:?}, which is not supported; let the account use \
         caching_sha2_password, mysql_native_password or ed25519"
    )]
    UnknownPlugin(String),
    #[error(transparent)]
    Withheld(#[from] Withheld),
    #[error("the user name or the database has a NUL in it")]
    Nul,
    #[error("no local connection: {0}")]
    Local(sqlx::Error),
}

/// Describes an error with its cause: what rustls says is inside.
fn io_text(error: &std::io::Error) -> String {
    match std::error::Error::source(error) {
        Some(cause) if !error.to_string().contains(&cause.to_string()) => format!("{error}: {cause}"),
        _ => error.to_string(),
    }
}
