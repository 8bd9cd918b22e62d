//! The pool of sessions: a bounded number of connections to each server, kept open between uses.

use std::collections::HashMap;
use std::ops::{Deref, DerefMut};
use std::sync::Arc;
use std::time::{Duration, Instant};

use parking_lot::Mutex;

use super::connection::{Session, Traffic};
use super::error::{Error, ErrorKind};
use super::fence::{Fence, ServerClock};
use super::reachability::Reachability;
use super::settings::Purpose;
use super::slots::{Asks, Slot, Slots, Tenant};
use crate::mysql::wire::{Address, AddressRule, Login};

/// A connection that was not used for this long is closed.
const IDLE_TIME: Duration = Duration::from_mins(5);

/// Idle connections kept to one server, whatever the number of resources that use it.
const MAX_IDLE: usize = 16;

/// Connections to one server by which statements are watched, beside the others.
const WATCHING: usize = 2;

/// Hands out sessions. Cheap to clone; all clones share the connections.
#[derive(Debug, Clone)]
pub struct Servers {
    shared: Arc<Mutex<Shared>>,
    reachability: Reachability,
    per_server: usize,
    rule: AddressRule,
    /// How many sessions one tenant may have for reading and evaluating, so that others have one.
    per_tenant: usize,
    tenant: Tenant,
    traffic: Traffic,
    fence: Fence,
}

#[derive(Debug, Default)]
struct Shared {
    idle: Vec<Idle>,
    slots: HashMap<Address, Slots>,
    /// Watchers have slots of their own: they hold a session for a moment only.
    watching: HashMap<Address, Slots>,
    /// Counts how often an address has come to lead to another server. Sessions from before are not used again.
    moves: HashMap<Address, u64>,
}

#[derive(Debug)]
struct Idle {
    login: Login,
    purpose: Purpose,
    session: Session,
    since: Instant,
}

impl Servers {
    /// Makes a pool of at most `per_server` connections to one server at a time, and two that watch.
    pub fn new(per_server: usize) -> Self {
        Self::to_allowed(per_server, AddressRule::all())
    }

    /// As [`Servers::new`], for addresses that the rule allows.
    pub fn to_allowed(per_server: usize, rule: AddressRule) -> Self {
        Self {
            shared: Arc::default(),
            reachability: Reachability::default(),
            per_server,
            rule,
            per_tenant: per_server,
            tenant: Tenant::from(""),
            traffic: Traffic::default(),
            fence: Fence::default(),
        }
    }

    /// Leaves connections to others: one tenant has at most `per_tenant` at a time that only read.
    #[must_use]
    pub fn with_tenant_limit(self, per_tenant: usize) -> Self {
        Self { per_tenant: per_tenant.max(1), ..self }
    }

    /// Returns the same pool, as a tenant uses it.
    #[must_use]
    pub fn of_tenant(&self, tenant: &str) -> Self {
        Self { tenant: tenant.into(), ..self.clone() }
    }

    /// Counts the messages to all servers.
    pub fn traffic(&self) -> &Traffic {
        &self.traffic
    }

    /// Returns what lets the messages of all sessions pass.
    pub fn fence(&self) -> &Fence {
        &self.fence
    }

    /// Lends a session for `purpose`: an idle one, else a new one.
    ///
    /// # Errors
    /// As [`Session::open`]; [`ErrorKind::Timeout`] where all connections to that server stay in use.
    pub async fn session(&self, login: &Login, purpose: Purpose) -> Result<PooledSession, Error> {
        let slot = self.slot(login, &purpose).await?;
        let moves = self.shared.lock().moves(&login.address);
        let session = if let Some(session) = self.take_idle(login, &purpose) {
            session
        } else {
            let attempt = self.reachability.begin(login)?;
            let opened = Session::open(login, &purpose, &self.rule, self.traffic.clone()).await;
            let mut opened = attempt.end(login, opened)?;
            opened.fence = self.fence.clone();
            opened
        };
        Ok(PooledSession {
            session,
            login: login.clone(),
            purpose,
            rule: self.rule.clone(),
            traffic: self.traffic.clone(),
            shared: self.shared.clone(),
            moves,
            _slot: slot,
        })
    }

    /// Opens a session outside the pool, which takes no slot and is never lent again; its messages are not counted.
    ///
    /// # Errors
    /// As [`Session::open`].
    pub async fn open_apart(&self, login: &Login) -> Result<Session, Error> {
        let mut opened = Session::open(login, &Purpose::Watch, &self.rule, Traffic::default()).await?;
        self.reachability.is_proven(&login.address);
        opened.fence = self.fence.clone();
        // It only reads, and its clock would get old.
        opened.clock = None;
        Ok(opened)
    }

