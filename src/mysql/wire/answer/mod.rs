//! Follows the answer to a command, packet by packet, and says where it ends.

#[cfg(test)]
mod tests;

use super::capabilities::Capabilities;
use super::column::{ColumnFormat, RowFormat, check_row};
use super::packets::{End, ServerError};
use super::reader::Reader;
use super::violation::{PacketKind, Rule, Violation};

/// Columns that a result may have; MySQL and MariaDB allow no more in a table or a SELECT (1117).
const MOST_COLUMNS: u64 = 4096;

/// Bytes that one answer may have, all its results together.
const LONGEST_ANSWER: usize = 64 << 20;

/// The commands that sqlx sends.
const QUIT: u8 = 0x01;
const QUERY: u8 = 0x03;
const PING: u8 = 0x0e;
const PREPARE: u8 = 0x16;
const EXECUTE: u8 = 0x17;
const CLOSE_STATEMENT: u8 = 0x19;

/// What a command of sqlx asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Command {
    /// Ends the connection.
    Quit,
    /// Has no answer.
    Silent,
    Answered(Kind),
    /// Is none that sqlx sends.
    Unknown,
}

/// The kind of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Ok,
    Results(RowFormat),
    Prepared,
}

/// What becomes of a packet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    PassOn,
    /// This packet takes its place.
    Replace(Vec<u8>),
}

/// An answer that was read so far.
#[derive(Debug, Clone)]
pub struct Answer {
    stage: Stage,
    format: RowFormat,
    ends_by_eof: bool,
    columns: Vec<ColumnFormat>,
    results: u32,
    most_results: u32,
    length: usize,
}

/// What comes next in an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    Ok,
    Result,
    Prepared,
    /// The parameters of a prepared statement, and then so many columns.
    Parameters {
        left: u16,
        columns: u16,
    },
    ParametersEnd {
        columns: u16,
    },
    /// The columns of a prepared statement.
    PreparedColumns {
        left: u16,
    },
    PreparedEnd,
    Columns {
        left: u16,
    },
    ColumnsEnd,
    Rows,
    Done,
}

impl Command {
    /// Tells a command by its first byte.
    pub fn of(first: u8) -> Self {
        match first {
            QUIT => Self::Quit,
            QUERY => Self::Answered(Kind::Results(RowFormat::Text)),
            PING => Self::Answered(Kind::Ok),
            PREPARE => Self::Answered(Kind::Prepared),
            EXECUTE => Self::Answered(Kind::Results(RowFormat::Binary)),
            CLOSE_STATEMENT => Self::Silent,
            _ => Self::Unknown,
        }
    }
}

impl Answer {
    /// Expects the answer to a command of at most so many statements.
    pub fn new(kind: Kind, statements: u32, capabilities: Capabilities) -> Self {
        let (stage, format) = match kind {
            Kind::Ok => (Stage::Ok, RowFormat::Text),
            Kind::Results(format) => (Stage::Result, format),
            Kind::Prepared => (Stage::Prepared, RowFormat::Text),
        };
        Self {
            stage,
            format,
            ends_by_eof: !capabilities.has(Capabilities::DEPRECATE_EOF),
            columns: Vec::new(),
            results: 0,
            most_results: statements,
            length: 0,
        }
    }

    /// Whether the server has nothing more to send.
    pub fn is_done(&self) -> bool {
        self.stage == Stage::Done
    }

    /// Returns what the next packet is, unless it is an error.
    pub fn next_packet(&self) -> PacketKind {
        match self.stage {
            Stage::Ok | Stage::Done => PacketKind::Ok,
            Stage::Result => PacketKind::ColumnCount,
            Stage::Prepared => PacketKind::Prepared,
            Stage::Parameters { .. } | Stage::PreparedColumns { .. } | Stage::Columns { .. } => PacketKind::Column,
            Stage::ParametersEnd { .. } | Stage::PreparedEnd | Stage::ColumnsEnd => PacketKind::EndOfRows,
            Stage::Rows => PacketKind::Row,
        }
    }

    /// Whether a packet is a refusal, which may come in place of any other and ends the answer.
    pub fn is_error(packet: &[u8]) -> bool {
        packet.first() == Some(&0xff)
    }

    /// Takes the next packet.
    ///
    /// # Errors
    /// It is not what may come here, sqlx could not read it, or the answer gets too long.
    pub fn take(&mut self, packet: &[u8]) -> Result<Verdict, Violation> {
        self.length = self.length.saturating_add(packet.len());
        if self.length > LONGEST_ANSWER {
            return Err(Rule::AnswerTooLong(LONGEST_ANSWER).in_packet(self.next_packet(), packet.len()));
        }
        if Self::is_error(packet) {
            self.stage = Stage::Done;
            return ServerError::read(packet).map(|error| Verdict::Replace(error.packet()));
        }
        self.stage = self.stage_after(packet)?;
        Ok(Verdict::PassOn)
    }

