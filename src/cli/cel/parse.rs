//! Reads a rule, by the precedence of the language: choice, or, and, comparison, sum, not, member.

use super::expression::{CelError, Expression, Operator, pattern};

/// Reads a whole rule.
///
/// # Errors
/// It is not in the part of the language that is known.
pub fn expression(text: &str) -> Result<Expression, CelError> {
    let tokens = tokens(text)?;
    let mut parser = Parser { tokens: tokens.into_iter().peekable(), text };
    let expression = parser.choice()?;
    match parser.tokens.next() {
        None => Ok(expression),
        Some(_) => Err(parser.wrong()),
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Token {
    Word(String),
    Int(i64),
    Text(String),
    Symbol(&'static str),
}

/// The longer ones first.
const SYMBOLS: [&str; 18] =
    ["||", "&&", "==", "!=", "<=", ">=", "<", ">", "!", "+", "?", ":", "(", ")", "[", "]", ",", "."];

fn tokens(text: &str) -> Result<Vec<Token>, CelError> {
    let mut tokens = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let length = if first == '\'' {
            let (token, length) = quoted(rest)?;
            tokens.push(token);
            length
        } else if first.is_ascii_alphanumeric() || first == '_' {
            let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(rest.len());
            let word = rest.get(..end).unwrap_or_default();
            tokens.push(word.parse().map_or_else(|_| Token::Word(word.to_owned()), Token::Int));
            end
        } else {
            let symbol = SYMBOLS.into_iter().find(|symbol| rest.starts_with(symbol));
            let symbol = symbol.ok_or_else(|| CelError::Syntax(rest.to_owned()))?;
            tokens.push(Token::Symbol(symbol));
            symbol.len()
        };
        rest = rest.get(length..).unwrap_or_default().trim_start();
    }
    Ok(tokens)
}

/// Reads a text in single quotes, and returns how long it is with them.
fn quoted(rest: &str) -> Result<(Token, usize), CelError> {
    let mut text = String::new();
    let mut characters = rest.char_indices().skip(1);
    while let Some((at, character)) = characters.next() {
        match character {
            '\'' => return Ok((Token::Text(text), at + 1)),
            '\\' => match characters.next() {
                Some((_, escaped @ ('\\' | '\''))) => text.push(escaped),
                _ => break,
            },
            other => text.push(other),
        }
    }
    Err(CelError::Syntax(rest.to_owned()))
}

struct Parser<'a> {
    tokens: std::iter::Peekable<std::vec::IntoIter<Token>>,
    text: &'a str,
}

impl Parser<'_> {
    fn wrong(&self) -> CelError {
        CelError::Syntax(self.text.to_owned())
    }

    fn takes(&mut self, symbol: &'static str) -> bool {
        self.tokens.next_if_eq(&Token::Symbol(symbol)).is_some()
    }

    fn needs(&mut self, symbol: &'static str) -> Result<(), CelError> {
        if self.takes(symbol) { Ok(()) } else { Err(self.wrong()) }
    }

    fn choice(&mut self) -> Result<Expression, CelError> {
        let condition = self.or()?;
        if !self.takes("?") {
            return Ok(condition);
        }
        let then = self.choice()?;
        self.needs(":")?;
        let otherwise = self.choice()?;
        Ok(Expression::Choice(Box::new(condition), Box::new(then), Box::new(otherwise)))
    }

    fn or(&mut self) -> Result<Expression, CelError> {
        let mut left = self.and()?;
        while self.takes("||") {
            left = Expression::Binary(Box::new(left), Operator::Or, Box::new(self.and()?));
        }
        Ok(left)
    }

    fn and(&mut self) -> Result<Expression, CelError> {
        let mut left = self.comparison()?;
        while self.takes("&&") {
            left = Expression::Binary(Box::new(left), Operator::And, Box::new(self.comparison()?));
        }
        Ok(left)
    }

    fn comparison(&mut self) -> Result<Expression, CelError> {
        let left = self.sum()?;
        let operators = [
            ("==", Operator::Equal),
            ("!=", Operator::NotEqual),
            ("<=", Operator::LessOrEqual),
            (">=", Operator::GreaterOrEqual),
            ("<", Operator::Less),
            (">", Operator::Greater),
        ];
        let mut found = operators.into_iter().find(|(symbol, _)| self.takes(symbol)).map(|(_, operator)| operator);
        if found.is_none() && self.tokens.next_if_eq(&Token::Word("in".to_owned())).is_some() {
            found = Some(Operator::In);
        }
        match found {
            None => Ok(left),
            Some(operator) => Ok(Expression::Binary(Box::new(left), operator, Box::new(self.sum()?))),
        }
    }

    fn sum(&mut self) -> Result<Expression, CelError> {
        let mut left = self.negation()?;
        while self.takes("+") {
            left = Expression::Binary(Box::new(left), Operator::Plus, Box::new(self.negation()?));
        }
        Ok(left)
    }

    fn negation(&mut self) -> Result<Expression, CelError> {
        if self.takes("!") { Ok(Expression::Not(Box::new(self.negation()?))) } else { self.member() }
    }

    fn member(&mut self) -> Result<Expression, CelError> {
        let mut object = self.primary()?;
        while self.takes(".") {
            let Some(Token::Word(name)) = self.tokens.next() else { return Err(self.wrong()) };
            if !self.takes("(") {
                object = Expression::Field(Box::new(object), name);
                continue;
            }
            object = match name.as_str() {
                "lowerAscii" => Expression::LowerAscii(Box::new(object)),
                "matches" => {
                    let Some(Token::Text(text)) = self.tokens.next() else { return Err(self.wrong()) };
                    Expression::Matches(Box::new(object), pattern(&text)?)
                }
                _ => return Err(self.wrong()),
            };
            self.needs(")")?;
        }
        Ok(object)
    }

    fn primary(&mut self) -> Result<Expression, CelError> {
        match self.tokens.next() {
            Some(Token::Int(number)) => Ok(Expression::Int(number)),
            Some(Token::Text(text)) => Ok(Expression::Text(text)),
            Some(Token::Symbol("(")) => {
                let inner = self.choice()?;
                self.needs(")")?;
                Ok(inner)
            }
            Some(Token::Symbol("[")) => self.list(),
            Some(Token::Word(word)) if word == "self" => Ok(Expression::Itself),
            Some(Token::Word(word)) => {
                self.needs("(")?;
                let inner = self.choice()?;
                self.needs(")")?;
                self.call(&word, inner)
            }
            Some(Token::Symbol(_)) | None => Err(self.wrong()),
        }
    }

    fn call(&self, function: &str, inner: Expression) -> Result<Expression, CelError> {
        match (function, inner) {
            ("has", Expression::Field(object, name)) => Ok(Expression::Has(object, name)),
            ("size", inner) => Ok(Expression::Size(Box::new(inner))),
            ("duration", inner) => Ok(Expression::Duration(Box::new(inner))),
            _ => Err(self.wrong()),
        }
    }

    fn list(&mut self) -> Result<Expression, CelError> {
        let mut items = Vec::new();
        if self.takes("]") {
            return Ok(Expression::List(items));
        }
        loop {
            items.push(self.choice()?);
            if self.takes("]") {
                return Ok(Expression::List(items));
            }
            self.needs(",")?;
        }
    }
}
