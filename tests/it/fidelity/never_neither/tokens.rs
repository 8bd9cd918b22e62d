//! The words of a line of `SHOW CREATE TABLE`. Knows nothing of what they mean.

/// A word, or a sign of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Token {
    /// A name in backquotes, without them.
    Name(String),
    /// A literal with its quotes.
    Literal(String),
    Word(String),
    Sign(char),
}

/// Cuts a line into words. Comments are read as what they hold (MariaDB shows unknown attributes so), and introducers of literals are left out:
/// MySQL changes them by itself.
pub fn tokens(line: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut rest = line.chars().peekable();
    while let Some(first) = rest.next() {
        match first {
            '`' | '\'' | '"' => {
                let mut text = String::new();
                while let Some(next) = rest.next() {
                    if next == first {
                        if rest.next_if_eq(&first).is_none() {
                            break;
                        }
                    } else if next == '\\' && first != '`' {
                        text.push(next);
                        text.extend(rest.next());
                        continue;
                    }
                    text.push(next);
                }
                tokens.push(if first == '`' { Token::Name(text) } else { Token::Literal(format!("'{text}'")) });
            }
            '(' | ')' | ',' | '=' => tokens.push(Token::Sign(first)),
            first if first.is_whitespace() => {}
            first => {
                let mut word = String::from(first);
                while let Some(next) = rest.next_if(|next| !next.is_whitespace() && !"`'\"(),=".contains(*next)) {
                    word.push(next);
                }
                let introducer = word.starts_with('_') && rest.peek() == Some(&'\'');
                if !introducer
                    && !word.starts_with("/*!")
                    && !word.starts_with("/*M!")
                    && !["/*", "*/"].contains(&word.as_str())
                {
                    tokens.push(Token::Word(word));
                }
            }
        }
    }
    without_types(&tokens)
}

/// Leaves out the type before a literal, and midnight in it: MariaDB 11.8 writes a literal that is compared with a
/// `TIMESTAMP` as `TIMESTAMP/*WITH LOCAL TIME ZONE*/ '2024-02-01 00:00:00'`.
fn without_types(tokens: &[Token]) -> Vec<Token> {
    let is_type = |at: usize| {
        let rest = tokens.get(at + 1..).unwrap_or_default();
        let begins = tokens[at].is_word("TIMESTAMP") || tokens[at].is_word("DATE");
        let end = if tokens[at].is_word("TIMESTAMP/*WITH") { 3 } else { 0 };
        (begins || end > 0) && matches!(rest.get(end), Some(Token::Literal(_)))
    };
    let is_remark = |at: usize| (1..4).any(|before| at >= before && tokens[at - before].is_word("TIMESTAMP/*WITH"));
    let kept = (0..tokens.len()).filter(|at| !is_type(*at) && !is_remark(*at));
    kept.map(|at| match &tokens[at] {
        Token::Literal(text) => Token::Literal(text.replace(" 00:00:00'", "'")),
        other => other.clone(),
    })
    .collect()
}

/// Writes words as text, with names as `name` says.
pub fn text(tokens: &[Token], name: impl Fn(&str) -> String) -> String {
    let words = tokens.iter().map(|token| match token {
        Token::Name(text) => format!("`{}`", name(text)),
        Token::Literal(text) | Token::Word(text) => text.clone(),
        Token::Sign(sign) => sign.to_string(),
    });
    words.collect::<Vec<_>>().join(" ")
}

impl Token {
    pub fn is_word(&self, word: &str) -> bool {
        matches!(self, Self::Word(text) if text.eq_ignore_ascii_case(word))
    }

    pub fn name(&self) -> Option<&str> {
        match self {
            Self::Name(text) => Some(text),
            Self::Literal(_) | Self::Word(_) | Self::Sign(_) => None,
        }
    }
}
