use proptest::prelude::*;

use super::super::Dialect;
use super::*;

fn parse(text: &str) -> DataType {
    DataType::parse(text).unwrap_or_else(|error| panic!("{error}"))
}

#[test]
fn reads_all_names_and_aliases() {
    for (text, rendered) in [
        ("INT", "int"),
        ("integer(11) UNSIGNED ZEROFILL", "int(11) unsigned zerofill"),
        ("int zerofill", "int unsigned zerofill"),
        ("bigint signed", "bigint"),
        ("int1", "tinyint"),
        ("int2", "smallint"),
        ("int3", "mediumint"),
        ("middleint", "mediumint"),
        ("int4", "int"),
        ("int8 unsigned", "bigint unsigned"),
        ("bool", "tinyint(1)"),
        ("Boolean", "tinyint(1)"),
        ("decimal", "decimal(10,0)"),
        ("dec(5)", "decimal(5,0)"),
        ("numeric( 5 , 2 ) unsigned", "decimal(5,2) unsigned"),
        ("fixed(65,30)", "decimal(65,30)"),
        ("float", "float"),
        ("float(24)", "float"),
        ("float(25) unsigned", "double unsigned"),
        ("float(7,4)", "float(7,4)"),
        ("float4", "float"),
        ("float8", "double"),
        ("real", "double"),
        ("double precision(10,2)", "double(10,2)"),
        ("bit", "bit(1)"),
        ("datetime(0)", "datetime"),
        ("TIMESTAMP(6)", "timestamp(6)"),
        ("time(3)", "time(3)"),
        ("year(4)", "year"),
        ("char", "char(1)"),
        ("character(3)", "char(3)"),
        ("character varying(30)", "varchar(30)"),
        ("char varying(30)", "varchar(30)"),
        ("varcharacter(30)", "varchar(30)"),
        ("nchar(3)", "char(3)"),
        ("national char", "char(1)"),
        ("national varchar(3)", "varchar(3)"),
        ("national char varying(3)", "varchar(3)"),
        ("nvarchar(3)", "varchar(3)"),
        ("nchar varchar(3)", "varchar(3)"),
        ("varbinary(16)", "varbinary(16)"),
        ("binary", "binary(1)"),
        ("long", "mediumtext"),
        ("long varchar", "mediumtext"),
        ("long varbinary", "mediumblob"),
        ("text", "text"),
        ("text(63)", "tinytext"),
        ("text(1000)", "text"),
        ("text(70000)", "mediumtext"),
        ("blob(255)", "tinyblob"),
        ("blob(256)", "blob"),
        ("blob(4294967295)", "longblob"),
        ("enum('a','it''s', \"b\", 'x ')", "enum('a','it''s','b','x')"),
        (r"set('a\\b','')", r"set('a\\b','')"),
        ("geomcollection", "geometrycollection"),
        ("vector", "vector(2048)"),
        ("datetime /* mariadb-5.3 */", "datetime"),
        ("varchar(100) /*M!100301 COMPRESSED*/", "varchar(100)"),
    ] {
        assert_eq!(parse(text).render(), rendered, "{text}");
    }
}

