//! Parses tokens to the tree that the servers' own grammar makes of them.
//!
//! It follows `sql_yacc.yy` level by level (MySQL manual, "Operator Precedence"). Where MySQL and MariaDB disagree, or
//! the grammar goes further than table definitions need, it returns no tree rather than a doubtful one.

use super::super::token::{Token, TokenKind};
use super::node::{Node, NodeKind, plain_text};

/// The deepest nesting and the most nodes of an expression: both bound the stack that a tree needs.
const MAX_DEPTH: u32 = 200;
const MAX_NODES: u32 = 1_000;

/// Returns the tree of an expression; `None` where it is not known for certain.
pub(super) fn tree(tokens: &[Token<'_>]) -> Option<Node> {
    let mut parser = Parser { tokens, depth: 0, nodes: 0 };
    let tree = parser.logical(0)?;
    parser.tokens.is_empty().then_some(tree)
}

pub(super) struct Parser<'t, 's> {
    /// The tokens that have not been read yet.
    pub(super) tokens: &'t [Token<'s>],
    depth: u32,
    nodes: u32,
}

/// The building blocks of the grammar below.
impl<'t, 's> Parser<'t, 's> {
    pub(super) fn peek(&self) -> Option<&'t Token<'s>> {
        self.tokens.first()
    }

    pub(super) fn take(&mut self) -> Option<&'t Token<'s>> {
        let (first, rest) = self.tokens.split_first()?;
        self.tokens = rest;
        Some(first)
    }

    pub(super) fn take_word(&mut self, word: &str) -> bool {
        let found = self.peek().is_some_and(|token| token.is_word(word));
        found && self.take().is_some()
    }

    pub(super) fn take_symbol(&mut self, symbol: &str) -> bool {
        let found = self.peek().is_some_and(|token| token.is_symbol(symbol));
        found && self.take().is_some()
    }

    /// Returns the word or symbol that comes next, in lower case; empty for anything else.
    pub(super) fn next_operator(&self) -> String {
        match self.peek() {
            Some(token) if matches!(token.kind, TokenKind::Word | TokenKind::Symbol) => token.text.to_ascii_lowercase(),
            _ => String::new(),
        }
    }

    pub(super) fn node(&mut self, kind: NodeKind, text: impl Into<String>, children: Vec<Node>) -> Option<Node> {
        self.nodes += 1;
        (self.nodes <= MAX_NODES).then(|| Node { kind, text: text.into(), children })
    }

    pub(super) fn operator(&mut self, text: &str, children: Vec<Node>) -> Option<Node> {
        self.node(NodeKind::Operator, text, children)
    }

    pub(super) fn leaf(&mut self, kind: NodeKind, text: impl Into<String>) -> Option<Node> {
        self.node(kind, text, Vec::new())
    }

    fn nested(&mut self, parse: impl FnOnce(&mut Self) -> Option<Node>) -> Option<Node> {
        self.depth += 1;
        let node = if self.depth <= MAX_DEPTH { parse(self) } else { None };
        self.depth -= 1;
        node
    }

    fn negated(&mut self, negate: bool, node: Node) -> Option<Node> {
        if negate { self.not(node) } else { Some(node) }
    }

    /// Returns `NOT node`; for a comparison it is the opposite one, as MySQL stores it.
    fn not(&mut self, mut node: Node) -> Option<Node> {
        let opposite = match node.text.as_str() {
            _ if node.kind != NodeKind::Operator => None,
            "=" => Some("<>"),
            "<>" => Some("="),
            "<" => Some(">="),
            ">=" => Some("<"),
            ">" => Some("<="),
            "<=" => Some(">"),
            _ => None,
        };
        match opposite {
            Some(opposite) => {
                opposite.clone_into(&mut node.text);
                Some(node)
            }
            None => self.operator("not", vec![node]),
        }
    }
}

/// Operators, from those that bind least strongly.
impl Parser<'_, '_> {
    /// Parses `OR`, `XOR`, `AND`, `NOT`, as far as they bind at least as strongly as `minimum`.
    pub(super) fn logical(&mut self, minimum: u8) -> Option<Node> {
        self.nested(|parser| {
            let mut left = if parser.take_word("not") {
                let operand = parser.logical(4)?;
                parser.not(operand)?
            } else {
                parser.comparison()?
            };
            loop {
                let (operator, level) = match parser.next_operator().as_str() {
                    "or" | "||" => ("or", 1),
                    "xor" => ("xor", 2),
                    "and" | "&&" => ("and", 3),
                    _ => return Some(left),
                };
                if level < minimum {
                    return Some(left);
                }
                parser.take();
                let right = parser.logical(level + 1)?;
                left = parser.combined(operator, left, right)?;
            }
        })
    }

    /// Returns `a AND b`. A chain of `AND` (or `OR`) is one node however it is parenthesised, since both are associative.
    fn combined(&mut self, operator: &str, left: Node, right: Node) -> Option<Node> {
        let mut operands = Vec::new();
        for side in [left, right] {
            let side = truth(side);
            let same = side.kind == NodeKind::Operator && side.text == operator;
            if same && operator != "xor" {
                operands.extend(side.children);
            } else {
                operands.push(side);
            }
        }
        self.operator(operator, operands)
    }

