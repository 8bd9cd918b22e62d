//! Checks that tokens are at their offsets, in order, with nothing but white space between them.
#![no_main]

use libfuzzer_sys::fuzz_target;
use schema_operator::schema::tokenize;

fuzz_target!(|text: &str| {
    let Ok(tokens) = tokenize(text) else { return };
    let mut end = 0;
    for token in tokens {
        assert_eq!(text.get(token.offset..token.end()), Some(token.text));
        assert!(!token.text.is_empty());
        let between = text.get(end..token.offset).expect("tokens don't overlap");
        assert!(between.chars().all(|character| character.is_whitespace() || character.is_control()), "{between:?}");
        let _ = token.value();
        end = token.end();
    }
    assert!(text[end..].chars().all(|character| character.is_whitespace() || character.is_control()));
});
