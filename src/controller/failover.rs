//! Checks every few seconds whether an address still leads to the same server in the same role.
//!
//! After a failover, each resource that uses the server is measured at once, over new connections: those that are open
//! lead to the former primary.

use std::collections::{HashMap, HashSet};
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;

use crate::mysql::{Address, Error, ErrorKind, Login, ServerIdentity, Servers, Session, identify};
use crate::reconcile::Wake;

/// A session is replaced after so many checks: it stays with a server that its address no longer leads to, as long as
/// that server lives.
const CHECKS_PER_SESSION: u32 = 6;

/// A server that takes longer to answer so small a question is lost to those who use it.
const ANSWER_TIME: Duration = Duration::from_secs(10);

/// The longest pause while a server can't be reached.
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// Checks each server that a resource uses, over one session of its own. Cheap to clone.
#[derive(Clone)]
pub struct FailoverCheck {
    servers: Servers,
    /// The time between two checks; zero for none.
    interval: Duration,
    wake: Wake,
    in_use: Arc<Mutex<ServersInUse>>,
}

/// The servers that resources use.
#[derive(Default)]
struct ServersInUse {
    /// How each resource logs in, by its UID.
    logins: HashMap<String, Login>,
    /// Each of these has a task that checks it.
    watched: HashSet<Address>,
}

impl FailoverCheck {
    /// Checks servers at each `interval`, or never where that is zero. `wake` has a resource measured, by its UID.
    pub fn new(servers: Servers, interval: Duration, wake: Wake) -> Self {
        Self { servers, interval, wake, in_use: Arc::default() }
    }

    /// Notes the login by which a resource reaches its server, and begins to check that server.
    pub fn register(&self, uid: &str, login: &Login) {
        if self.interval.is_zero() {
            return;
        }
        let mut in_use = self.in_use.lock();
        in_use.logins.insert(uid.to_owned(), login.clone());
        if in_use.watched.insert(login.address.clone()) {
            tokio::spawn(self.clone().watch(login.address.clone()));
        }
    }

    /// Forgets a resource that is gone, or has no server for now.
    pub fn forget(&self, uid: &str) {
        self.in_use.lock().logins.remove(uid);
    }

    /// Checks one server until no resource uses it any more.
    async fn watch(self, address: Address) {
        let mut known = KnownServer::default();
        let mut open: Option<CheckSession> = None;
        while let Some(logins) = self.logins(&address) {
            let check = self.check(&address, &logins, &mut open).await;
            if let Some(change) = known.update(check) {
                let uids = self.users(&address);
                tracing::info!(%address, resources = uids.len(), "{change}; the resources that use it are measured");
                self.servers.renew(&address);
                for uid in &uids {
                    (self.wake)(uid);
                }
            }
            tokio::time::sleep(known.pause(self.interval)).await;
        }
        if let Some(CheckSession { session, .. }) = open {
            session.close().await;
        }
    }

    /// Asks the server which one it is, over the session that is open or over a new one.
    async fn check(
        &self,
        address: &Address,
        logins: &[Login],
        open: &mut Option<CheckSession>,
    ) -> Result<ServerCheck, Error> {
        let mut was_lost = false;
        match open.take() {
            None => {}
            Some(before) if before.checks >= CHECKS_PER_SESSION || !logins.contains(&before.login) => {
                before.session.close().await;
            }
            Some(mut before) => match ask(&mut before.session).await {
                Ok(server) => {
                    *open = Some(CheckSession { checks: before.checks + 1, ..before });
                    return Ok(ServerCheck { server, was_lost });
                }
                Err(error) => {
                    tracing::debug!(%address, %error, "the session of the failover check is lost");
                    was_lost = true;
                }
            },
        }
        let mut session = self.connect(address, logins).await?;
        let server = ask(&mut session.session).await?;
        *open = Some(session);
        Ok(ServerCheck { server, was_lost })
    }

