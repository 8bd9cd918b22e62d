//! Reads `PARTITION BY ...` as `SHOW CREATE TABLE` prints it. `information_schema.PARTITIONS` is no source: it holds
//! neither the algorithm of `KEY`, nor options, nor MariaDB's `DEFAULT`, which it shows as 0 (tried on MySQL 9.7,
//! MariaDB 10.11 and 11.8).

use super::super::parentheses::closing;
use super::super::token::{Token, TokenKind, tokenize};
use super::super::{Expression, Identifier};
use super::method::PartitionMethod;
use super::scheme::{Partition, PartitionOptions, PartitionScheme, Partitioning};
use super::values::PartitionValues;

impl Partitioning {
    /// Returns the partitioning in a statement of `SHOW CREATE TABLE`; `None` where the table has none.
    #[must_use]
    pub fn of_statement(statement: &str) -> Option<Self> {
        let text = clause(statement)?;
        let scheme = tokenize(&text)
            .map_err(|error| error.to_string())
            .and_then(|tokens| ClauseReader { text: &text, tokens: &tokens, at: 0 }.scheme());
        Some(match scheme {
            Ok(scheme) => Self::Scheme(scheme),
            Err(reason) => Self::Other { text, reason },
        })
    }
}

/// Returns where the clause begins in what `SHOW CREATE TABLE` prints. It is the statement's last clause, and no later
/// line begins like it, since line ends in values and comments are escaped.
pub(in crate::schema) fn clause_start(statement: &str) -> Option<usize> {
    let begins = |line: &str| {
        let line = line.strip_prefix("/*!").map_or(line, |rest| rest.trim_start_matches(|c: char| c.is_ascii_digit()));
        line.starts_with(" PARTITION BY ")
    };
    let mut line_starts = statement.rmatch_indices('\n').map(|(at, _)| at + 1);
    line_starts.find(|at| statement.get(*at..).is_some_and(begins))
}

/// Returns the clause without the comments that MySQL puts it into.
fn clause(statement: &str) -> Option<String> {
    let start = clause_start(statement)?;
    let clause = statement.get(start..)?;
    let Some(commented) = clause.strip_prefix("/*!") else { return Some(clause.trim().to_owned()) };
    let commented = commented.trim_start_matches(|c: char| c.is_ascii_digit()).trim_end();
    let inside = commented.strip_suffix("*/")?;
    // `KEY */ /*!50611 ALGORITHM = 1 */ /*!50100 (a)`, all in the first line.
    let (first, rest) = inside.split_at(inside.find('\n').unwrap_or(inside.len()));
    let first = first.replace("*/ /*!50611 ", "").replace("*/ /*!50100 ", "");
    Some(format!("{first}{rest}").trim().to_owned())
}

struct ClauseReader<'a> {
    text: &'a str,
    tokens: &'a [Token<'a>],
    at: usize,
}

/// What could not be read is an error in words.
type Read<T> = Result<T, String>;

impl<'a> ClauseReader<'a> {
    fn scheme(mut self) -> Read<PartitionScheme> {
        self.words(&["PARTITION", "BY"])?;
        let method = self.method()?;
        let mut count = None;
        if self.take_word("PARTITIONS") {
            count = Some(self.number()?);
        }
        if self.peek().is_some_and(|token| token.is_word("SUBPARTITION")) {
            return Err("subpartitions".to_owned());
        }
        let mut partitions = Vec::new();
        if self.peek().is_some_and(|token| token.is_symbol("(")) {
            loop {
                self.at += 1;
                partitions.push(self.partition(method.width())?);
                if !self.peek().is_some_and(|token| token.is_symbol(",")) {
                    break;
                }
            }
            self.symbol(")")?;
        } else {
            for number in 0..count.unwrap_or(1) {
                let name = Identifier::new(format!("p{number}")).map_err(|error| error.to_string())?;
                partitions.push(Partition::hashed(name));
            }
        }
        match self.peek() {
            None => Ok(PartitionScheme { method, partitions }),
            Some(_) => Err(self.unknown()),
        }
    }

    fn method(&mut self) -> Read<PartitionMethod> {
        let linear = self.take_word("LINEAR");
        if self.take_word("HASH") {
            return Ok(PartitionMethod::Hash { linear, expression: self.expression()? });
        }
        if self.take_word("KEY") {
            let mut algorithm = None;
            if self.take_word("ALGORITHM") {
                self.symbol("=")?;
                algorithm = Some(self.number()?);
            }
            return Ok(PartitionMethod::Key { linear, columns: self.columns()?, algorithm });
        }
        let is_range = self.take_word("RANGE");
        if !is_range && !self.take_word("LIST") {
            return Err(self.unknown());
        }
        Ok(match (is_range, self.take_word("COLUMNS")) {
            (true, true) => PartitionMethod::RangeColumns(self.columns()?),
            (true, false) => PartitionMethod::Range(self.expression()?),
            (false, true) => PartitionMethod::ListColumns(self.columns()?),
            (false, false) => PartitionMethod::List(self.expression()?),
        })
    }

