//! Checks that no bytes of a server end the guard, and that what it passes on is bounded.
#![no_main]

use libfuzzer_sys::fuzz_target;
use schema_operator::mysql::fuzzing::{Answer, Capabilities, Command, Frame, Greeting, Reply};

fuzz_target!(|bytes: &[u8]| {
    let Some((choice, mut stream)) = bytes.split_first() else { return };
    let _ = Greeting::read(stream);
    let _ = Reply::read(stream);
    let command = [0x03, 0x0e, 0x16, 0x17][usize::from(choice % 4)];
    let Command::Answered(kind) = Command::of(command) else { return };
    let capabilities = Capabilities::from_bits(if choice & 4 == 0 { u32::MAX } else { 0 });
    let mut answer = Answer::new(kind, 3, capabilities);
    while !answer.is_done() {
        let Ok(Frame::Packet { payload, .. }) = Frame::first(stream, answer.next_packet()) else { return };
        if answer.take(payload).is_err() {
            return;
        }
        stream = &stream[4 + payload.len()..];
    }
});
