//! Builds the parts that read what others wrote, without servers and clusters: in seconds, with the sanitizer.

#[path = "../../src/schema/mod.rs"]
pub mod schema;

/// The guard's reading of packets, without its connections.
#[allow(dead_code, reason = "the connections use the rest")]
#[path = "../../src/mysql/wire"]
pub mod wire {
    pub mod answer;
    pub mod capabilities;
    pub mod column;
    pub mod frame;
    pub mod greeting;
    pub mod login_packets;
    pub mod packets;
    pub mod reader;
    pub mod violation;
}
