//! Reads the URL of a database: `mysql://user:password@host:port/database`.
//!
//! Strictly, and without a library: a lenient reader makes another host of a password that holds a `/` or `#`, and its
//! messages repeat what they can't read.

use percent_encoding::percent_decode_str;

use crate::mysql::{Address, Secret, User};
use crate::schema::{Identifier, InvalidIdentifier};

/// MySQL's port, where the URL names none.
const DEFAULT_PORT: u16 = 3306;

/// The parts of a URL.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DatabaseUrl {
    pub address: Address,
    pub user: User,
    pub password: Secret,
    pub database: Identifier,
}

/// A URL that can't be used. No message holds any of its text before the host.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidUrl {
    #[error("the URL does not begin with mysql://; it has the form mysql://user:password@host:port/database")]
    Scheme,
    #[error("the URL names no user; it has the form mysql://user:password@host:port/database")]
    NoUser,
    #[error(
        "user or password in the URL contains a reserved character; percent-encode it: / as %2F, # as %23, \
         ? as %3F, @ as %40, a blank as %20"
    )]
    NotEncoded,
    #[error("the {0} in the URL is not percent-encoded text: a % is written %25")]
    Percent(&'static str),
    #[error("the URL's host {0:?} is not a host name or address")]
    Host(String),
    #[error(
        "the URL's port is not a number from 1 to 65535; if it is part of the password, percent-encode the password"
    )]
    Port,
    #[error("the URL names no database; add /database at its end")]
    NoDatabase,
    #[error("the URL's database: {0}")]
    Database(#[from] InvalidIdentifier),
    #[error("the URL's parameter {0:?} is not known; use --tls and --ca instead of parameters")]
    Parameter(String),
    #[error("the URL has a part that begins with #; in a name, percent-encode it as %23")]
    Fragment,
}

impl DatabaseUrl {
    /// Reads a URL.
    ///
    /// # Errors
    /// What in it can't be read, is missing, or would be ignored.
    pub fn parse(url: &str) -> Result<Self, InvalidUrl> {
        let url = url.trim();
        let rest = url.strip_prefix("mysql://").or_else(|| url.strip_prefix("mariadb://")).ok_or(InvalidUrl::Scheme)?;
        let (credentials, location) = match rest.matches('@').count() {
            0 => return Err(InvalidUrl::NoUser),
            1 => rest.split_once('@').ok_or(InvalidUrl::NoUser)?,
            _ => return Err(InvalidUrl::NotEncoded),
        };
        if credentials.contains(|c: char| c.is_whitespace() || c.is_control() || "/?#[]".contains(c)) {
            return Err(InvalidUrl::NotEncoded);
        }
        let (username, password) = credentials.split_once(':').unwrap_or((credentials, ""));
        if username.is_empty() {
            return Err(InvalidUrl::NoUser);
        }
        Ok(Self {
            user: User::public(decode(username, "user")?),
            password: Secret::new(decode(password, "password")?),
            address: address(location)?,
            database: database(location)?,
        })
    }
}

fn address(location: &str) -> Result<Address, InvalidUrl> {
    let authority = location.split(['/', '?', '#']).next().unwrap_or_default();
    let (host, port) = match authority.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((host, port)) => (host, port.strip_prefix(':').or_else(|| port.is_empty().then_some(""))),
        None => match authority.split_once(':') {
            Some((host, port)) => (host, Some(port)),
            None => (authority, Some("")),
        },
    };
    let is_host = |c: char| c.is_alphanumeric() || ".-_:%".contains(c);
    if host.is_empty() || host.len() > 253 || !host.chars().all(is_host) {
        return Err(InvalidUrl::Host(host.to_owned()));
    }
    let port = match port {
        Some("") => DEFAULT_PORT,
        Some(text) => text.parse().ok().filter(|port| *port > 0).ok_or(InvalidUrl::Port)?,
        None => return Err(InvalidUrl::Port),
    };
    Ok(Address::new(host, port))
}

