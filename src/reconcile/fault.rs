//! Keeps a fault of the operator in one pass from ending others.

use std::panic::AssertUnwindSafe;

use futures::FutureExt;

use super::not_ready::NotReady;
use crate::api::Reason;

/// A panic, which was caught. Its message may quote what was read, so it is not kept; the log names the place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a fault in the operator ended this; it is tried again, and the operator's log names the place")]
pub struct OperatorFault;

/// Runs a future to its end, or to its panic. What the future shared with others has to bear its sudden end: the pool of
/// sessions does, since a session that was lent goes with the future.
///
/// # Errors
/// It panicked.
pub async fn caught<T>(future: impl Future<Output = T>) -> Result<T, OperatorFault> {
    AssertUnwindSafe(future).catch_unwind().await.map_err(|_panic| OperatorFault)
}

impl From<OperatorFault> for NotReady {
    fn from(fault: OperatorFault) -> Self {
        Self::new(Reason::OperatorFault, fault.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_panic_is_an_error_of_the_future_alone() {
        assert_eq!(caught(async { 7 }).await, Ok(7));
        let nothing: [u8; 0] = [];
        let index = nothing.len();
        assert_eq!(caught(async { nothing[index] }).await, Err(OperatorFault));
    }
}
