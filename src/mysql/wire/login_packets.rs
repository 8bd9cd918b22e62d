//! Writes and reads the packets of a login.

use super::capabilities::Capabilities;
use super::frame::LONGEST;
use super::packets::{End, ServerError};
use super::reader::Reader;
use super::violation::{PacketKind, Rule, Violation};

/// The first collation of utf8mb4 that each server knows (`utf8mb4_general_ci`).
const COLLATION: u8 = 45;

/// What a server says after it was given an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reply {
    LoggedIn,
    Refused(ServerError),
    /// It wants another way of authentication.
    Switch {
        plugin: String,
        nonce: Vec<u8>,
    },
    /// It knows the account's password already, and the OK packet follows (`caching_sha2_password`).
    KnownAlready,
    /// It wants the password itself (`caching_sha2_password`).
    WholePassword,
}

/// What a client says of itself.
#[derive(Debug, Clone, Copy)]
pub struct Introduction<'a> {
    pub capabilities: Capabilities,
    pub username: &'a str,
    pub answer: &'a [u8],
    pub database: Option<&'a str>,
    pub plugin: &'static str,
}

/// Writes the packet after which TLS begins. It is the beginning of every [`Introduction`].
pub fn tls_request(capabilities: Capabilities) -> Vec<u8> {
    let mut packet = capabilities.bits().to_le_bytes().to_vec();
    packet.extend(u32::try_from(LONGEST).unwrap_or(u32::MAX).to_le_bytes());
    packet.push(COLLATION);
    packet.extend([0; 23]);
    packet
}

impl Introduction<'_> {
    pub fn packet(&self) -> Vec<u8> {
        let mut packet = tls_request(self.capabilities);
        packet.extend(self.username.bytes().chain([0]));
        // A hash has at most 32 bytes, and a password is never in here.
        packet.push(u8::try_from(self.answer.len()).unwrap_or(u8::MAX));
        packet.extend(self.answer);
        if let Some(database) = self.database {
            packet.extend(database.bytes().chain([0]));
        }
        packet.extend(self.plugin.bytes().chain([0]));
        packet
    }
}

impl Reply {
    pub fn read(packet: &[u8]) -> Result<Self, Violation> {
        let wrong = |rule: Rule| rule.in_packet(PacketKind::Authentication, packet.len());
        match packet.first() {
            Some(0x00) => End::ok(packet, PacketKind::Ok).map(|_| Self::LoggedIn),
            Some(0xff) => ServerError::read(packet).map(Self::Refused),
            Some(0xfe) => Self::switch(packet).map_err(wrong),
            Some(0x01) => Self::more(packet).map_err(wrong),
            Some(other) => Err(wrong(Rule::FirstByte(*other))),
            None => Err(wrong(Rule::Empty)),
        }
    }

    fn switch(packet: &[u8]) -> Result<Self, Rule> {
        let mut reader = Reader::new(packet);
        reader.skip(1, "first byte")?;
        if reader.peek().is_none() {
            // The whole packet, where a server from before 4.1 knows the password.
            return Ok(Self::Switch { plugin: "mysql_old_password".to_owned(), nonce: Vec::new() });
        }
        let plugin = reader.until_nul("authentication plugin")?;
        let plugin = std::str::from_utf8(plugin).map_err(|_| Rule::NotUtf8("authentication plugin"))?;
        let nonce = reader.rest();
        let nonce = nonce.strip_suffix(&[0]).unwrap_or(nonce);
        Ok(Self::Switch { plugin: plugin.to_owned(), nonce: nonce.to_vec() })
    }

    fn more(packet: &[u8]) -> Result<Self, Rule> {
        let mut reader = Reader::new(packet);
        reader.skip(1, "first byte")?;
        let kind = match reader.u8("kind")? {
            3 => Self::KnownAlready,
            4 => Self::WholePassword,
            other => return Err(Rule::FirstByte(other)),
        };
        reader.end().map(|()| kind)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn replies_are_told_apart_and_none_is_read_beyond_its_end() {
        let switch = Reply::Switch { plugin: "mysql_native_password".into(), nonce: b"abcdefghijklmnopqrst".to_vec() };
        let whole = b"\xfemysql_native_password\0abcdefghijklmnopqrst\0";
        assert_eq!(Reply::read(whole), Ok(switch));
        assert_eq!(Reply::read(&[1, 3]), Ok(Reply::KnownAlready));
        assert_eq!(Reply::read(&[1, 4]), Ok(Reply::WholePassword));
        assert_eq!(Reply::read(&[0, 0, 0, 2, 0, 0, 0]), Ok(Reply::LoggedIn));
        assert!(matches!(Reply::read(b"\xff\x15\x04#28000no"), Ok(Reply::Refused(_))));
        for length in 2..22 {
            assert!(Reply::read(&whole[..length]).is_err(), "{length}");
        }
        for packet in [&[][..], &[1], &[1, 5], &[1, 3, 3], &[2], &[0, 0, 0]] {
            assert!(Reply::read(packet).is_err(), "{packet:?}");
        }
    }
}
