//! Reads the fields of a packet. Each reading checks its bounds, so no bytes can overrun it.

use super::violation::Rule;

/// The bytes of a packet that were not read yet. Each field is read by the name under which a violation names it.
#[derive(Debug, Clone, Copy)]
pub struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    pub fn new(packet: &'a [u8]) -> Self {
        Self(packet)
    }

    /// Returns what was not read.
    pub fn rest(self) -> &'a [u8] {
        self.0
    }

    /// Returns the next byte without reading it.
    pub fn peek(&self) -> Option<u8> {
        self.0.first().copied()
    }

    /// Reads so many bytes.
    pub fn bytes(&mut self, number: usize, field: &'static str) -> Result<&'a [u8], Rule> {
        let (taken, rest) = self.0.split_at_checked(number).ok_or(Rule::EndsWithin(field))?;
        self.0 = rest;
        Ok(taken)
    }

    /// Passes over so many bytes.
    pub fn skip(&mut self, number: usize, field: &'static str) -> Result<(), Rule> {
        self.bytes(number, field).map(|_| ())
    }

    fn array<const N: usize>(&mut self, field: &'static str) -> Result<[u8; N], Rule> {
        let (taken, rest) = self.0.split_first_chunk::<N>().ok_or(Rule::EndsWithin(field))?;
        self.0 = rest;
        Ok(*taken)
    }

    pub fn u8(&mut self, field: &'static str) -> Result<u8, Rule> {
        self.array::<1>(field).map(u8::from_le_bytes)
    }

    pub fn u16(&mut self, field: &'static str) -> Result<u16, Rule> {
        self.array(field).map(u16::from_le_bytes)
    }

    pub fn u32(&mut self, field: &'static str) -> Result<u32, Rule> {
        self.array(field).map(u32::from_le_bytes)
    }

    /// Reads a number whose first byte says how long it is. The first bytes 0xfb and 0xff are none.
    pub fn length(&mut self, field: &'static str) -> Result<u64, Rule> {
        match self.u8(field)? {
            0xfc => self.u16(field).map(u64::from),
            0xfd => {
                let [low, middle, high] = self.array(field)?;
                Ok(u64::from(u32::from_le_bytes([low, middle, high, 0])))
            }
            0xfe => self.array(field).map(u64::from_le_bytes),
            0xfb | 0xff => Err(Rule::NoLength(field)),
            small => Ok(u64::from(small)),
        }
    }

    /// Reads bytes after their length.
    pub fn counted(&mut self, field: &'static str) -> Result<&'a [u8], Rule> {
        let length = self.length(field)?;
        let length = usize::try_from(length).map_err(|_| Rule::EndsWithin(field))?;
        self.bytes(length, field)
    }

    /// Reads a text after its length.
    pub fn counted_text(&mut self, field: &'static str) -> Result<&'a str, Rule> {
        std::str::from_utf8(self.counted(field)?).map_err(|_| Rule::NotUtf8(field))
    }

    /// Reads bytes up to a NUL, which is passed over.
    pub fn until_nul(&mut self, field: &'static str) -> Result<&'a [u8], Rule> {
        let length = self.0.iter().position(|byte| *byte == 0).ok_or(Rule::EndsWithin(field))?;
        let taken = self.bytes(length, field)?;
        self.skip(1, field)?;
        Ok(taken)
    }

    /// Makes sure that all was read.
    pub fn end(self) -> Result<(), Rule> {
        match self.0.len() {
            0 => Ok(()),
            left => Err(Rule::LeftOver(left)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_reading_goes_beyond_the_end() {
        assert_eq!(Reader::new(&[1, 2]).u32("id"), Err(Rule::EndsWithin("id")));
        assert_eq!(Reader::new(&[5, b'a']).counted("name"), Err(Rule::EndsWithin("name")));
        assert_eq!(
            Reader::new(&[0xfe, 255, 255, 255, 255, 255, 255, 255, 255]).counted("n"),
            Err(Rule::EndsWithin("n"))
        );
        assert_eq!(Reader::new(b"no end").until_nul("version"), Err(Rule::EndsWithin("version")));
    }

    #[test]
    fn lengths_have_one_to_nine_bytes() {
        let cases: [(&[u8], Result<u64, Rule>); 6] = [
            (&[250], Ok(250)),
            (&[0xfc, 1, 2], Ok(0x0201)),
            (&[0xfd, 1, 2, 3], Ok(0x03_0201)),
            (&[0xfe, 1, 0, 0, 0, 0, 0, 0, 1], Ok(0x0100_0000_0000_0001)),
            (&[0xfb], Err(Rule::NoLength("n"))),
            (&[0xff], Err(Rule::NoLength("n"))),
        ];
        for (bytes, expected) in cases {
            assert_eq!(Reader::new(bytes).length("n"), expected, "{bytes:?}");
        }
    }
}
