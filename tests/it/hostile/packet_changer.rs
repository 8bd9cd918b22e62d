//! A network between the operator and a genuine server, which changes one packet of each connection.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::io::AsyncWriteExt;
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

use super::fake_server::framed;
use super::recording::{ChangeKind, read_packet};

/// What becomes of a packet, whatever its length.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Damage {
    Halved,
    /// Its last byte is missing, and the header says so.
    Shortened,
    /// The connection ends in the middle of it.
    Broken,
    FirstFlipped,
    LastFlipped,
}

impl Damage {
    pub const ALL: [Self; 5] = [Self::Halved, Self::Shortened, Self::Broken, Self::FirstFlipped, Self::LastFlipped];

    fn kind(self, length: usize) -> ChangeKind {
        let last = length.saturating_sub(1);
        match self {
            Self::Halved => ChangeKind::Cut(length / 2),
            Self::Shortened => ChangeKind::Cut(last),
            Self::Broken => ChangeKind::Broken(length / 2),
            Self::FirstFlipped => ChangeKind::Flip { at: 0, bits: 0xff },
            Self::LastFlipped => ChangeKind::Flip { at: last, bits: 0xff },
        }
    }
}

/// A packet of each connection, by the number of packets that the server sent before it, and what becomes of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PacketChange {
    pub packet: usize,
    pub damage: Damage,
}

/// A listening network, which ends with the test.
pub struct PacketChanger {
    pub port: String,
    most_packets: Arc<AtomicUsize>,
    task: JoinHandle<()>,
}

impl PacketChanger {
    /// Listens at this address of the machine's own, in front of a server.
    pub async fn start_at(host: &str, server: String, change: Option<PacketChange>) -> Self {
        let listener = TcpListener::bind((host, 0)).await.unwrap();
        let port = listener.local_addr().unwrap().port().to_string();
        let most_packets = Arc::new(AtomicUsize::new(0));
        let most = most_packets.clone();
        let task = tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let (server, most) = (server.clone(), most.clone());
                // Each side may close the connection at any time.
                tokio::spawn(async move {
                    let _ = carry(client, server, change, &most).await;
                });
            }
        });
        Self { port, most_packets, task }
    }

    /// Returns the number of packets that a connection has had at most from the server.
    pub fn most_packets(&self) -> usize {
        self.most_packets.load(Ordering::SeqCst)
    }
}

impl Drop for PacketChanger {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn carry(client: TcpStream, server: String, change: Option<PacketChange>, most: &AtomicUsize) -> io::Result<()> {
    let (mut from_client, to_client) = client.into_split();
    let (from_server, mut to_server) = TcpStream::connect(server).await?.into_split();
    tokio::select! {
        ended = tokio::io::copy(&mut from_client, &mut to_server) => ended.map(drop),
        ended = carry_answers(from_server, to_client, change, most) => ended,
    }
}

async fn carry_answers(
    mut server: OwnedReadHalf,
    mut client: OwnedWriteHalf,
    change: Option<PacketChange>,
    most: &AtomicUsize,
) -> io::Result<()> {
    for number in 0.. {
        let packet = read_packet(&mut server).await?;
        most.fetch_max(number + 1, Ordering::SeqCst);
        let Some(change) = change.filter(|change| change.packet == number) else {
            client.write_all(&framed(packet.number, &packet.payload)).await?;
            continue;
        };
        client.write_all(&change.damage.kind(packet.payload.len()).bytes(&packet)).await?;
        if change.damage == Damage::Broken {
            return client.shutdown().await;
        }
    }
    Ok(())
}