    /// Opens a session with the first login that the server accepts.
    async fn connect(&self, address: &Address, logins: &[Login]) -> Result<CheckSession, Error> {
        let doing = format!("checking whether {address} is the primary");
        let mut refused = Error::new(doing, ErrorKind::Authentication, "no login is in use");
        for login in logins {
            match self.servers.open_apart(login).await {
                Ok(session) => return Ok(CheckSession { login: login.clone(), session, checks: 1 }),
                Err(error) if is_about_the_login(&error) => refused = error,
                Err(error) => return Err(error),
            }
        }
        Err(refused)
    }

    /// Returns the logins that lead to this server. Where there are none, returns `None`, and the server is no longer
    /// watched.
    fn logins(&self, address: &Address) -> Option<Vec<Login>> {
        let mut in_use = self.in_use.lock();
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

    /// Returns the UIDs of the resources that use this server.
    fn users(&self, address: &Address) -> Vec<String> {
        let in_use = self.in_use.lock();
        in_use.logins.iter().filter(|(_, login)| login.address == *address).map(|(uid, _)| uid.clone()).collect()
    }
}

/// The session over which a server is checked.
struct CheckSession {
    login: Login,
    session: Session,
    /// How often it was used.
    checks: u32,
}

/// The answer to one check.
#[derive(Debug)]
struct ServerCheck {
    server: ServerIdentity,
    /// Whether the connection broke, and another could be made at once.
    was_lost: bool,
}

/// Asks a server which one it is. A session that does not answer in time is not used again.
async fn ask(session: &mut Session) -> Result<ServerIdentity, Error> {
    tokio::select! {
        answer = identify(session) => answer,
        () = tokio::time::sleep(ANSWER_TIME) => {
            let message = format!("no answer within {} s", ANSWER_TIME.as_secs());
            Err(Error::new("asking a server which one it is", ErrorKind::Timeout, message))
        }
    }
}

/// Returns whether a failure says nothing of the server: another login may well get in.
fn is_about_the_login(error: &Error) -> bool {
    matches!(
        error.kind,
        ErrorKind::Authentication
            | ErrorKind::Privilege
            | ErrorKind::Tls
            | ErrorKind::NotAllowed
            | ErrorKind::Refusal(_)
    )
}

/// What is known of the server at an address.
#[derive(Debug, Default)]
struct KnownServer {
    server: Option<ServerIdentity>,
    is_lost: bool,
    /// Checks in a row that failed.
    failures: u32,
}

/// What has happened to a server.
#[derive(Debug, PartialEq, Eq)]
enum RoleChange {
    OtherServer,
    BecameReadOnly,
    BecameWritable,
    Reconnected,
    Lost,
    Returned,
}

impl KnownServer {
    /// Takes the answer to a check, and returns what has changed.
    fn update(&mut self, check: Result<ServerCheck, Error>) -> Option<RoleChange> {
        let ServerCheck { server, was_lost } = match check {
            Ok(check) => check,
            Err(error) => {
                self.failures = self.failures.saturating_add(1);
                let is_newly_lost = !self.is_lost && !is_about_the_login(&error);
                self.is_lost |= is_newly_lost;
                return (is_newly_lost && self.server.is_some()).then_some(RoleChange::Lost);
            }
        };
        self.failures = 0;
        let was_lost_for_a_while = std::mem::take(&mut self.is_lost);
        let before = self.server.replace(server.clone());
        match before {
            _ if was_lost_for_a_while => Some(RoleChange::Returned),
            None => None,
            Some(before) if before.id != server.id => Some(RoleChange::OtherServer),
            Some(before) if before.read_only != server.read_only => {
                Some(if server.read_only { RoleChange::BecameReadOnly } else { RoleChange::BecameWritable })
            }
            Some(before) => (was_lost || before != server).then_some(RoleChange::Reconnected),
        }
    }

    /// Returns the time until the next check: a server that can't be reached is asked ever more rarely.
    fn pause(&self, interval: Duration) -> Duration {
        interval.saturating_mul(2_u32.saturating_pow(self.failures)).min(interval.max(LONGEST_PAUSE))
    }
}

impl fmt::Display for RoleChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::OtherServer => "the address leads to another server",
            Self::BecameReadOnly => "the server became read-only",
            Self::BecameWritable => "the server takes writes again",
            Self::Reconnected => "the server ended the connection",
            Self::Lost => "the server can't be reached",
            Self::Returned => "the server can be reached again",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mysql::{Secret, Tls, User};
    use crate::schema::Dialect;

