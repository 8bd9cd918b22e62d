//! Carries the bytes between sqlx and a server. What comes from the server is checked packet by packet before it goes on.

use std::io;
use std::sync::{Arc, OnceLock};

use sqlx::Connection;
use sqlx::mysql::MySqlConnection;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::UnixStream;
use tokio::task::JoinHandle;

use super::answer::{Answer, Command, Verdict};
use super::capabilities::Capabilities;
use super::frame::{Frame, HEADER, Sequence, framed};
use super::large_packets::{KeptPlace, LARGE, LargePackets, Place};
use super::stream::ServerStream;
use super::violation::{Rule, Violation};

/// The bytes of a buffer, unless a packet needs more.
const BUFFER: usize = 32 << 10;

/// A connection of sqlx with the guard behind it. Dropping it closes both ends.
#[derive(Debug)]
pub struct Guarded {
    pub connection: MySqlConnection,
    kept_place: KeptPlace,
    violation: Arc<OnceLock<Violation>>,
    relay: RelayTask,
}

/// Ends the relay when it is dropped.
#[derive(Debug)]
struct RelayTask(JoinHandle<()>);

impl Drop for RelayTask {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl Guarded {
    pub fn new(connection: MySqlConnection, relay: Relay) -> Self {
        let (kept_place, violation) = (relay.kept_place.clone(), relay.violation.clone());
        Self { connection, kept_place, violation, relay: RelayTask(tokio::spawn(relay.run())) }
    }

    /// Frees what sqlx and the guard keep of large packets, once an answer was read.
    pub fn give_room_back(&mut self) {
        if let Some(place) = self.kept_place.take() {
            self.connection.shrink_buffers();
            drop(place);
        }
    }

    /// Returns the rule that the server broke, where this is why the connection ended.
    pub fn violation(&self) -> Option<Violation> {
        self.violation.get().copied()
    }

    /// Ends the connection in order.
    pub async fn close(self) {
        let Self { connection, kept_place: _, violation: _, mut relay } = self;
        // Where the server is gone, there is nothing to end.
        let _ = connection.close().await;
        let _ = (&mut relay.0).await;
    }
}

/// The two ends, and what was read of each.
#[derive(Debug)]
pub struct Relay {
    server: ServerStream,
    client: UnixStream,
    capabilities: Capabilities,
    from_server: Vec<u8>,
    kept_place: KeptPlace,
    violation: Arc<OnceLock<Violation>>,
}

/// What a command of sqlx was.
#[derive(Debug, Clone, Copy)]
struct Sent {
    command: Command,
    statements: u32,
    /// The number of its last packet.
    last: u8,
}

impl Relay {
    pub fn new(server: ServerStream, client: UnixStream, capabilities: Capabilities) -> Self {
        let (from_server, kept_place, violation) = (Vec::with_capacity(BUFFER), KeptPlace::default(), Arc::default());
        Self { server, client, capabilities, from_server, kept_place, violation }
    }

    async fn run(mut self) {
        // sqlx sees that the connection is closed; what it can't see is in `violation`.
        while let Ok(true) = self.exchange().await {}
    }

    /// Carries one command and its answer. Returns whether another one can follow.
    async fn exchange(&mut self) -> io::Result<bool> {
        let Some(Sent { command, statements, last }) = self.carry_command().await? else { return Ok(false) };
        match command {
            Command::Quit | Command::Unknown => Ok(false),
            Command::Silent => Ok(true),
            Command::Answered(kind) => {
                self.server.sequence = Sequence::after(last);
                self.carry_answer(Answer::new(kind, statements, self.capabilities)).await
            }
        }
    }

    /// Carries a command to the server, which may be in several packets.
    async fn carry_command(&mut self) -> io::Result<Option<Sent>> {
        let mut sent: Option<Sent> = None;
        loop {
            let mut header = [0; HEADER];
            match self.client.read_exact(&mut header).await {
                Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(None),
                outcome => outcome?,
            };
            let [low, middle, high, last] = header;
            let length = u32::from_le_bytes([low, middle, high, 0]);
            let mut left = usize::try_from(length).unwrap_or(usize::MAX);
            self.server.bytes.write_all(&header).await?;
            let mut part = vec![0; left.min(BUFFER)];
            while left > 0 {
                let part = part.get_mut(..left.min(BUFFER)).unwrap_or_default();
                self.client.read_exact(part).await?;
                self.server.bytes.write_all(part).await?;
                left -= part.len();
                let semicolons = part.iter().map(|byte| u32::from(*byte == b';')).sum::<u32>();
                let sent = sent.get_or_insert_with(|| Sent {
                    command: part.first().map_or(Command::Unknown, |first| Command::of(*first)),
                    statements: 1,
                    last,
                });
                sent.statements = sent.statements.saturating_add(semicolons);
                sent.last = last;
            }
            if length < 0xff_ff_ff {
                self.server.bytes.flush().await?;
                return Ok(sent);
            }
        }
    }

