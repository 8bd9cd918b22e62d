//! What a change under way is told, and what it tells.

use std::sync::Arc;

use tokio::sync::watch;

/// The ends of a change's channels that the change itself has.
#[derive(Clone)]
pub struct ChangeTask {
    stop: watch::Receiver<bool>,
    cancel: watch::Receiver<Option<String>>,
    progress: watch::Sender<ChangeProgress>,
    wake: Arc<dyn Fn() + Send + Sync>,
}

/// The ends that others have.
#[derive(Debug)]
pub struct ChangeHandle {
    pub stop: watch::Sender<bool>,
    pub cancel: watch::Sender<Option<String>>,
    pub progress: watch::Receiver<ChangeProgress>,
}

/// How far a change has come.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ChangeProgress {
    /// The ids of the steps that have begun. The last one runs.
    pub begun: Vec<String>,
    /// How much of that one is done, in percent.
    pub percent: Option<u8>,
    /// How long it will take.
    pub left: Option<String>,
    pub news: Option<Notice>,
}

/// What a person wants to hear of a statement that runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Notice {
    /// Others are in its way; who they are.
    Blocked(String),
    /// A former run of the operator has begun it, and it is waited for.
    Found(String),
}

impl Notice {
    /// The news in one sentence.
    pub fn text(&self) -> &str {
        match self {
            Self::Blocked(text) | Self::Found(text) => text,
        }
    }
}

impl ChangeTask {
    /// A change's own ends, and the others. `wake` is called when there is something that should be told at once.
    pub fn new(stopped: bool, wake: Arc<dyn Fn() + Send + Sync>) -> (Self, ChangeHandle) {
        let (stop, stopped) = watch::channel(stopped);
        let (cancel, cancelled) = watch::channel(None);
        let (progress, told) = watch::channel(ChangeProgress::default());
        (Self { stop: stopped, cancel: cancelled, progress, wake }, ChangeHandle { stop, cancel, progress: told })
    }

    /// Whether to begin no further step.
    pub fn is_stopped(&self) -> bool {
        *self.stop.borrow()
    }

    /// Who asked for the running statement to be ended.
    pub fn cancelled_by(&self) -> Option<String> {
        self.cancel.borrow().clone()
    }

    /// Waits until somebody asks for the running statement to be ended.
    pub async fn cancelled(&self) {
        let mut cancel = self.cancel.clone();
        if cancel.wait_for(Option::is_some).await.is_err() {
            std::future::pending::<()>().await;
        }
    }

    /// Waits until no further step is to be begun.
    pub async fn stopped(&self) {
        let mut stop = self.stop.clone();
        if stop.wait_for(|stop| *stop).await.is_err() {
            std::future::pending::<()>().await;
        }
    }

    /// How far it has come.
    pub fn progress(&self) -> ChangeProgress {
        self.progress.borrow().clone()
    }

    /// A step begins.
    pub fn begins(&self, step: &str) {
        self.progress.send_modify(|progress| {
            let begun = std::mem::take(&mut progress.begun);
            *progress = ChangeProgress { begun, ..ChangeProgress::default() };
            progress.begun.push(step.to_owned());
        });
    }

    /// Notes how far the running step is. It is told with the next look at the change.
    pub fn notes(&self, change: impl FnOnce(&mut ChangeProgress)) {
        self.progress.send_modify(change);
    }

    /// Notes how far the running step is, and has it told at once.
    pub fn tells(&self, change: impl FnOnce(&mut ChangeProgress)) {
        self.notes(change);
        (self.wake)();
    }
}

impl std::fmt::Debug for ChangeTask {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ChangeTask").field("progress", &*self.progress.borrow()).finish_non_exhaustive()
    }
}
