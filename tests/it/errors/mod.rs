//! Each way in which things go wrong: its own reason, the words that help, and Ready by itself once it is mended.

mod connection;
mod isolation;
mod own_server;
mod secret;
mod spec;
mod statement;
mod verify;
