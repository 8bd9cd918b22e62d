//! Cuts SQL text into tokens, as MySQL's and MariaDB's own lexers do under a plain `sql_mode`.
//!
//! Code that accepts SQL from a person looks at tokens, never at the text: this module alone decides what is a string and
//! what is a comment. Comments are tokens too, since an executable one (`/*! ... */`) is code.

#[cfg(test)]
mod tests;

use thiserror::Error;

use super::literal::unescape;

/// One token, and its place in the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Token<'a> {
    pub kind: TokenKind,
    /// The token as it was written, with its quotes.
    pub text: &'a str,
    /// Where it begins, in bytes.
    pub offset: usize,
}

/// The kind of a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TokenKind {
    /// A keyword, an unquoted name, or a character set introducer such as `_utf8mb4`.
    Word,
    /// `` `name` ``
    QuotedIdentifier,
    /// `'text'` or `"text"`
    String,
    /// `12`, `.5`, `1e-3`
    Number,
    /// `0x4D`, `x'4D'`
    Hexadecimal,
    /// `0b101`, `b'101'`
    Bits,
    /// `@name`, `@'name'`, `@@global.name` (up to the first dot)
    Variable,
    /// An operator, a bracket, `.`, `,` or `;`
    Symbol,
    /// `-- to the end of the line`, `# to the end of the line`, `/* ... */`
    Comment,
    /// `/*! ... */`, `/*!50100 ... */`, `/*M! ... */`: the server runs what is in it.
    ExecutableComment,
}

/// Text that has no tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum InvalidSql {
    #[error("the string that begins at byte {0} has no closing quote")]
    UnterminatedString(usize),
    #[error("the quoted name that begins at byte {0} has no closing backquote")]
    UnterminatedIdentifier(usize),
    #[error("the comment that begins at byte {0} has no end")]
    UnterminatedComment(usize),
    #[error("the literal at byte {0} is not made of the digits that its prefix (x or b) announces")]
    Digits(usize),
    #[error("the character {character:?} at byte {offset} has no meaning in SQL")]
    Character { character: char, offset: usize },
}

impl InvalidSql {
    /// Returns its place in the text, in bytes.
    #[must_use]
    pub fn offset(&self) -> usize {
        match self {
            Self::UnterminatedString(offset)
            | Self::UnterminatedIdentifier(offset)
            | Self::UnterminatedComment(offset)
            | Self::Digits(offset)
            | Self::Character { offset, .. } => *offset,
        }
    }
}

/// Cuts a text into its tokens, and drops white space.
///
/// # Errors
///
/// [`InvalidSql`] for a string, quoted name or comment without an end, for `x'..'` and `b'..'` with other digits, and
/// for characters that have no meaning outside quotes.
pub fn tokenize(sql: &str) -> Result<Vec<Token<'_>>, InvalidSql> {
    let mut lexer = Lexer { sql, offset: 0, after_name: false };
    let mut tokens = Vec::new();
    while let Some(token) = lexer.next()? {
        tokens.push(token);
    }
    Ok(tokens)
}

impl Token<'_> {
    /// Returns whether it is this unquoted word, in any case.
    #[must_use]
    pub fn is_word(&self, word: &str) -> bool {
        self.kind == TokenKind::Word && self.text.eq_ignore_ascii_case(word)
    }

    /// Returns whether it is this symbol.
    #[must_use]
    pub fn is_symbol(&self, symbol: &str) -> bool {
        self.kind == TokenKind::Symbol && self.text == symbol
    }

    /// Returns where the token ends, in bytes.
    #[must_use]
    pub fn end(&self) -> usize {
        self.offset + self.text.len()
    }

    /// Returns the name or string that a quoted token means; any other token's text.
    #[must_use]
    pub fn value(&self) -> String {
        let mut inside = self.text.chars();
        let quote = inside.next();
        inside.next_back();
        match (self.kind, quote) {
            (TokenKind::QuotedIdentifier, _) => inside.as_str().replace("``", "`"),
            (TokenKind::String, Some(quote)) => unescape(inside.as_str(), quote),
            _ => self.text.to_owned(),
        }
    }
}