    /// Closes the idle sessions to an address that may lead to another server by now. Those on loan are closed when
    /// they come back.
    pub fn renew(&self, address: &Address) {
        let mut shared = self.shared.lock();
        shared.idle.retain(|idle| idle.login.address != *address);
        *shared.moves.entry(address.clone()).or_default() += 1;
    }

    async fn slot(&self, login: &Login, purpose: &Purpose) -> Result<Slot, Error> {
        let (slots, is_shared) = {
            let mut shared = self.shared.lock();
            let (slots, number, is_shared) = match purpose {
                Purpose::Watch => (&mut shared.watching, WATCHING, false),
                // Changes have a limit of their own.
                Purpose::Work => (&mut shared.slots, self.per_server, false),
                Purpose::Read | Purpose::Evaluate(_) => (&mut shared.slots, self.per_server, true),
            };
            let slots = slots.entry(login.address.clone()).or_insert_with(|| Slots::new(number, self.per_tenant));
            (slots.clone(), is_shared)
        };
        let asks = Asks { tenant: self.tenant.clone(), is_shared };
        tokio::select! {
            slot = slots.take(asks) => Ok(slot),
            () = tokio::time::sleep(login.connect_timeout.max(Duration::from_secs(30))) => {
                let message = format!("all {} connections to this server stay in use", self.per_server);
                Err(Error::new(format!("connecting to {}", login.address), ErrorKind::Timeout, message))
            }
        }
    }

    fn take_idle(&self, login: &Login, purpose: &Purpose) -> Option<Session> {
        let mut shared = self.shared.lock();
        let is_fresh = |session: &Session| session.clock.is_none_or(ServerClock::is_fresh);
        shared.idle.retain(|idle| idle.since.elapsed() < IDLE_TIME && is_fresh(&idle.session));
        let position = shared.idle.iter().rposition(|idle| idle.login.is_same(login) && idle.purpose == *purpose)?;
        Some(shared.idle.remove(position).session)
    }
}

/// A session on loan. It goes back when dropped, unless its connection is gone, or it evaluated a person's text.
#[derive(Debug)]
pub struct PooledSession {
    session: Session,
    login: Login,
    purpose: Purpose,
    rule: AddressRule,
    traffic: Traffic,
    shared: Arc<Mutex<Shared>>,
    /// The count of `moves` when the session was opened.
    moves: u64,
    _slot: Slot,
}

impl Shared {
    fn moves(&self, address: &Address) -> u64 {
        self.moves.get(address).copied().unwrap_or_default()
    }
}

impl PooledSession {
    /// Connects again: that a connection died while it was idle says nothing about the server. The loan goes on, so
    /// that no caller waits for a second connection while it holds a first.
    ///
    /// # Errors
    /// As [`Session::open`].
    pub async fn reconnect(&mut self) -> Result<(), Error> {
        {
            // What ended one connection may have ended those that are idle.
            let mut shared = self.shared.lock();
            shared.idle.retain(|idle| idle.login.address != self.login.address);
            self.moves = shared.moves(&self.login.address);
        }
        let mut opened = Session::open(&self.login, &self.purpose, &self.rule, self.traffic.clone()).await?;
        opened.fence = self.session.fence.clone();
        self.session = opened;
        Ok(())
    }

    /// Ends the loan and the connection with it: for a session whose settings were changed.
    pub fn close(mut self) {
        self.session.abandon();
    }
}

impl Deref for PooledSession {
    type Target = Session;

    fn deref(&self) -> &Session {
        &self.session
    }
}

impl DerefMut for PooledSession {
    fn deref_mut(&mut self) -> &mut Session {
        &mut self.session
    }
}

impl Drop for PooledSession {
    fn drop(&mut self) {
        let session = self.session.hand_over();
        if !session.is_usable() || !self.purpose.is_kept() {
            return;
        }
        let mut shared = self.shared.lock();
        let address = &self.login.address;
        if shared.moves(address) != self.moves {
            return;
        }
        if shared.idle.iter().filter(|idle| idle.login.address == *address).count() >= MAX_IDLE
            && let Some(oldest) = shared.idle.iter().position(|idle| idle.login.address == *address)
        {
            shared.idle.remove(oldest);
        }
        let (login, purpose) = (self.login.clone(), self.purpose.clone());
        shared.idle.push(Idle { login, purpose, session, since: Instant::now() });
    }
}