    const INTERVAL: Duration = Duration::from_secs(10);

    fn login(host: &str, username: &str) -> Login {
        Login {
            address: Address::new(host, 3306),
            user: User::public(username),
            password: Secret::new("p"),
            tls: Tls::Disabled,
            ca: None,
            client: None,
            connect_timeout: INTERVAL,
        }
    }

    fn answer(id: &str, read_only: bool, was_lost: bool) -> ServerCheck {
        let dialect = Dialect::parse("9.7.4").unwrap();
        ServerCheck { server: ServerIdentity { dialect, id: Some(id.to_owned()), read_only }, was_lost }
    }

    fn failed(kind: ErrorKind) -> Result<ServerCheck, Error> {
        Err(Error::new("looking", kind, "no"))
    }

    #[test]
    fn a_change_of_a_server_is_reported_once() {
        let mut known = KnownServer::default();
        for (check, change) in [
            (Ok(answer("a", false, false)), None),
            (Ok(answer("a", false, false)), None),
            (Ok(answer("b", false, false)), Some(RoleChange::OtherServer)),
            (Ok(answer("b", true, false)), Some(RoleChange::BecameReadOnly)),
            (Ok(answer("b", true, false)), None),
            (Ok(answer("b", false, false)), Some(RoleChange::BecameWritable)),
            (failed(ErrorKind::Authentication), None),
            (Ok(answer("b", false, true)), Some(RoleChange::Reconnected)),
            (failed(ErrorKind::Refused), Some(RoleChange::Lost)),
            (failed(ErrorKind::Timeout), None),
            (Ok(answer("b", false, false)), Some(RoleChange::Returned)),
            (Ok(answer("b", false, false)), None),
        ] {
            let what = format!("{check:?}");
            assert_eq!(known.update(check), change, "{what}");
        }
    }

    #[test]
    fn a_server_that_answers_for_the_first_time_is_reported() {
        let mut known = KnownServer::default();
        assert_eq!(known.update(failed(ErrorKind::Refused)), None, "each resource that uses it knows");
        assert_eq!(known.update(Ok(answer("a", false, false))), Some(RoleChange::Returned));
    }

    #[test]
    fn a_server_that_is_down_is_not_hammered() {
        let mut known = KnownServer::default();
        let mut pauses = vec![known.pause(INTERVAL).as_secs()];
        for _ in 0..40 {
            known.update(failed(ErrorKind::Refused));
            pauses.push(known.pause(INTERVAL).as_secs());
        }
        assert_eq!(pauses[..4], [10, 20, 30, 30]);
        assert_eq!(pauses[40], 30);
        assert_eq!(known.pause(Duration::from_mins(5)).as_secs(), 300, "never sooner than was asked for");
        known.update(Ok(answer("a", false, false))).unwrap();
        assert_eq!(known.pause(INTERVAL), INTERVAL);
    }

    #[tokio::test]
    async fn a_server_that_no_resource_uses_is_not_checked() {
        let check = FailoverCheck::new(Servers::new(1), INTERVAL, Arc::new(|_| ()));
        let (one, other) = (login("one.invalid", "a"), login("other.invalid", "a"));
        check.register("1", &one);
        check.register("2", &one);
        check.register("3", &login("one.invalid", "b"));
        assert_eq!(check.logins(&one.address).unwrap().len(), 2, "each login once");
        check.register("2", &other);
        check.forget("1");
        check.forget("1");
        assert_eq!(check.users(&one.address), ["3"]);
        assert_eq!(check.users(&other.address), ["2"]);
        check.forget("3");
        assert!(check.logins(&one.address).is_none());
        assert!(!check.in_use.lock().watched.contains(&one.address));
        let never = FailoverCheck::new(Servers::new(1), Duration::ZERO, Arc::new(|_| ()));
        never.register("1", &one);
        assert!(never.logins(&one.address).is_none());
    }
}