#[test]
fn says_what_is_wrong() {
    for (text, expected) in [
        (" ", "the type \"\" is empty: expected one such as int, varchar(64) or datetime(3)"),
        ("strnig", "the type \"strnig\" is unknown: \"strnig\" is not the name of a type"),
        ("varchar", "the type \"varchar\" needs a length, such as varchar(255)"),
        ("varchar(65536)", "the type \"varchar(65536)\" has the length 65536: 0 to 65535 are possible"),
        ("char(256)", "the type \"char(256)\" has the length 256: 0 to 255 are possible"),
        ("bit(65)", "the type \"bit(65)\" has the length 65: 1 to 64 are possible"),
        ("decimal(66)", "the type \"decimal(66)\" has the number of digits 66: 1 to 65 are possible"),
        ("decimal(2,3)", "the type \"decimal(2,3)\" has more digits after the point (3) than in all (2)"),
        ("datetime(7)", "the type \"datetime(7)\" has the number of fractional digits 7: 0 to 6 are possible"),
        ("float(54)", "the type \"float(54)\" has the number of bits 54: 0 to 53 are possible"),
        ("enum", "the type \"enum\" takes its members, such as ('a','b'), in its parentheses"),
        ("enum('a','a ')", "the type \"enum('a','a ')\" is not possible: its member \"a\" is there twice"),
        (
            "set('a,b')",
            "the type \"set('a,b')\" is not possible: its member \"a,b\" contains a comma, which separates \
             the members of a set's value",
        ),
        ("text(100)", "the type \"text(100)\" depends on the character set: write tinytext or text"),
        ("json(1)", "the type \"json(1)\" takes nothing in its parentheses"),
        (
            "int not null",
            "the type \"int not null\" is followed by not, which is not part of a type: declare it as nullable",
        ),
        (
            "varchar(5) COLLATE utf8mb4_bin",
            "the type \"varchar(5) COLLATE utf8mb4_bin\" is followed by COLLATE, which is not part of a type: \
             declare it as collation",
        ),
        (
            "serial",
            "the type \"serial\" is short for several attributes: write the type bigint unsigned, nullable: false, \
             autoIncrement: true and a unique index",
        ),
        ("enum('a", "the type \"enum('a\" can't be read: the string that begins at byte 5 has no closing quote"),
    ] {
        assert_eq!(DataType::parse(text).unwrap_err().to_string(), expected);
    }
    for text in [
        "int(0)",
        "int(256)",
        "int(1,2)",
        "int('a')",
        "int(",
        "int()",
        "year(2)",
        "enum()",
        "enum(1)",
        "enum('a',1)",
        "varchar(-1)",
        "varchar(1.5)",
        "vector(0)",
        "text(0)",
        "int /*!50000 , b int */",
        "int -- x",
        "int, b int",
        "date unsigned",
        "`int`",
        "inet6(1)",
        "double(5)",
        "bool(1)",
    ] {
        assert!(DataType::parse(text).is_err(), "{text}");
    }
}

#[test]
fn knows_what_each_server_reports() {
    for (version, text, reported) in [
        ("9.7.4", "int(11)", "int"),
        ("9.7.4", "bool", "tinyint(1)"),
        ("9.7.4", "tinyint(1) unsigned", "tinyint unsigned"),
        ("9.7.4", "int zerofill", "int(10) unsigned zerofill"),
        ("9.7.4", "int(5) zerofill", "int(5) unsigned zerofill"),
        ("9.7.4", "json", "json"),
        ("8.0.18", "int", "int(11)"),
        ("10.11.6-MariaDB", "int", "int(11)"),
        ("10.11.6-MariaDB", "int(5)", "int(5)"),
        ("10.11.6-MariaDB", "int unsigned", "int(10) unsigned"),
        ("10.11.6-MariaDB", "bigint unsigned", "bigint(20) unsigned"),
        ("10.11.6-MariaDB", "tinyint", "tinyint(4)"),
        ("10.11.6-MariaDB", "tinyint unsigned", "tinyint(3) unsigned"),
        ("10.11.6-MariaDB", "smallint", "smallint(6)"),
        ("10.11.6-MariaDB", "mediumint", "mediumint(9)"),
        ("10.11.6-MariaDB", "json", "longtext"),
    ] {
        let canonical = parse(text).canonical(Dialect::parse(version).unwrap());
        assert_eq!(canonical.render(), reported, "{text} on {version}");
    }
}

#[test]
fn says_which_server_lacks_a_type() {
    for (version, text, expected) in [
        ("8.4.0", "vector(3)", Some("the type vector(3) needs MySQL 9.0 or later; this server is MySQL 8.4.0")),
        ("9.0.0", "vector(3)", None),
        ("9.0.0", "uuid", Some("the type uuid is possible only on MariaDB; this server is MySQL 9.0.0")),
        ("10.11.6-MariaDB", "uuid", None),
        ("10.6.1-MariaDB", "uuid", Some("the type uuid needs MariaDB 10.7 or later; this server is MariaDB 10.6.1")),
        ("10.11.6-MariaDB", "decimal(40,38)", None),
        ("8.4.0", "int", None),
    ] {
        let reason = parse(text).unsupported_by(Dialect::parse(version).unwrap());
        assert_eq!(reason.as_deref(), expected);
    }
}

