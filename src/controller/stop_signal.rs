//! The signal that stops the operator: SIGTERM, SIGINT, or the loss of its Lease.

use futures::FutureExt;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;

/// Tells every part of the operator to stop. Cheap to clone.
#[derive(Debug, Clone)]
pub struct StopSignal(watch::Sender<bool>);

impl StopSignal {
    /// Sends the signal at the first SIGTERM or SIGINT. A second one ends the process at once.
    ///
    /// # Errors
    /// The process can't wait for signals.
    pub fn on_termination() -> std::io::Result<Self> {
        let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
        let stop = Self(watch::Sender::new(false));
        let sender = stop.clone();
        tokio::spawn(async move {
            let mut next = async || {
                let (terminate, interrupt) = (terminate.recv().fuse(), interrupt.recv().fuse());
                tokio::select! { _ = terminate => {}, _ = interrupt => {} }
            };
            next().await;
            tracing::info!("a signal to stop arrived; no further step is begun");
            sender.send();
            next().await;
            tracing::warn!("a second signal arrived; the operator ends at once");
            std::process::exit(1);
        });
        Ok(stop)
    }

    /// Sends the signal.
    pub fn send(&self) {
        self.0.send_replace(true);
    }

    /// Returns whether the signal was sent.
    pub fn is_sent(&self) -> bool {
        *self.0.borrow()
    }

    /// Waits for the signal.
    pub async fn wait(&self) {
        // The sender lives as long as `self`, so this ends with the signal alone.
        let _ = self.0.subscribe().wait_for(|is_sent| *is_sent).await;
    }
}
