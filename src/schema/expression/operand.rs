//! Parses operands: literals, names, calls, `CASE` and `INTERVAL`.

use super::super::token::{Token, TokenKind};
use super::node::{Node, NodeKind, is_introducer_of_ascii, is_plain_introducer, one_name, plain_text};
use super::parse::Parser;

/// Words that have a meaning of their own where an operand could begin; as names they need backquotes.
const RESERVED: [&str; 30] = [
    "all", "and", "any", "as", "between", "by", "collate", "default", "distinct", "div", "else", "exists", "for",
    "from", "in", "is", "like", "match", "not", "on", "or", "over", "regexp", "rlike", "row", "then", "using", "when",
    "where", "xor",
];

impl Parser<'_, '_> {
    pub(super) fn operand(&mut self) -> Option<Node> {
        let token = self.take()?;
        match token.kind {
            TokenKind::Symbol if token.text == "(" => {
                let inner = self.logical(0)?;
                self.take_symbol(")").then_some(inner)
            }
            TokenKind::String => self.string(token),
            TokenKind::Number => self.leaf(NodeKind::Number, plain_text(token)),
            TokenKind::Hexadecimal => self.leaf(NodeKind::Hexadecimal, plain_text(token)),
            TokenKind::Bits => self.leaf(NodeKind::Bits, plain_text(token)),
            TokenKind::QuotedIdentifier => self.path(token),
            TokenKind::Word => self.word(token),
            _ => None,
        }
    }

    /// Parses a string; adjacent ones are one (MySQL manual, "String Literals").
    fn string(&mut self, token: &Token<'_>) -> Option<Node> {
        let mut text = token.value();
        while let Some(more) = self.peek().filter(|next| next.kind == TokenKind::String) {
            text.push_str(&more.value());
            self.take();
        }
        self.leaf(NodeKind::String, text)
    }

    fn word(&mut self, token: &Token<'_>) -> Option<Node> {
        let word = token.text.to_ascii_lowercase();
        let before_call = self.peek().is_some_and(|next| next.is_symbol("("));
        let before_string = self.peek().is_some_and(|next| next.kind == TokenKind::String);
        let before_ascii = before_string && self.peek().is_some_and(|next| next.text.is_ascii());
        let before_bytes =
            self.peek().is_some_and(|next| matches!(next.kind, TokenKind::Hexadecimal | TokenKind::Bits));
        match word.as_str() {
            _ if is_plain_introducer(token) && before_string => self.operand(),
            _ if is_introducer_of_ascii(token) && before_ascii => self.operand(),
            _ if word.starts_with('_') && (before_string || before_bytes) => self.prefixed(&word),
            "date" | "time" | "timestamp" if before_string => self.prefixed(&word),
            "case" => self.case(),
            "interval" => self.interval(),
            "mod" if before_call => self.call(&word),
            _ if RESERVED.contains(&word.as_str()) || word == "mod" => None,
            _ if before_call => self.call(&word),
            "null" | "true" | "false" => self.leaf(NodeKind::Keyword, word),
            "current_timestamp" | "localtime" | "localtimestamp" | "current_date" | "current_time" | "current_user"
            | "utc_date" | "utc_time" | "utc_timestamp" => self.node(NodeKind::Call, one_name(&word), Vec::new()),
            _ => self.path(token),
        }
    }

    fn prefixed(&mut self, prefix: &str) -> Option<Node> {
        let literal = self.operand()?;
        self.node(NodeKind::Prefix, prefix, vec![literal])
    }

    /// Parses `a`, `t.a`, and `a->'$.path'`, which is short for `JSON_EXTRACT(a, '$.path')`.
    fn path(&mut self, first: &Token<'_>) -> Option<Node> {
        let mut node = self.leaf(NodeKind::Name, plain_text(first))?;
        while self.take_symbol(".") {
            let name =
                self.take().filter(|token| matches!(token.kind, TokenKind::Word | TokenKind::QuotedIdentifier))?;
            let name = self.leaf(NodeKind::Name, plain_text(name))?;
            node = self.node(NodeKind::Path, "", vec![node, name])?;
        }
        let unquote = match self.next_operator().as_str() {
            "->" => false,
            "->>" => true,
            // A stored function: not possible in a table definition.
            "(" => return None,
            _ => return Some(node),
        };
        self.take();
        let path = self.take().filter(|token| token.kind == TokenKind::String)?;
        let path = self.string(path)?;
        let node = self.node(NodeKind::Call, "json_extract", vec![node, path])?;
        if unquote { self.node(NodeKind::Call, "json_unquote", vec![node]) } else { Some(node) }
    }

