//! Checks that any expression equals itself, with and without parentheses.
#![no_main]

use libfuzzer_sys::fuzz_target;
use schema_operator::schema::Expression;

fuzz_target!(|text: &str| {
    let Ok(expression) = Expression::new(text) else { return };
    let again = Expression::new(expression.as_str()).expect("what was taken once is taken again");
    assert_eq!(again, expression);
    // The end of an expression and a parenthesis may begin a comment together.
    if let Ok(wrapped) = Expression::new(&format!("({})", expression.as_str())) {
        assert_eq!(wrapped, expression);
    }
    let _ = expression.current_timestamp_fsp();
});
