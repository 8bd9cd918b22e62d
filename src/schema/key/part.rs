//! Reads parts of keys as a person writes them, and writes them as SQL.

use std::fmt;

use thiserror::Error;

use super::super::parentheses::closing;
use super::super::token::{InvalidSql, Token, tokenize};
use super::super::{Expression, Identifier, InvalidExpression, InvalidIdentifier};

/// One part of a key: `body(100)`, `created desc`, ``(lower(`name`))``.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyPart {
    pub target: KeyTarget,
    pub descending: bool,
}

/// The column or expression that a key part indexes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeyTarget {
    /// A column, or its first `prefix` characters (bytes for binary types).
    Column { name: Identifier, prefix: Option<u32> },
    /// A functional key part (MySQL 8.0.13), without the parentheses around it.
    Expression(Expression),
}

/// A text that is not a part of a key.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("the key part {text:?} {fault}")]
pub struct InvalidKeyPart {
    pub text: String,
    pub fault: KeyPartFault,
}

/// What is wrong with a text that is not a part of a key.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum KeyPartFault {
    #[error("is empty: expected a column's name")]
    Empty,
    #[error("can't be read: {0}")]
    Unreadable(#[from] InvalidSql),
    #[error("names no column: {0}")]
    Name(#[from] InvalidIdentifier),
    #[error("has no valid expression in its parentheses: {0}")]
    Expression(#[from] InvalidExpression),
    #[error(
        "has the prefix length {0:?}: expected a number from 1 to 3072; an expression goes into parentheses, as in \
             (lower(name))"
    )]
    Prefix(String),
    #[error(
        "continues with {0:?}: only asc or desc can follow, and a name with special characters goes into backquotes"
    )]
    Rest(String),
}

/// The longest prefix: an index's largest key in InnoDB is 3,072 bytes (MySQL manual, "InnoDB Limits").
const MAX_PREFIX: u32 = 3_072;

impl KeyPart {
    /// Returns a whole column in ascending order.
    #[must_use]
    pub fn column(name: Identifier) -> Self {
        Self { target: KeyTarget::Column { name, prefix: None }, descending: false }
    }

    /// Reads `body(100)`, `created desc`, `` `odd name`(10) asc``, ``(lower(`name`))``.
    ///
    /// A name without backquotes may hold anything but white space, backquotes, parentheses and commas.
    ///
    /// # Errors
    ///
    /// [`InvalidKeyPart`] when there is no valid name or expression, the prefix is not a number from 1 to 3072, or
    /// something other than `asc` or `desc` follows.
    pub fn parse(text: &str) -> Result<Self, InvalidKeyPart> {
        read(text.trim()).map_err(|fault| InvalidKeyPart { text: text.to_owned(), fault })
    }

    /// Returns whether both are the same part: names in any case, expressions by their meaning.
    #[must_use]
    pub fn same_as(&self, other: &Self) -> bool {
        let Self { target, descending } = self;
        let same_target = match (target, &other.target) {
            (KeyTarget::Column { name, prefix }, KeyTarget::Column { name: other_name, prefix: other_prefix }) => {
                name.matches(other_name) && prefix == other_prefix
            }
            (KeyTarget::Expression(one), KeyTarget::Expression(other)) => one == other,
            (KeyTarget::Column { .. }, KeyTarget::Expression(_))
            | (KeyTarget::Expression(_), KeyTarget::Column { .. }) => false,
        };
        same_target && *descending == other.descending
    }

    /// Returns the column that it is, or is a prefix of; `None` for an expression.
    #[must_use]
    pub fn column_name(&self) -> Option<&Identifier> {
        match &self.target {
            KeyTarget::Column { name, .. } => Some(name),
            KeyTarget::Expression(_) => None,
        }
    }

    /// Returns whether it is this column, or a prefix of it.
    #[must_use]
    pub fn is_of(&self, column: &Identifier) -> bool {
        self.column_name().is_some_and(|name| name.matches(column))
    }

