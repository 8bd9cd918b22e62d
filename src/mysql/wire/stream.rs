//! The stream of bytes to a server, encrypted or not, and its packets.

use std::fmt;
use std::net::IpAddr;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use zeroize::Zeroizing;

use super::connect_error::ConnectError;
use super::frame::{Frame, HEADER, Sequence, framed};
use super::violation::{PacketKind, Rule};

/// The longest packet that a login takes.
const LONGEST_OF_LOGIN: usize = 64 << 10;

/// What can be read from and written to.
pub trait Bytes: AsyncRead + AsyncWrite + Send + Sync + Unpin {}

impl<S: AsyncRead + AsyncWrite + Send + Sync + Unpin> Bytes for S {}

/// The bytes to a server. Nothing is buffered here, so that TLS can begin between any two packets.
pub struct ServerStream {
    pub host: IpAddr,
    pub bytes: Box<dyn Bytes>,
    pub sequence: Sequence,
}

impl ServerStream {
    pub fn new(host: IpAddr, bytes: Box<dyn Bytes>) -> Self {
        Self { host, bytes, sequence: Sequence::FIRST }
    }

    /// Sends a packet of a login.
    pub async fn send(&mut self, payload: &[u8]) -> std::io::Result<()> {
        // It may hold a password.
        let packet = Zeroizing::new(framed(self.sequence.next(), payload));
        self.bytes.write_all(&packet).await?;
        self.bytes.flush().await
    }

    /// Reads a packet of a login.
    pub async fn receive(&mut self, kind: PacketKind) -> Result<Vec<u8>, ConnectError> {
        let mut packet = vec![0; HEADER];
        self.bytes.read_exact(&mut packet).await?;
        if let Frame::Incomplete(needed) = Frame::first(&packet, kind)? {
            if needed > LONGEST_OF_LOGIN {
                return Err(Rule::PacketTooLong(LONGEST_OF_LOGIN).in_packet(kind, needed - HEADER).into());
            }
            packet.resize(needed, 0);
            self.bytes.read_exact(packet.get_mut(HEADER..).unwrap_or_default()).await?;
        }
        let Frame::Packet { number, payload } = Frame::first(&packet, kind)? else {
            return Err(Rule::Empty.in_packet(kind, 0).into());
        };
        // A server that refuses does not always count.
        if payload.first() != Some(&0xff) {
            self.sequence.take(number).map_err(|rule| rule.in_packet(kind, payload.len()))?;
        }
        Ok(payload.to_vec())
    }
}

impl fmt::Debug for ServerStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ServerStream")
    }
}