/// Reads the database, and makes sure that nothing else follows the host.
fn database(location: &str) -> Result<Identifier, InvalidUrl> {
    if location.contains('#') {
        return Err(InvalidUrl::Fragment);
    }
    let (path, query) = location.split_once('?').unwrap_or((location, ""));
    if let Some(parameter) = query.split(['&', '=']).next().filter(|parameter| !parameter.is_empty()) {
        return Err(InvalidUrl::Parameter(parameter.to_owned()));
    }
    let name = path.split_once('/').map(|(_, name)| name).filter(|name| !name.is_empty());
    Ok(Identifier::new(decode(name.ok_or(InvalidUrl::NoDatabase)?, "database")?)?)
}

fn decode(text: &str, part: &'static str) -> Result<String, InvalidUrl> {
    let encoded = |after: &str| after.len() >= 2 && after.bytes().take(2).all(|byte| byte.is_ascii_hexdigit());
    if !text.split('%').skip(1).all(encoded) {
        return Err(InvalidUrl::Percent(part));
    }
    percent_decode_str(text).decode_utf8().map(Into::into).map_err(|_| InvalidUrl::Percent(part))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn reads_all_parts() {
        let url = DatabaseUrl::parse("mysql://a%40b:p%2Fw%23%25:x@db.example.com:3307/my%20app").unwrap();
        assert_eq!(url.user.reveal(), "a@b");
        assert_eq!(url.password.reveal(), "p/w#%:x");
        assert_eq!(url.address, Address::new("db.example.com", 3307));
        assert_eq!(url.database.as_str(), "my app");
        let url = DatabaseUrl::parse("mariadb://root@[::1]/d").unwrap();
        assert_eq!(url.address, Address::new("::1", 3306));
        assert_eq!(url.password.reveal(), "");
    }

    #[test]
    fn says_what_is_wrong_without_the_password() {
        for (url, expected) in [
            ("postgres://a:hunter2@h/d", InvalidUrl::Scheme),
            ("mysql://h/d", InvalidUrl::NoUser),
            ("mysql://:hunter2@h/d", InvalidUrl::NoUser),
            ("mysql://a:hun/ter2@h/d", InvalidUrl::NotEncoded),
            ("mysql://a:1/hunter2@h/d", InvalidUrl::NotEncoded),
            ("mysql://a:hun#ter2@h/d", InvalidUrl::NotEncoded),
            ("mysql://a:hun?ter2@h/d", InvalidUrl::NotEncoded),
            ("mysql://a:hunter2@2@h/d", InvalidUrl::NotEncoded),
            ("mysql://a:hunter2%@h/d", InvalidUrl::Percent("password")),
            ("mysql://a:hunter2%ff@h/d", InvalidUrl::Percent("password")),
            ("mysql://a:hunter2@/d", InvalidUrl::Host(String::new())),
            ("mysql://a:hunter2@h:0/d", InvalidUrl::Port),
            ("mysql://a:hunter2@h:x/d", InvalidUrl::Port),
            ("mysql://a:hunter2@h", InvalidUrl::NoDatabase),
            ("mysql://a:hunter2@h/", InvalidUrl::NoDatabase),
            ("mysql://a:hunter2@h/d?ssl-mode=REQUIRED", InvalidUrl::Parameter("ssl-mode".into())),
            ("mysql://a:hunter2@h/d#x", InvalidUrl::Fragment),
        ] {
            let error = DatabaseUrl::parse(url).unwrap_err();
            assert_eq!(error, expected, "{url}");
            assert!(!error.to_string().contains("hunter2"), "{error}");
        }
        assert!(DatabaseUrl::parse("mysql://a:b@h/d%00").is_err());
    }

    proptest! {
        #[test]
        fn never_panics(text in ".{0,40}", noise in "mysql://[a:@/#?%0-9\\[\\]é]{0,20}") {
            let _ = DatabaseUrl::parse(&text);
            let _ = DatabaseUrl::parse(&noise);
        }
    }
}
