//! What a running change is asked, and what it tells: the channels between its task and the rest of the program.

use std::fmt;
use std::sync::Arc;

use tokio::sync::watch;

/// The task's own ends of the channels.
#[derive(Clone)]
pub struct ChangeTask {
    stop: watch::Receiver<bool>,
    cancel: watch::Receiver<Option<String>>,
    progress: watch::Sender<ChangeProgress>,
    wake: Arc<dyn Fn() + Send + Sync>,
}

/// The ends that the rest of the program holds.
#[derive(Debug)]
pub struct ChangeHandle {
    /// Set to true, it lets the change begin no further step.
    pub stop: watch::Sender<bool>,
    /// Who asks for the end of the running statement, once a person does.
    pub cancel: watch::Sender<Option<String>>,
    pub progress: watch::Receiver<ChangeProgress>,
}

/// How far a change is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ChangeProgress {
    /// The ids of the steps that have begun. The last one runs.
    pub begun: Vec<String>,
    /// The ids of those steps that have failed.
    pub failed: Vec<String>,
    /// How much of the running step is done.
    pub percent: Option<u8>,
    /// How long the running step will still take, in words.
    pub time_left: Option<String>,
    /// What a person should know of the running statement now.
    pub notice: Option<Notice>,
    /// Whether there has been a notice since the change began.
    pub had_notice: bool,
}

/// What a person wants to know of a running statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Notice {
    /// The statement can't go on, or can't be ended.
    Blocked {
        text: String,
        /// The connections in its way, as far as they are known.
        connections: Vec<u64>,
    },
    /// An earlier run of the operator began the statement, and this one waits for it.
    Orphan(String),
}

impl Notice {
    /// Returns the notice in one sentence.
    pub fn text(&self) -> &str {
        match self {
            Self::Blocked { text, .. } | Self::Orphan(text) => text,
        }
    }
}

impl ChangeTask {
    /// Makes the channels of a change. The task calls `wake` when it has something to tell at once.
    pub fn new(is_stopped: bool, wake: Arc<dyn Fn() + Send + Sync>) -> (Self, ChangeHandle) {
        let (stop_sender, stop) = watch::channel(is_stopped);
        let (cancel_sender, cancel) = watch::channel(None);
        let (progress, progress_receiver) = watch::channel(ChangeProgress::default());
        let handle = ChangeHandle { stop: stop_sender, cancel: cancel_sender, progress: progress_receiver };
        (Self { stop, cancel, progress, wake }, handle)
    }

    /// Returns whether to begin no further step.
    pub fn is_stopped(&self) -> bool {
        *self.stop.borrow()
    }

    /// Waits until no further step may begin.
    pub async fn stopped(&self) {
        let mut stop = self.stop.clone();
        if stop.wait_for(|stop| *stop).await.is_err() {
            std::future::pending::<()>().await;
        }
    }

    /// Returns who asked for the end of the running statement.
    pub fn cancelled_by(&self) -> Option<String> {
        self.cancel.borrow().clone()
    }

    /// Waits until a person asks for the end of the running statement.
    pub async fn cancelled(&self) {
        let mut cancel = self.cancel.clone();
        if cancel.wait_for(Option::is_some).await.is_err() {
            std::future::pending::<()>().await;
        }
    }

    /// Returns how far the change is.
    pub fn progress(&self) -> ChangeProgress {
        self.progress.borrow().clone()
    }

    /// Records that a step begins.
    pub fn begin_step(&self, id: &str) {
        self.progress.send_modify(|progress| {
            progress.begun.push(id.to_owned());
            (progress.percent, progress.time_left, progress.notice) = (None, None, None);
        });
    }

    /// Records that the step that began last has failed.
    pub fn fail_step(&self, id: &str) {
        self.progress.send_modify(|progress| progress.failed.push(id.to_owned()));
    }

    /// Takes back the notice, which no longer holds. The next look at the change shows that.
    pub fn clear_notice(&self) {
        self.progress.send_modify(|progress| progress.notice = None);
    }

    /// Records a notice, and has it told at once.
    pub fn tell_notice(&self, notice: Notice) {
        self.progress.send_modify(|progress| {
            progress.notice = Some(notice);
            progress.had_notice = true;
        });
        (self.wake)();
    }

    /// Records how much of the running step is done, and has it told at once.
    pub fn tell_percent(&self, percent: u8, time_left: Option<String>) {
        self.progress.send_modify(|progress| {
            progress.percent = Some(percent);
            progress.time_left = time_left;
        });
        (self.wake)();
    }
}

impl fmt::Debug for ChangeTask {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ChangeTask").field("progress", &*self.progress.borrow()).finish_non_exhaustive()
    }
}
