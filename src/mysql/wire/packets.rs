//! Reads the packets that end a result or refuse a statement.

use super::reader::Reader;
use super::violation::{PacketKind, Rule, Violation};

/// The status bit of a result that another one follows.
const MORE_RESULTS: u16 = 8;

/// The longest message of a server that is passed on; the longest of MySQL's own has 512 bytes (`MYSQL_ERRMSG_SIZE`).
const LONGEST_MESSAGE: usize = 4096;

/// The end of a result.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct End {
    pub more_results: bool,
}

/// The server's refusal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServerError {
    pub number: u16,
    pub state: Option<[u8; 5]>,
    /// UTF-8 without control characters.
    pub message: String,
}

impl End {
    /// Reads an OK packet. What may follow its last field says nothing to us.
    pub fn ok(packet: &[u8], kind: PacketKind) -> Result<Self, Violation> {
        let fields = || {
            let mut reader = Reader::new(packet);
            reader.u8("first byte")?;
            reader.length("number of rows")?;
            reader.length("last inserted id")?;
            let status = reader.u16("status")?;
            reader.u16("number of warnings")?;
            Ok(Self { more_results: status & MORE_RESULTS != 0 })
        };
        fields().map_err(|rule: Rule| rule.in_packet(kind, packet.len()))
    }

    /// Reads an EOF packet, by which a server ends columns and rows that did not agree to end them by an OK packet.
    pub fn eof(packet: &[u8]) -> Result<Self, Violation> {
        let fields = || {
            let mut reader = Reader::new(packet);
            match reader.u8("first byte")? {
                0xfe => {}
                other => return Err(Rule::FirstByte(other)),
            }
            reader.u16("number of warnings")?;
            let status = reader.u16("status")?;
            reader.end()?;
            Ok(Self { more_results: status & MORE_RESULTS != 0 })
        };
        fields().map_err(|rule| rule.in_packet(PacketKind::EndOfRows, packet.len()))
    }
}

impl ServerError {
    /// Reads an error packet. Before it knows its client, a server leaves out the state.
    pub fn read(packet: &[u8]) -> Result<Self, Violation> {
        let fields = || {
            let mut reader = Reader::new(packet);
            reader.u8("first byte")?;
            let number = reader.u16("number")?;
            let state = if reader.peek() == Some(b'#') {
                reader.skip(1, "state")?;
                reader.bytes(5, "state")?.first_chunk::<5>().copied().filter(|state| state.is_ascii())
            } else {
                None
            };
            Ok(Self { number, state, message: printable(reader.rest()) })
        };
        fields().map_err(|rule: Rule| rule.in_packet(PacketKind::Error, packet.len()))
    }

    /// Writes the packet again, from what was read.
    pub fn packet(&self) -> Vec<u8> {
        let mut packet = vec![0xff];
        packet.extend(self.number.to_le_bytes());
        packet.push(b'#');
        packet.extend(self.state.unwrap_or(*b"HY000"));
        packet.extend(self.message.as_bytes());
        packet
    }
}

/// Returns the beginning of a server's text without control characters.
fn printable(bytes: &[u8]) -> String {
    let bytes = bytes.get(..LONGEST_MESSAGE).unwrap_or(bytes);
    let text = String::from_utf8_lossy(bytes);
    text.chars().map(|letter| if letter.is_control() && letter != '\n' { '\u{fffd}' } else { letter }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_ok_packet_ends_a_result_and_may_announce_another() {
        assert_eq!(End::ok(&[0, 0, 0, 2, 0, 0, 0], PacketKind::Ok), Ok(End { more_results: false }));
        assert_eq!(End::ok(&[0xfe, 0, 0, 10, 0, 0, 0], PacketKind::Ok), Ok(End { more_results: true }));
        assert_eq!(End::eof(&[0xfe, 0, 0, 10, 0]), Ok(End { more_results: true }));
        for length in 0..7 {
            assert!(End::ok(&[0, 0, 0, 2, 0, 0, 0][..length], PacketKind::Ok).is_err(), "{length}");
        }
        for length in 0..5 {
            assert!(End::eof(&[0xfe, 0, 0, 2, 0][..length]).is_err(), "{length}");
        }
    }

    #[test]
    fn an_error_is_passed_on_without_control_characters() {
        let error = ServerError::read(b"\xff\x19\x04#42000Unknown \x1b[2Jdatabase\xff\x9b").unwrap();
        assert_eq!((error.number, error.message.as_str()), (1049, "Unknown \u{fffd}[2Jdatabase\u{fffd}\u{fffd}"));
        assert_eq!(ServerError::read(&error.packet()).unwrap(), error);
        assert_eq!(ServerError::read(b"\xff\x69\x04Host is blocked").unwrap().state, None);
        for packet in [&b"\xff"[..], b"\xff\x19", b"\xff\x19\x04#", b"\xff\x19\x04#4200"] {
            assert!(ServerError::read(packet).is_err(), "{packet:?}");
        }
    }
}
