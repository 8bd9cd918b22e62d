//! Runs the change that a pass asks for, beside the passes, and tells how far it is.

mod change_task;
mod orphaned_statement;
mod recheck;
mod registry;
mod run_job;
mod run_step;
mod run_steps;
mod turns;
mod watcher;

pub use change_task::{ChangeProgress, Notice};
pub use registry::{ChangeRegistry, ChangeState};
pub use turns::{Turn, Wake};
