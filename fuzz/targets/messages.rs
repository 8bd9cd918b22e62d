//! Checks that no message of a server brings a row's value or the name of an account into a status, whatever stands
//! around it, and that a terminal obeys nothing of it.
#![no_main]

use libfuzzer_sys::fuzz_target;
use schema_operator::mysql::fuzzing::public_message;
use schema_operator::telemetry::{is_obeyed, printable};

const VALUE: &str = "hunter2";

fuzz_target!(|parts: (u16, &str, &str, &str)| {
    let (number, before, after, name) = parts;
    let shown = printable(&public_message(number, before)).into_owned();
    assert!(!shown.contains(is_obeyed), "{number}: {shown:?}");
    if name.contains(VALUE) {
        return;
    }
    // As MySQL 9.7 and MariaDB 10.11 and 11.8 write them.
    let value = format!("{before}{VALUE}{after}");
    for (number, message) in [
        (1062, format!("Duplicate entry '{value}' for key '{name}'")),
        (1526, format!("Table has no partition for value {value}")),
        (1366, format!("Incorrect integer value: '{value}' for column '{name}' at row 1")),
        (1292, format!("Truncated incorrect DOUBLE value: '{value}'")),
        (1690, format!("BIGINT value is out of range in '{value}'")),
        (1644, value.clone()),
        (1044, format!("Access denied for user '{value}'@'%' to database '{name}'")),
        (1045, format!("Access denied for user '{value}'@'10.0.0.3' (using password: YES)")),
        (1142, format!("SELECT command denied to user '{value}'@'%' for table '{name}'")),
        (1226, format!("User '{value}' has exceeded the 'max_questions' resource (current value: 1)")),
    ] {
        let shown = public_message(number, &message);
        assert!(!shown.contains(VALUE), "{message:?} is shown as {shown:?}");
    }
});
