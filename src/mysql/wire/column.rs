//! Reads the definition of a column, and checks the values that a row has for it.

use super::reader::Reader;
use super::violation::{PacketKind, Rule, Violation};

/// How the values of a column are written in a row of the binary protocol.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ColumnFormat {
    Fixed(usize),
    Counted,
    Date,
    DateTime,
    Time,
    /// All its values are NULL.
    Null,
}

/// Whether rows hold text or binary values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RowFormat {
    Text,
    Binary,
}

impl ColumnFormat {
    /// Reads a column definition.
    pub fn read(packet: &[u8]) -> Result<Self, Violation> {
        let fields = || {
            let mut reader = Reader::new(packet);
            for field in ["catalog", "schema", "table", "original table", "name", "original name"] {
                reader.counted_text(field)?;
            }
            reader.length("number of further bytes")?;
            reader.skip(6, "character set and length")?;
            let kind = reader.u8("type")?;
            reader.skip(3, "flags and decimals")?;
            Self::of_type(kind)
        };
        fields().map_err(|rule| rule.in_packet(PacketKind::Column, packet.len()))
    }

    /// Returns how values of a type are written. Types that servers use only inside are not known.
    fn of_type(kind: u8) -> Result<Self, Rule> {
        Ok(match kind {
            // TINY; SHORT, YEAR; LONG, FLOAT, INT24; DOUBLE, LONGLONG
            0x01 => Self::Fixed(1),
            0x02 | 0x0d => Self::Fixed(2),
            0x03 | 0x04 | 0x09 => Self::Fixed(4),
            0x05 | 0x08 => Self::Fixed(8),
            0x06 => Self::Null,
            0x0a => Self::Date,
            // TIMESTAMP, DATETIME
            0x07 | 0x0c => Self::DateTime,
            0x0b => Self::Time,
            // DECIMAL, VARCHAR, BIT, and from JSON to GEOMETRY
            0x00 | 0x0f | 0x10 | 0xf5..=0xff => Self::Counted,
            other => return Err(Rule::ColumnType(other)),
        })
    }

    fn check_binary(self, reader: &mut Reader<'_>) -> Result<(), Rule> {
        let lengths: &[u8] = match self {
            Self::Fixed(length) => return reader.skip(length, "value"),
            Self::Counted => return reader.counted("value").map(|_| ()),
            Self::Null => return Err(Rule::ValueOfNull),
            Self::Date | Self::DateTime => &[0, 4, 7, 11],
            Self::Time => &[0, 8, 12],
        };
        let length = reader.u8("value")?;
        if !lengths.contains(&length) {
            return Err(Rule::TemporalLength(length));
        }
        reader.skip(usize::from(length), "value")
    }
}

/// Checks that a row has exactly one value for each column.
pub fn check_row(packet: &[u8], columns: &[ColumnFormat], format: RowFormat) -> Result<(), Violation> {
    let checked = match format {
        RowFormat::Text => check_text(packet, columns.len()),
        RowFormat::Binary => check_binary(packet, columns),
    };
    checked.map_err(|rule| rule.in_packet(PacketKind::Row, packet.len()))
}

fn check_text(packet: &[u8], columns: usize) -> Result<(), Rule> {
    let mut reader = Reader::new(packet);
    for _ in 0..columns {
        if reader.peek() == Some(0xfb) {
            reader.skip(1, "value")?;
        } else {
            reader.counted("value")?;
        }
    }
    reader.end()
}

fn check_binary(packet: &[u8], columns: &[ColumnFormat]) -> Result<(), Rule> {
    let mut reader = Reader::new(packet);
    match reader.u8("first byte")? {
        0 => {}
        other => return Err(Rule::FirstByte(other)),
    }
    // The first two bits are not used.
    let nulls = reader.bytes((columns.len() + 9) / 8, "NULL bitmap")?;
    for (index, column) in columns.iter().enumerate() {
        let bit = index + 2;
        let is_null = nulls.get(bit / 8).is_some_and(|byte| byte >> (bit % 8) & 1 == 1);
        if !is_null {
            column.check_binary(&mut reader)?;
        }
    }
    reader.end()
}

#[cfg(test)]
pub mod tests {
    use super::*;

    /// Makes the definition of a column `c` of this type.
    pub fn definition(kind: u8) -> Vec<u8> {
        let mut packet = b"\x03def\x01s\x01t\x01t\x01c\x01c\x0c\x2d\0\xff\0\0\0".to_vec();
        packet.extend([kind, 0, 0, 0, 0, 0]);
        packet
    }

    #[test]
    fn a_definition_that_is_cut_within_its_fields_is_refused() {
        let whole = definition(0xfd);
        assert_eq!(ColumnFormat::read(&whole), Ok(ColumnFormat::Counted));
        for length in 0..whole.len() - 2 {
            assert!(ColumnFormat::read(&whole[..length]).is_err(), "{length}");
        }
        for kind in [0x0e, 0x11, 0x12, 0x13, 0x14, 0xf4] {
            assert_eq!(ColumnFormat::read(&definition(kind)).unwrap_err().rule, Rule::ColumnType(kind));
        }
    }

    #[test]
    fn a_text_row_has_exactly_its_values() {
        let columns = [ColumnFormat::Counted; 3];
        let check = |packet: &[u8]| check_row(packet, &columns, RowFormat::Text).map_err(|violation| violation.rule);
        assert_eq!(check(b"\x02ab\xfb\x00"), Ok(()));
        assert_eq!(check(b"\x02ab\xfb"), Err(Rule::EndsWithin("value")));
        assert_eq!(check(b"\x02ab\xfb\x05a"), Err(Rule::EndsWithin("value")));
        assert_eq!(check(b"\x02ab\xfb\x00\x00"), Err(Rule::LeftOver(1)));
        assert_eq!(check(b""), Err(Rule::EndsWithin("value")));
    }

    #[test]
    fn a_binary_row_has_values_as_its_types_say() {
        use ColumnFormat::{Counted, Date, Fixed, Null, Time};
        let check = |packet: &[u8], columns: &[ColumnFormat]| {
            check_row(packet, columns, RowFormat::Binary).map_err(|violation| violation.rule)
        };
        assert_eq!(check(b"\0\0\x2a\0\0\0\x01a", &[Fixed(4), Counted]), Ok(()));
        assert_eq!(check(b"\0\x04\x01a", &[Fixed(4), Counted]), Ok(()), "the first is NULL");
        assert_eq!(check(b"\0\0\x2a\0\0\0\x02a", &[Fixed(4), Counted]), Err(Rule::EndsWithin("value")));
        assert_eq!(check(b"\0", &[Fixed(4)]), Err(Rule::EndsWithin("NULL bitmap")));
        assert_eq!(check(b"\x01\0", &[Fixed(4)]), Err(Rule::FirstByte(1)));
        assert_eq!(check(b"\0\0\x04abcd", &[Date]), Ok(()));
        assert_eq!(check(b"\0\0\x05abcde", &[Date]), Err(Rule::TemporalLength(5)));
        assert_eq!(check(b"\0\0\xffabcde", &[Time]), Err(Rule::TemporalLength(255)));
        assert_eq!(check(b"\0\0", &[Null]), Err(Rule::ValueOfNull));
        assert_eq!(check(b"\0\x04", &[Null]), Ok(()));
    }
}
