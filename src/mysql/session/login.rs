//! Says where a server is and how to log in to it.

use std::fmt;
use std::time::Duration;

use sqlx::ConnectOptions;
use sqlx::mysql::{MySqlConnectOptions, MySqlSslMode};

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

    /// Returns the text itself. The caller has to keep it out of logs and messages.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(***)")
    }
}

/// The protection of a connection, in the words of MySQL's `--ssl-mode`.
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

/// The certificate by which the server knows the client.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ClientCertificate {
    /// PEM.
    pub certificate: String,
    /// The private key, as PEM.
    pub key: Secret,
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
    pub client: Option<ClientCertificate>,
    /// The time that connecting may take, logging in included.
    pub connect_timeout: Duration,
}

/// Makes of a login what sqlx connects with.
pub(super) fn connect_options(login: &Login) -> MySqlConnectOptions {
    let mut options = MySqlConnectOptions::new()
        .host(&login.address.host)
        .port(login.address.port)
        .username(&login.username)
        .password(login.password.reveal())
        .ssl_mode(match login.tls {
            Tls::Disabled => MySqlSslMode::Disabled,
            Tls::Preferred => MySqlSslMode::Preferred,
            Tls::Required => MySqlSslMode::Required,
            Tls::VerifyCa => MySqlSslMode::VerifyCa,
            Tls::VerifyIdentity => MySqlSslMode::VerifyIdentity,
        })
        // We set the session ourselves, whole; sqlx would add PIPES_AS_CONCAT and others to sql_mode.
        .pipes_as_concat(false)
        .no_engine_substitution(false)
        .timezone(None)
        .set_names(false)
        // Statements can hold a person's literals; what we log of them is our decision.
        .disable_statement_logging();
    if let Some(ca) = &login.ca {
        options = options.ssl_ca_from_pem(ca.clone().into_bytes());
    }
    if let Some(ClientCertificate { certificate, key }) = &login.client {
        options = options.ssl_client_cert_from_pem(certificate).ssl_client_key_from_pem(key.reveal());
    }
    options
}
