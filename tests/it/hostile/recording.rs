//! Records what a genuine server says in a conversation, and plays it again with one packet changed.

use std::io;
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};

use super::fake_server::framed;

/// A packet, with its number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Packet {
    pub number: u8,
    pub payload: Vec<u8>,
}

/// What a server sent until the client spoke again.
pub type Turn = Vec<Packet>;

/// Carries connections to a server, and keeps what it sends.
pub struct Recorder {
    pub port: u16,
    turns: Arc<Mutex<Vec<Turn>>>,
}

impl Recorder {
    pub async fn start(server: String) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let turns = Arc::new(Mutex::new(vec![Turn::new()]));
        let kept = turns.clone();
        tokio::spawn(async move {
            let (client, _) = listener.accept().await.unwrap();
            let (from_client, to_client) = client.into_split();
            let (from_server, to_server) = TcpStream::connect(server).await.unwrap().into_split();
            let carried = kept.clone();
            tokio::join!(
                carry_commands(from_client, to_server, &kept),
                carry_answers(from_server, to_client, &carried)
            );
        });
        Self { port, turns }
    }

    /// Returns what the server has said.
    pub fn turns(&self) -> Vec<Turn> {
        self.turns.lock().unwrap().clone()
    }
}

pub async fn read_packet(stream: &mut OwnedReadHalf) -> io::Result<Packet> {
    let mut header = [0; 4];
    stream.read_exact(&mut header).await?;
    let mut payload = vec![0; u32::from_le_bytes([header[0], header[1], header[2], 0]) as usize];
    stream.read_exact(&mut payload).await?;
    Ok(Packet { number: header[3], payload })
}

/// Reads the client's next packet that has an answer.
async fn read_command(stream: &mut OwnedReadHalf) -> io::Result<Packet> {
    loop {
        let packet = read_packet(stream).await?;
        if !is_silent(&packet) {
            return Ok(packet);
        }
    }
}

/// Whether it closes a prepared statement, which no server answers.
fn is_silent(packet: &Packet) -> bool {
    packet.number == 0 && packet.payload.first() == Some(&0x19)
}

async fn carry_commands(mut client: OwnedReadHalf, mut server: OwnedWriteHalf, turns: &Mutex<Vec<Turn>>) {
    while let Ok(packet) = read_packet(&mut client).await {
        if !is_silent(&packet) {
            turns.lock().unwrap().push(Turn::new());
        }
        server.write_all(&framed(packet.number, &packet.payload)).await.unwrap();
    }
    let _ = server.shutdown().await;
}

async fn carry_answers(mut server: OwnedReadHalf, mut client: OwnedWriteHalf, turns: &Mutex<Vec<Turn>>) {
    while let Ok(packet) = read_packet(&mut server).await {
        let bytes = framed(packet.number, &packet.payload);
        turns.lock().unwrap().last_mut().unwrap().push(packet);
        if client.write_all(&bytes).await.is_err() {
            return;
        }
    }
}

/// A change of one packet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Change {
    pub turn: usize,
    pub packet: usize,
    pub kind: ChangeKind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChangeKind {
    /// Only so many bytes are left, and the header says so.
    Cut(usize),
    /// Only so many bytes come, and the header announces all.
    Broken(usize),
    /// This byte has these bits the other way round.
    Flip {
        at: usize,
        bits: u8,
    },
    /// The header announces so many bytes more than there are.
    Longer(usize),
    Twice,
    LeftOut,
}

impl Change {
    /// Lists the changes of a conversation, in their order.
    pub fn all(turns: &[Turn]) -> Vec<Self> {
        let mut changes = Vec::new();
        for (turn, packets) in turns.iter().enumerate() {
            for (packet, Packet { payload, .. }) in packets.iter().enumerate() {
                let mut add = |kind| changes.push(Self { turn, packet, kind });
                for at in 0..payload.len() {
                    add(ChangeKind::Cut(at));
                    add(ChangeKind::Broken(at));
                    for bits in [0x01, 0x80, 0xff] {
                        add(ChangeKind::Flip { at, bits });
                    }
                }
                for longer in [1, 255, 0x10000] {
                    add(ChangeKind::Longer(longer));
                }
                add(ChangeKind::Twice);
                add(ChangeKind::LeftOut);
            }
        }
        changes
    }
}

impl ChangeKind {
    /// Returns the bytes of a packet so changed.
    pub fn bytes(self, Packet { number, payload }: &Packet) -> Vec<u8> {
        let whole = framed(*number, payload);
        match self {
            ChangeKind::Cut(at) => framed(*number, &payload[..at]),
            ChangeKind::Broken(at) => whole[..4 + at].to_vec(),
            ChangeKind::Flip { at, bits } => {
                let mut payload = payload.clone();
                payload[at] ^= bits;
                framed(*number, &payload)
            }
            ChangeKind::Longer(bytes) => {
                let length = u32::try_from(payload.len() + bytes).unwrap().to_le_bytes();
                [&length[..3], &whole[3..]].concat()
            }
            ChangeKind::Twice => [whole.clone(), whole].concat(),
            ChangeKind::LeftOut => Vec::new(),
        }
    }
}

/// Plays a conversation to one client. With the changed turn the server has said its last.
pub async fn play(listener: &TcpListener, turns: &[Turn], change: Option<Change>) -> io::Result<()> {
    let (client, _) = listener.accept().await?;
    let (mut from_client, mut to_client) = client.into_split();
    for (index, turn) in turns.iter().enumerate() {
        if index > 0 {
            read_command(&mut from_client).await?;
        }
        let mut bytes = Vec::new();
        for (position, packet) in turn.iter().enumerate() {
            match change.filter(|change| (change.turn, change.packet) == (index, position)) {
                Some(change) => bytes.extend(change.kind.bytes(packet)),
                None => bytes.extend(framed(packet.number, &packet.payload)),
            }
        }
        to_client.write_all(&bytes).await?;
        if change.is_some_and(|change| change.turn == index) {
            break;
        }
    }
    to_client.shutdown().await?;
    while from_client.read(&mut [0; 1024]).await? > 0 {}
    Ok(())
}
