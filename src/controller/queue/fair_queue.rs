//! The resources that wait or are reconciled: namespaces take turns, and within a namespace the oldest comes first.
//!
//! A reconcile begins with one of a few places. One that takes long gives its place up and goes on: it waits for a
//! server, and needs no processor. Its namespace and its server still count it, so that no namespace holds many.

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::sync::Arc;
use std::time::Instant;

/// A name that is cheap to clone.
type Name = Arc<str>;

/// How much may be reconciled at a time.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Reconciles that have a place.
    pub places: usize,
    /// Reconciles of one namespace, with or without a place.
    pub per_namespace: usize,
    /// Reconciles of one namespace on one server, with or without a place.
    pub per_server: usize,
}

/// A resource that asks to be reconciled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ticket {
    pub uid: Name,
    pub namespace: Name,
    /// What tells the servers of a namespace apart, as far as that is known before the Secret is read.
    pub server: Name,
    /// Of those that became due at one moment, the ones of a database come together.
    pub database: Name,
}

/// What the queue holds at a time.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Figures {
    /// Resources that are due and wait.
    pub waiting: usize,
    pub in_flight: usize,
    /// When the one that waits longest became due.
    pub oldest: Option<Instant>,
}

/// Holds each resource once: it is due later, waits, or is in flight.
#[derive(Debug)]
pub struct FairQueue {
    limits: Limits,
    entries: HashMap<Name, Entry>,
    /// Those that are due later, in order.
    later: BTreeSet<(Instant, Name)>,
    /// Those that wait, in order of age.
    waiting: BTreeSet<(Instant, Name)>,
    namespaces: HashMap<Name, Namespace>,
    /// The namespaces of those that wait, in the order of their turns.
    turns: VecDeque<Name>,
    places_taken: usize,
    in_flight: usize,
}

#[derive(Debug)]
struct Entry {
    ticket: Ticket,
    state: State,
}

#[derive(Debug, Clone, Copy)]
enum State {
    Later(Instant),
    /// It waits since then.
    Waiting(Instant),
    InFlight {
        has_place: bool,
        /// When it has to be reconciled again, where that is known before its end.
        again: Option<Instant>,
    },
}

/// The order of those that wait: by age, then by database.
type Rank = (Instant, Name, Name);

/// What waits and runs of one namespace.
#[derive(Debug, Default)]
struct Namespace {
    /// Those that wait, by server and age. No server is without one.
    waiting: BTreeMap<Name, BTreeSet<Rank>>,
    in_flight: usize,
    in_flight_on: HashMap<Name, usize>,
}

impl FairQueue {
    /// Makes an empty queue.
    pub fn new(limits: Limits) -> Self {
        Self {
            limits,
            entries: HashMap::new(),
            later: BTreeSet::new(),
            waiting: BTreeSet::new(),
            namespaces: HashMap::new(),
            turns: VecDeque::new(),
            places_taken: 0,
            in_flight: 0,
        }
    }

    /// Has a resource reconciled at `due`, or earlier where it was due earlier. One in flight is reconciled again.
    pub fn add(&mut self, ticket: Ticket, due: Instant) {
        let uid = ticket.uid.clone();
        match self.entries.get_mut(&uid).map(|entry| (&mut entry.state, entry.ticket == ticket)) {
            None => self.insert_later(ticket, due),
            Some((State::InFlight { again, .. }, _)) => *again = Some(again.map_or(due, |again| again.min(due))),
            Some((State::Later(before), _)) => {
                let due = due.min(*before);
                self.remove(&uid);
                self.insert_later(ticket, due);
            }
            // It waits on, unless it has another server by now.
            Some((State::Waiting(_), true)) => {}
            Some((State::Waiting(since), false)) => {
                let since = *since;
                self.remove(&uid);
                self.insert_later(ticket, since);
            }
        }
    }

    /// Forgets a resource. What is in flight of it counts until its end.
    pub fn remove(&mut self, uid: &str) {
        let Some(entry) = self.entries.get_mut(uid) else { return };
        match entry.state {
            State::InFlight { ref mut again, .. } => {
                *again = None;
                return;
            }
            State::Later(due) => {
                self.later.remove(&(due, entry.ticket.uid.clone()));
            }
            State::Waiting(since) => {
                let ticket = entry.ticket.clone();
                self.stop_waiting(&ticket, since);
            }
        }
        self.entries.remove(uid);
    }

    /// Returns whom to reconcile next, and gives it a place. `None` where nobody is due, or none may begin.
    pub fn take(&mut self, now: Instant) -> Option<Name> {
        self.let_wait(now);
        if self.places_taken >= self.limits.places {
            return None;
        }
        let (turn, since, uid) = self.turns.iter().enumerate().find_map(|(turn, name)| {
            let (since, uid) = self.namespaces.get(name)?.oldest(self.limits)?;
            Some((turn, since, uid))
        })?;
        let namespace = self.turns.remove(turn)?;
        self.turns.push_back(namespace);
        let entry = self.entries.get_mut(&uid)?;
        entry.state = State::InFlight { has_place: true, again: None };
        let ticket = entry.ticket.clone();
        self.stop_waiting(&ticket, since);
        let namespace = self.namespaces.entry(ticket.namespace).or_default();
        namespace.in_flight += 1;
        *namespace.in_flight_on.entry(ticket.server).or_default() += 1;
        self.places_taken += 1;
        self.in_flight += 1;
        Some(uid)
    }

