//! An expression of a rule, and what it comes to for a value. It does not know how expressions are written.

use regex::bytes::{Regex, RegexBuilder};
use serde_json::Value;

use crate::api::parse_duration;

/// A rule that can't be read, or has no answer for a value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CelError {
    #[error("{0:?} is not understood")]
    Syntax(String),
    #[error("{0} is not there")]
    Missing(String),
    #[error("values of other types are expected")]
    Type,
    #[error("{0}")]
    Pattern(String),
}

/// An expression.
#[derive(Debug)]
pub enum Expression {
    /// The object that the rule is about.
    Itself,
    Int(i64),
    Text(String),
    List(Vec<Expression>),
    Field(Box<Expression>, String),
    /// `has(a.b)`.
    Has(Box<Expression>, String),
    Not(Box<Expression>),
    Binary(Box<Expression>, Operator, Box<Expression>),
    Choice(Box<Expression>, Box<Expression>, Box<Expression>),
    Size(Box<Expression>),
    Duration(Box<Expression>),
    LowerAscii(Box<Expression>),
    Matches(Box<Expression>, Regex),
}

/// What stands between two expressions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operator {
    Or,
    And,
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    In,
    Plus,
}

/// What an expression comes to. A duration is its seconds.
#[derive(Debug, Clone, PartialEq)]
enum Answer<'a> {
    Bool(bool),
    Int(i64),
    Text(String),
    List(Vec<Answer<'a>>),
    Json(&'a Value),
}

/// Makes a pattern as the API server reads it: with ASCII classes.
///
/// # Errors
/// It is no regular expression.
pub fn pattern(text: &str) -> Result<Regex, CelError> {
    RegexBuilder::new(text).unicode(false).build().map_err(|error| CelError::Pattern(error.to_string()))
}

impl<'a> Answer<'a> {
    fn of(value: &'a Value) -> Self {
        match value {
            Value::Bool(truth) => Self::Bool(*truth),
            Value::String(text) => Self::Text(text.clone()),
            Value::Number(number) => number.as_i64().map_or(Self::Json(value), Self::Int),
            Value::Null | Value::Array(_) | Value::Object(_) => Self::Json(value),
        }
    }
}

/// Returns whether an expression is true for a value.
///
/// # Errors
/// The value is not of the shape that the expression expects.
pub fn truth(expression: &Expression, itself: &Value) -> Result<bool, CelError> {
    match evaluate(expression, itself)? {
        Answer::Bool(truth) => Ok(truth),
        Answer::Int(_) | Answer::Text(_) | Answer::List(_) | Answer::Json(_) => Err(CelError::Type),
    }
}

fn text(expression: &Expression, itself: &Value) -> Result<String, CelError> {
    match evaluate(expression, itself)? {
        Answer::Text(text) => Ok(text),
        Answer::Bool(_) | Answer::Int(_) | Answer::List(_) | Answer::Json(_) => Err(CelError::Type),
    }
}

fn evaluate<'a>(expression: &Expression, itself: &'a Value) -> Result<Answer<'a>, CelError> {
    Ok(match expression {
        Expression::Itself => Answer::of(itself),
        Expression::Int(number) => Answer::Int(*number),
        Expression::Text(text) => Answer::Text(text.clone()),
        Expression::List(items) => {
            Answer::List(items.iter().map(|item| evaluate(item, itself)).collect::<Result<_, _>>()?)
        }
        Expression::Field(object, name) => {
            Answer::of(member(object, name, itself)?.ok_or_else(|| CelError::Missing(name.clone()))?)
        }
        Expression::Has(object, name) => Answer::Bool(member(object, name, itself)?.is_some()),
        Expression::Not(inner) => Answer::Bool(!truth(inner, itself)?),
        Expression::Binary(left, operator, right) => binary(left, *operator, right, itself)?,
        Expression::Choice(condition, then, otherwise) => {
            evaluate(if truth(condition, itself)? { then } else { otherwise }, itself)?
        }
        Expression::Size(inner) => Answer::Int(size(&evaluate(inner, itself)?)?),
        Expression::Duration(inner) => {
            let duration =
                parse_duration(&text(inner, itself)?).map_err(|error| CelError::Pattern(error.to_string()))?;
            Answer::Int(i64::try_from(duration.as_secs()).unwrap_or(i64::MAX))
        }
        Expression::LowerAscii(inner) => Answer::Text(text(inner, itself)?.to_ascii_lowercase()),
        Expression::Matches(inner, pattern) => Answer::Bool(pattern.is_match(text(inner, itself)?.as_bytes())),
    })
}

fn member<'a>(object: &Expression, name: &str, itself: &'a Value) -> Result<Option<&'a Value>, CelError> {
    match evaluate(object, itself)? {
        Answer::Json(Value::Object(members)) => Ok(members.get(name)),
        Answer::Json(_) | Answer::Bool(_) | Answer::Int(_) | Answer::Text(_) | Answer::List(_) => Err(CelError::Type),
    }
}

fn size(answer: &Answer<'_>) -> Result<i64, CelError> {
    let size = match answer {
        Answer::Text(text) => text.chars().count(),
        Answer::List(items) => items.len(),
        Answer::Json(Value::Array(items)) => items.len(),
        Answer::Json(Value::Object(members)) => members.len(),
        Answer::Json(_) | Answer::Bool(_) | Answer::Int(_) => return Err(CelError::Type),
    };
    Ok(i64::try_from(size).unwrap_or(i64::MAX))
}

fn binary<'a>(
    left: &Expression,
    operator: Operator,
    right: &Expression,
    itself: &'a Value,
) -> Result<Answer<'a>, CelError> {
    match operator {
        Operator::Or => return Ok(Answer::Bool(truth(left, itself)? || truth(right, itself)?)),
        Operator::And => return Ok(Answer::Bool(truth(left, itself)? && truth(right, itself)?)),
        Operator::Equal
        | Operator::NotEqual
        | Operator::Less
        | Operator::LessOrEqual
        | Operator::Greater
        | Operator::GreaterOrEqual
        | Operator::In
        | Operator::Plus => {}
    }
    let (left, right) = (evaluate(left, itself)?, evaluate(right, itself)?);
    let numbers = || match (&left, &right) {
        (Answer::Int(left), Answer::Int(right)) => Ok((*left, *right)),
        _ => Err(CelError::Type),
    };
    Ok(match operator {
        Operator::Plus => numbers().map(|(left, right)| Answer::Int(left.saturating_add(right)))?,
        Operator::Less => numbers().map(|(left, right)| Answer::Bool(left < right))?,
        Operator::LessOrEqual => numbers().map(|(left, right)| Answer::Bool(left <= right))?,
        Operator::Greater => numbers().map(|(left, right)| Answer::Bool(left > right))?,
        Operator::GreaterOrEqual => numbers().map(|(left, right)| Answer::Bool(left >= right))?,
        Operator::In => match &right {
            Answer::List(items) => Answer::Bool(items.contains(&left)),
            Answer::Bool(_) | Answer::Int(_) | Answer::Text(_) | Answer::Json(_) => return Err(CelError::Type),
        },
        Operator::NotEqual => Answer::Bool(left != right),
        Operator::Equal | Operator::Or | Operator::And => Answer::Bool(left == right),
    })
}