    /// Returns whether it is this column in its whole length.
    #[must_use]
    pub fn is_whole(&self, column: &Identifier) -> bool {
        matches!(&self.target, KeyTarget::Column { name, prefix: None } if name.matches(column))
    }

    /// Writes the part as SQL; [`KeyPart::parse`] reads it back.
    #[must_use]
    pub fn render(&self) -> String {
        self.written(&Identifier::quoted)
    }

    fn written(&self, name_as: &dyn Fn(&Identifier) -> String) -> String {
        let target = match &self.target {
            KeyTarget::Column { name, prefix: None } => name_as(name),
            KeyTarget::Column { name, prefix: Some(length) } => format!("{}({length})", name_as(name)),
            KeyTarget::Expression(expression) => format!("({expression})"),
        };
        if self.descending { format!("{target} DESC") } else { target }
    }
}

/// Writes it as a person does: names without backquotes where they need none.
impl fmt::Display for KeyPart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let as_needed = |name: &Identifier| {
            if bare_length(name.as_str()) == name.as_str().len() { name.to_string() } else { name.quoted() }
        };
        f.write_str(&self.written(&as_needed))
    }
}

/// Writes the parts of a key as a person would.
#[must_use]
pub fn parts_text(parts: &[KeyPart]) -> String {
    parts.iter().map(KeyPart::to_string).collect::<Vec<_>>().join(", ")
}

/// Returns whether two keys have the same parts in the same order.
#[must_use]
pub fn same_parts(one: &[KeyPart], other: &[KeyPart]) -> bool {
    one.len() == other.len() && one.iter().zip(other).all(|(one, other)| one.same_as(other))
}

fn read(text: &str) -> Result<KeyPart, KeyPartFault> {
    let (target, rest) = match text.chars().next() {
        None => return Err(KeyPartFault::Empty),
        Some('(') => expression(text)?,
        Some('`') => {
            let tokens = tokenize(text)?;
            let first = tokens.first().ok_or(KeyPartFault::Empty)?;
            column(first.value(), text.get(first.end()..).unwrap_or_default())?
        }
        Some(_) => {
            let (name, rest) = text.split_at_checked(bare_length(text)).unwrap_or((text, ""));
            column(name.to_owned(), rest)?
        }
    };
    let order = rest.trim();
    let descending = order.eq_ignore_ascii_case("desc");
    if descending || order.is_empty() || order.eq_ignore_ascii_case("asc") {
        Ok(KeyPart { target, descending })
    } else {
        Err(KeyPartFault::Rest(order.to_owned()))
    }
}

/// Returns the length in bytes of the name without backquotes at the beginning of a text.
fn bare_length(text: &str) -> usize {
    text.find(|c: char| c.is_whitespace() || matches!(c, '`' | '(' | ')' | ',')).unwrap_or(text.len())
}

/// Reads a column and its prefix length, and returns what follows.
fn column(name: String, rest: &str) -> Result<(KeyTarget, &str), KeyPartFault> {
    let name = Identifier::new(name)?;
    let Some(inside) = rest.trim_start().strip_prefix('(') else {
        return Ok((KeyTarget::Column { name, prefix: None }, rest));
    };
    let (length, rest) = inside.split_once(')').unwrap_or((inside, ""));
    let closed = inside.contains(')');
    let prefix = length.trim().parse().ok().filter(|length| closed && (1..=MAX_PREFIX).contains(length));
    match prefix {
        Some(_) => Ok((KeyTarget::Column { name, prefix }, rest)),
        None => Err(KeyPartFault::Prefix(length.to_owned())),
    }
}

