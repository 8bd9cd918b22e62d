//! The types of columns, and the defaults that each can have.

use proptest::prelude::*;
use proptest::sample::select;
use schema_operator::schema::{Dialect, quote_literal};

use super::model::{Column, Fill, Table};
use super::names::{comment, name, quoted, texts};

/// A character set and its collation.
pub type Charset = (&'static str, &'static str);

/// A column's type.
#[derive(Debug, Clone, PartialEq)]
pub enum Kind {
    /// All types of numbers; the values 1 to 3 fit into each.
    Number(&'static str),
    Bit(u32),
    Year,
    Date,
    DateTime(u32),
    Timestamp(u32),
    Time(u32),
    Char(u32),
    Varchar(u32),
    Text(&'static str),
    Binary(u32),
    Varbinary(u32),
    Blob(&'static str),
    Enum(Vec<&'static str>),
    Set(Vec<&'static str>),
    Json,
    Spatial(&'static str),
    Vector(u32),
    /// Types that only MariaDB has: inet4, inet6, uuid.
    Own(&'static str),
}

const NUMBERS: [&str; 22] = [
    "tinyint",
    "tinyint(1)",
    "tinyint unsigned",
    "smallint",
    "smallint unsigned",
    "mediumint",
    "mediumint unsigned",
    "int",
    "int",
    "int unsigned",
    "int(7) unsigned zerofill",
    "bigint",
    "bigint unsigned",
    "decimal(10,0)",
    "decimal(10,2)",
    "decimal(65,30)",
    "decimal(5,3) unsigned",
    "float",
    "float unsigned",
    "double",
    "double(10,3)",
    "bigint(3)",
];
const MEMBERS: [&str; 10] = ["a", "b", "it's", "c\\d", "x\"y", "e f", "数", "1%", "(z", "NULL"];
const SPATIAL: [&str; 8] = [
    "geometry",
    "point",
    "linestring",
    "polygon",
    "multipoint",
    "multilinestring",
    "multipolygon",
    "geometrycollection",
];

/// Generates the attributes of a column; [`super::repair`] makes them fit its table.
pub fn column() -> impl Strategy<Value = Column> {
    let attributes = (comment(1024), prop::bool::weighted(0.85), any::<bool>(), prop::bool::weighted(0.2));
    let charset = prop_oneof![3 => Just(None), 2 => charset().prop_map(Some)];
    let srid = prop_oneof![Just(None), Just(Some(0)), Just(Some(4326))];
    let check = prop::option::weighted(0.15, 0..100_usize);
    (name(), kind(), charset, fill(), attributes, srid, check).prop_map(
        |(name, kind, charset, fill, attributes, srid, check)| {
            let (comment, visible, nullable, on_update) = attributes;
            Column { id: 0, name, kind, charset, nullable, fill, on_update, comment, visible, srid, check }
        },
    )
}

fn kind() -> impl Strategy<Value = Kind> {
    let members = |longest| prop::sample::subsequence(MEMBERS.to_vec(), 1..=longest);
    let fsp = || prop_oneof![Just(0_u32), Just(3), Just(6)];
    prop_oneof![
        8 => select(&NUMBERS[..]).prop_map(Kind::Number),
        1 => select(vec![1_u32, 2, 8, 64]).prop_map(Kind::Bit),
        1 => Just(Kind::Year),
        1 => Just(Kind::Date),
        2 => fsp().prop_map(Kind::DateTime),
        2 => fsp().prop_map(Kind::Timestamp),
        1 => fsp().prop_map(Kind::Time),
        2 => select(vec![1_u32, 10, 40]).prop_map(Kind::Char),
        6 => select(vec![1_u32, 10, 63, 64, 191, 255, 256, 4000, 16000]).prop_map(Kind::Varchar),
        2 => select(vec!["tinytext", "text", "mediumtext", "longtext"]).prop_map(Kind::Text),
        1 => select(vec![1_u32, 16, 255]).prop_map(Kind::Binary),
        1 => select(vec![1_u32, 16, 255, 256, 60000]).prop_map(Kind::Varbinary),
        1 => select(vec!["tinyblob", "blob", "mediumblob", "longblob"]).prop_map(Kind::Blob),
        2 => members(10).prop_map(Kind::Enum),
        1 => members(8).prop_map(Kind::Set),
        2 => Just(Kind::Json),
        2 => select(&SPATIAL[..]).prop_map(Kind::Spatial),
        1 => select(vec![3_u32, 1024]).prop_map(Kind::Vector),
        2 => select(vec!["inet4", "inet6", "uuid"]).prop_map(Kind::Own),
    ]
}

fn fill() -> impl Strategy<Value = Fill> {
    prop_oneof![
        5 => Just(Fill::None),
        4 => (0..100_usize).prop_map(Fill::Value),
        2 => (0..100_usize).prop_map(Fill::Expression),
        1 => Just(Fill::AutoIncrement),
        2 => (0..100_u32, 0..100_usize, any::<bool>())
            .prop_map(|(base, form, stored)| Fill::Generated { base, form, stored }),
    ]
}

/// Generates character sets and collations that all servers have.
pub fn charset() -> impl Strategy<Value = Charset> {
    select(vec![
        ("utf8mb4", "utf8mb4_bin"),
        ("utf8mb4", "utf8mb4_general_ci"),
        ("utf8mb4", "utf8mb4_unicode_ci"),
        ("utf8mb3", "utf8mb3_general_ci"),
        ("latin1", "latin1_swedish_ci"),
        ("latin1", "latin1_bin"),
        ("ascii", "ascii_bin"),
        ("ucs2", "ucs2_general_ci"),
    ])
}

/// Decides whether the test may only write ASCII in this character set.
pub fn is_narrow(charset: Charset) -> bool {
    matches!(charset.0, "latin1" | "ascii")
}

impl Kind {
    /// Returns the type as SQL.
    pub fn sql(&self) -> String {
        let members = |members: &[&str]| members.iter().map(|text| quote_literal(text)).collect::<Vec<_>>().join(",");
        let fsp = |name: &str, digits: &u32| if *digits == 0 { name.to_owned() } else { format!("{name}({digits})") };
        match self {
            Self::Number(text) | Self::Text(text) | Self::Blob(text) | Self::Spatial(text) | Self::Own(text) => {
                (*text).to_owned()
            }
            Self::Bit(bits) => format!("bit({bits})"),
            Self::Year => "year".to_owned(),
            Self::Date => "date".to_owned(),
            Self::DateTime(digits) => fsp("datetime", digits),
            Self::Timestamp(digits) => fsp("timestamp", digits),
            Self::Time(digits) => fsp("time", digits),
            Self::Char(length) => format!("char({length})"),
            Self::Varchar(length) => format!("varchar({length})"),
            Self::Binary(length) => format!("binary({length})"),
            Self::Varbinary(length) => format!("varbinary({length})"),
            Self::Enum(list) => format!("enum({})", members(list)),
            Self::Set(list) => format!("set({})", members(list)),
            Self::Json => "json".to_owned(),
            Self::Vector(entries) => format!("vector({entries})"),
        }
    }

    /// Returns a number that types share if the rows of this test can be converted between them.
    pub fn group(&self) -> u8 {
        match self {
            Self::Number(_) => 0,
            Self::Bit(_) => 1,
            Self::Year => 2,
            Self::Date | Self::DateTime(_) | Self::Timestamp(_) => 3,
            Self::Time(_) => 4,
            Self::Char(_) | Self::Varchar(_) | Self::Text(_) => 5,
            Self::Binary(_) | Self::Varbinary(_) | Self::Blob(_) => 6,
            Self::Enum(_) => 7,
            Self::Set(_) => 8,
            Self::Json => 9,
            Self::Vector(entries) => 10 + u8::from(*entries > 3),
            Self::Own("inet4") => 20,
            Self::Own("inet6") => 21,
            Self::Own(_) => 22,
            Self::Spatial(name) => {
                let at = SPATIAL.iter().position(|other| other == name).unwrap_or_default();
                30 + u8::try_from(at).unwrap_or_default()
            }
        }
    }

    /// Decides whether it has a character set.
    pub fn is_text(&self) -> bool {
        matches!(self, Self::Char(_) | Self::Varchar(_) | Self::Text(_) | Self::Enum(_) | Self::Set(_))
    }

    pub fn is_integer(&self) -> bool {
        matches!(self, Self::Number(text) if text.contains("int"))
    }

    /// Returns the digits of `CURRENT_TIMESTAMP` if it can be `ON UPDATE CURRENT_TIMESTAMP`.
    pub fn has_now(&self) -> Option<u32> {
        match self {
            Self::DateTime(digits) | Self::Timestamp(digits) => Some(*digits),
            _ => None,
        }
    }

    /// Decides whether its values are kept outside of the row. On MySQL, such a column can only have an expression as
    /// its default.
    pub fn is_lob(&self) -> bool {
        matches!(self, Self::Text(_) | Self::Blob(_) | Self::Json | Self::Spatial(_) | Self::Vector(_))
    }

    /// Returns its share of the 65,535 bytes that a row may have.
    pub fn row_bytes(&self) -> u32 {
        match self {
            Self::Char(length) => 4 * length,
            Self::Varchar(length) => 4 * length + 2,
            Self::Binary(length) | Self::Varbinary(length) => length + 2,
            _ => 12,
        }
    }

    /// Returns how many characters, or bytes, it holds.
    pub fn length(&self) -> usize {
        match self {
            Self::Char(length) | Self::Varchar(length) | Self::Binary(length) | Self::Varbinary(length) => {
                usize::try_from(*length).unwrap_or_default()
            }
            _ => 100,
        }
    }

    /// Returns the default with this number as SQL, if the type has such a default.
    pub fn default(&self, fill: Fill, charset: Charset, dialect: Dialect) -> Option<String> {
        match fill {
            Fill::Value(_) if self.is_lob() && (!dialect.is_mariadb() || !matches!(self, Self::Text(_))) => None,
            Fill::Value(number) => choice(&self.values(charset), number),
            Fill::Expression(number) => choice(&self.expressions(charset, dialect), number).map(|text| {
                let stands_alone = text.starts_with("CURRENT_TIMESTAMP");
                if stands_alone { text } else { format!("({text})") }
            }),
            Fill::None | Fill::AutoIncrement | Fill::Generated { .. } => None,
        }
    }

    fn values(&self, charset: Charset) -> Vec<String> {
        let literals = |texts: &[&str]| texts.iter().map(|text| quote_literal(text)).collect();
        match self {
            Self::Number(text) if text.contains("unsigned") => literals(&["0", "1", "7"]),
            Self::Number(_) => literals(&["0", "1", "-7", "+3"]),
            Self::Bit(_) => vec!["b'1'".to_owned(), "b'0'".to_owned(), "1".to_owned()],
            Self::Year => literals(&["2001", "1970"]),
            Self::Date => literals(&["2001-02-03", "1999-12-31"]),
            Self::DateTime(_) | Self::Timestamp(_) => literals(&["2001-02-03 04:05:06", "1999-12-31"]),
            Self::Time(_) => literals(&["04:05:06", "-10:00:00"]),
            Self::Enum(members) => literals(members),
            Self::Set(members) => vec![quote_literal(members[0]), quote_literal(&members.join(",")), "''".to_owned()],
            Self::Binary(_) | Self::Varbinary(_) => vec!["'a'".to_owned(), "0x41".to_owned(), "'\\''".to_owned()],
            Self::Char(_) | Self::Varchar(_) | Self::Text(_) => {
                let fits =
                    |text: &&&str| text.chars().count() <= self.length() && (text.is_ascii() || !is_narrow(charset));
                texts().iter().filter(fits).map(|text| quote_literal(text)).collect()
            }
            Self::Own("inet4") => literals(&["10.0.0.9"]),
            Self::Own("inet6") => literals(&["::9", "2001:db8::ff"]),
            Self::Own(_) => literals(&["123e4567-e89b-12d3-a456-426655440000"]),
            _ => Vec::new(),
        }
    }

    fn expressions(&self, charset: Charset, dialect: Dialect) -> Vec<String> {
        let owned = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
        match self {
            Self::Number(_) => owned(&["1 + 2", "abs(3)", "floor(2.5) * 2"]),
            Self::DateTime(_) | Self::Timestamp(_) => {
                let digits = self.has_now().filter(|digits| *digits > 0);
                let now =
                    digits.map_or("CURRENT_TIMESTAMP".to_owned(), |digits| format!("CURRENT_TIMESTAMP({digits})"));
                vec![now]
            }
            Self::Date => owned(&["curdate()", "'2001-02-03' + interval 1 day"]),
            Self::Varchar(_) | Self::Text(_) if self.length() >= 36 => {
                let mut all = owned(&["concat('it''s', '\\\\')", "upper('x')", "concat('a', \"b\")"]);
                if !is_narrow(charset) {
                    all.push("concat('ä', '数')".to_owned());
                }
                if !is_narrow(charset) && charset.0 == "utf8mb4" && !dialect.is_mariadb() {
                    all.push("concat('😀', 'é')".to_owned());
                }
                all
            }
            // In a ucs2 table MariaDB turns numbers into texts.
            Self::Json if dialect.is_mariadb() => owned(&["json_array()", "json_object('a''b', 'c')"]),
            Self::Json => owned(&["json_array()", "json_object('a''b', 1)"]),
            Self::Spatial("point" | "geometry") => owned(&["point(1, 2)"]),
            _ => Vec::new(),
        }
    }
}

fn choice(list: &[String], number: usize) -> Option<String> {
    number.checked_rem(list.len()).and_then(|at| list.get(at)).cloned()
}

/// Returns the type and the expression of a generated column, by number.
pub fn generated(form: usize, base: &Column, charset: Charset) -> Option<(Kind, String)> {
    let name = quoted(&base.name);
    let number = |text: String| Some((Kind::Number("bigint"), text));
    match base.kind.group() {
        0 => match form % 3 {
            0 => number(format!("{name} + 1")),
            1 => number(format!("({name} * 2) - 1")),
            _ => number(format!("if({name} > 2, 1, 0)")),
        },
        5 => match form % 4 {
            0 => number(format!("char_length({name})")),
            1 => Some((Kind::Varchar(255), format!("lower({name})"))),
            2 if !is_narrow(charset) => Some((Kind::Varchar(255), format!("concat({name}, 'ä\\'\\\\')"))),
            _ => Some((Kind::Varchar(255), format!("concat({name}, '-', 'it''s')"))),
        },
        3 => number(format!("year({name})")),
        9 => Some((Kind::Varchar(255), format!("json_unquote(json_extract({name}, '$.k'))"))),
        _ => None,
    }
}

/// Returns a check that all rows of this test pass, by number.
pub fn check(form: usize, column: &Column) -> String {
    let name = quoted(&column.name);
    match (column.kind.group(), form % 3) {
        (0, 0) => format!("{name} + 100 > 0"),
        (0, 1) => format!("{name} < 99 or {name} is null"),
        (0, _) => format!("{name} not in (11, 12) and ({name} <> 13 or {name} = 14)"),
        (5, 0) => format!("char_length({name}) < 5000"),
        (5, 1) => format!("{name} <> 'it''s \\\\ not'"),
        (5, _) => format!("{name} not like 'x\\\\%%y'"),
        (3, _) => format!("{name} <> '2000-01-01'"),
        (_, 0) => format!("{name} is null or {name} is not null"),
        (_, _) => format!("not ({name} is null) or 1 = 1"),
    }
}

impl Column {
    /// Returns the definition as `CREATE TABLE` has it.
    pub fn definition(&self, table: &Table, dialect: Dialect) -> String {
        let mut sql = format!("{} {}", quoted(&self.name), self.kind.sql());
        let srid = self.srid.filter(|_| matches!(self.kind, Kind::Spatial(_)));
        if let Some((charset, collation)) = self.charset.filter(|_| self.kind.is_text()) {
            sql += &format!(" CHARACTER SET {charset} COLLATE {collation}");
        }
        if let Fill::Generated { base, form, stored } = self.fill
            && let Some(base) = table.column(base)
            && let Some((_, expression)) = generated(form, base, table.charset_of(base))
        {
            sql += &format!(" AS ({expression}) {}", if stored { "STORED" } else { "VIRTUAL" });
        } else {
            sql += if self.nullable { " NULL" } else { " NOT NULL" };
        }
        if self.fill == Fill::AutoIncrement {
            sql += " AUTO_INCREMENT";
        }
        if let Some(default) = self.kind.default(self.fill, table.charset_of(self), dialect) {
            sql += &format!(" DEFAULT {default}");
        }
        if self.on_update {
            let digits = self.kind.has_now().filter(|digits| *digits > 0);
            sql += " ON UPDATE CURRENT_TIMESTAMP";
            sql += &digits.map_or(String::new(), |digits| format!("({digits})"));
        }
        if !self.visible {
            sql += " INVISIBLE";
        }
        if !self.comment.is_empty() {
            sql += &format!(" COMMENT {}", quote_literal(&self.comment));
        }
        if let Some(form) = self.check {
            sql += &format!(" CHECK ({})", check(form, self));
        }
        if let Some(srid) = srid.filter(|_| !dialect.is_mariadb()) {
            sql += &format!(" SRID {srid}");
        }
        sql
    }
}