/// Operators of more than one character, the longest first.
const LONG_SYMBOLS: [&str; 12] = ["<=>", "->>", "->", "<=", ">=", "<>", "!=", "<<", ">>", "&&", "||", ":="];

/// Characters that are symbols on their own.
const SYMBOLS: &str = "()+-*/%=<>!&|^~.,;:?{}[]";

struct Lexer<'a> {
    sql: &'a str,
    offset: usize,
    /// Whether a name has just ended here: in `t.5` the dot then belongs to the name, while `.5` is a number.
    after_name: bool,
}

impl<'a> Lexer<'a> {
    fn next(&mut self) -> Result<Option<Token<'a>>, InvalidSql> {
        let blank = self.rest().len() - self.rest().trim_start_matches(is_space).len();
        self.offset += blank;
        let after_name = self.after_name && blank == 0;
        let Some(first) = self.rest().chars().next() else {
            return Ok(None);
        };
        let (kind, length) = self.measure(first, after_name)?;
        let offset = self.offset;
        let text = self.rest().get(..length).unwrap_or_default();
        self.offset += length;
        self.after_name = matches!(kind, TokenKind::Word | TokenKind::QuotedIdentifier);
        Ok(Some(Token { kind, text, offset }))
    }

    fn rest(&self) -> &'a str {
        self.sql.get(self.offset..).unwrap_or_default()
    }

    /// Returns the kind and length in bytes of the token that begins with `first`.
    fn measure(&self, first: char, after_name: bool) -> Result<(TokenKind, usize), InvalidSql> {
        let rest = self.rest();
        if let Some(comment) = self.comment() {
            return comment;
        }
        match first {
            '\'' | '"' => match quoted_length(rest, first, true) {
                Some(length) => Ok((TokenKind::String, length)),
                None => Err(InvalidSql::UnterminatedString(self.offset)),
            },
            '`' => match quoted_length(rest, first, false) {
                Some(length) => Ok((TokenKind::QuotedIdentifier, length)),
                None => Err(InvalidSql::UnterminatedIdentifier(self.offset)),
            },
            '@' => self.variable(),
            '.' if !after_name && number_length(rest).is_some() => self.number_or_word(),
            c if is_word_character(c) => self.number_or_word(),
            _ => self.symbol(first),
        }
    }

    /// Measures a comment, if one begins here. `--` begins one only before white space, a control character or the end.
    fn comment(&self) -> Option<Result<(TokenKind, usize), InvalidSql>> {
        let rest = self.rest();
        let dashes = rest
            .strip_prefix("--")
            .is_some_and(|after| after.chars().next().is_none_or(|c| c == ' ' || c.is_ascii_control()));
        if dashes || rest.starts_with('#') {
            let length = rest.find('\n').unwrap_or(rest.len());
            return Some(Ok((TokenKind::Comment, length)));
        }
        let inside = rest.strip_prefix("/*")?;
        let executable = inside.starts_with('!') || inside.starts_with("M!");
        let kind = if executable { TokenKind::ExecutableComment } else { TokenKind::Comment };
        // A server reads strings in what it runs. Where a quote has no counterpart, the first `*/` is the end.
        let end = if executable { end_outside_quotes(inside) } else { None };
        Some(match end.or_else(|| inside.find("*/")) {
            Some(end) => Ok((kind, end + 4)),
            None => Err(InvalidSql::UnterminatedComment(self.offset)),
        })
    }

    fn variable(&self) -> Result<(TokenKind, usize), InvalidSql> {
        let name = self.rest().trim_start_matches('@');
        let signs = self.rest().len() - name.len();
        let length = match name.chars().next() {
            Some(quote @ ('\'' | '"')) => {
                quoted_length(name, quote, true).ok_or(InvalidSql::UnterminatedString(self.offset + signs))?
            }
            Some('`') => {
                quoted_length(name, '`', false).ok_or(InvalidSql::UnterminatedIdentifier(self.offset + signs))?
            }
            _ => word_length(name),
        };
        Ok((TokenKind::Variable, signs + length))
    }

    /// Measures a number, `x'..'`, `0b..`, or else a word: names may begin with a digit.
    fn number_or_word(&self) -> Result<(TokenKind, usize), InvalidSql> {
        let rest = self.rest();
        let word = word_length(rest);
        for (prefixes, bare, kind, is_digit) in [
            (["x'", "X'"], "0x", TokenKind::Hexadecimal, is_hexadecimal as fn(char) -> bool),
            (["b'", "B'"], "0b", TokenKind::Bits, is_bit),
        ] {
            if let Some(inside) = prefixes.iter().find_map(|prefix| rest.strip_prefix(prefix)) {
                let digits = inside.len() - inside.trim_start_matches(is_digit).len();
                let whole = kind == TokenKind::Bits || digits % 2 == 0;
                return match inside.get(digits..) {
                    Some(after) if whole && after.starts_with('\'') => Ok((kind, digits + 3)),
                    _ => Err(InvalidSql::Digits(self.offset)),
                };
            }
            let digits = rest.get(..word).and_then(|word| word.strip_prefix(bare));
            if digits.is_some_and(|digits| !digits.is_empty() && digits.chars().all(is_digit)) {
                return Ok((kind, word));
            }
        }
        // `1e5` is a number, `1e` and `1st` are names.
        match number_length(rest) {
            Some(length) if length >= word => Ok((TokenKind::Number, length)),
            _ => Ok((TokenKind::Word, word)),
        }
    }

    fn symbol(&self, first: char) -> Result<(TokenKind, usize), InvalidSql> {
        if let Some(symbol) = LONG_SYMBOLS.iter().find(|symbol| self.rest().starts_with(**symbol)) {
            Ok((TokenKind::Symbol, symbol.len()))
        } else if SYMBOLS.contains(first) {
            Ok((TokenKind::Symbol, first.len_utf8()))
        } else {
            Err(InvalidSql::Character { character: first, offset: self.offset })
        }
    }
}

