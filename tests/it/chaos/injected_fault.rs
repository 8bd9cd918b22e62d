//! What goes wrong, and when: drawn from a seed, so that a run can be repeated.

use std::time::Duration;

/// A fault of the operator or its server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum InjectedFault {
    /// `kill -9` of the operator, and the start of another.
    OperatorKilled,
    /// `KILL` of the connection that holds the database's lock.
    ConnectionKilled,
    /// `kill -9` of the server, and a start.
    ServerKilled,
    /// An orderly stop of the server, and a start.
    ServerRestarted,
    /// `kill -9` of the operator and of the server at the same time.
    BothKilled,
}

/// All faults.
pub const FAULTS: [InjectedFault; 5] = [
    InjectedFault::OperatorKilled,
    InjectedFault::ConnectionKilled,
    InjectedFault::ServerKilled,
    InjectedFault::ServerRestarted,
    InjectedFault::BothKilled,
];

/// The moment of a fault.
#[derive(Debug, Clone, Copy)]
pub enum Moment {
    /// As soon as this many statements are done.
    Boundary(usize),
    /// This long after the resource was applied.
    Random(Duration),
    /// This long after this many statements were done.
    After(usize, Duration),
    /// While a statement runs, after this many were done.
    Within(usize),
}

/// A fault, and when it happens.
#[derive(Debug, Clone, Copy)]
pub struct Strike {
    pub fault: InjectedFault,
    pub moment: Moment,
}

/// A generator of random numbers (Splitmix64).
#[derive(Debug, Clone)]
pub struct Dice(u64);

impl Dice {
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub fn of_the_moment() -> Self {
        use std::hash::{BuildHasher, RandomState};
        Self(RandomState::new().hash_one(std::time::Instant::now()) % 1_000_000)
    }

    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// Returns a number below `limit`.
    pub fn below(&mut self, limit: u64) -> u64 {
        self.next() % limit
    }

    /// Draws a fault between statements, after at most so many, or at any time.
    pub fn strike_between(&mut self, statements: usize) -> Strike {
        let Strike { fault, .. } = self.strike(1);
        let boundary = usize::try_from(self.below(statements as u64 + 1)).expect("a few");
        let pause = Duration::from_millis(self.below(200));
        let moment = match self.below(3) {
            _ if statements == 0 => Moment::Random(pause),
            0 => Moment::Boundary(boundary),
            1 => Moment::After(boundary, Duration::from_millis(self.below(40))),
            _ => Moment::Random(pause),
        };
        Strike { fault, moment }
    }

    /// Draws a fault, and its moment in a plan of so many statements.
    pub fn strike(&mut self, statements: usize) -> Strike {
        let fault = FAULTS[usize::try_from(self.below(FAULTS.len() as u64)).expect("a few")];
        let mut below = |limit| usize::try_from(self.below(limit)).expect("a few");
        let (boundary, within) = (below(statements as u64 + 1), below(statements as u64));
        let moment = match self.below(4) {
            0 => Moment::Boundary(boundary),
            1 => Moment::After(boundary, Duration::from_millis(self.below(40))),
            2 => Moment::Within(within),
            _ => Moment::Random(Duration::from_millis(self.below(900))),
        };
        Strike { fault, moment }
    }
}
