//! Servers that send anything but what a server sends, and tenants. `make hostile` tries every cut and change;
//! `make test` some.

mod fake_server;
mod large_packets;
mod one_operator;
mod packet_changer;
mod recording;
mod replay;
mod tenant_attacks;

/// Returns of how many changes one is tried: of `some`, unless `make hostile` asks for all.
fn one_of(some: usize) -> usize {
    if std::env::var_os("HOSTILE").is_some() { 1 } else { some }
}
