//! Gives large packets room in memory, few at a time, so that no server keeps others from it. Knows nothing of what is
//! in a packet.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, LazyLock, Weak};
use std::time::Duration;

use parking_lot::Mutex;
use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore};
use tokio::time::Instant;

/// A packet that is longer needs room before more than this of it is read.
pub const LARGE: usize = 1 << 20;

/// How many large packets may be in memory, of all connections. The buffer and sqlx hold a copy each.
const MOST: usize = 2;

/// While others wait, an answer with large packets gets this time, and a millisecond for each so many bytes that have come.
const GRACE: Duration = Duration::from_secs(1);
const BYTES_PER_MS: usize = 4 << 10;

static OF_PROCESS: LazyLock<Arc<LargePackets>> = LazyLock::new(|| Arc::new(LargePackets::new(MOST, GRACE)));

/// The room for large packets. One host has one of them at a time, whatever the number of its ports and connections.
#[derive(Debug)]
pub struct LargePackets {
    room: Arc<Semaphore>,
    hosts: Mutex<HashMap<IpAddr, Weak<Semaphore>>>,
    waiting: AtomicUsize,
    one_waits: Notify,
    grace: Duration,
}

/// The room of one packet after the other of an answer, until it is dropped.
#[derive(Debug)]
pub struct Place {
    packets: Arc<LargePackets>,
    since: Instant,
    /// So many bytes have come since.
    bytes: usize,
    _of_host: OwnedSemaphorePermit,
    _room: OwnedSemaphorePermit,
}

/// The room of packets that went to sqlx, until sqlx has no buffer for them any more.
#[derive(Debug, Clone, Default)]
pub struct KeptPlace(Arc<Mutex<Option<Place>>>);

/// Counts one that waits, until it is dropped.
struct Waiting<'a>(&'a AtomicUsize);

impl LargePackets {
    fn new(most: usize, grace: Duration) -> Self {
        Self {
            room: Arc::new(Semaphore::new(most)),
            hosts: Mutex::default(),
            waiting: AtomicUsize::new(0),
            one_waits: Notify::new(),
            grace,
        }
    }

    /// Returns the room that all connections of this process share.
    pub fn of_process() -> Arc<Self> {
        OF_PROCESS.clone()
    }

    /// Waits for room for a packet of this host; `None` never comes, since the room is never closed.
    pub async fn place(self: Arc<Self>, host: IpAddr) -> Option<Place> {
        let waiting = Waiting::new(&self);
        let of_host = self.of_host(host).acquire_owned().await.ok()?;
        let room = self.room.clone().acquire_owned().await.ok()?;
        drop(waiting);
        Some(Place { packets: self, since: Instant::now(), bytes: 0, _of_host: of_host, _room: room })
    }

    fn of_host(&self, host: IpAddr) -> Arc<Semaphore> {
        let mut hosts = self.hosts.lock();
        hosts.retain(|_, semaphore| semaphore.strong_count() > 0);
        if let Some(semaphore) = hosts.get(&host).and_then(Weak::upgrade) {
            return semaphore;
        }
        let semaphore = Arc::new(Semaphore::new(1));
        hosts.insert(host, Arc::downgrade(&semaphore));
        semaphore
    }
}

impl Place {
    /// Counts bytes that have come.
    pub fn count(&mut self, bytes: usize) {
        self.bytes = self.bytes.saturating_add(bytes);
    }

    /// Ends once the answer is slow, and another one waits for the room.
    pub async fn is_wanted(&self) {
        tokio::time::sleep_until(self.since + self.packets.grace + time_for(self.bytes)).await;
        loop {
            let next = self.packets.one_waits.notified();
            if self.packets.waiting.load(Ordering::SeqCst) > 0 {
                return;
            }
            next.await;
        }
    }
}

impl KeptPlace {
    /// Keeps the room of an answer that was carried to its end.
    pub fn keep(&self, place: Place) {
        *self.0.lock() = Some(place);
    }

    /// Returns the room, if there is any.
    pub fn take(&self) -> Option<Place> {
        self.0.lock().take()
    }
}

/// Returns the time that so many bytes may take.
fn time_for(bytes: usize) -> Duration {
    Duration::from_millis(u64::try_from(bytes / BYTES_PER_MS).unwrap_or(u64::MAX))
}

impl<'a> Waiting<'a> {
    fn new(packets: &'a LargePackets) -> Self {
        packets.waiting.fetch_add(1, Ordering::SeqCst);
        packets.one_waits.notify_waiters();
        Self(&packets.waiting)
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

#[cfg(test)]
mod tests {
    use futures::FutureExt;

    use super::*;

    fn host(last: u8) -> IpAddr {
        IpAddr::from([10, 0, 0, last])
    }

    /// Says whether a packet of this host gets room at once.
    fn has_room(packets: &Arc<LargePackets>, host: IpAddr) -> bool {
        packets.clone().place(host).now_or_never().flatten().is_some()
    }

    #[tokio::test]
    async fn one_host_has_one_packet_and_leaves_room_to_others() {
        let packets = Arc::new(LargePackets::new(2, GRACE));
        let first = packets.clone().place(host(1)).await.unwrap();
        assert!(!has_room(&packets, host(1)));
        let second = packets.clone().place(host(2)).await.unwrap();
        assert!(!has_room(&packets, host(3)), "the room is full");
        drop(first);
        assert!(has_room(&packets, host(1)) && has_room(&packets, host(3)));
        assert!(!has_room(&packets, host(2)));
        drop(second);
        assert!(has_room(&packets, host(2)));
    }

    #[tokio::test]
    async fn a_slow_packet_makes_room_only_while_another_one_waits() {
        let packets = Arc::new(LargePackets::new(1, Duration::ZERO));
        let slow = packets.clone().place(host(1)).await.unwrap();
        assert!(slow.is_wanted().now_or_never().is_none(), "no other one waits");
        let other = tokio::spawn(packets.clone().place(host(2)));
        slow.is_wanted().await;
        drop(slow);
        assert!(other.await.unwrap().is_some());
    }

    #[tokio::test]
    async fn a_packet_has_time_for_the_bytes_that_have_come() {
        assert_eq!(time_for(16 << 20), Duration::from_millis(4096));
        let packets = Arc::new(LargePackets::new(1, Duration::ZERO));
        let mut place = packets.clone().place(host(1)).await.unwrap();
        let other = tokio::spawn(packets.clone().place(host(2)));
        place.is_wanted().await;
        place.count(1 << 40);
        assert!(place.is_wanted().now_or_never().is_none(), "so many bytes may take longer");
        other.abort();
    }

    #[tokio::test]
    async fn who_gives_up_waiting_is_not_waited_for() {
        let packets = Arc::new(LargePackets::new(1, GRACE));
        let _place = packets.clone().place(host(1)).await.unwrap();
        assert!(!has_room(&packets, host(1)) && !has_room(&packets, host(2)));
        assert_eq!(packets.waiting.load(Ordering::SeqCst), 0);
        assert_eq!(packets.hosts.lock().values().filter(|host| host.strong_count() > 0).count(), 1);
    }
}
