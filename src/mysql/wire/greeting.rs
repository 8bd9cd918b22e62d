//! Reads the first packet of a server.

use super::capabilities::Capabilities;
use super::reader::Reader;
use super::violation::{PacketKind, Rule, Violation};

/// What a server says of itself when it is connected to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Greeting {
    pub capabilities: Capabilities,
    /// The way of authentication that the server proposes.
    pub plugin: String,
    /// The server's random bytes, which an answer is computed with.
    pub nonce: Vec<u8>,
}

impl Greeting {
    /// Reads a greeting of version 10 of the protocol, that of every server since MySQL 4.1.
    ///
    /// # Errors
    /// It is not one, or the server lacks what a login needs.
    pub fn read(packet: &[u8]) -> Result<Self, Violation> {
        Self::fields(Reader::new(packet)).map_err(|rule| rule.in_packet(PacketKind::Greeting, packet.len()))
    }

    fn fields(mut reader: Reader<'_>) -> Result<Self, Rule> {
        match reader.u8("protocol version")? {
            10 => {}
            version => return Err(Rule::ProtocolVersion(version)),
        }
        reader.until_nul("version")?;
        reader.u32("connection id")?;
        let mut nonce = reader.bytes(8, "nonce")?.to_vec();
        reader.skip(1, "filler")?;
        let low = reader.u16("capabilities")?;
        reader.skip(3, "character set and status")?;
        let high = reader.u16("capabilities")?;
        let capabilities = Capabilities::from_bits(u32::from(high) << 16 | u32::from(low));
        for (needed, name) in [
            (Capabilities::PROTOCOL_41, "protocol 4.1"),
            (Capabilities::SECURE_CONNECTION, "secure authentication"),
            (Capabilities::PLUGIN_AUTH, "authentication plugins"),
        ] {
            if !capabilities.has(needed) {
                return Err(Rule::Lacks(name));
            }
        }
        let nonce_length = reader.u8("length of the nonce")?;
        reader.skip(10, "filler")?;
        nonce.extend(reader.bytes(usize::from(nonce_length.saturating_sub(9).max(12)), "nonce")?);
        reader.skip(1, "end of the nonce")?;
        let plugin = reader.until_nul("authentication plugin")?;
        let plugin = std::str::from_utf8(plugin).map_err(|_| Rule::NotUtf8("authentication plugin"))?;
        Ok(Self { capabilities, plugin: plugin.to_owned(), nonce })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GREETING: &[u8] = b"\x0a9.7.4\0\x2a\0\0\0abcdefgh\0\xff\xff\xff\x02\0\xff\xdf\x15\
        \0\0\0\0\0\0\0\0\0\0ijklmnopqrst\0caching_sha2_password\0";

    #[test]
    fn a_greeting_is_read_with_its_nonce_and_plugin() {
        let Greeting { capabilities, plugin, nonce } = Greeting::read(GREETING).unwrap();
        assert_eq!((plugin.as_str(), nonce.as_slice()), ("caching_sha2_password", &b"abcdefghijklmnopqrst"[..]));
        assert!(capabilities.has(Capabilities::SSL) && capabilities.has(Capabilities::DEPRECATE_EOF));
    }

    #[test]
    fn a_greeting_that_is_cut_anywhere_is_refused() {
        for length in 0..GREETING.len() {
            let violation = Greeting::read(&GREETING[..length]).unwrap_err();
            assert!(matches!(violation.rule, Rule::EndsWithin(_)), "{length}: {violation}");
        }
        let shortest = Greeting::read(b"\x0a9.7.0\0").unwrap_err().to_string();
        assert_eq!(
            shortest,
            "the server sent a greeting of 7 bytes that is not taken: it ends within its connection id"
        );
    }
}
