//! Each kind of error: its own reason, a message that helps, and Ready by itself once the cause is fixed.

mod connection;
mod isolation;
mod own_server;
mod own_tables;
mod replaced_own_tables;
mod retries;
mod secret;
mod spec;
mod statement;
mod verify;
