//! The types of columns of small schemas, with values that fit, values that are in the way, defaults and checks.

/// A type, and SQL for what a column of it may hold.
pub struct Kind {
    pub sql: &'static str,
    /// Types between which values are often converted share a family.
    pub family: usize,
    /// Whether a primary or foreign key may have it.
    pub is_key: bool,
    pub values: &'static [&'static str],
    /// The first one is no default.
    pub defaults: &'static [&'static str],
    /// The ends of checks: a weak one, and a stronger one.
    pub checks: [&'static str; 2],
}

const INTEGERS: &[&str] =
    &["1", "2", "3", "1", "2", "5", "NULL", "120", "0", "40000", "3000000000", "5000000000", "-1"];
const TEXTS: &[&str] =
    &["'1'", "'2'", "'a'", "'A'", "'a'", "'b'", "NULL", "''", "'ä'", "'more than ten of them'", "'12:30'"];
const TIMES: &[&str] =
    &["'2024-02-01 10:00:00'", "'2024-02-02'", "NULL", "'2024-02-01 23:30:00'", "'1999-12-31 01:02:03'"];
const BYTES: &[&str] = &["'a'", "0xA1B200C3", "NULL", "'a'", "0x00"];
const NUMBER_DEFAULTS: &[&str] = &["", "1", "7"];
const TEXT_DEFAULTS: &[&str] = &["", "'a'", "''"];
const TIME_DEFAULTS: &[&str] = &["", "'2001-02-03 04:05:06'", "CURRENT_TIMESTAMP"];
const NUMBER_CHECKS: [&str; 2] = ["< 10000000", "> 2"];
const TEXT_CHECKS: [&str; 2] = ["<> 'zz'", "<> 'a'"];
const TIME_CHECKS: [&str; 2] = ["> '1980-01-01'", "> '2024-02-01'"];

const fn integer(sql: &'static str) -> Kind {
    Kind { sql, family: 0, is_key: true, values: INTEGERS, defaults: NUMBER_DEFAULTS, checks: NUMBER_CHECKS }
}

const fn text(sql: &'static str) -> Kind {
    Kind { sql, family: 1, is_key: true, values: TEXTS, defaults: TEXT_DEFAULTS, checks: TEXT_CHECKS }
}

const fn time(sql: &'static str) -> Kind {
    Kind { sql, family: 2, is_key: false, values: TIMES, defaults: TIME_DEFAULTS, checks: TIME_CHECKS }
}

/// All types; the first ones are the simplest.
pub const KINDS: [Kind; 18] = [
    integer("int"),
    integer("bigint"),
    integer("smallint"),
    integer("tinyint"),
    integer("int unsigned"),
    Kind { is_key: false, ..integer("decimal(10,2)") },
    text("varchar(10)"),
    text("varchar(40)"),
    text("varchar(10) CHARACTER SET latin1"),
    text("varchar(10) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin"),
    text("char(8)"),
    Kind { is_key: false, defaults: &[""], ..text("text") },
    Kind { is_key: false, ..text("enum('a','b','','1')") },
    Kind { is_key: false, defaults: &["", "'a'"], ..text("enum('b','a','1')") },
    time("timestamp"),
    time("datetime"),
    Kind {
        sql: "binary(4)",
        family: 3,
        is_key: false,
        values: BYTES,
        defaults: &["", "0xA1B200C3", "0x00FF0041", "'abcd'"],
        checks: ["is not null or 1 = 1", "<> 'zzzz'"],
    },
    Kind {
        sql: "point",
        family: 4,
        is_key: false,
        values: &["ST_GeomFromText('POINT(1 1)')", "NULL"],
        defaults: &[""],
        checks: ["is null or 1 = 1", "is not null or 1 = 1"],
    },
];

/// The number of the type that shapes have.
pub const POINT: usize = 17;

/// The number of the type that needs a length in an index.
pub const TEXT: usize = 11;

/// Returns the number of a type of the same family.
pub fn related(kind: usize, choice: usize) -> usize {
    let family = KINDS[kind].family;
    let same: Vec<usize> = (0..KINDS.len()).filter(|other| KINDS[*other].family == family).collect();
    same[choice % same.len()]
}
