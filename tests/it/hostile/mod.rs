//! Servers that send anything but what a server sends. `make hostile` tries every cut and change; `make test` some.

mod fake_server;
mod large_packets;
mod one_operator;
mod recording;
mod replay;
