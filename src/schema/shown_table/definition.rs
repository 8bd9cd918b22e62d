//! Cuts a statement of `SHOW CREATE TABLE` into the definitions of its objects, and each of these into clauses.

use super::super::parentheses::{closing, split_at_commas};
use super::super::partitioning::clause_start;
use super::super::token::{InvalidSql, Token, TokenKind, tokenize};
use super::super::{Identifier, Partitioning, TableObject};
use super::clause::Clause;
use super::column_clauses::{ColumnClause, column_clauses, parentheses_length};
use super::index_clauses::IndexClauses;
use super::marks::without_marks;

/// A statement as a server shows it.
#[derive(Debug)]
pub struct Definitions {
    pub objects: Vec<Definition>,
    pub partitioning: Option<Partitioning>,
}

/// What the statement says of one object.
#[derive(Debug)]
pub struct Definition {
    pub object: TableObject,
    pub clauses: Vec<Clause>,
}

impl Definitions {
    /// Reads the statement, less what says nothing of its meaning.
    ///
    /// # Errors
    /// The text has no tokens. No server prints such a text.
    pub fn read(statement: &str) -> Result<Self, InvalidSql> {
        let before_partitions = clause_start(statement).and_then(|start| statement.get(..start)).unwrap_or(statement);
        let sql = without_marks(before_partitions);
        let tokens = tokenize(&sql)?;
        let opening = tokens.iter().position(|token| token.is_symbol("(")).unwrap_or(tokens.len());
        let from_opening = tokens.get(opening..).unwrap_or_default();
        let end = closing(from_opening).unwrap_or(from_opening.len());
        let options = from_opening.get(end + 1..).unwrap_or_default();
        let reader = Reader { sql: &sql, is_memory: is_memory(options) };
        let body = from_opening.get(1..end).unwrap_or_default();
        let mut objects: Vec<Definition> =
            split_at_commas(body).filter_map(|tokens| reader.definition(tokens)).collect();
        objects.push(Definition { object: TableObject::Options, clauses: reader.options(options) });
        Ok(Self { objects, partitioning: Partitioning::of_statement(statement) })
    }
}

/// Whether the engine makes a hash of an index that names no algorithm.
fn is_memory(options: &[Token<'_>]) -> bool {
    options.windows(3).any(|option| match option {
        [name, equals, value] => name.is_word("engine") && equals.is_symbol("=") && value.is_word("memory"),
        _ => false,
    })
}

struct Reader<'a> {
    sql: &'a str,
    is_memory: bool,
}

