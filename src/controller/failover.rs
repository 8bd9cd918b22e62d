//! Looks every few seconds whether an address still leads to the same server in the same role. After a failover whoever
//! relies on it is measured at once, and by new connections: those that are open lead to the former primary.

use std::collections::{HashMap, HashSet};
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::hosts::AllowedHosts;
use crate::mysql::{Address, Error, ErrorKind, Login, ServerIdentity, Servers, Session, identify};
use crate::reconcile::Wake;

/// A session is made anew after so many looks: it stays with a server that its address no longer leads to, as long as
/// that lives.
const LOOKS: u32 = 6;

/// A server that answers so small a question no sooner is lost to those who use it.
const ANSWER_TIME: Duration = Duration::from_secs(10);

/// The longest pause while a server can't be reached.
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// Looks at each server that a resource uses, by one session of its own. Cheap to clone.
#[derive(Clone)]
pub struct FailoverCheck {
    servers: Servers,
    hosts: AllowedHosts,
    /// Zero where nobody wants it.
    every: Duration,
    wake: Wake,
    in_use: Arc<Mutex<InUse>>,
}

/// Which servers are in use.
#[derive(Default)]
struct InUse {
    /// How each resource logs in, by its UID.
    logins: HashMap<String, Login>,
    /// Each of these has a task that looks at it.
    watched: HashSet<Address>,
}

impl FailoverCheck {
    /// Looks at servers `every` so often, or never where that is zero; `wake` has a resource measured, by its UID.
    pub fn new(servers: Servers, hosts: AllowedHosts, every: Duration, wake: Wake) -> Self {
        Self { servers, hosts, every, wake, in_use: Arc::default() }
    }

    /// Notes the login by which a resource reaches its server.
    pub fn uses(&self, uid: &str, login: &Login) {
        if self.every.is_zero() {
            return;
        }
        let mut in_use = self.in_use();
        in_use.logins.insert(uid.to_owned(), login.clone());
        if in_use.watched.insert(login.address.clone()) {
            tokio::spawn(self.clone().watch(login.address.clone()));
        }
    }

    /// Forgets a resource that is gone, or has no server for now.
    pub fn forget(&self, uid: &str) {
        self.in_use().logins.remove(uid);
    }

    /// Looks at one server, until nobody uses it any more.
    async fn watch(self, address: Address) {
        let mut role = Role::default();
        let mut link: Option<Link> = None;
        while let Some(logins) = self.logins(&address) {
            let seen = self.look(&address, &logins, &mut link).await;
            if let Some(news) = role.judge(seen) {
                let uids = self.users(&address);
                tracing::info!(%address, resources = uids.len(), "{news}; what uses it is measured");
                self.servers.renew(&address);
                for uid in &uids {
                    (self.wake)(uid);
                }
            }
            tokio::time::sleep(role.pause(self.every)).await;
        }
        if let Some(Link { session, .. }) = link {
            session.close().await;
        }
    }

    async fn look(&self, address: &Address, logins: &[Login], link: &mut Option<Link>) -> Result<ServerCheck, Error> {
        let mut was_lost = false;
        match link.take() {
            None => {}
            Some(before) if before.looks >= LOOKS || !logins.contains(&before.login) => before.session.close().await,
            Some(mut before) => match ask(&mut before.session).await {
                Ok(server) => {
                    *link = Some(Link { looks: before.looks + 1, ..before });
                    return Ok(ServerCheck { server, was_lost });
                }
                Err(error) => {
                    tracing::debug!(%address, %error, "the session that looks for failovers is lost");
                    was_lost = true;
                }
            },
        }
        let (login, mut session) = self.connect(address, logins).await?;
        let server = ask(&mut session).await?;
        *link = Some(Link { login, session, looks: 1 });
        Ok(ServerCheck { server, was_lost })
    }

