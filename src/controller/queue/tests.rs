use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use proptest::prelude::*;

use super::fair_queue::{FairQueue, Figures, Limits, Ticket};

const LIMITS: Limits = Limits { places: 4, per_namespace: 3, per_server: 2 };

fn ticket(namespace: &str, server: &str, number: usize) -> Ticket {
    let uid = format!("{namespace}/{server}/{number}");
    Ticket { uid: uid.into(), namespace: namespace.into(), server: server.into(), database: "d".into() }
}

fn namespace_of(uid: &str) -> &str {
    uid.split('/').next().unwrap()
}

/// Takes all that may begin.
fn take_all(queue: &mut FairQueue, now: Instant) -> Vec<String> {
    std::iter::from_fn(|| queue.take(now)).map(|uid| uid.to_string()).collect()
}

#[test]
fn namespaces_take_turns_whatever_each_of_them_brings() {
    let start = Instant::now();
    let mut queue = FairQueue::new(Limits { places: 1, per_namespace: 1, per_server: 1 });
    for number in 0..200 {
        queue.add(ticket("crowd", "s", number), start);
    }
    queue.add(ticket("one", "s", 0), start);
    queue.add(ticket("two", "s", 0), start + Duration::from_secs(1));
    let now = start + Duration::from_secs(2);
    let mut order = Vec::new();
    for _ in 0..4 {
        let uid = queue.take(now).unwrap();
        order.push(namespace_of(&uid).to_owned());
        queue.finish(&uid, None);
    }
    assert_eq!(order[..3].iter().collect::<BTreeSet<_>>().len(), 3, "{order:?}");
    assert_eq!(order[3], order[0], "the crowd goes on with the next turn: {order:?}");
}

#[test]
fn within_a_namespace_the_oldest_comes_first() {
    let start = Instant::now();
    let mut queue = FairQueue::new(Limits { places: 1, per_namespace: 1, per_server: 1 });
    for (number, age) in [(0, 3), (1, 1), (2, 2)] {
        queue.add(ticket("a", &format!("s{number}"), number), start + Duration::from_secs(age));
    }
    let mut order = Vec::new();
    while let Some(uid) = queue.take(start + Duration::from_secs(9)) {
        queue.finish(&uid, None);
        order.push(uid.to_string());
    }
    assert_eq!(order, ["a/s1/1", "a/s2/2", "a/s0/0"]);
}

#[test]
fn those_that_wait_for_a_silent_server_take_no_place_from_others() {
    let now = Instant::now();
    let mut queue = FairQueue::new(LIMITS);
    for number in 0..200 {
        queue.add(ticket("silent", &format!("s{number}"), number), now);
    }
    let waiting = take_all(&mut queue, now);
    assert_eq!(waiting.len(), LIMITS.per_namespace);
    for uid in &waiting {
        queue.give_up_place(uid);
    }
    assert!(take_all(&mut queue, now).is_empty(), "its namespace has as many in flight as it may");
    for number in 0..LIMITS.places {
        queue.add(ticket(&format!("healthy{number}"), "s", 0), now);
    }
    assert_eq!(take_all(&mut queue, now).len(), LIMITS.places, "every place is there for others");
}

#[test]
fn one_server_of_a_namespace_does_not_hold_up_its_others() {
    let now = Instant::now();
    let mut queue = FairQueue::new(LIMITS);
    for number in 0..9 {
        queue.add(ticket("a", "silent", number), now);
    }
    queue.add(ticket("a", "healthy", 0), now + Duration::from_nanos(1));
    let begun = take_all(&mut queue, now + Duration::from_secs(1));
    assert_eq!(begun, ["a/silent/0", "a/silent/1", "a/healthy/0"]);
}

#[test]
fn what_is_asked_for_twice_is_done_once_and_what_runs_is_done_again() {
    let now = Instant::now();
    let mut queue = FairQueue::new(LIMITS);
    queue.add(ticket("a", "s", 0), now + Duration::from_secs(9));
    queue.add(ticket("a", "s", 0), now);
    queue.add(ticket("a", "s", 0), now + Duration::from_secs(3));
    let uid = queue.take(now).unwrap();
    assert_eq!((queue.take(now), queue.next_due()), (None, None));
    queue.add(ticket("a", "s", 0), now);
    assert_eq!(queue.take(now), None, "it is in flight");
    queue.finish(&uid, Some(now + Duration::from_mins(5)));
    assert_eq!(queue.take(now).as_deref(), Some(&*uid), "it was asked for meanwhile");
    queue.finish(&uid, Some(now + Duration::from_mins(5)));
    assert_eq!(queue.due(&uid), Some(now + Duration::from_mins(5)));
}

#[test]
fn what_is_gone_is_forgotten_at_once_and_frees_its_place_at_its_end() {
    let now = Instant::now();
    let mut queue = FairQueue::new(Limits { places: 1, ..LIMITS });
    for number in 0..3 {
        queue.add(ticket("a", "s", number), now);
    }
    queue.add(ticket("a", "s", 3), now + Duration::from_secs(9));
    let uid = queue.take(now).unwrap();
    queue.add(ticket("a", "s", 0), now);
    for uid in ["a/s/0", "a/s/1", "a/s/3"] {
        queue.remove(uid);
    }
    assert_eq!((queue.figures().waiting, queue.next_due()), (1, None));
    queue.finish(&uid, None);
    assert_eq!(take_all(&mut queue, now), ["a/s/2"]);
    queue.finish("a/s/2", None);
    assert_eq!(queue.figures(), Figures::default());
}