    /// Gives the place of a reconcile to others; it goes on without.
    pub fn give_up_place(&mut self, uid: &str) {
        if let Some(Entry { state: State::InFlight { has_place, .. }, .. }) = self.entries.get_mut(uid)
            && std::mem::take(has_place)
        {
            self.places_taken = self.places_taken.saturating_sub(1);
        }
    }

    /// Takes note of the end of a reconcile. It is due again at `next`, or earlier where it was added meanwhile.
    pub fn finish(&mut self, uid: &str, next: Option<Instant>) {
        self.give_up_place(uid);
        let Some(entry) = self.entries.get(uid) else { return };
        let State::InFlight { again, .. } = entry.state else { return };
        let ticket = entry.ticket.clone();
        self.entries.remove(uid);
        self.in_flight = self.in_flight.saturating_sub(1);
        if let Some(namespace) = self.namespaces.get_mut(&ticket.namespace) {
            namespace.leave(&ticket.server);
        }
        self.forget_if_idle(&ticket.namespace);
        if let Some(due) = again.into_iter().chain(next).min() {
            self.insert_later(ticket, due);
        }
    }

    /// Returns when the next resource becomes due that is not due yet.
    pub fn next_due(&self) -> Option<Instant> {
        self.later.first().map(|(due, _)| *due)
    }

    /// Returns when a resource is due, where it neither waits nor is in flight.
    #[cfg(test)]
    pub fn due(&self, uid: &str) -> Option<Instant> {
        match self.entries.get(uid)?.state {
            State::Later(due) => Some(due),
            State::Waiting(_) | State::InFlight { .. } => None,
        }
    }

    /// Returns how many wait and are in flight, and since when the oldest waits.
    pub fn figures(&self) -> Figures {
        Figures {
            waiting: self.waiting.len(),
            in_flight: self.in_flight,
            oldest: self.waiting.first().map(|(since, _)| *since),
        }
    }

    fn insert_later(&mut self, ticket: Ticket, due: Instant) {
        self.later.insert((due, ticket.uid.clone()));
        self.entries.insert(ticket.uid.clone(), Entry { ticket, state: State::Later(due) });
    }

    /// Has those wait that are due by now.
    fn let_wait(&mut self, now: Instant) {
        while let Some((due, uid)) = self.later.first().filter(|(due, _)| *due <= now).cloned() {
            self.later.remove(&(due, uid.clone()));
            let Some(entry) = self.entries.get_mut(&uid) else { continue };
            entry.state = State::Waiting(due);
            let Ticket { namespace: name, server, database, uid: _ } = entry.ticket.clone();
            let namespace = self.namespaces.entry(name.clone()).or_default();
            if namespace.waiting.is_empty() {
                self.turns.push_back(name);
            }
            namespace.waiting.entry(server).or_default().insert((due, database, uid.clone()));
            self.waiting.insert((due, uid));
        }
    }

    fn stop_waiting(&mut self, ticket: &Ticket, since: Instant) {
        self.waiting.remove(&(since, ticket.uid.clone()));
        if let Some(namespace) = self.namespaces.get_mut(&ticket.namespace) {
            namespace.stop_waiting(&ticket.server, &(since, ticket.database.clone(), ticket.uid.clone()));
            if namespace.waiting.is_empty() {
                self.turns.retain(|name| *name != ticket.namespace);
            }
        }
        self.forget_if_idle(&ticket.namespace);
    }

    fn forget_if_idle(&mut self, name: &Name) {
        if self.namespaces.get(name).is_some_and(|namespace| namespace.in_flight == 0 && namespace.waiting.is_empty()) {
            self.namespaces.remove(name);
        }
    }
}

impl Namespace {
    /// Returns who waits longest of those that may begin.
    fn oldest(&self, limits: Limits) -> Option<(Instant, Name)> {
        if self.in_flight >= limits.per_namespace {
            return None;
        }
        let may_begin = |server: &Name| self.in_flight_on.get(server).is_none_or(|number| *number < limits.per_server);
        let servers = self.waiting.iter().filter(|(server, _)| may_begin(server));
        let (since, _, uid) = servers.filter_map(|(_, waiting)| waiting.first()).min()?;
        Some((*since, uid.clone()))
    }

    fn stop_waiting(&mut self, server: &Name, key: &Rank) {
        if let Some(waiting) = self.waiting.get_mut(server) {
            waiting.remove(key);
            if waiting.is_empty() {
                self.waiting.remove(server);
            }
        }
    }

    fn leave(&mut self, server: &Name) {
        self.in_flight = self.in_flight.saturating_sub(1);
        if let Some(number) = self.in_flight_on.get_mut(server) {
            *number = number.saturating_sub(1);
            if *number == 0 {
                self.in_flight_on.remove(server);
            }
        }
    }
}
