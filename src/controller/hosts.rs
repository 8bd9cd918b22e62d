//! Decides which hosts the operator connects to: an author of a `DatabaseSchema` chooses the host, and must not reach with
//! it what only the operator can reach.

use std::net::IpAddr;
use std::str::FromStr;

use super::forbidden_addresses::{is_forbidden, spellings};
use crate::api::Reason;
use crate::mysql::{Address, AddressRule};
use crate::reconcile::NotReady;

/// A host name, a suffix (`*.db.example.com`) or a network (`10.0.0.0/8`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HostPattern {
    Name(String),
    Suffix(String),
    Network { address: IpAddr, prefix: u8 },
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a host name, a *.suffix or a network such as 10.0.0.0/8")]
pub struct InvalidHostPattern(String);

impl FromStr for HostPattern {
    type Err = InvalidHostPattern;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let invalid = || InvalidHostPattern(text.to_owned());
        let text = text.trim().to_ascii_lowercase();
        if let Some(suffix) = text.strip_prefix('*') {
            return if suffix.len() > 1 && suffix.starts_with('.') {
                Ok(Self::Suffix(suffix.to_owned()))
            } else {
                Err(invalid())
            };
        }
        if let Some((address, prefix)) = text.split_once('/') {
            let address: IpAddr = address.parse().map_err(|_| invalid())?;
            let prefix: u8 = prefix.parse().map_err(|_| invalid())?;
            let longest = if address.is_ipv4() { 32 } else { 128 };
            return if prefix <= longest { Ok(Self::Network { address, prefix }) } else { Err(invalid()) };
        }
        if let Ok(address) = text.parse::<IpAddr>() {
            return Ok(Self::Network { address, prefix: if address.is_ipv4() { 32 } else { 128 } });
        }
        if text.is_empty() || text.contains([' ', ',', '*']) { Err(invalid()) } else { Ok(Self::Name(text)) }
    }
}

impl HostPattern {
    fn is_network(&self) -> bool {
        matches!(self, Self::Network { .. })
    }

    fn matches(&self, host: &str, addresses: &[IpAddr]) -> bool {
        match self {
            Self::Name(name) => host.eq_ignore_ascii_case(name),
            Self::Suffix(suffix) => host.to_ascii_lowercase().ends_with(suffix),
            Self::Network { address, prefix } => {
                !addresses.is_empty() && addresses.iter().all(|host| in_network(*host, *address, *prefix))
            }
        }
    }
}

/// Returns whether an address belongs to a network.
fn in_network(host: IpAddr, network: IpAddr, prefix: u8) -> bool {
    match (host, network) {
        (IpAddr::V4(host), IpAddr::V4(network)) => {
            let mask = u32::MAX.checked_shl(32 - u32::from(prefix)).unwrap_or_default();
            host.to_bits() & mask == network.to_bits() & mask
        }
        (IpAddr::V6(host), IpAddr::V6(network)) => {
            let mask = u128::MAX.checked_shl(128 - u32::from(prefix)).unwrap_or_default();
            host.to_bits() & mask == network.to_bits() & mask
        }
        _ => false,
    }
}

/// The hosts that the operator may connect to.
#[derive(Debug, Clone, Default)]
pub struct AllowedHosts {
    /// Empty for all hosts but those that are always refused.
    patterns: Vec<HostPattern>,
    no_databases: NoDatabases,
}

/// What listens, and is no database.
#[derive(Debug, Clone, Default)]
pub struct NoDatabases {
    /// The Kubernetes API, by each name and address that the operator knows it by.
    pub api_servers: Vec<Address>,
    /// The port of the operator's own HTTP server, and the address of its pod.
    pub own_port: u16,
    pub own_address: Option<IpAddr>,
}

impl NoDatabases {
    fn has_api_server(&self, address: &Address, resolved: &[IpAddr]) -> bool {
        let leads_to = |api: &Address| {
            let ip = api.host.parse::<IpAddr>().ok();
            api.host.eq_ignore_ascii_case(&address.host)
                || ip.is_some_and(|ip| resolved.iter().any(|resolved| spellings(*resolved).contains(&ip)))
        };
        self.api_servers.iter().any(|api| api.port == address.port && leads_to(api))
    }

    fn is_operator(&self, address: &Address, resolved: &[IpAddr]) -> bool {
        let is_own = |ip: IpAddr| ip.is_loopback() || self.own_address == Some(ip);
        address.port == self.own_port && resolved.iter().any(|ip| spellings(*ip).into_iter().any(is_own))
    }
}

/// Why the operator does not connect to an address.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
enum Refused {
    #[error("{0} is the Kubernetes API server")]
    ApiServer(Address),
    #[error("{0} is the operator itself")]
    Operator(Address),
    #[error("{0} is a link-local address or another of cloud metadata services")]
    Metadata(Address),
    #[error("{0} is not among the operator's --allowed-hosts")]
    NotListed(Address),
}

impl AllowedHosts {
    /// Allows what matches one of these patterns, or any host where there are none. Never what is no database.
    pub fn new(patterns: Vec<HostPattern>, no_databases: NoDatabases) -> Self {
        Self { patterns, no_databases }
    }

    /// Returns the rule that each connection is held to, with what its host resolves to at that moment.
    pub fn rule(&self) -> AddressRule {
        let hosts = self.clone();
        AddressRule::new(move |address, resolved| hosts.check(address, resolved).map_err(|refused| refused.to_string()))
    }

