//! Reads the parts of a type's text: its name, its parentheses, its sign, and what must not follow.

use super::super::token::{Token, TokenKind};
use super::arguments::Arguments;
use super::fault::DataTypeFault;
use super::types::{DataType, Sign};

/// Words that people write after a type, and where they belong.
const ELSEWHERE: [(&str, &str); 24] = [
    ("not", "declare it as nullable"),
    ("null", "declare it as nullable"),
    ("default", "declare it as default"),
    ("on", "declare it as an attribute of the column"),
    ("character", "declare it as charset"),
    ("charset", "declare it as charset"),
    ("char", "declare it as charset"),
    ("ascii", "declare it as charset"),
    ("unicode", "declare it as charset"),
    ("byte", "write binary or varbinary, or declare it as charset"),
    ("collate", "declare it as collation"),
    ("binary", "declare it as collation"),
    ("comment", "declare it as comment"),
    ("auto_increment", "declare it as autoIncrement"),
    ("visible", "declare it as visible"),
    ("invisible", "declare it as visible"),
    ("srid", "declare it as srid"),
    ("ref_system_id", "declare it as srid"),
    ("generated", "declare it as generated"),
    ("as", "declare it as generated"),
    ("primary", "declare it as the table's primaryKey"),
    ("unique", "declare it among the table's indexes"),
    ("check", "declare it apart from the type"),
    ("references", "declare it among the table's foreign keys"),
];

/// Names of several words, and the one that they mean (`sql_yacc.yy`, rules `type`, `varchar`, `nchar`, `nvarchar`).
/// A longer name comes before those that it begins with.
const LONG_NAMES: [(&[&str], &str); 20] = [
    (&["double", "precision"], "double precision"),
    (&["character", "varying"], "varchar"),
    (&["char", "varying"], "varchar"),
    (&["national", "character", "varying"], "varchar"),
    (&["national", "char", "varying"], "varchar"),
    (&["national", "varchar"], "varchar"),
    (&["national", "varcharacter"], "varchar"),
    (&["nchar", "varying"], "varchar"),
    (&["nchar", "varchar"], "varchar"),
    (&["nchar", "varcharacter"], "varchar"),
    (&["national", "character"], "char"),
    (&["national", "char"], "char"),
    (&["long", "varbinary"], "mediumblob"),
    (&["long", "character", "varying"], "mediumtext"),
    (&["long", "char", "varying"], "mediumtext"),
    (&["long", "varchar"], "mediumtext"),
    (&["long", "varcharacter"], "mediumtext"),
    (&["long"], "mediumtext"),
    (&["nvarchar"], "varchar"),
    (&["nchar"], "char"),
];

/// Goes through the tokens of a type.
pub(super) struct TypeReader<'t, 's> {
    /// The tokens that have not been read yet.
    pub(super) tokens: &'t [Token<'s>],
}

impl<'s> TypeReader<'_, 's> {
    fn take(&mut self) -> Option<&Token<'s>> {
        let (first, rest) = self.tokens.split_first()?;
        self.tokens = rest;
        Some(first)
    }

    fn take_symbol(&mut self, symbol: &str) -> bool {
        let found = self.tokens.first().is_some_and(|token| token.is_symbol(symbol));
        found && self.take().is_some()
    }

    fn take_word(&mut self, word: &str) -> bool {
        let found = self.tokens.first().is_some_and(|token| token.is_word(word));
        found && self.take().is_some()
    }

    /// Returns the type's name in lower case, aliases of several words replaced.
    pub(super) fn name(&mut self) -> Result<String, DataTypeFault> {
        let matches = |words: &&[&str]| {
            words.len() <= self.tokens.len() && words.iter().zip(self.tokens).all(|(word, token)| token.is_word(word))
        };
        if let Some((words, name)) = LONG_NAMES.iter().find(|(words, _)| matches(words)) {
            self.tokens = self.tokens.get(words.len()..).unwrap_or_default();
            return Ok((*name).to_owned());
        }
        let first = self.take().ok_or(DataTypeFault::Empty)?;
        let name = first.text.to_ascii_lowercase();
        Ok(match name.as_str() {
            "character" => "char".to_owned(),
            "varcharacter" => "varchar".to_owned(),
            _ => name,
        })
    }

    /// Reads the parentheses: numbers or strings, separated by commas.
    pub(super) fn arguments(&mut self) -> Result<Arguments<'s>, DataTypeFault> {
        const EXPECTED: DataTypeFault = DataTypeFault::Arguments { expected: "numbers or strings" };
        if !self.take_symbol("(") {
            return Ok(Arguments::None);
        }
        let (mut numbers, mut strings) = (Vec::new(), Vec::new());
        loop {
            let token = *self.take().ok_or(EXPECTED)?;
            match token.kind {
                TokenKind::Number => numbers.push(token.text),
                TokenKind::String => strings.push(token.value()),
                _ => return Err(EXPECTED),
            }
            if self.take_symbol(")") {
                break;
            }
            if !self.take_symbol(",") {
                return Err(EXPECTED);
            }
        }
        match (numbers.is_empty(), strings.is_empty()) {
            (false, true) => Ok(Arguments::Numbers(numbers)),
            (true, false) => Ok(Arguments::Strings(strings)),
            _ => Err(EXPECTED),
        }
    }

    /// Reads `SIGNED`, `UNSIGNED`, `ZEROFILL`, in any order.
    pub(super) fn sign(&mut self) -> Sign {
        let mut sign = Sign::Signed;
        loop {
            if self.take_word("zerofill") {
                sign = Sign::Zerofill;
            } else if self.take_word("unsigned") {
                if sign == Sign::Signed {
                    sign = Sign::Unsigned;
                }
            } else if !self.take_word("signed") {
                return sign;
            }
        }
    }

    /// Refuses anything that follows but the comments that MariaDB puts there.
    pub(super) fn end(mut self, data_type: &DataType) -> Result<(), DataTypeFault> {
        while let Some(token) = self.take() {
            let own = match token.kind {
                TokenKind::Comment => data_type.fsp().is_some() && token.text.starts_with("/*"),
                TokenKind::ExecutableComment => token.text.trim_end_matches("*/").trim_end().ends_with("COMPRESSED"),
                _ => false,
            };
            if !own {
                let word = token.text.to_owned();
                let found = ELSEWHERE.iter().find(|(attribute, _)| token.is_word(attribute));
                let instead = found.map_or("only its name, its length and its sign are", |(_, instead)| instead);
                return Err(DataTypeFault::Attribute { word, instead });
            }
        }
        Ok(())
    }
}
