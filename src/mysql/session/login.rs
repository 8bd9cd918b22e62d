//! Where a server is and how to log in to it.

use std::fmt;
use std::time::Duration;

/// A host and a port.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Address {
    pub host: String,
    pub port: u16,
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.host.contains(':') {
            write!(f, "[{}]:{}", self.host, self.port)
        } else {
            write!(f, "{}:{}", self.host, self.port)
        }
    }
}

/// A text that is never shown: neither `{}` nor `{:?}` prints it.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Secret(String);

impl Secret {
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text itself. What asks for it has to keep it out of logs and messages.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(***)")
    }
}

/// How much the connection is protected, in the words of MySQL's `--ssl-mode`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Tls {
    Disabled,
    /// Encrypted where the server can. Verifies nothing.
    Preferred,
    /// Encrypted, or no connection. Verifies nothing.
    Required,
    /// Also verifies that a trusted authority signed the server's certificate.
    VerifyCa,
    /// Also verifies that the certificate is for this host.
    VerifyIdentity,
}

/// All that a connection needs. Two equal logins share connections.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Login {
    pub address: Address,
    pub username: String,
    pub password: Secret,
    pub tls: Tls,
    /// PEM certificate of the authority to trust, beside the public ones.
    pub ca: Option<String>,
    /// PEM client certificate and private key.
    pub client: Option<(String, Secret)>,
    /// The time that connecting may take, logging in included.
    pub connect_timeout: Duration,
}
