//! The connections that one server may have at a time. Tenants share them: who holds fewest is next.

use std::collections::HashMap;
use std::sync::Arc;

use parking_lot::Mutex;
use tokio::sync::oneshot;

/// Whose resource a connection is for: a namespace. Empty at a terminal.
pub type Tenant = Arc<str>;

/// The slots of one server. Cheap to clone.
#[derive(Debug, Clone)]
pub(super) struct Slots(Arc<Mutex<State>>);

#[derive(Debug)]
struct State {
    free: usize,
    /// How many slots one tenant may hold that are shared.
    per_tenant: usize,
    held: HashMap<Tenant, usize>,
    /// In the order of asking.
    waiting: Vec<Waiting>,
}

#[derive(Debug)]
struct Waiting {
    asks: Asks,
    granted: oneshot::Sender<Slot>,
}

/// What a slot is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Asks {
    pub tenant: Tenant,
    /// Whether it counts among those that one tenant may hold. What has a limit of its own does not.
    pub is_shared: bool,
}

/// A slot that is taken. It is free again once this is dropped.
#[derive(Debug)]
pub(super) struct Slot {
    slots: Slots,
    asks: Asks,
}

impl Slots {
    pub fn new(number: usize, per_tenant: usize) -> Self {
        let state = State { free: number, per_tenant, held: HashMap::new(), waiting: Vec::new() };
        Self(Arc::new(Mutex::new(state)))
    }

    /// Takes a slot, and waits for one where none is free.
    pub async fn take(&self, asks: Asks) -> Slot {
        let (granted, slot) = oneshot::channel();
        self.0.lock().waiting.push(Waiting { asks: asks.clone(), granted });
        self.grant();
        match slot.await {
            Ok(slot) => slot,
            // The sender is never dropped without a slot: it waits in the list until then.
            Err(_) => std::future::pending().await,
        }
    }

    /// Grants free slots to those that wait.
    fn grant(&self) {
        loop {
            let Some((waiting, slot)) = self.0.lock().next().map(|waiting| {
                let slot = Slot { slots: self.clone(), asks: waiting.asks.clone() };
                (waiting, slot)
            }) else {
                return;
            };
            // Who no longer waits gives it back.
            drop(waiting.granted.send(slot));
        }
    }
}

impl State {
    /// Takes a free slot for the one that is next.
    fn next(&mut self) -> Option<Waiting> {
        self.waiting.retain(|waiting| !waiting.granted.is_closed());
        if self.free == 0 {
            return None;
        }
        let held = |waiting: &Waiting| self.held.get(&waiting.asks.tenant).copied().unwrap_or_default();
        let may = |waiting: &&Waiting| !waiting.asks.is_shared || held(waiting) < self.per_tenant;
        let (position, _) = self
            .waiting
            .iter()
            .enumerate()
            .filter(|(_, waiting)| may(waiting))
            .min_by_key(|(position, waiting)| (held(waiting), *position))?;
        let waiting = self.waiting.remove(position);
        self.free -= 1;
        if waiting.asks.is_shared {
            *self.held.entry(waiting.asks.tenant.clone()).or_default() += 1;
        }
        Some(waiting)
    }

    fn give_back(&mut self, asks: &Asks) {
        self.free += 1;
        if asks.is_shared
            && let Some(held) = self.held.get_mut(&asks.tenant)
        {
            *held = held.saturating_sub(1);
            if *held == 0 {
                self.held.remove(&asks.tenant);
            }
        }
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        self.slots.0.lock().give_back(&self.asks);
        self.slots.grant();
    }
}

#[cfg(test)]
mod tests {
    use futures::FutureExt;

    use super::*;

    fn shared(tenant: &str) -> Asks {
        Asks { tenant: tenant.into(), is_shared: true }
    }

    /// Takes a slot where one is free at once.
    fn take(slots: &Slots, asks: Asks) -> Option<Slot> {
        slots.take(asks).now_or_never()
    }

    #[test]
    fn one_tenant_leaves_slots_to_others() {
        let slots = Slots::new(4, 3);
        let held: Vec<Slot> = std::iter::from_fn(|| take(&slots, shared("a"))).collect();
        assert_eq!(held.len(), 3);
        let other = take(&slots, shared("b")).unwrap();
        assert!(take(&slots, shared("c")).is_none(), "all are taken");
        drop(other);
        let own_limit = Asks { tenant: "a".into(), is_shared: false };
        assert!(take(&slots, own_limit).is_some(), "what has a limit of its own is not counted");
    }

    #[tokio::test]
    async fn who_holds_fewest_is_next() {
        let slots = Slots::new(2, 2);
        let (first, second) = (take(&slots, shared("a")).unwrap(), take(&slots, shared("a")).unwrap());
        let (mut again, mut other) = (Box::pin(slots.take(shared("a"))), Box::pin(slots.take(shared("b"))));
        assert!(again.as_mut().now_or_never().is_none() && other.as_mut().now_or_never().is_none());
        drop(first);
        assert!(again.as_mut().now_or_never().is_none(), "it asked first, and holds one");
        let other = other.now_or_never().unwrap();
        drop(second);
        assert!(again.now_or_never().is_some());
        drop(other);
    }

    #[tokio::test]
    async fn who_no_longer_waits_takes_no_slot() {
        let slots = Slots::new(1, 1);
        let held = take(&slots, shared("a")).unwrap();
        let mut gone = Box::pin(slots.take(shared("b")));
        assert!(gone.as_mut().now_or_never().is_none());
        drop(gone);
        drop(held);
        assert!(take(&slots, shared("c")).is_some());
        assert!(slots.0.lock().held.is_empty() && slots.0.lock().waiting.is_empty());
    }
}
