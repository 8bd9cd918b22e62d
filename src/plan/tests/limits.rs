//! Rows and keys that may be too long for a server.

use super::*;

/// Whether a step that creates a table of these columns, with an index over the first, may exceed a limit.
fn may_be_too_long(types: &[&str], index: &str) -> bool {
    let columns = types.iter().enumerate().map(|(at, data_type)| typed(&format!("c{at}"), data_type)).collect();
    let index =
        DeclaredIndex { parts: vec![KeyPart::parse(index).unwrap()], ..declared_index("i", &["c0"], IndexKind::Plain) };
    let plan = plan(&declared(columns, vec![index]), &live(MYSQL, vec![])).unwrap();
    may_exceed_limits(&plan.steps[0])
}

#[test]
fn what_may_be_too_long_is_told() {
    assert!(!may_be_too_long(&["int", "varchar(255)", "text"], "c0"));
    assert!(!may_be_too_long(&["varchar(768)"], "c0"));
    assert!(may_be_too_long(&["varchar(769)"], "c0"), "3,076 bytes");
    assert!(!may_be_too_long(&["varchar(769)"], "c0(768)"));
    assert!(may_be_too_long(&["text"], "c0(769)"));
    assert!(may_be_too_long(&["int", "varchar(16000)", "varchar(400)"], "c0"), "65,632 bytes");
    assert!(may_be_too_long(&["text"; 197], "c0(10)"), "8,131 bytes in the page");
    assert!(!may_be_too_long(&["text"; 196], "c0(10)"));
    assert!(may_be_too_long(&["char(255)"; 32], "c0(10)"), "8,160 bytes that stay in the page");
    assert!(!may_be_too_long(&["char(255)"; 31], "c0(10)"));
}
