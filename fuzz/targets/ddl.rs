//! Checks that a text of `CREATE TABLE` statements that was read is written so that it is read as the same, and that
//! each statement is one to a server as well.
#![no_main]

use libfuzzer_sys::fuzz_target;
use schema_operator::declare::{Script, TableText, without_dump};
use schema_operator::schema::{TokenKind, tokenize};

fuzz_target!(|text: &str| {
    let _ = without_dump(text);
    let Ok(script) = Script::parse(text) else { return };
    for table in &script.tables {
        let again = Script::parse(&table.sql).unwrap_or_else(|errors| panic!("{:?}: {errors:?}", table.sql));
        let [again] = &again.tables[..] else { panic!("{:?} is more than one statement", table.sql) };
        assert_eq!(again, &TableText { line: again.line, ..table.clone() });
        for token in tokenize(&table.sql).expect("what was read has tokens") {
            assert!(
                !matches!(token.kind, TokenKind::Comment | TokenKind::ExecutableComment) && token.text != ";",
                "{:?}",
                table.sql
            );
        }
    }
});
