//! Reads Python source as values and statements of our own, and runs none of it. What no migration needs is left out.
//!
//! Only this folder knows the parser's crate, whose syntax tree changes with each version.

mod convert;
mod depth;

use thiserror::Error;

pub use convert::parse;

/// Source that can't be read.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{what} (line {line})")]
pub struct InvalidPython {
    pub line: usize,
    pub what: String,
}

/// A statement, with the line on which it begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    pub line: usize,
    pub kind: StatementKind,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StatementKind {
    /// `a = b = value`, also with an annotation.
    Assign {
        names: Vec<String>,
        value: Value,
    },
    /// An expression alone, such as a call or a docstring.
    Expression(Value),
    With {
        items: Vec<WithItem>,
        body: Vec<Statement>,
    },
    /// `if`, `for`, `while`, `try` or `match`: each part runs, or does not, or runs several times.
    Branches(Vec<Vec<Statement>>),
    Function {
        name: String,
        has_parameters: bool,
        body: Vec<Statement>,
    },
    Class {
        name: String,
        body: Vec<Statement>,
    },
    /// A name that an import binds, and the dotted name of what it stands for.
    Import(Vec<Import>),
    /// `return` and `raise`: what follows may not run.
    Leave,
    Other,
}

/// An item of a `with` statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WithItem {
    pub value: Value,
    pub name: Option<String>,
}

/// An imported name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Import {
    pub binds: String,
    pub stands_for: String,
}

/// What an expression is, as far as its text says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    Nothing,
    Text(TextValue),
    /// A text whose beginning is known: an f-string, or one that is formatted.
    TextBeginning(String),
    /// A tuple, a list or a set.
    Sequence(Vec<Value>),
    /// A dotted name.
    Path(Vec<String>),
    Call(Box<Call>),
    Other,
}

/// A text, and the line on which it begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TextValue {
    pub text: String,
    pub line: usize,
}

/// A call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    pub line: usize,
    /// The dotted name of what is called; only its last part where the rest is computed, and nothing where all is.
    pub path: Vec<String>,
    /// Whether the path is the whole of what is called.
    pub is_whole_path: bool,
    pub arguments: Vec<Value>,
    pub keywords: Vec<Keyword>,
}

/// An argument with a name; none for `**arguments`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Keyword {
    pub name: Option<String>,
    pub value: Value,
}

impl Value {
    pub fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(&text.text),
            Self::Nothing
            | Self::TextBeginning(_)
            | Self::Sequence(_)
            | Self::Path(_)
            | Self::Call(_)
            | Self::Other => None,
        }
    }

    pub fn call(&self) -> Option<&Call> {
        match self {
            Self::Call(call) => Some(call),
            Self::Nothing
            | Self::Text(_)
            | Self::TextBeginning(_)
            | Self::Sequence(_)
            | Self::Path(_)
            | Self::Other => None,
        }
    }
}

impl Call {
    /// Returns the last part of what is called.
    pub fn method(&self) -> &str {
        self.path.last().map_or("", String::as_str)
    }

    /// Returns the argument at a position, or of a name.
    pub fn argument(&self, position: usize, name: &str) -> Option<&Value> {
        self.arguments.get(position).or_else(|| self.keyword(name))
    }

    pub fn keyword(&self, name: &str) -> Option<&Value> {
        self.keywords.iter().find(|keyword| keyword.name.as_deref() == Some(name)).map(|keyword| &keyword.value)
    }
}