fn types() -> impl Strategy<Value = DataType> {
    let width = prop::sample::select(vec![
        IntegerWidth::Tiny,
        IntegerWidth::Small,
        IntegerWidth::Medium,
        IntegerWidth::Int,
        IntegerWidth::Big,
    ]);
    let sign = || prop::sample::select(vec![Sign::Signed, Sign::Unsigned, Sign::Zerofill]);
    let fsp = || (0..=6_u32).prop_map(|n| Fsp::new(n).unwrap());
    let short = || (0..=255_u32).prop_map(|n| ShortLength::new(n).unwrap());
    let long = || (0..=65_535_u32).prop_map(|n| LongLength::new(n).unwrap());
    let lob = || prop::sample::select(vec![LobSize::Tiny, LobSize::Normal, LobSize::Medium, LobSize::Long]);
    let digits = || prop::option::of((30..=255_u8, 0..=30_u8).prop_map(|(m, d)| Digits::new(m, d).unwrap()));
    let members = || prop::collection::hash_set("[^,]{0,10}[^, ]", 1..8).prop_map(|set| set.into_iter().collect());
    prop_oneof![
        (width, prop::option::of(1..=255_u32), sign()).prop_map(|(width, display, sign)| {
            DataType::Integer { width, display: display.and_then(DisplayWidth::new), sign }
        }),
        (38..=65_u8, 0..=38_u8, sign())
            .prop_map(|(m, d, sign)| DataType::Decimal { digits: Decimal::new(m, d).unwrap(), sign }),
        (digits(), sign()).prop_map(|(digits, sign)| DataType::Float { digits, sign }),
        (digits(), sign()).prop_map(|(digits, sign)| DataType::Double { digits, sign }),
        (1..=64_u32).prop_map(|n| DataType::Bit(BitLength::new(n).unwrap())),
        fsp().prop_map(DataType::DateTime),
        fsp().prop_map(DataType::Timestamp),
        fsp().prop_map(DataType::Time),
        short().prop_map(DataType::Char),
        short().prop_map(DataType::Binary),
        long().prop_map(DataType::Varchar),
        long().prop_map(DataType::Varbinary),
        lob().prop_map(DataType::Text),
        lob().prop_map(DataType::Blob),
        members().prop_map(|members| DataType::Enum(Members::of_enum(members).unwrap())),
        members().prop_map(|members| DataType::Set(Members::of_set(members).unwrap())),
        (1..=16_383_u32).prop_map(|n| DataType::Vector(VectorLength::new(n).unwrap())),
        prop::sample::select(vec![
            DataType::Date,
            DataType::Year,
            DataType::Json,
            DataType::Inet4,
            DataType::Inet6,
            DataType::Uuid,
            DataType::Spatial(Spatial::Geometry),
            DataType::Spatial(Spatial::Point),
            DataType::Spatial(Spatial::LineString),
            DataType::Spatial(Spatial::Polygon),
            DataType::Spatial(Spatial::MultiPoint),
            DataType::Spatial(Spatial::MultiLineString),
            DataType::Spatial(Spatial::MultiPolygon),
            DataType::Spatial(Spatial::GeometryCollection),
        ]),
    ]
}

proptest! {
    #[test]
    fn reads_back_what_it_writes(data_type in types()) {
        prop_assert_eq!(&parse(&data_type.render()), &data_type);
    }

    #[test]
    fn is_canonical_after_one_step(data_type in types(), mariadb in any::<bool>()) {
        let dialect = Dialect::parse(if mariadb { "10.11.6-MariaDB" } else { "9.7.4" }).unwrap();
        let canonical = data_type.canonical(dialect);
        prop_assert_eq!(canonical.canonical(dialect), canonical);
    }

    #[test]
    fn never_panics(text in ".{0,30}", noise in r"(int|enum|char|text|varying|unsigned|[ (),'a19é/*!-]){0,8}") {
        let _ = DataType::parse(&text);
        let _ = DataType::parse(&noise);
    }
}
