//! Orders the resources that wait to be reconciled. Pure: it is told the time, and starts nothing.

mod fair_queue;
#[cfg(test)]
mod tests;

pub use fair_queue::{FairQueue, Figures, Limits, Ticket};
