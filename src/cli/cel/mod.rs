//! Evaluates the rules of the custom resource at the command line: the part of the Common Expression Language (CEL) in
//! which they are written. It knows no rule by itself, and refuses a rule that needs more of the language.

mod expression;
mod parse;

use serde_json::Value;

pub use expression::{CelError, pattern};

/// A rule that was read.
#[derive(Debug)]
pub struct Rule(expression::Expression);

impl Rule {
    /// Reads a rule.
    ///
    /// # Errors
    /// It uses what is not known here.
    pub fn parse(text: &str) -> Result<Self, CelError> {
        parse::expression(text).map(Self)
    }

    /// Whether the rule holds for a value.
    ///
    /// # Errors
    /// The value is not of the shape that the rule expects.
    pub fn holds(&self, value: &Value) -> Result<bool, CelError> {
        expression::truth(&self.0, value)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn rules_hold_as_the_language_says() {
        let value = json!({"a": 1, "on": true, "words": ["x", "y"], "inner": {"b": "Text"}});
        for (rule, expected) in [
            ("has(self.a) && !has(self.z)", true),
            ("has(self.inner.b)", true),
            ("(has(self.a) ? 1 : 0) + (has(self.z) ? 1 : 0) == 1", true),
            ("has(self.a) != has(self.z)", true),
            ("!has(self.z) || self.z == 'x'", true),
            ("self.inner.b in ['Text', 'Other'] ? self.on : has(self.z)", true),
            ("size(self.words) == size(self.words) && size(self.words) > 1", true),
            ("self.inner.b.lowerAscii() == 'text'", true),
            ("self.inner.b.matches('^T\\\\w+t$')", true),
            ("self.inner.b.matches('(?i)^text ')", false),
            ("duration('1m30s') >= duration('90s') && duration('1m30s') <= duration('90s')", true),
            ("duration('1m') < duration('1m') || duration('1m') > duration('1m')", false),
        ] {
            assert_eq!(Rule::parse(rule).unwrap().holds(&value), Ok(expected), "{rule}");
        }
    }

    #[test]
    fn what_is_not_known_is_refused() {
        for rule in ["self.all(x, x > 1)", "self.a +", "oldSelf.a == 1", "1 ~ 2", "'a", "self.a == 1 1", "", "f(self)"]
        {
            assert!(Rule::parse(rule).is_err(), "{rule}");
        }
        assert!(Rule::parse("self.z == 1").unwrap().holds(&json!({})).is_err());
        assert!(Rule::parse("self.a < 1").unwrap().holds(&json!({"a": "x"})).is_err());
    }
}
