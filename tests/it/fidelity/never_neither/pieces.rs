//! A table, cut into pieces that are as before or as declared: the server's own text of it, object by object.

use std::collections::BTreeMap;

use super::tokens::{Token, tokens};
use crate::fidelity::table_texts::with_partitions_named;

/// The pieces of a table, with the names that it has in its database.
#[derive(Debug, Clone, Default)]
pub struct TablePieces {
    /// The clauses of each column.
    pub columns: BTreeMap<String, BTreeMap<String, Vec<Token>>>,
    pub primary_key: Option<Vec<Token>>,
    pub indexes: BTreeMap<String, Vec<Token>>,
    pub foreign_keys: BTreeMap<String, ForeignKeyPiece>,
    pub checks: BTreeMap<String, Vec<Token>>,
    pub options: BTreeMap<String, String>,
    /// The method by which rows are divided, and each partition.
    pub partitions: BTreeMap<String, Vec<Token>>,
}

#[derive(Debug, Clone)]
pub struct ForeignKeyPiece {
    pub columns: Vec<Token>,
    pub parent: String,
    pub parent_columns: Vec<Token>,
    pub actions: Vec<Token>,
}

impl TablePieces {
    /// Reads what `SHOW CREATE TABLE` prints.
    pub fn of(create: &str) -> Self {
        let mut pieces = Self::default();
        let create = with_partitions_named(create);
        let mut ended = false;
        for line in create.lines().skip(1) {
            let words = tokens(line.trim_end_matches(','));
            if ended {
                pieces.add_partition(words);
            } else if line.starts_with(')') {
                ended = true;
                pieces.options = options(&words);
            } else {
                pieces.add(&words);
            }
        }
        pieces
    }

    fn add(&mut self, words: &[Token]) {
        let Some(first) = words.first() else { return };
        if let Some(name) = first.name() {
            self.columns.insert(name.to_owned(), clauses(&words[1..]));
            return;
        }
        if first.is_word("PRIMARY") {
            self.primary_key = Some(words.to_vec());
            return;
        }
        let Some(at) = words.iter().position(|word| word.name().is_some()) else { return };
        let name = words[at].name().unwrap_or_default().to_owned();
        let rest = &words[at + 1..];
        if !first.is_word("CONSTRAINT") {
            // The kind stands before the name.
            let text = words[..at].iter().chain(rest).filter(|word| !word.is_word("USING") && !word.is_word("BTREE"));
            self.indexes.insert(name, self.without_shape_lengths(&text.cloned().collect::<Vec<_>>()));
        } else if rest.first().is_some_and(|word| word.is_word("FOREIGN")) {
            self.foreign_keys.insert(name, foreign_key(rest));
        } else {
            self.checks.insert(name, rest.to_vec());
        }
    }

    /// Leaves out the length of a `POINT` in an index, which MariaDB 11.8 shows whether or not it was stated.
    fn without_shape_lengths(&self, words: &[Token]) -> Vec<Token> {
        let is_shape = |word: &Token| {
            let clauses = word.name().and_then(|name| self.columns.get(name));
            clauses.and_then(|clauses| clauses.get("TYPE")).is_some_and(|words| words[0].is_word("POINT"))
        };
        let is_length = |at: usize| {
            (1..=3).any(|back| {
                let opens = (at + 1).checked_sub(back).filter(|open| *open > 0);
                opens.is_some_and(|open| words[open] == Token::Sign('(') && is_shape(&words[open - 1]))
            })
        };
        (0..words.len()).filter(|at| !is_length(*at)).map(|at| words[at].clone()).collect()
    }

    fn add_partition(&mut self, words: Vec<Token>) {
        let named = matches!((words.first(), words.get(1)), (Some(first), Some(Token::Word(second)))
            if first.is_word("PARTITION") && !second.eq_ignore_ascii_case("BY"));
        let key = match words.get(1) {
            Some(Token::Word(name)) if named => name.clone(),
            _ => String::new(),
        };
        self.partitions.entry(key).or_default().extend(words);
    }
}

/// Words that begin a clause of a column.
const CLAUSES: [&str; 18] = [
    "NOT",
    "NULL",
    "DEFAULT",
    "ON",
    "AUTO_INCREMENT",
    "COMMENT",
    "INVISIBLE",
    "GENERATED",
    "CHECK",
    "CHARACTER",
    "COLLATE",
    "COLUMN_FORMAT",
    "STORAGE",
    "SECONDARY_ENGINE_ATTRIBUTE",
    "ENGINE_ATTRIBUTE",
    "SRID",
    "REF_SYSTEM_ID",
    "COMPRESSED",
];

