//! A resource through its life: planned, approved, measured again and again, interrupted, gone.

mod approval;
mod concurrent;
mod consent;
mod drift;
mod failover;
mod history;
mod modes;
mod plan_id;
mod shutdown;
mod steady_state;
mod window;