    /// Carries an answer to sqlx. Returns whether the server kept to the rules.
    async fn carry_answer(&mut self, mut answer: Answer) -> io::Result<bool> {
        let mut place: Option<Place> = None;
        while !answer.is_done() {
            let checked = match self.check_packets(&mut answer) {
                Ok(checked) => checked,
                Err(violation) => return Ok(self.break_off(violation)),
            };
            let Checked { good, replacement, needed } = checked;
            if answer.is_done() {
                // Before sqlx has all of the answer: then the session frees it.
                place.take().into_iter().for_each(|place| self.kept_place.keep(place));
            }
            if good > 0 {
                self.client.write_all(self.from_server.get(..good).unwrap_or_default()).await?;
                self.from_server.drain(..good);
                self.from_server.shrink_to(BUFFER);
            }
            if let Some(packet) = replacement {
                self.client.write_all(&packet).await?;
            }
            if answer.is_done() {
                break;
            }
            // A server that only announces a packet, and sends little of it, takes no room from others.
            if needed > LARGE && self.from_server.len() >= LARGE && place.is_none() {
                place = LargePackets::of_process().place(self.server.host).await;
            }
            let room = if place.is_some() { needed } else { needed.min(LARGE) };
            if !self.read_some(room, place.as_mut()).await? {
                let length = needed.saturating_sub(HEADER);
                return Ok(self.break_off(Rule::TooSlow.in_packet(answer.next_packet(), length)));
            }
        }
        self.from_server.clear();
        self.from_server.shrink_to(BUFFER);
        Ok(true)
    }

    /// Notes why the connection ends. Returns that the server did not keep to the rules.
    fn break_off(&self, violation: Violation) -> bool {
        let _ = self.violation.set(violation);
        false
    }

    /// Reads what the server has sent, with room for so many bytes in all. The room grows with what has come, not with
    /// what the server has announced. Returns whether the answer may keep its place.
    async fn read_some(&mut self, needed: usize, place: Option<&mut Place>) -> io::Result<bool> {
        let has = self.from_server.len();
        let room = needed.min(has.saturating_mul(2)).max(BUFFER).saturating_sub(has).max(1);
        self.from_server.reserve_exact(room);
        let reading = self.server.bytes.read_buf(&mut self.from_server);
        let read = match place {
            None => reading.await?,
            Some(place) => {
                tokio::select! {
                    biased;
                    read = reading => {
                        let read = read?;
                        place.count(read);
                        read
                    }
                    () = place.is_wanted() => return Ok(false),
                }
            }
        };
        if read == 0 { Err(io::ErrorKind::UnexpectedEof.into()) } else { Ok(true) }
    }

    fn check_packets(&mut self, answer: &mut Answer) -> Result<Checked, Violation> {
        let mut good = 0;
        loop {
            let bytes = self.from_server.get(good..).unwrap_or_default();
            if answer.is_done() || bytes.is_empty() {
                return Ok(Checked { good, replacement: None, needed: HEADER });
            }
            let kind = answer.next_packet();
            let (number, payload) = match Frame::first(bytes, kind)? {
                Frame::Incomplete(needed) => return Ok(Checked { good, replacement: None, needed }),
                Frame::Packet { number, payload } => (number, payload),
            };
            // A server that ends a connection of its own accord does not count.
            if !Answer::is_error(payload) {
                self.server.sequence.take(number).map_err(|rule| rule.in_packet(kind, payload.len()))?;
            }
            match answer.take(payload)? {
                Verdict::PassOn => good += HEADER + payload.len(),
                Verdict::Replace(payload) => {
                    let replacement = Some(framed(number, &payload));
                    return Ok(Checked { good, replacement, needed: HEADER });
                }
            }
        }
    }
}

/// Packets that were found in order.
#[derive(Debug)]
struct Checked {
    /// So many bytes go to sqlx as they are.
    good: usize,
    /// Then this packet goes, in place of the server's.
    replacement: Option<Vec<u8>>,
    /// So many bytes are needed for the next packet.
    needed: usize,
}