    /// Parses `=`, `<`, `IS NULL` and the like.
    fn comparison(&mut self) -> Option<Node> {
        let (mut left, _) = self.predicate()?;
        loop {
            let operator = match self.next_operator().as_str() {
                "is" => {
                    left = self.is(left)?;
                    continue;
                }
                "=" => "=",
                "<=>" => "<=>",
                "<" => "<",
                "<=" => "<=",
                ">" => ">",
                ">=" => ">=",
                "<>" | "!=" => "<>",
                _ => return Some(left),
            };
            self.take();
            let (right, compound) = self.predicate()?;
            if compound {
                // `a = b LIKE c`: by the manual's table (a = b) LIKE c, by the grammar a = (b LIKE c).
                return None;
            }
            left = self.operator(operator, vec![left, right])?;
        }
    }

    fn is(&mut self, mut operand: Node) -> Option<Node> {
        self.take();
        let negate = self.take_word("not");
        let operator = match self.next_operator().as_str() {
            "null" => "is null",
            "true" => "is true",
            "false" => "is false",
            "unknown" => "is unknown",
            _ => return None,
        };
        self.take();
        if operator != "is null" {
            operand = truth(operand);
        }
        let node = self.operator(operator, vec![operand])?;
        self.negated(negate, node)
    }

    /// Parses `IN`, `BETWEEN`, `LIKE`, `REGEXP`, `MEMBER OF`, and returns whether there was one.
    fn predicate(&mut self) -> Option<(Node, bool)> {
        let left = self.bit(0)?;
        let negate = self.take_word("not");
        let operator = self.next_operator();
        let node = match operator.as_str() {
            "in" => self.in_list(left)?,
            "between" => self.between(left)?,
            "like" => self.like(left)?,
            "regexp" | "rlike" => {
                self.take();
                let pattern = self.bit(0)?;
                self.node(NodeKind::Call, "regexp_like", vec![left, pattern])?
            }
            "member" => self.member_of(left)?,
            _ if negate => return None,
            _ => return Some((left, false)),
        };
        Some((self.negated(negate, node)?, true))
    }

    fn in_list(&mut self, left: Node) -> Option<Node> {
        self.take();
        let mut children = vec![left];
        if !self.take_symbol("(") {
            return None;
        }
        loop {
            children.push(self.logical(0)?);
            if self.take_symbol(")") {
                return self.operator("in", children);
            }
            if !self.take_symbol(",") {
                return None;
            }
        }
    }

    fn between(&mut self, left: Node) -> Option<Node> {
        self.take();
        let low = self.bit(0)?;
        if !self.take_word("and") {
            return None;
        }
        let high = self.bit(0)?;
        self.operator("between", vec![left, low, high])
    }

    fn like(&mut self, left: Node) -> Option<Node> {
        self.take();
        let mut children = vec![left, self.unary()?];
        if self.take_word("escape") {
            children.push(self.unary()?);
        }
        self.operator("like", children)
    }

    fn member_of(&mut self, left: Node) -> Option<Node> {
        self.take();
        self.take_word("of");
        if !self.take_symbol("(") {
            return None;
        }
        let array = self.logical(0)?;
        self.take_symbol(")").then_some(())?;
        self.operator("member of", vec![left, array])
    }

    /// Parses arithmetic and bit operators, as far as they bind at least as strongly as `minimum`.
    fn bit(&mut self, minimum: u8) -> Option<Node> {
        let mut left = self.unary()?;
        loop {
            let (operator, level) = match self.next_operator().as_str() {
                "|" => ("|", 1),
                "&" => ("&", 2),
                "<<" => ("<<", 3),
                ">>" => (">>", 3),
                "+" => ("+", 4),
                "-" => ("-", 4),
                "*" => ("*", 5),
                "/" => ("/", 5),
                "div" => ("div", 5),
                "%" | "mod" => ("%", 5),
                "^" => ("^", 6),
                _ => return Some(left),
            };
            if level < minimum {
                return Some(left);
            }
            self.take();
            let right = self.bit(level + 1)?;
            left = self.operator(operator, vec![left, right])?;
        }
    }

    /// Parses `-`, `~`, `!`, `BINARY` before an operand, and `COLLATE` after it, which binds more strongly.
    fn unary(&mut self) -> Option<Node> {
        self.nested(|parser| {
            let operator = match parser.next_operator().as_str() {
                "+" => {
                    parser.take();
                    return parser.unary();
                }
                "-" => "negative",
                "~" => "~",
                "!" => "not",
                "binary" => "binary",
                _ => return parser.collated(),
            };
            parser.take();
            let operand = parser.unary()?;
            if operator == "not" { parser.not(operand) } else { parser.operator(operator, vec![operand]) }
        })
    }

    fn collated(&mut self) -> Option<Node> {
        let mut node = self.operand()?;
        while self.take_word("collate") {
            let collation = self.take()?;
            let collation = self.leaf(NodeKind::Keyword, plain_text(collation))?;
            node = self.operator("collate", vec![node, collation])?;
        }
        Some(node)
    }
}

/// Drops the `0 <>` that MySQL, and the `<> 0` that MariaDB, adds to a number where it needs a truth value.
fn truth(mut node: Node) -> Node {
    let is_zero = |node: &Node| node.kind == NodeKind::Number && node.text == "0";
    if node.kind != NodeKind::Operator || node.text != "<>" {
        return node;
    }
    match node.children.iter().position(is_zero) {
        Some(0) => node.children.pop().unwrap_or(node),
        Some(_) => node.children.swap_remove(0),
        None => node,
    }
}