    /// A session with the first login that the server takes.
    async fn connect(&self, address: &Address, logins: &[Login]) -> Result<(Login, Session), Error> {
        let doing = || format!("looking whether {address} is the primary");
        let mut refused = Error::new(doing(), ErrorKind::Authentication, "nobody uses it");
        for login in logins {
            self.hosts
                .check_host(address, login.connect_timeout)
                .await
                .map_err(|not_ready| Error::new(doing(), ErrorKind::Authentication, not_ready.message))?;
            match self.servers.open_apart(login).await {
                Ok(session) => return Ok((login.clone(), session)),
                Err(error) if says_nothing_of_the_server(&error) => refused = error,
                Err(error) => return Err(error),
            }
        }
        Err(refused)
    }

    /// Those that lead to this server; `None` where nobody uses it any more, and then nobody looks at it.
    fn logins(&self, address: &Address) -> Option<Vec<Login>> {
        let mut in_use = self.in_use();
        let mut logins: Vec<Login> = Vec::new();
        for login in in_use.logins.values().filter(|login| login.address == *address) {
            if !logins.contains(login) {
                logins.push(login.clone());
            }
        }
        if logins.is_empty() {
            in_use.watched.remove(address);
            return None;
        }
        Some(logins)
    }

    fn users(&self, address: &Address) -> Vec<String> {
        let in_use = self.in_use();
        in_use.logins.iter().filter(|(_, login)| login.address == *address).map(|(uid, _)| uid.clone()).collect()
    }

    /// Nothing that holds this lock can panic half way, so a poisoned one is as good as new.
    fn in_use(&self) -> MutexGuard<'_, InUse> {
        self.in_use.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The session that looks.
struct Link {
    login: Login,
    session: Session,
    looks: u32,
}

/// What a look gave.
#[derive(Debug)]
struct ServerCheck {
    server: ServerIdentity,
    /// The connection broke, and another could be made at once.
    was_lost: bool,
}

/// Asks which server it is. A session that does not answer in time is not used again.
async fn ask(session: &mut Session) -> Result<ServerIdentity, Error> {
    tokio::select! {
        answer = identify(session) => answer,
        () = tokio::time::sleep(ANSWER_TIME) => {
            let message = format!("no answer within {} s", ANSWER_TIME.as_secs());
            Err(Error::new("asking a server which one it is", ErrorKind::Timeout, message))
        }
    }
}

/// Another login may well get in.
fn says_nothing_of_the_server(error: &Error) -> bool {
    matches!(error.kind, ErrorKind::Authentication | ErrorKind::Privilege | ErrorKind::Tls | ErrorKind::Refusal(_))
}

/// What is known of the server at an address.
#[derive(Debug, Default)]
struct Role {
    server: Option<ServerIdentity>,
    is_lost: bool,
    /// Looks in a row that failed.
    failures: u32,
}

/// What has happened to a server.
#[derive(Debug, PartialEq, Eq)]
enum RoleChange {
    Another,
    ReadOnly,
    Writable,
    Reconnected,
    Lost,
    Back,
}

impl Role {
    fn judge(&mut self, seen: Result<ServerCheck, Error>) -> Option<RoleChange> {
        let ServerCheck { server, was_lost } = match seen {
            Ok(seen) => seen,
            Err(error) => {
                self.failures = self.failures.saturating_add(1);
                let is_news = !self.is_lost && !says_nothing_of_the_server(&error);
                self.is_lost |= is_news;
                return (is_news && self.server.is_some()).then_some(RoleChange::Lost);
            }
        };
        self.failures = 0;
        let was_lost_for_a_while = std::mem::take(&mut self.is_lost);
        let before = self.server.replace(server.clone());
        match before {
            _ if was_lost_for_a_while => Some(RoleChange::Back),
            None => None,
            Some(before) if before.id != server.id => Some(RoleChange::Another),
            Some(before) if before.read_only != server.read_only => {
                Some(if server.read_only { RoleChange::ReadOnly } else { RoleChange::Writable })
            }
            Some(before) => (was_lost || before != server).then_some(RoleChange::Reconnected),
        }
    }

    /// A server that can't be reached is asked ever more rarely.
    fn pause(&self, every: Duration) -> Duration {
        every.saturating_mul(2_u32.saturating_pow(self.failures)).min(every.max(LONGEST_PAUSE))
    }
}

impl fmt::Display for RoleChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Another => "the address leads to another server",
            Self::ReadOnly => "the server became read-only",
            Self::Writable => "the server takes writes again",
            Self::Reconnected => "the server ended the connection",
            Self::Lost => "the server can't be reached",
            Self::Back => "the server can be reached again",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mysql::{Secret, Tls};
    use crate::schema::Dialect;

