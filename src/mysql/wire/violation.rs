//! The rules that a server's bytes have to keep, and how a packet that breaks one is described.

/// A packet that was refused, and why.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the server sent {packet} of {length} bytes that is not taken: {rule}")]
pub struct Violation {
    pub packet: PacketKind,
    pub length: usize,
    pub rule: Rule,
}

/// What a packet is, by where it comes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PacketKind {
    Greeting,
    Authentication,
    Error,
    Ok,
    EndOfRows,
    Prepared,
    ColumnCount,
    Column,
    Row,
}

/// What is wrong with a packet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Rule {
    #[error("it is empty")]
    Empty,
    #[error("it ends within its {0}")]
    EndsWithin(&'static str),
    #[error("{0} bytes are left over after its last field")]
    LeftOver(usize),
    #[error("its {0} is no length")]
    NoLength(&'static str),
    #[error("its {0} is not UTF-8")]
    NotUtf8(&'static str),
    #[error("it begins with the byte {0:#04x}")]
    FirstByte(u8),
    #[error("its number is {found}, and {expected} was next")]
    Sequence { expected: u8, found: u8 },
    #[error("a packet may have {0} bytes at most")]
    PacketTooLong(usize),
    #[error("it came too slowly, while others waited for its room in memory; it is tried again")]
    TooSlow,
    #[error("an answer may have {0} bytes at most")]
    AnswerTooLong(usize),
    #[error("the statements have {0} results at most")]
    TooManyResults(u32),
    #[error("it announces {0} columns, and there are 1 to 4096")]
    ColumnCount(u64),
    #[error("the type {0:#04x} of the column is not known")]
    ColumnType(u8),
    #[error("a value of type NULL is not NULL")]
    ValueOfNull,
    #[error("a date or time has {0} bytes")]
    TemporalLength(u8),
    #[error("it asks for a file of the operator")]
    LocalFile,
    #[error("version {0} of the protocol is not known")]
    ProtocolVersion(u8),
    #[error("the server lacks {0}")]
    Lacks(&'static str),
    #[error("the exchange of packets does not end")]
    TooManyRounds,
}

impl Rule {
    /// Says which packet breaks the rule.
    pub fn in_packet(self, packet: PacketKind, length: usize) -> Violation {
        Violation { packet, length, rule: self }
    }
}

impl std::fmt::Display for PacketKind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Greeting => "a greeting",
            Self::Authentication => "an authentication packet",
            Self::Error => "an error packet",
            Self::Ok => "an OK packet",
            Self::EndOfRows => "an end of rows",
            Self::Prepared => "the answer to a preparation",
            Self::ColumnCount => "a number of columns",
            Self::Column => "a column definition",
            Self::Row => "a row",
        })
    }
}