/// Reads the expression in the parentheses at the beginning, and returns what follows.
fn expression(text: &str) -> Result<(KeyTarget, &str), KeyPartFault> {
    let tokens = tokenize(text)?;
    // Without a counterpart the whole text is taken, and reading the expression fails on it.
    let end = closing(&tokens).and_then(|at| tokens.get(at)).map_or(text.len(), Token::end);
    let (inside, rest) = text.split_at_checked(end).unwrap_or((text, ""));
    Ok((KeyTarget::Expression(Expression::new(inside)?), rest))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn reads_what_people_write() {
        for (text, rendered, shown) in [
            ("id", "`id`", "id"),
            (" Body (100) ", "`Body`(100)", "Body(100)"),
            ("created desc", "`created` DESC", "created DESC"),
            ("created ASC", "`created`", "created"),
            ("my-col", "`my-col`", "my-col"),
            ("desc", "`desc`", "desc"),
            ("größe(3) Desc", "`größe`(3) DESC", "größe(3) DESC"),
            ("`odd name`(10) asc", "`odd name`(10)", "`odd name`(10)"),
            ("`a``b`desc", "`a``b` DESC", "`a``b` DESC"),
            ("(lower(`name`))", "(lower(`name`))", "(lower(`name`))"),
            ("((a + 1)) desc", "(a + 1) DESC", "(a + 1) DESC"),
            ("((a) + (b))", "((a) + (b))", "((a) + (b))"),
            ("(concat(a, ')'))", "(concat(a, ')'))", "(concat(a, ')'))"),
        ] {
            let part = KeyPart::parse(text).unwrap();
            assert_eq!((part.render().as_str(), part.to_string().as_str()), (rendered, shown));
        }
    }

    #[test]
    fn says_what_is_wrong() {
        for (text, expected) in [
            ("", "the key part \"\" is empty: expected a column's name"),
            (
                "a(0)",
                "the key part \"a(0)\" has the prefix length \"0\": expected a number from 1 to 3072; an expression \
                 goes into parentheses, as in (lower(name))",
            ),
            (
                "a b",
                "the key part \"a b\" continues with \"b\": only asc or desc can follow, and a name with special \
                 characters goes into backquotes",
            ),
            (
                "(a",
                "the key part \"(a\" has no valid expression in its parentheses: the expression \"(a\" has a \
                    parenthesis at byte 0 without its counterpart",
            ),
            ("`a", "the key part \"`a\" can't be read: the quoted name that begins at byte 0 has no closing backquote"),
        ] {
            assert_eq!(KeyPart::parse(text).unwrap_err().to_string(), expected);
        }
        for text in ["a,b", "a(", "a(1", "a(b)", "lower(name)", "a(1) (2)", "()", "(a), b", "(a) b", "a desc desc", ")"]
        {
            assert!(KeyPart::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn compares_names_without_case() {
        let [a, b, c] = ["Name(3)", "`name`(3)", "name"].map(|text| KeyPart::parse(text).unwrap());
        assert!(a.same_as(&b) && !b.same_as(&c));
        let [a, b] = ["(lower(a))", "(LOWER(`A`))"].map(|text| KeyPart::parse(text).unwrap());
        assert!(a.same_as(&b));
    }

    fn parts() -> impl Strategy<Value = KeyPart> {
        let name = "[^\u{0}\u{10000}-\u{10FFFF}]{0,20}[a-z`(,é]".prop_map(|name| Identifier::new(name).unwrap());
        let column =
            (name, prop::option::of(1..=3_072_u32)).prop_map(|(name, prefix)| KeyTarget::Column { name, prefix });
        let expression = prop::sample::select(vec!["lower(a)", "(a) + (b)", "concat(')', `(`)"])
            .prop_map(|text| KeyTarget::Expression(Expression::new(text).unwrap()));
        (prop_oneof![column, expression], any::<bool>()).prop_map(|(target, descending)| KeyPart { target, descending })
    }

    proptest! {
        #[test]
        fn reads_back_what_it_writes(part in parts()) {
            prop_assert_eq!(&KeyPart::parse(&part.render()).unwrap(), &part);
            prop_assert_eq!(&KeyPart::parse(&part.to_string()).unwrap(), &part);
        }

        #[test]
        fn never_panics(text in ".{0,30}", noise in r"[ab`(), 1\n'é]{0,20}") {
            let _ = KeyPart::parse(&text);
            let _ = KeyPart::parse(&noise);
        }
    }
}