    const EVERY: Duration = Duration::from_secs(10);

    fn login(host: &str, username: &str) -> Login {
        Login {
            address: Address { host: host.into(), port: 3306 },
            username: username.into(),
            password: Secret::new("p"),
            tls: Tls::Disabled,
            ca: None,
            client: None,
            connect_timeout: EVERY,
        }
    }

    fn seen(id: &str, read_only: bool, was_lost: bool) -> ServerCheck {
        let dialect = Dialect::parse("9.7.4").unwrap();
        ServerCheck { server: ServerIdentity { dialect, id: Some(id.to_owned()), read_only }, was_lost }
    }

    fn failed(kind: ErrorKind) -> Result<ServerCheck, Error> {
        Err(Error::new("looking", kind, "no"))
    }

    #[test]
    fn what_happens_to_a_server_is_told_once() {
        let mut role = Role::default();
        for (look, news) in [
            (Ok(seen("a", false, false)), None),
            (Ok(seen("a", false, false)), None),
            (Ok(seen("b", false, false)), Some(RoleChange::Another)),
            (Ok(seen("b", true, false)), Some(RoleChange::ReadOnly)),
            (Ok(seen("b", true, false)), None),
            (Ok(seen("b", false, false)), Some(RoleChange::Writable)),
            (failed(ErrorKind::Authentication), None),
            (Ok(seen("b", false, true)), Some(RoleChange::Reconnected)),
            (failed(ErrorKind::Refused), Some(RoleChange::Lost)),
            (failed(ErrorKind::Timeout), None),
            (Ok(seen("b", false, false)), Some(RoleChange::Back)),
            (Ok(seen("b", false, false)), None),
        ] {
            let what = format!("{look:?}");
            assert_eq!(role.judge(look), news, "{what}");
        }
    }

    #[test]
    fn a_server_that_was_never_seen_is_told_when_it_is() {
        let mut role = Role::default();
        assert_eq!(role.judge(failed(ErrorKind::Refused)), None, "who uses it knows");
        assert_eq!(role.judge(Ok(seen("a", false, false))), Some(RoleChange::Back));
    }

    #[test]
    fn a_server_that_is_down_is_not_hammered() {
        let mut role = Role::default();
        let mut pauses = vec![role.pause(EVERY).as_secs()];
        for _ in 0..40 {
            role.judge(failed(ErrorKind::Refused));
            pauses.push(role.pause(EVERY).as_secs());
        }
        assert_eq!(pauses[..4], [10, 20, 30, 30]);
        assert_eq!(pauses[40], 30);
        assert_eq!(role.pause(Duration::from_mins(5)).as_secs(), 300, "never sooner than was asked for");
        role.judge(Ok(seen("a", false, false))).unwrap();
        assert_eq!(role.pause(EVERY), EVERY);
    }

    #[tokio::test]
    async fn nobody_looks_at_what_nobody_uses() {
        let check = FailoverCheck::new(Servers::new(1), AllowedHosts::default(), EVERY, Arc::new(|_| ()));
        let (one, other) = (login("one.invalid", "a"), login("other.invalid", "a"));
        check.uses("1", &one);
        check.uses("2", &one);
        check.uses("3", &login("one.invalid", "b"));
        assert_eq!(check.logins(&one.address).unwrap().len(), 2, "each login once");
        check.uses("2", &other);
        check.forget("1");
        check.forget("1");
        assert_eq!(check.users(&one.address), ["3"]);
        assert_eq!(check.users(&other.address), ["2"]);
        check.forget("3");
        assert!(check.logins(&one.address).is_none());
        assert!(!check.in_use().watched.contains(&one.address));
        let never = FailoverCheck::new(Servers::new(1), AllowedHosts::default(), Duration::ZERO, Arc::new(|_| ()));
        never.uses("1", &one);
        assert!(never.logins(&one.address).is_none());
    }
}