impl Reader<'_> {
    fn definition(&self, tokens: &[Token<'_>]) -> Option<Definition> {
        let first = tokens.first()?;
        let is = |word: &str| first.is_word(word);
        let name = tokens.iter().find(|token| token.kind == TokenKind::QuotedIdentifier).map(Token::value);
        let name = name.and_then(|name| Identifier::new(name).ok());
        let (object, clauses) = if first.kind == TokenKind::QuotedIdentifier {
            let clauses = column_clauses(tokens.get(1..).unwrap_or_default());
            let compared = clauses.iter().filter_map(|clause: &ColumnClause<'_, '_>| clause.compared(self.sql));
            (TableObject::Column(name?), compared.collect())
        } else if is("primary") {
            (TableObject::PrimaryKey, self.index(tokens))
        } else if is("constraint") && tokens.iter().any(|token| token.is_word("foreign")) {
            (TableObject::ForeignKey(name?), self.foreign_key(tokens))
        } else if is("constraint") {
            (TableObject::Check(name?), vec![Clause::with_expression(tokens, self.sql)])
        } else if ["key", "unique", "fulltext", "spatial", "vector"].iter().any(|word| is(word)) {
            (TableObject::Index(name?), self.index(tokens))
        } else {
            (TableObject::Table, vec![Clause::new(tokens, self.sql)])
        };
        Some(Definition { object, clauses })
    }

    /// Cuts an index: what it is of, and its options. An algorithm that the engine takes anyway says nothing: MEMORY makes
    /// a hash table where none is named, the others a tree whatever is named. MariaDB shows `USING HASH` all the same
    /// (tried on 10.11 and 11.8), where a unique key has hashes in a tree.
    fn index(&self, tokens: &[Token<'_>]) -> Vec<Clause> {
        let IndexClauses { key, options } = IndexClauses::new(tokens);
        let is_unique = key.first().is_some_and(|token| token.is_word("unique"));
        let usual = |clause: &Clause| {
            let is_hash = clause.is(&["USING", "HASH"]);
            if self.is_memory { is_hash } else { clause.is(&["USING", "BTREE"]) || is_hash && !is_unique }
        };
        let options = options.into_iter().map(|option| Clause::new(option, self.sql));
        std::iter::once(Clause::with_expression(key, self.sql)).chain(options.filter(|clause| !usual(clause))).collect()
    }

    /// Cuts a foreign key. `RESTRICT` and `NO ACTION` are what one without an action does.
    fn foreign_key(&self, tokens: &[Token<'_>]) -> Vec<Clause> {
        let is_action = |pair: &[Token<'_>]| match pair {
            [on, event] => on.is_word("on") && (event.is_word("delete") || event.is_word("update")),
            _ => false,
        };
        let mut clauses = Vec::new();
        let mut rest = tokens;
        while !rest.is_empty() {
            let next = rest.windows(2).skip(1).position(is_action).map_or(rest.len(), |at| at + 1);
            let (part, after) = rest.split_at_checked(next).unwrap_or((rest, &[]));
            let clause = Clause::new(part, self.sql);
            let is_usual = matches!(part, [on, _, action, ..] if on.is_word("on")
                && (action.is_word("restrict") || action.is_word("no")));
            if !is_usual {
                clauses.push(clause);
            }
            rest = after;
        }
        clauses
    }

    /// Cuts the options of the table. The counter is no part of a definition, the character set is compared elsewhere, and
    /// an option that is off by its word is as one that is not given.
    fn options(&self, tokens: &[Token<'_>]) -> Vec<Clause> {
        let mut clauses = Vec::new();
        let mut rest = tokens;
        while !rest.is_empty() {
            let (option, after) = rest.split_at_checked(option_length(rest)).unwrap_or((rest, &[]));
            let says_nothing = option
                .iter()
                .take_while(|token| !token.is_symbol("="))
                .any(|token| ["auto_increment", "charset", "collate"].iter().any(|word| token.is_word(word)));
            if !says_nothing && !is_off(option) {
                let clause = Clause::new(option, self.sql);
                let is_compression = option.first().is_some_and(|name| name.is_word("compression"));
                clauses.push(if is_compression { clause.in_one_case() } else { clause });
            }
            rest = after;
        }
        clauses
    }
}

fn is_off(option: &[Token<'_>]) -> bool {
    let [name, .., value] = option else { return false };
    let is = |word: &str, off: &str| name.is_word(word) && value.value().eq_ignore_ascii_case(off);
    is("compression", "none") || is("encryption", "n")
}

/// Measures `NAME=value`, `DATA DIRECTORY='x'`, `UNION=(a,b)`, `` TABLESPACE `x` ``, or words without a value.
fn option_length(tokens: &[Token<'_>]) -> usize {
    if tokens.first().is_some_and(|first| first.kind == TokenKind::Comment) {
        return 1;
    }
    for (at, token) in tokens.iter().enumerate() {
        if token.is_symbol("=") {
            let value = tokens.get(at + 1..).unwrap_or_default();
            return at + 1 + parentheses_length(value).max(1);
        }
        let has_value = tokens.get(at + 1).is_some_and(|next| next.is_symbol("="));
        if token.kind == TokenKind::QuotedIdentifier && !has_value {
            return at + 1;
        }
    }
    tokens.len()
}