/// Cuts a column's definition into clauses. Its character set and collation are read elsewhere: whether they are stated
/// depends on history.
fn clauses(words: &[Token]) -> BTreeMap<String, Vec<Token>> {
    let mut clauses: BTreeMap<String, Vec<Token>> = BTreeMap::new();
    let (mut key, mut depth) = ("TYPE".to_owned(), 0);
    for (at, word) in words.iter().enumerate() {
        match word {
            Token::Sign('(') => depth += 1,
            Token::Sign(')') => depth -= 1,
            // An attribute of an engine.
            Token::Name(name) if depth == 0 => key = format!("`{name}`"),
            Token::Word(text) if depth == 0 => {
                let is_value = at > 0 && (words[at - 1].is_word("DEFAULT") || words[at - 1].is_word("NOT"));
                if let Some(clause) = CLAUSES.iter().find(|clause| !is_value && text.eq_ignore_ascii_case(clause)) {
                    key = String::from(*clause);
                }
                // `NOT SECONDARY`
                if words.get(at + 1).is_some_and(|next| next.is_word("SECONDARY")) {
                    key = String::from("SECONDARY");
                }
            }
            Token::Sign(_) | Token::Name(_) | Token::Word(_) | Token::Literal(_) => {}
        }
        clauses.entry(key.clone()).or_default().push(word.clone());
    }
    clauses.retain(|key, _| !["CHARACTER", "COLLATE", "NULL"].contains(&key.as_str()));
    if let Some(default) = clauses.get_mut("DEFAULT") {
        default.iter_mut().for_each(unquote_number);
        if default.last().is_some_and(|word| word.is_word("NULL")) {
            clauses.remove("DEFAULT");
        }
    }
    clauses
}

/// Writes a number without quotes and superfluous zeros: servers print a default as the type does.
fn unquote_number(word: &mut Token) {
    let text = match word {
        Token::Literal(text) => text.trim_matches('\''),
        Token::Word(text) => text.as_str(),
        Token::Name(_) | Token::Sign(_) => return,
    };
    if let Ok(number) = text.parse::<f64>() {
        *word = Token::Word(number.to_string());
    }
}

fn foreign_key(words: &[Token]) -> ForeignKeyPiece {
    let references = words.iter().position(|word| word.is_word("REFERENCES")).unwrap_or(words.len());
    let end = words.iter().rposition(|word| *word == Token::Sign(')')).map_or(words.len(), |at| at + 1);
    let names =
        |words: &[Token]| -> Vec<Token> { words.iter().filter(|word| word.name().is_some()).cloned().collect() };
    let after = names(words.get(references..end).unwrap_or_default());
    let actions = words.get(end..).unwrap_or_default();
    // RESTRICT and NO ACTION are InnoDB's default.
    let is_default = |words: &[Token]| words.iter().any(|word| word.is_word("RESTRICT") || word.is_word("NO"));
    let stated =
        actions.split_inclusive(|word| !word.is_word("ON") && !word.is_word("DELETE") && !word.is_word("UPDATE"));
    ForeignKeyPiece {
        columns: names(&words[..references]),
        parent: after.first().and_then(Token::name).unwrap_or_default().to_owned(),
        parent_columns: after.get(1..).unwrap_or_default().to_vec(),
        actions: stated.filter(|action| !is_default(action)).flatten().cloned().collect(),
    }
}

/// Returns the options that are stated, without the counter and the default row format.
fn options(words: &[Token]) -> BTreeMap<String, String> {
    let mut options = BTreeMap::new();
    for (at, word) in words.iter().enumerate() {
        let (Token::Sign('='), Some(key), Some(value)) =
            (word, at.checked_sub(1).and_then(|at| words.get(at)), words.get(at + 1))
        else {
            continue;
        };
        let plain = |token: &Token| super::tokens::text(std::slice::from_ref(token), str::to_owned);
        options.insert(plain(key), plain(value));
    }
    options.retain(|key, value| key != "AUTO_INCREMENT" && !(key == "ROW_FORMAT" && value == "DYNAMIC"));
    options
}
