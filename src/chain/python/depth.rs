//! Measures how deep source nests before it is parsed: a tree is dropped by a function that calls itself for each level,
//! and a chain such as `a.a.a` has as many levels as parts.

use ruff_python_ast::token::TokenKind;
use ruff_python_parser::{Mode, lexer};

/// So deep may an expression or a block nest. Python's own compiler stops at 200 parentheses and 100 blocks; a sum may
/// have more parts.
pub const DEEPEST: usize = 600;

/// Decides whether no expression of a source has more levels than [`DEEPEST`].
pub fn is_shallow(source: &str) -> bool {
    let mut lexer = lexer::lex(source, Mode::Module);
    let mut depth = Depth::default();
    loop {
        let kind = lexer.next_token();
        if kind == TokenKind::EndOfFile {
            return true;
        }
        depth.pass(kind);
        if depth.total > DEEPEST {
            return false;
        }
    }
}

/// The levels at a place of a source. It counts too many rather than too few.
#[derive(Debug, Default)]
struct Depth {
    blocks: usize,
    /// The levels of the expression in each bracket that is open, the outermost first.
    brackets: Vec<Levels>,
    /// The levels outside of brackets.
    outside: Levels,
    total: usize,
}

#[derive(Debug, Default, Clone, Copy)]
struct Levels {
    number: usize,
    /// Those that a comma does not end: a lambda may have several parameters.
    lambdas: usize,
}

impl Depth {
    fn pass(&mut self, kind: TokenKind) {
        match kind {
            TokenKind::Lpar
            | TokenKind::Lsqb
            | TokenKind::Lbrace
            | TokenKind::FStringStart
            | TokenKind::TStringStart => {
                self.deepen();
                self.brackets.push(Levels::default());
            }
            TokenKind::Rpar | TokenKind::Rsqb | TokenKind::Rbrace | TokenKind::FStringEnd | TokenKind::TStringEnd => {
                let closed = self.brackets.pop().unwrap_or_default();
                self.total -= closed.number;
            }
            TokenKind::Comma | TokenKind::Semi => self.end_part(),
            TokenKind::Newline => {
                self.brackets.clear();
                self.outside = Levels::default();
                self.total = self.blocks;
            }
            TokenKind::Indent => {
                self.blocks += 1;
                self.total += 1;
            }
            TokenKind::Dedent => {
                self.total -= self.blocks.min(1);
                self.blocks = self.blocks.saturating_sub(1);
            }
            TokenKind::Lambda => {
                self.deepen();
                self.levels().lambdas += 1;
            }
            TokenKind::Name
            | TokenKind::Int
            | TokenKind::Float
            | TokenKind::Complex
            | TokenKind::String
            | TokenKind::FStringMiddle
            | TokenKind::TStringMiddle
            | TokenKind::Comment
            | TokenKind::NonLogicalNewline => {}
            _ => self.deepen(),
        }
    }

    fn levels(&mut self) -> &mut Levels {
        self.brackets.last_mut().unwrap_or(&mut self.outside)
    }

    fn deepen(&mut self) {
        self.levels().number += 1;
        self.total += 1;
    }

    /// Begins another element: it lies beside the one before.
    fn end_part(&mut self) {
        let levels = self.levels();
        let ended = levels.number - levels.lambdas;
        levels.number = levels.lambdas;
        self.total -= ended;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_nests_is_told_from_what_is_long() {
        let many = DEEPEST + 1;
        for deep in [
            "(".repeat(many),
            format!("x = {}1{}", "[".repeat(many), "]".repeat(many)),
            format!("x = a{}", ".a".repeat(many)),
            format!("x = f{}", "()".repeat(many)),
            format!("x = a{}", "[0]".repeat(many)),
            format!("x = 1{}", " + 1".repeat(many)),
            format!("x = {}1", "not ".repeat(many)),
            format!("x = {}1", "-".repeat(many)),
            format!("x = {}1", "lambda a, b: ".repeat(many)),
            format!("x = {}1", "1 if 1 else ".repeat(many)),
            format!("x = {}", "f'{".repeat(many)),
            (0..many).fold(String::new(), |source, level| source + &" ".repeat(level) + "if a:\n"),
        ] {
            assert!(!is_shallow(&deep), "{deep:.40}");
        }
        for long in [
            format!("x = [{}]", "f(a.b, c[1]), ".repeat(many)),
            format!("x = ({})", "'a' ".repeat(many)),
            "x = a.b + 1\n".repeat(many),
            "if a:\n  b()\n".repeat(many),
            format!("if a:\n  b\n{}", "elif a:\n  b\n".repeat(many)),
            ")]}".repeat(many),
            format!("x = [{}]", "lambda: 1, ".repeat(DEEPEST / 4)),
        ] {
            assert!(is_shallow(&long), "{long:.40}");
        }
    }
}
