//! How text is cut into tokens.

use proptest::prelude::*;

use super::super::quote_literal;
use super::TokenKind::{
    Bits, Comment, ExecutableComment, Hexadecimal, Number, QuotedIdentifier, String, Symbol, Variable, Word,
};
use super::*;

#[test]
fn tells_kinds_apart() {
    let cases: [(&str, &[(TokenKind, &str)]); 19] = [
        ("a b1 _utf8mb4'x'", &[(Word, "a"), (Word, "b1"), (Word, "_utf8mb4"), (String, "'x'")]),
        ("`a``b`.`c`", &[(QuotedIdentifier, "`a``b`"), (Symbol, "."), (QuotedIdentifier, "`c`")]),
        (r#"'it''s' "a\"b""#, &[(String, "'it''s'"), (String, r#""a\"b""#)]),
        ("1 1.5 .5 1e5 1.e-3", &[(Number, "1"), (Number, "1.5"), (Number, ".5"), (Number, "1e5"), (Number, "1.e-3")]),
        ("1st 1e t.5", &[(Word, "1st"), (Word, "1e"), (Word, "t"), (Symbol, "."), (Number, "5")]),
        ("0x4D x'4d' 0xZ", &[(Hexadecimal, "0x4D"), (Hexadecimal, "x'4d'"), (Word, "0xZ")]),
        ("0b01 B'1' b", &[(Bits, "0b01"), (Bits, "B'1'"), (Word, "b")]),
        ("@a @@global @'x y'", &[(Variable, "@a"), (Variable, "@@global"), (Variable, "@'x y'")]),
        ("a<=>b->>c", &[(Word, "a"), (Symbol, "<=>"), (Word, "b"), (Symbol, "->>"), (Word, "c")]),
        ("a--1", &[(Word, "a"), (Symbol, "-"), (Symbol, "-"), (Number, "1")]),
        ("a -- b\nc", &[(Word, "a"), (Comment, "-- b"), (Word, "c")]),
        ("a # b", &[(Word, "a"), (Comment, "# b")]),
        ("a/* b */c", &[(Word, "a"), (Comment, "/* b */"), (Word, "c")]),
        ("/*!50100 a */", &[(ExecutableComment, "/*!50100 a */")]),
        ("/*M! a */", &[(ExecutableComment, "/*M! a */")]),
        ("/*! '*/' \"*/\" `*/` * / */a", &[(ExecutableComment, "/*! '*/' \"*/\" `*/` * / */"), (Word, "a")]),
        ("/*! it's */a", &[(ExecutableComment, "/*! it's */"), (Word, "a")]),
        ("größe\u{A0}x", &[(Word, "größe\u{A0}x")]),
        ("'/* -- */'", &[(String, "'/* -- */'")]),
    ];
    for (sql, expected) in cases {
        let tokens: Vec<_> = tokenize(sql).unwrap().iter().map(|t| (t.kind, t.text)).collect();
        assert_eq!(tokens, expected, "{sql}");
    }
}

#[test]
fn says_where_something_has_no_end() {
    for (sql, expected) in [
        ("a 'b", InvalidSql::UnterminatedString(2)),
        (r"'\'", InvalidSql::UnterminatedString(0)),
        ("a `b``", InvalidSql::UnterminatedIdentifier(2)),
        ("@'a", InvalidSql::UnterminatedString(1)),
        ("a /* b", InvalidSql::UnterminatedComment(2)),
        ("/*/", InvalidSql::UnterminatedComment(0)),
        ("x'1'", InvalidSql::Digits(0)),
        ("b'2'", InvalidSql::Digits(0)),
        ("a \\ b", InvalidSql::Character { character: '\\', offset: 2 }),
    ] {
        assert_eq!(tokenize(sql), Err(expected), "{sql}");
    }
}

proptest! {
    #[test]
    fn never_panics_and_loses_only_white_space(sql in ".{0,60}") {
        if let Ok(tokens) = tokenize(&sql) {
            let mut end = 0;
            for token in tokens {
                prop_assert!(sql[end..token.offset].chars().all(is_space));
                prop_assert!(!token.text.is_empty());
                prop_assert!(token.value().len() <= token.text.len());
                end = token.end();
            }
            prop_assert!(sql[end..].chars().all(is_space));
        }
    }

    #[test]
    fn survives_sql_like_noise(sql in r#"[-'"`\\/*!#@.xb0-9a-zé\n ()]{0,40}"#) {
        for token in tokenize(&sql).unwrap_or_default() {
            prop_assert!(token.value().len() <= token.text.len());
        }
    }

    #[test]
    fn reads_back_what_was_quoted(text in any::<std::string::String>()) {
        let literal = quote_literal(&text);
        let tokens = tokenize(&literal).unwrap();
        prop_assert_eq!(tokens.len(), 1);
        prop_assert_eq!(tokens[0].kind, String);
        prop_assert_eq!(tokens[0].value(), text);
    }
}