    /// Refuses what can be refused without asking what the host resolves to. [`rule`](Self::rule) checks the rest.
    ///
    /// # Errors
    /// The operator may not connect there.
    pub fn check_name(&self, address: &Address) -> Result<(), NotReady> {
        let literal: Vec<IpAddr> = address.host.parse().into_iter().collect();
        let depends = literal.is_empty() && self.patterns.iter().any(HostPattern::is_network);
        match self.check(address, &literal) {
            Err(Refused::NotListed(_)) if depends => Ok(()),
            outcome => outcome.map_err(|refused| NotReady::new(Reason::HostNotAllowed, refused.to_string())),
        }
    }

    /// Checks an address with what its host resolves to.
    ///
    /// # Errors
    /// The operator does not connect there.
    fn check(&self, address: &Address, resolved: &[IpAddr]) -> Result<(), Refused> {
        if self.no_databases.has_api_server(address, resolved) {
            return Err(Refused::ApiServer(address.clone()));
        }
        if self.no_databases.is_operator(address, resolved) {
            return Err(Refused::Operator(address.clone()));
        }
        if resolved.iter().any(|address| is_forbidden(*address)) {
            return Err(Refused::Metadata(address.clone()));
        }
        if self.patterns.is_empty() || self.patterns.iter().any(|pattern| pattern.matches(&address.host, resolved)) {
            return Ok(());
        }
        Err(Refused::NotListed(address.clone()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hosts(patterns: &[&str]) -> AllowedHosts {
        let patterns = patterns.iter().map(|pattern| pattern.parse().unwrap()).collect();
        let api_servers = vec![Address::new("10.96.0.1", 443)];
        AllowedHosts::new(patterns, NoDatabases { api_servers, own_port: 8080, own_address: None })
    }

    fn address(host: &str) -> Address {
        Address::new(host, if host.starts_with("kubernetes") || host == "10.96.0.1" { 443 } else { 3306 })
    }

    fn check(patterns: &[&str], host: &str, resolved: &str) -> Result<(), Refused> {
        hosts(patterns).check(&address(host), &[resolved.parse().unwrap()])
    }

    #[test]
    fn a_name_is_refused_before_it_is_resolved_where_no_address_could_help() {
        for (patterns, host, is_refused) in [
            (&["*.example.com"][..], "db.example.com", false),
            (&["*.example.com"], "db.example.org", true),
            (&["*.example.com", "10.0.0.0/8"], "db.example.org", false),
            (&["10.0.0.0/8"], "11.0.0.1", true),
            (&["10.0.0.0/8"], "10.0.0.1", false),
            (&[], "db.example.org", false),
            (&[], "169.254.169.254", true),
            (&[], "::ffff:a9fe:a9fe", true),
            (&[], "10.96.0.1", true),
        ] {
            assert_eq!(hosts(patterns).check_name(&address(host)).is_err(), is_refused, "{patterns:?} {host}");
        }
    }

    #[test]
    fn without_patterns_databases_are_allowed_and_the_rest_is_not() {
        assert!(check(&[], "db.example.com", "10.1.2.3").is_ok());
        assert!(check(&[], "metadata", "169.254.169.254").is_err());
        assert!(check(&[], "metadata6", "::ffff:169.254.169.254").is_err());
        assert!(check(&[], "v6", "fe80::1").is_err());
        assert!(check(&[], "kubernetes.default.svc", "10.96.0.1").is_err());
        assert!(check(&[], "kubernetes.example.com", "64:ff9b::a60:1").is_err());
    }

    #[test]
    fn the_operator_is_no_database() {
        let own_address = Some("10.1.2.3".parse().unwrap());
        let hosts =
            AllowedHosts::new(Vec::new(), NoDatabases { own_port: 8080, own_address, ..NoDatabases::default() });
        let check = |port, resolved: &str| {
            let address = Address::new("me", port);
            hosts.check(&address, &[resolved.parse().unwrap()]).is_ok()
        };
        assert!(!check(8080, "127.0.0.1") && !check(8080, "::1") && !check(8080, "10.1.2.3"));
        assert!(check(3306, "127.0.0.1") && check(8080, "10.1.2.4"));
    }

    #[test]
    fn patterns_bound_names_and_networks() {
        assert!(check(&["*.example.com"], "db.example.com", "10.1.2.3").is_ok());
        assert!(check(&["*.example.com"], "example.com.evil.org", "10.1.2.3").is_err());
        assert!(check(&["db"], "DB", "10.1.2.3").is_ok());
        assert!(check(&["10.0.0.0/8"], "anything", "10.255.0.1").is_ok());
        assert!(check(&["10.0.0.0/8"], "anything", "11.0.0.1").is_err());
        assert!(check(&["0.0.0.0/0"], "anything", "11.0.0.1").is_ok());
        assert!(check(&["fd00::/8"], "anything", "fd12::1").is_ok());
        assert!(check(&["*.example.com"], "db.example.com", "169.254.1.1").is_err());
    }

    #[test]
    fn bad_patterns_are_refused() {
        for text in ["", "*", "*.", "10.0.0.0/33", "x/8", "a b"] {
            assert!(text.parse::<HostPattern>().is_err(), "{text}");
        }
    }
}