    fn case(&mut self) -> Option<Node> {
        let mut children = Vec::new();
        if !self.peek().is_some_and(|token| token.is_word("when")) {
            let operand = self.logical(0)?;
            children.push(self.operator("of", vec![operand])?);
        }
        while self.take_word("when") {
            let condition = self.logical(0)?;
            self.take_word("then").then_some(())?;
            let result = self.logical(0)?;
            children.push(self.operator("when", vec![condition, result])?);
        }
        if self.take_word("else") {
            let result = self.logical(0)?;
            children.push(self.operator("else", vec![result])?);
        }
        self.take_word("end").then_some(())?;
        self.operator("case", children)
    }

    /// Parses `INTERVAL 1 DAY`.
    fn interval(&mut self) -> Option<Node> {
        let amount = self.logical(0)?;
        let unit = self.take().filter(|token| token.kind == TokenKind::Word)?;
        self.operator("interval", vec![amount]).map(|mut node| {
            node.text = format!("interval {}", unit.text.to_ascii_lowercase());
            node
        })
    }

    /// Parses a function's arguments, from its opening parenthesis on.
    fn call(&mut self, name: &str) -> Option<Node> {
        self.take();
        let mut arguments = Vec::new();
        let side = self.next_operator();
        if name == "trim" && matches!(side.as_str(), "both" | "leading" | "trailing") {
            self.take();
            arguments.push(self.leaf(NodeKind::Keyword, side)?);
        }
        while !self.take_symbol(")") {
            arguments.push(self.logical(0)?);
            let separator = self.next_operator();
            match separator.as_str() {
                ")" => {}
                "," if name == "convert" => {
                    self.take();
                    self.type_words(&mut arguments)?;
                }
                "," => {
                    self.take();
                    // An argument has to follow.
                    self.peek().filter(|token| !token.is_symbol(")"))?;
                }
                "from" | "for" | "using" => {
                    self.take();
                    arguments.push(self.leaf(NodeKind::Keyword, separator)?);
                }
                "as" if name == "cast" => {
                    self.take();
                    self.type_words(&mut arguments)?;
                }
                _ => return None,
            }
        }
        self.called(name, arguments)
    }

    /// Parses the type that ends a `CAST` or `CONVERT`, up to the closing parenthesis. MySQL adds the session's
    /// character set, which means nothing here, just like its introducer.
    fn type_words(&mut self, into: &mut Vec<Node>) -> Option<()> {
        let mut depth = 0_u32;
        loop {
            if let [charset, name, ..] = self.tokens
                && charset.is_word("charset")
                && name.is_word("utf8mb4")
            {
                self.take();
                self.take();
                continue;
            }
            let token = self.peek()?;
            match token.text {
                ")" if depth == 0 => return Some(()),
                "(" => depth += 1,
                ")" => depth -= 1,
                _ => {}
            }
            into.push(self.leaf(NodeKind::Keyword, plain_text(token))?);
            self.take();
        }
    }

    /// Returns the node of a call, under the function's one name; calls that are short for operators become these.
    fn called(&mut self, name: &str, mut arguments: Vec<Node>) -> Option<Node> {
        let is_interval = |node: &Node| node.kind == NodeKind::Operator && node.text.starts_with("interval ");
        let is_zero = |node: &Node| node.kind == NodeKind::Number && node.text == "0";
        match (one_name(name), arguments.as_slice()) {
            ("current_timestamp" | "current_time" | "utc_time" | "utc_timestamp", [digits]) if is_zero(digits) => {
                arguments.clear();
            }
            ("mod", [_, _]) => return self.operator("%", arguments),
            ("isnull", [_]) => return self.operator("is null", arguments),
            ("date_add", [_, amount]) if is_interval(amount) => return self.operator("+", arguments),
            ("date_sub", [_, amount]) if is_interval(amount) => return self.operator("-", arguments),
            _ => {}
        }
        self.node(NodeKind::Call, one_name(name), arguments)
    }
}