    fn stage_after(&mut self, packet: &[u8]) -> Result<Stage, Violation> {
        let wrong = |rule: Rule| rule.in_packet(self.next_packet(), packet.len());
        let first = packet.first().copied().ok_or_else(|| wrong(Rule::Empty))?;
        Ok(match self.stage {
            Stage::Done => return Err(wrong(Rule::FirstByte(first))),
            Stage::Ok if first == 0 => End::ok(packet, PacketKind::Ok).map(|_| Stage::Done)?,
            Stage::Ok => return Err(wrong(Rule::FirstByte(first))),
            Stage::Result if first == 0 => self.after_result(End::ok(packet, PacketKind::Ok)?, packet.len())?,
            Stage::Result if first == 0xfb => return Err(wrong(Rule::LocalFile)),
            Stage::Result => {
                let number = column_count(packet).map_err(wrong)?;
                self.columns.clear();
                Stage::Columns { left: number }
            }
            Stage::Prepared => {
                let (parameters, columns) = prepared(packet).map_err(wrong)?;
                described(parameters, columns)
            }
            Stage::Parameters { left, columns } => {
                ColumnFormat::read(packet)?;
                match (left.saturating_sub(1), self.ends_by_eof) {
                    (0, true) => Stage::ParametersEnd { columns },
                    (0, false) => described(0, columns),
                    (left, _) => Stage::Parameters { left, columns },
                }
            }
            Stage::ParametersEnd { columns } => End::eof(packet).map(|_| described(0, columns))?,
            Stage::PreparedColumns { left } => {
                ColumnFormat::read(packet)?;
                match (left.saturating_sub(1), self.ends_by_eof) {
                    (0, true) => Stage::PreparedEnd,
                    (0, false) => Stage::Done,
                    (left, _) => Stage::PreparedColumns { left },
                }
            }
            Stage::PreparedEnd => End::eof(packet).map(|_| Stage::Done)?,
            Stage::Columns { left } => {
                self.columns.push(ColumnFormat::read(packet)?);
                match (left.saturating_sub(1), self.ends_by_eof) {
                    (0, true) => Stage::ColumnsEnd,
                    (0, false) => Stage::Rows,
                    (left, _) => Stage::Columns { left },
                }
            }
            Stage::ColumnsEnd => End::eof(packet).map(|_| Stage::Rows)?,
            // No value of a row that is taken has a length of nine bytes, so this first byte always means the end.
            Stage::Rows if first == 0xfe && self.ends_by_eof => self.after_result(End::eof(packet)?, packet.len())?,
            Stage::Rows if first == 0xfe => self.after_result(End::ok(packet, PacketKind::EndOfRows)?, packet.len())?,
            Stage::Rows => check_row(packet, &self.columns, self.format).map(|()| Stage::Rows)?,
        })
    }

    /// Counts a result that has ended.
    fn after_result(&mut self, end: End, length: usize) -> Result<Stage, Violation> {
        self.results = self.results.saturating_add(1);
        if !end.more_results {
            return Ok(Stage::Done);
        }
        if self.results >= self.most_results {
            return Err(Rule::TooManyResults(self.most_results).in_packet(PacketKind::Ok, length));
        }
        Ok(Stage::Result)
    }
}

/// Returns what comes after a part of a prepared statement's description.
fn described(left: u16, columns: u16) -> Stage {
    match (left, columns) {
        (0, 0) => Stage::Done,
        (0, left) => Stage::PreparedColumns { left },
        (left, columns) => Stage::Parameters { left, columns },
    }
}

fn column_count(packet: &[u8]) -> Result<u16, Rule> {
    let mut reader = Reader::new(packet);
    let number = reader.length("number")?;
    reader.end()?;
    bounded(number)
}

fn bounded(columns: u64) -> Result<u16, Rule> {
    match u16::try_from(columns) {
        Ok(number @ 1..) if columns <= MOST_COLUMNS => Ok(number),
        _ => Err(Rule::ColumnCount(columns)),
    }
}

/// Reads how many parameters and columns a prepared statement has.
fn prepared(packet: &[u8]) -> Result<(u16, u16), Rule> {
    let mut reader = Reader::new(packet);
    match reader.u8("first byte")? {
        0 => {}
        other => return Err(Rule::FirstByte(other)),
    }
    reader.u32("id")?;
    let columns = reader.u16("number of columns")?;
    let parameters = reader.u16("number of parameters")?;
    reader.skip(3, "number of warnings")?;
    let columns = if columns == 0 { 0 } else { bounded(u64::from(columns))? };
    Ok((parameters, columns))
}
