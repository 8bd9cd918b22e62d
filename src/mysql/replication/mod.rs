//! Reads whether a server takes changes among those that it replicates with, and how far its replicas lag behind.

mod group;
mod primary;
mod replicas;

pub use primary::why_not_primary;
pub use replicas::{Lag, read_lag};
