//! Says where a server is, how to log in to it, and where a login may go.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};
use zeroize::Zeroizing;

/// A host and a port, and what texts call them. Two addresses are equal if they lead to the same place.
#[derive(Clone)]
pub struct Address {
    pub host: String,
    pub port: u16,
    name: String,
}

impl Address {
    /// Makes an address that may be shown.
    pub fn new(host: impl Into<String>, port: u16) -> Self {
        let host = host.into();
        let name = if host.contains(':') { format!("[{host}]:{port}") } else { format!("{host}:{port}") };
        Self { host, port, name }
    }

    /// Makes an address that texts call by `name`, since host or port are a Secret's.
    pub fn named(host: impl Into<String>, port: u16, name: impl Into<String>) -> Self {
        Self { host: host.into(), port, name: name.into() }
    }

    /// Returns a text of a library, such as TLS, without the host where it may not be shown.
    pub fn redact(&self, text: String) -> String {
        if self.name.contains(&self.host) { text } else { text.replace(&self.host, "(host not shown)") }
    }
}

/// Shows the name alone, as `{}` does.
impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)
    }
}

impl PartialEq for Address {
    fn eq(&self, other: &Self) -> bool {
        (&self.host, self.port) == (&other.host, other.port)
    }
}

impl Eq for Address {}

impl Hash for Address {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (&self.host, self.port).hash(state);
    }
}

/// A text that is never shown: neither `{}` nor `{:?}` prints it. Clones share it, and it is wiped with the last of them.
#[derive(Clone)]
pub struct Secret(Arc<SecretString>);

impl Secret {
    /// Makes a secret of a text, which is wiped.
    pub fn new(text: impl Into<String>) -> Self {
        // As it is: a boxed text would leave behind what the String has grown from.
        let text = Zeroizing::new(text.into());
        Self(Arc::new(SecretString::from(text.as_str())))
    }

    /// Returns the text itself. The caller has to keep it out of logs and messages.
    pub fn reveal(&self) -> &str {
        self.0.expose_secret()
    }
}

impl PartialEq for Secret {
    fn eq(&self, other: &Self) -> bool {
        self.reveal() == other.reveal()
    }
}

impl Eq for Secret {}

impl Hash for Secret {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.reveal().hash(state);
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(***)")
    }
}

/// The name of an account on a server, and whether texts may hold it. Two users are equal if their names are.
#[derive(Clone)]
pub struct User {
    name: String,
    is_public: bool,
}

impl User {
    /// Makes a user whose name stands in a spec or a URL.
    pub fn public(name: impl Into<String>) -> Self {
        Self { name: name.into(), is_public: true }
    }

    /// Makes a user whose name is a Secret's.
    pub fn of_secret(name: impl Into<String>) -> Self {
        Self { name: name.into(), is_public: false }
    }

    /// Returns the name itself. The caller has to keep it out of logs and messages.
    pub fn reveal(&self) -> &str {
        &self.name
    }

    /// Returns what texts call an account that the server names, which may be this user's.
    pub fn account(&self, user: &str, host: &str) -> String {
        if self.is_public || user != self.name {
            format!("{user}@{host}")
        } else {
            format!("the operator's account at {host}")
        }
    }

    /// Returns what texts call this user's own account, which the server calls `shown`.
    pub fn own_account<'a>(&self, shown: &'a str) -> &'a str {
        if self.is_public { shown } else { "the account" }
    }
}

impl fmt::Debug for User {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.is_public { &self.name } else { "User(***)" })
    }
}

impl PartialEq for User {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl Eq for User {}

impl Hash for User {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.name.hash(state);
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
    pub user: User,
    pub password: Secret,
    pub tls: Tls,
    /// PEM certificate of the authority to trust, beside the public ones.
    pub ca: Option<String>,
    pub client: Option<ClientCertificate>,
    /// The time that connecting may take, logging in included.
    pub connect_timeout: Duration,
}

impl Login {
    /// Says whether a session of one may serve the other: they are equal, and texts call their servers alike.
    pub fn is_same(&self, other: &Self) -> bool {
        self == other && self.address.name == other.address.name && self.user.is_public == other.user.is_public
    }
}

/// Whether a host with these addresses may be connected to; else why not.
type Check = dyn Fn(&Address, &[IpAddr]) -> Result<(), String> + Send + Sync;

/// Decides to which addresses a connection may go, with all that a host name stands for at that moment.
#[derive(Clone)]
pub struct AddressRule(Arc<Check>);

impl AddressRule {
    pub fn new(check: impl Fn(&Address, &[IpAddr]) -> Result<(), String> + Send + Sync + 'static) -> Self {
        Self(Arc::new(check))
    }

    /// Allows all, as a person's own terminal does.
    pub fn all() -> Self {
        Self::new(|_, _| Ok(()))
    }

    /// Says why a host with these addresses may not be connected to.
    ///
    /// # Errors
    /// It may not.
    pub fn check(&self, address: &Address, resolved: &[IpAddr]) -> Result<(), String> {
        (self.0)(address, resolved)
    }
}

impl fmt::Debug for AddressRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AddressRule")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_holds_a_secret_prints_it() {
        let login = Login {
            address: Address::named("hunter-host", 3306, "the host of Secret db"),
            user: User::of_secret("hunter-user"),
            password: Secret::new("hunter-password"),
            tls: Tls::VerifyIdentity,
            ca: None,
            client: Some(ClientCertificate { certificate: "PEM".into(), key: Secret::new("hunter-key") }),
            connect_timeout: Duration::from_secs(1),
        };
        let texts = [
            format!("{login:?} {login:#?}"),
            format!("{:?} {:?}", login.password, login.client),
            format!("{:?} {:?} {}", login.user, login.address, login.address),
        ];
        for text in texts {
            assert!(!text.contains("hunter"), "{text}");
        }
    }

    #[test]
    fn secrets_are_equal_if_their_texts_are() {
        assert_eq!(Secret::new("a"), Secret::new("a"));
        assert_ne!(Secret::new("a"), Secret::new("b"));
    }

    #[test]
    fn a_clone_is_no_second_copy() {
        let secret = Secret::new("a");
        assert!(std::ptr::eq(secret.reveal(), secret.clone().reveal()));
    }
}