#[test]
fn the_oldest_that_waits_is_known() {
    let now = Instant::now();
    let mut queue = FairQueue::new(Limits { places: 1, ..LIMITS });
    (0..3).for_each(|number| queue.add(ticket("a", "s", number), now));
    let later = now + Duration::from_secs(7);
    queue.take(later).unwrap();
    let figures = queue.figures();
    assert_eq!(figures, Figures { waiting: 2, in_flight: 1, oldest: Some(now) });
}

/// What a caller may do to the queue.
#[derive(Debug, Clone)]
enum Act {
    Add { namespace: usize, server: usize, number: usize, seconds: u64 },
    Remove(usize),
    Take,
    GiveUp(usize),
    Finish { running: usize, again: Option<u64> },
}

fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        4 => (0..4_usize, 0..3_usize, 0..5_usize, 0..20_u64).prop_map(|(namespace, server, number, seconds)| {
            Act::Add { namespace, server, number, seconds }
        }),
        1 => any::<usize>().prop_map(Act::Remove),
        4 => Just(Act::Take),
        2 => any::<usize>().prop_map(Act::GiveUp),
        3 => (any::<usize>(), proptest::option::of(0..20_u64)).prop_map(|(running, again)| Act::Finish { running, again }),
    ]
}

proptest! {
    /// No limit is exceeded, nobody is lost, and in the end each has its turn.
    #[test]
    fn limits_hold_and_nobody_is_left_behind(acts in proptest::collection::vec(act(), 1..200)) {
        let start = Instant::now();
        let mut queue = FairQueue::new(LIMITS);
        let mut now = start;
        // The model: who is asked for, and who is in flight, with a place or without.
        let mut asked = BTreeSet::new();
        let mut running: BTreeMap<String, bool> = BTreeMap::new();
        for act in acts {
            now += Duration::from_secs(1);
            match act {
                Act::Add { namespace, server, number, seconds } => {
                    let ticket = ticket(&format!("n{namespace}"), &format!("s{server}"), number);
                    asked.insert(ticket.uid.to_string());
                    queue.add(ticket, now + Duration::from_secs(seconds));
                }
                Act::Remove(which) => {
                    if let Some(uid) = asked.iter().nth(which % asked.len().max(1)).cloned() {
                        asked.remove(&uid);
                        queue.remove(&uid);
                    }
                }
                Act::Take => {
                    if let Some(uid) = queue.take(now) {
                        prop_assert!(asked.remove(&*uid), "{uid} was not asked for");
                        prop_assert!(running.insert(uid.to_string(), true).is_none(), "{uid} runs twice");
                    }
                }
                Act::GiveUp(which) => {
                    if let Some((uid, has_place)) = running.iter_mut().nth(which % asked.len().max(1)) {
                        *has_place = false;
                        queue.give_up_place(uid);
                    }
                }
                Act::Finish { running: which, again } => {
                    let Some(uid) = running.keys().nth(which % running.len().max(1)).cloned() else { continue };
                    running.remove(&uid);
                    queue.finish(&uid, again.map(|seconds| now + Duration::from_secs(seconds)));
                    if again.is_some() {
                        asked.insert(uid);
                    }
                }
            }
            let with_place = running.values().filter(|has_place| **has_place).count();
            prop_assert!(with_place <= LIMITS.places);
            prop_assert_eq!(queue.figures().in_flight, running.len());
            let count = |depth: usize| {
                let mut counts: BTreeMap<String, usize> = BTreeMap::new();
                for uid in running.keys() {
                    *counts.entry(uid.split('/').take(depth).collect()).or_default() += 1;
                }
                counts.into_values().max().unwrap_or_default()
            };
            prop_assert!(count(1) <= LIMITS.per_namespace && count(2) <= LIMITS.per_server, "{:?}", running);
        }
        for uid in std::mem::take(&mut running).into_keys() {
            queue.finish(&uid, None);
        }
        now += Duration::from_mins(1);
        while let Some(uid) = queue.take(now) {
            prop_assert!(asked.remove(&*uid), "{uid} was not asked for");
            queue.finish(&uid, None);
        }
        prop_assert!(asked.is_empty(), "{asked:?} never had a turn");
        prop_assert_eq!(queue.figures(), Figures::default());
    }

    /// Whoever else waits, a namespace that has nothing in flight is next after one turn of each other.
    #[test]
    fn a_turn_comes_after_one_of_each_other_namespace(crowds in proptest::collection::vec(1..30_usize, 1..8)) {
        let now = Instant::now();
        let mut queue = FairQueue::new(Limits { places: 1, per_namespace: 1, per_server: 1 });
        for (namespace, size) in crowds.iter().enumerate() {
            (0..*size).for_each(|number| queue.add(ticket(&format!("n{namespace}"), "s", number), now));
        }
        if let Some(uid) = queue.take(now) {
            queue.finish(&uid, None);
        }
        queue.add(ticket("late", "s", 0), now);
        let mut turns = 0;
        while let Some(uid) = queue.take(now) {
            if namespace_of(&uid) == "late" {
                break;
            }
            queue.finish(&uid, None);
            turns += 1;
        }
        prop_assert!(turns <= crowds.len(), "{turns} turns of {} others", crowds.len());
    }
}
