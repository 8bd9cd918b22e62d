//! Tells a reconcile that nobody needs it any more.

use tokio::sync::watch;

/// Held by whoever may cancel.
#[derive(Debug)]
pub struct Canceller(watch::Sender<bool>);

/// Held by the reconcile. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Cancellation(watch::Receiver<bool>);

impl Canceller {
    /// Makes both ends.
    pub fn new() -> (Self, Cancellation) {
        let (sender, receiver) = watch::channel(false);
        (Self(sender), Cancellation(receiver))
    }

    /// Cancels.
    pub fn cancel(&self) {
        self.0.send_replace(true);
    }
}

impl Cancellation {
    /// Waits for `work`, and drops it once it is cancelled: then returns `None`. Work that is done counts.
    pub async fn or<T>(&self, work: impl Future<Output = T>) -> Option<T> {
        let mut cancelled = self.0.clone();
        let is_cancelled = async move {
            if cancelled.wait_for(|cancelled| *cancelled).await.is_err() {
                std::future::pending::<()>().await;
            }
        };
        tokio::select! {
            biased;
            done = work => Some(done),
            () = is_cancelled => None,
        }
    }
}