    fn partition(&mut self, width: usize) -> Read<Partition> {
        self.words(&["PARTITION"])?;
        let name = self.name()?;
        let values = self.values(width)?;
        let options = self.options()?;
        Ok(Partition { name, values, options })
    }

    fn values(&mut self, width: usize) -> Read<PartitionValues> {
        if self.take_word("DEFAULT") {
            return Ok(PartitionValues::Default);
        }
        if !self.take_word("VALUES") {
            return Ok(PartitionValues::Hashed);
        }
        let values = if self.take_word("IN") {
            PartitionValues::list(self.parentheses()?, width)
        } else {
            self.words(&["LESS", "THAN"])?;
            let bound = if self.take_word("MAXVALUE") { "MAXVALUE" } else { self.parentheses()? };
            PartitionValues::less_than(bound, width)
        };
        values.map_err(|error| error.to_string())
    }

    /// Reads `NAME [NAME] = value`, up to a comma or a closing parenthesis.
    fn options(&mut self) -> Read<PartitionOptions> {
        let mut options = PartitionOptions::default();
        let mut other: Vec<&str> = Vec::new();
        while let Some(first) = self.peek().filter(|token| token.kind == TokenKind::Word) {
            while self.peek().is_some_and(|token| token.kind == TokenKind::Word) {
                self.at += 1;
            }
            self.symbol("=")?;
            let value = self.peek().ok_or_else(|| self.unknown())?;
            self.at += 1;
            if first.is_word("COMMENT") {
                options.comment = value.value();
            } else if !first.is_word("ENGINE") {
                other.push(self.text.get(first.offset..value.end()).unwrap_or_default());
            }
        }
        options.other = other.join(" ");
        Ok(options)
    }

    fn expression(&mut self) -> Read<Expression> {
        Expression::new(self.parentheses()?).map_err(|error| error.to_string())
    }

    fn columns(&mut self) -> Read<Vec<Identifier>> {
        self.symbol("(")?;
        let mut columns = Vec::new();
        while !self.peek().is_some_and(|token| token.is_symbol(")")) {
            columns.push(self.name()?);
            if self.peek().is_some_and(|token| token.is_symbol(",")) {
                self.at += 1;
            }
        }
        self.symbol(")")?;
        Ok(columns)
    }

    fn name(&mut self) -> Read<Identifier> {
        let token = self.peek().ok_or_else(|| self.unknown())?;
        if !matches!(token.kind, TokenKind::Word | TokenKind::QuotedIdentifier | TokenKind::Number) {
            return Err(self.unknown());
        }
        self.at += 1;
        Identifier::new(token.value()).map_err(|error| error.to_string())
    }

    fn number<N: std::str::FromStr>(&mut self) -> Read<N> {
        let number = self.peek().and_then(|token| token.text.parse().ok()).ok_or_else(|| self.unknown())?;
        self.at += 1;
        Ok(number)
    }

    /// Returns the text between a parenthesis and its counterpart.
    fn parentheses(&mut self) -> Read<&'a str> {
        let tokens = self.tokens.get(self.at..).unwrap_or_default();
        self.symbol("(")?;
        let Some(at) = closing(tokens) else {
            self.at = self.tokens.len();
            return Err(self.unknown());
        };
        self.at += at;
        let start = tokens.first().map_or(0, Token::end);
        let end = tokens.get(at).map_or(self.text.len(), |token| token.offset);
        Ok(self.text.get(start..end).unwrap_or_default())
    }

    fn words(&mut self, words: &[&str]) -> Read<()> {
        if words.iter().all(|word| self.take_word(word)) { Ok(()) } else { Err(self.unknown()) }
    }

    fn take_word(&mut self, word: &str) -> bool {
        let found = self.peek().is_some_and(|token| token.is_word(word));
        self.at += usize::from(found);
        found
    }

    fn symbol(&mut self, symbol: &str) -> Read<()> {
        if self.peek().is_some_and(|token| token.is_symbol(symbol)) {
            self.at += 1;
            return Ok(());
        }
        Err(self.unknown())
    }

    fn peek(&self) -> Option<&'a Token<'a>> {
        self.tokens.get(self.at)
    }

    fn unknown(&self) -> String {
        let place = self.peek().map_or(self.text.len(), |token| token.offset);
        format!("something unknown at byte {place} of PARTITION BY")
    }
}
