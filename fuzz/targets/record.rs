//! Checks that rows of the record, which any account with rights on the table may have written, are read or passed over.
#![no_main]

use libfuzzer_sys::fuzz_target;
use schema_operator::mysql::{Row, Rows};
use schema_operator::record::{KnownClaims, LiveResources, Owner, RecordView, Viewer};

/// The columns that are asked for. The third and the fourth are name and UID of the resource.
const COLUMNS: usize = 12;

// A line is a row, with a tab between its values; `\N` is NULL.
fuzz_target!(|text: &str| {
    let owner = Owner { cluster: "c".to_owned(), resource: "n/r".to_owned(), uid: "u".to_owned() };
    let viewer = Viewer { owner: &owner, live_resources: &LiveResources::Unknown, server: Some("s") };
    let values = |line: &str| -> Vec<Option<String>> {
        let values = line.split('\t').map(|value| (value != "\\N").then(|| value.to_owned()));
        values.chain(std::iter::repeat(None)).take(COLUMNS).collect()
    };
    let rows: Vec<Vec<Option<String>>> = text.lines().map(values).collect();
    let is_own = |row: &Vec<Option<String>>| row[2].as_deref() == Some("n/r") || row[3].as_deref() == Some("u");
    let has_own = rows.iter().any(is_own);
    let read: Rows = rows.iter().map(|row| Row::of(&row.iter().map(Option::as_deref).collect::<Vec<_>>())).collect();
    let layout = Row::of(&[Some("2"), Some("2")]);
    let results = [Rows::new(), vec![layout], Rows::new(), Rows::new(), read, Rows::new()];
    let view = RecordView::read(&results, viewer, &KnownClaims::default());
    assert!(has_own || view.is_ok(), "a row of another resource stops this one: {view:?}");
});
