//! Names and texts that are hard to write, and hard to read back.

use proptest::prelude::*;
use proptest::sample::select;

/// Names that need quoting, that are SQL keywords, or that have a special meaning.
const ODD_NAMES: [&str; 30] = [
    "id",
    "user",
    "Mixed",
    "ALLCAPS",
    "select",
    "order",
    "key",
    "primary key",
    "a b",
    "a.b",
    "a`b",
    "``",
    "a%b",
    "it's",
    "say \"x\"",
    "back\\slash",
    "größe",
    "数据",
    "_",
    "1st",
    "42",
    "$d",
    "a/b",
    "-- c",
    "/*c*/",
    "a;b",
    "@v",
    "#h",
    "?",
    " lead",
];

/// Texts that end a literal too early, or change their meaning if they are quoted once too often or too seldom.
const ODD_TEXTS: [&str; 24] = [
    "", "a", "it's", "''", "a\\b", "\\", "\"q\"", "100%", "x_y", "NULL", "b'1'", "0x41", "now()", "ä", "数", "a\tb",
    "a\nb", "a,b", "(x", "`b`", "/* c */", "-- d", "?", "\\'",
];

/// Generates a name for any object.
pub fn name() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => "[a-d]{1,2}",
        1 => "[a-dA-D]",
        4 => select(&ODD_NAMES[..]).prop_map(str::to_owned),
        1 => "[a-e]".prop_map(|letter| letter.repeat(64)),
        1 => "[A-Za-z0-9_`'\"\\\\%.$ äßé数#-]{0,12}[a-z]",
    ]
}

/// Generates a comment of at most `longest` characters.
pub fn comment(longest: usize) -> impl Strategy<Value = String> {
    prop_oneof![
        6 => Just(String::new()),
        5 => text(),
        1 => Just("ä'".repeat(longest / 2)),
    ]
}

/// Generates a text that may be odd.
pub fn text() -> impl Strategy<Value = String> {
    select(&ODD_TEXTS[..]).prop_map(str::to_owned)
}

/// Returns the odd texts, for a choice by number.
pub fn texts() -> &'static [&'static str] {
    &ODD_TEXTS
}

/// Quotes a name.
pub fn quoted(name: &str) -> String {
    format!("`{}`", name.replace('`', "``"))
}

/// Quotes a list of names.
pub fn quoted_list<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    names.into_iter().map(quoted).collect::<Vec<_>>().join(", ")
}

/// Folds a name in the way in which servers compare names of columns, indexes and constraints.
pub fn folded(name: &str) -> String {
    name.to_lowercase()
}
