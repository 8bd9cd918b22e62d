//! Cuts a stream of bytes into packets. Does not look into them.

use super::violation::{PacketKind, Rule, Violation};

/// The bytes before each packet: its length, and its number.
pub const HEADER: usize = 4;

/// The longest packet that is taken. A longer one would be in parts, each but the last of 16 MiB.
pub const LONGEST: usize = 0xff_ff_fe;

/// What the first bytes of a stream are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Frame<'a> {
    /// So many bytes are needed to tell, the present ones included.
    Incomplete(usize),
    Packet {
        number: u8,
        payload: &'a [u8],
    },
}

impl<'a> Frame<'a> {
    /// Reads the packet at the beginning of `bytes`, which a server sent as `kind`.
    pub fn first(bytes: &'a [u8], kind: PacketKind) -> Result<Self, Violation> {
        let Some((&[low, middle, high, number], rest)) = bytes.split_first_chunk::<HEADER>() else {
            return Ok(Self::Incomplete(HEADER));
        };
        let length = usize::try_from(u32::from_le_bytes([low, middle, high, 0])).unwrap_or(usize::MAX);
        match length {
            0 => return Err(Rule::Empty.in_packet(kind, length)),
            1..=LONGEST => {}
            _ => return Err(Rule::PacketTooLong(LONGEST).in_packet(kind, length)),
        }
        Ok(match rest.get(..length) {
            Some(payload) => Self::Packet { number, payload },
            None => Self::Incomplete(HEADER + length),
        })
    }
}

/// The number that the next packet of an exchange has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sequence(u8);

impl Sequence {
    /// The first packet of a server, and of each command.
    pub const FIRST: Self = Self(0);

    /// Follows a packet with this number.
    pub fn after(last: u8) -> Self {
        Self(last.wrapping_add(1))
    }

    /// Returns the number of the next packet, which is ours.
    pub fn next(&mut self) -> u8 {
        let number = self.0;
        self.0 = number.wrapping_add(1);
        number
    }

    /// Takes the number of the server's next packet.
    pub fn take(&mut self, found: u8) -> Result<(), Rule> {
        let expected = self.next();
        if found == expected { Ok(()) } else { Err(Rule::Sequence { expected, found }) }
    }
}

/// Puts a header before a packet of ours.
pub fn framed(number: u8, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).unwrap_or(u32::MAX).to_le_bytes();
    let mut packet = Vec::with_capacity(HEADER + payload.len());
    packet.extend(length.into_iter().take(3));
    packet.push(number);
    packet.extend(payload);
    packet
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_packet_is_cut_off_once_it_is_whole() {
        let bytes = framed(7, b"abc");
        for length in 0..bytes.len() {
            let needed = if length < HEADER { HEADER } else { bytes.len() };
            assert_eq!(Frame::first(&bytes[..length], PacketKind::Row), Ok(Frame::Incomplete(needed)));
        }
        assert_eq!(Frame::first(&bytes, PacketKind::Row), Ok(Frame::Packet { number: 7, payload: b"abc" }));
    }

    #[test]
    fn empty_and_endless_packets_are_refused_by_their_header() {
        let rule = |header: &[u8]| Frame::first(header, PacketKind::Row).map_err(|violation| violation.rule).err();
        assert_eq!(rule(&[0, 0, 0, 1]), Some(Rule::Empty));
        assert_eq!(rule(&[255, 255, 255, 1]), Some(Rule::PacketTooLong(LONGEST)));
        assert_eq!(rule(&[254, 255, 255, 1]), None);
    }

    #[test]
    fn numbers_follow_each_other_and_wrap() {
        let mut sequence = Sequence(254);
        assert_eq!([sequence.take(254), sequence.take(255), sequence.take(0)], [Ok(()); 3]);
        assert_eq!(sequence.take(7), Err(Rule::Sequence { expected: 1, found: 7 }));
    }
}
