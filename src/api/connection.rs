//! How the operator connects to the server: the Secret with the login, and how far the certificate is checked.

use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::bounds::{ConnectTimeoutText, DataKey, HostName, ObjectName, UserName};
use super::duration::{InvalidDuration, duration_or};

/// How the operator connects to the server.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Connection {
    /// The Secret in the resource's own namespace that holds the address and the login. It is read again at each
    /// attempt. If the spec names keys, host, port or user, the Secret needs the label
    /// `schema-operator.dev/credentials: "true"`: without it, only a Secret with the keys `host`, `username` and
    /// `password` is used.
    pub secret_ref: SecretRef,

    /// The host name or address, where the Secret has none. It is shown in messages, as a host in a Secret is not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<HostName>")]
    pub host: Option<String>,

    /// The port, where the Secret has none. Default 3306.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 65535))]
    pub port: Option<u16>,

    /// The user name, where the Secret has none. It is shown in messages, as a user in a Secret is not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<UserName>")]
    pub username: Option<String>,

    /// Whether the connection is encrypted. `Disabled`: never. `Preferred`: if the server can. `Required`: always, with
    /// any certificate. `VerifyCA`: always, with a certificate that a trusted authority has signed. `VerifyIdentity`:
    /// the certificate must also name the host.
    #[serde(default)]
    pub tls: TlsMode,

    /// How long connecting may take, with login and settings: from `1s` to `60s`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<ConnectTimeoutText>", extend("default" = Connection::CONNECT_TIMEOUT))]
    pub connect_timeout: Option<String>,
}

impl Connection {
    const CONNECT_TIMEOUT: &str = "10s";

    /// A resource that was stored before there was a bound may say more.
    const LONGEST_CONNECT_TIMEOUT: Duration = Duration::from_mins(1);

    /// Makes a connection by what a Secret with the usual keys holds, with the default protection.
    #[must_use]
    pub fn by_secret(name: String) -> Self {
        let secret_ref = SecretRef { name, keys: SecretKeys::default() };
        Self { secret_ref, host: None, port: None, username: None, tls: TlsMode::default(), connect_timeout: None }
    }

    /// Returns how long connecting may take, or its default.
    pub fn connect_timeout(&self) -> Result<Duration, InvalidDuration> {
        let timeout = duration_or(self.connect_timeout.as_deref(), Self::CONNECT_TIMEOUT)?;
        Ok(timeout.min(Self::LONGEST_CONNECT_TIMEOUT))
    }
}

/// A Secret, and the keys under which it holds each value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SecretRef {
    /// The name of the Secret.
    #[schemars(with = "ObjectName")]
    pub name: String,

    /// The keys of the Secret, where they differ from the defaults.
    #[serde(default, skip_serializing_if = "SecretKeys::is_default")]
    pub keys: SecretKeys,
}

/// The keys of the Secret that hold address, login and certificates.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SecretKeys {
    /// The key that holds the host name or address. Default `host`. The Secret
    /// must have it, or `spec.connection.host` says it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<DataKey>")]
    pub host: Option<String>,

    /// The key that holds the port. Default `port`; if the Secret has no such key, the port is 3306.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<DataKey>")]
    pub port: Option<String>,

    /// The key that holds the user name. Default `username`. The Secret must have it, or
    /// `spec.connection.username` says it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<DataKey>")]
    pub username: Option<String>,

    /// The key that holds the password. Default `password`; the Secret must have it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<DataKey>")]
    pub password: Option<String>,

    /// The key that holds certificates of authorities to trust instead of the public ones, in PEM. Default
    /// `ca.crt`; the Secret may leave it out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<DataKey>")]
    pub ca: Option<String>,

    /// The key that holds the client's certificate, in PEM. Default `tls.crt`; the Secret may leave it out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<DataKey>")]
    pub certificate: Option<String>,

    /// The key that holds the client's private key, in PEM. Default `tls.key`; the Secret may leave it out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<DataKey>")]
    pub private_key: Option<String>,
}

impl SecretKeys {
    /// Says whether each value has its usual key.
    #[must_use]
    pub fn is_default(&self) -> bool {
        *self == Self::default()
    }

    /// Returns the key that holds the host.
    #[must_use]
    pub fn host(&self) -> &str {
        self.host.as_deref().unwrap_or("host")
    }

    /// Returns the key that holds the port.
    #[must_use]
    pub fn port(&self) -> &str {
        self.port.as_deref().unwrap_or("port")
    }

    /// Returns the key that holds the user name.
    #[must_use]
    pub fn username(&self) -> &str {
        self.username.as_deref().unwrap_or("username")
    }

    /// Returns the key that holds the password.
    #[must_use]
    pub fn password(&self) -> &str {
        self.password.as_deref().unwrap_or("password")
    }

    /// Returns the key that holds the trusted authorities.
    #[must_use]
    pub fn ca(&self) -> &str {
        self.ca.as_deref().unwrap_or("ca.crt")
    }

    /// Returns the key that holds the client's certificate.
    #[must_use]
    pub fn certificate(&self) -> &str {
        self.certificate.as_deref().unwrap_or("tls.crt")
    }

    /// Returns the key that holds the client's private key.
    #[must_use]
    pub fn private_key(&self) -> &str {
        self.private_key.as_deref().unwrap_or("tls.key")
    }
}

/// How the operator connects to a replica.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ReplicaConnection {
    /// The Secret in the resource's own namespace that holds the replica's address, and a login there.
    pub secret_ref: SecretRef,

    /// How far the replica's certificate is verified. `VerifyCA`: a trusted authority has signed it. `VerifyIdentity`: it
    /// must also name the host.
    #[serde(default)]
    pub tls: VerifiedTls,
}

impl ReplicaConnection {
    /// Returns the same as a connection of any server.
    #[must_use]
    pub fn connection(&self) -> Connection {
        let Self { secret_ref, tls } = self.clone();
        let tls = match tls {
            VerifiedTls::VerifyCA => TlsMode::VerifyCA,
            VerifiedTls::VerifyIdentity => TlsMode::VerifyIdentity,
        };
        Connection { secret_ref, host: None, port: None, username: None, tls, connect_timeout: None }
    }
}

/// The modes that verify a certificate.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum VerifiedTls {
    /// The certificate is signed by a trusted authority.
    VerifyCA,
    /// As `VerifyCA`, and the certificate must name the host.
    #[default]
    VerifyIdentity,
}

/// Whether the connection is encrypted, in the words of MySQL's own clients.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum TlsMode {
    /// Never encrypted.
    Disabled,
    /// Encrypted if the server can. An attacker in between can prevent it.
    Preferred,
    /// Always encrypted, with any certificate.
    Required,
    /// Always encrypted, and the certificate is signed by a trusted authority.
    VerifyCA,
    /// As `VerifyCA`, and the certificate must name the host.
    #[default]
    VerifyIdentity,
}

impl TlsMode {
    /// Returns what the mode leaves open to others on the network.
    #[must_use]
    pub fn weakness(self) -> Option<&'static str> {
        match self {
            Self::Disabled => Some("the connection is not encrypted (tls: Disabled)"),
            Self::Preferred => Some("the connection is encrypted only if nobody prevents it (tls: Preferred)"),
            Self::Required => Some("any server can pose as this one (tls: Required)"),
            Self::VerifyCA => Some("a server with a certificate for another host can pose as this one (tls: VerifyCA)"),
            Self::VerifyIdentity => None,
        }
    }
}