/// Returns whether the servers' lexers take it for white space. They know ASCII only: a no-break space is part of a
/// name.
fn is_space(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\n' | '\u{B}' | '\u{C}' | '\r')
}

fn is_word_character(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_' || c == '$' || !c.is_ascii()
}

fn is_hexadecimal(c: char) -> bool {
    c.is_ascii_hexdigit()
}

fn is_bit(c: char) -> bool {
    c == '0' || c == '1'
}

fn word_length(text: &str) -> usize {
    text.find(|c| !is_word_character(c)).unwrap_or(text.len())
}

/// Returns the length of the quoted text at the beginning of `text`, both quotes included; `None` if it has no end.
fn quoted_length(text: &str, quote: char, backslash_escapes: bool) -> Option<usize> {
    let mut characters = text.char_indices().skip(1).peekable();
    while let Some((at, c)) = characters.next() {
        if c == '\\' && backslash_escapes {
            characters.next();
        } else if c == quote && characters.next_if(|(_, next)| *next == quote).is_none() {
            return Some(at + c.len_utf8());
        }
    }
    None
}

/// Finds the first `*/` that is in no string and no quoted name.
fn end_outside_quotes(text: &str) -> Option<usize> {
    let mut at = 0;
    loop {
        let rest = text.get(at..)?;
        let next = rest.find(['\'', '"', '`', '*'])?;
        let found = rest.get(next..)?;
        if found.starts_with("*/") {
            return Some(at + next);
        }
        let quote = found.chars().next().filter(|c| *c != '*');
        at += next + quote.map_or(Some(1), |quote| quoted_length(found, quote, quote != '`'))?;
    }
}

/// Returns the length of the number at the beginning of `text`: digits, a fraction, an exponent.
fn number_length(text: &str) -> Option<usize> {
    let digits = |text: &str| text.len() - text.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let whole = digits(text);
    let after = text.get(whole..)?;
    let fraction = after.strip_prefix('.').map_or(0, |fraction| digits(fraction) + 1);
    if whole == 0 && fraction < 2 {
        return None;
    }
    let length = whole + fraction;
    let exponent = text.get(length..)?.strip_prefix(['e', 'E']).and_then(|exponent| {
        let unsigned = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
        let sign = exponent.len() - unsigned.len();
        (digits(unsigned) > 0).then(|| 1 + sign + digits(unsigned))
    });
    Some(length + exponent.unwrap_or(0))
}
