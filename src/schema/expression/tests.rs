use proptest::prelude::*;

use super::*;

fn expression(text: &str) -> Expression {
    Expression::new(text).unwrap()
}

#[test]
fn takes_one_expression_without_the_parentheses_around_it() {
    for (text, kept) in [
        (" a + 1 ", "a + 1"),
        ("((a + 1))", "a + 1"),
        ("(a) + (b)", "(a) + (b)"),
        ("((a) + (b))", "(a) + (b)"),
        ("f(a, b)", "f(a, b)"),
        ("'a;b,c) -- d'", "'a;b,c) -- d'"),
        ("`select`", "`select`"),
    ] {
        assert_eq!(expression(text).as_str(), kept);
    }
}

#[test]
fn refuses_whatever_is_more_than_an_expression() {
    for (text, expected) in [
        ("", "the expression \"\" is empty"),
        ("(())", "the expression \"(())\" is empty"),
        (
            "a /*! , b */",
            "the expression \"a /*! , b */\" contains a comment at byte 2: comments are not possible here",
        ),
        ("a -- b", "the expression \"a -- b\" contains a comment at byte 2: comments are not possible here"),
        ("(a--)", "the expression \"(a--)\" contains \"-\" at byte 3, which is not part of an expression"),
        ("a; b", "the expression \"a; b\" contains \";\" at byte 1, which is not part of an expression"),
        ("a, b", "the expression \"a, b\" is several expressions: there is a comma at byte 1 outside of parentheses"),
        (
            "(a, b)",
            "the expression \"(a, b)\" is several expressions: there is a comma at byte 2 outside of parentheses",
        ),
        ("(a", "the expression \"(a\" has a parenthesis at byte 0 without its counterpart"),
        ("a) + (b", "the expression \"a) + (b\" has a parenthesis at byte 1 without its counterpart"),
        (
            "@@version",
            "the expression \"@@version\" contains the variable @@version: only \
             columns, literals and functions are possible here",
        ),
        (
            "(select 1)",
            "the expression \"(select 1)\" contains select: statements and subqueries are \
             not possible here; quote it in backquotes if it is a name",
        ),
        ("'a", "the expression \"'a\" can't be read: the string that begins at byte 0 has no closing quote"),
    ] {
        assert_eq!(Expression::new(text).unwrap_err().to_string(), expected);
    }
}

#[test]
fn equates_what_the_servers_merely_spell_differently() {
    for (one, other) in [
        ("a>0 and b<5", "((`a` > 0) and (`b` < 5))"),
        ("A > 0 AND (B < 5 AND C)", "(a > 0) && b < 5 and `c`"),
        ("a - b - c", "((a - b) - c)"),
        ("a + b * c", "(a + (b * c))"),
        ("-a ^ 2", "((-a) ^ 2)"),
        ("not a = b", "(not((a = b)))"),
        ("a not in (1, 2)", "not (a in (1, 2))"),
        ("a is not null", "(not (a is null))"),
        ("a not like 'x%'", "(not((`a` like _utf8mb4'x%')))"),
        ("a between 1 and 2 + 3 and b", "((a between 1 and (2 + 3)) and b)"),
        ("a != b", "a <> b"),
        ("concat('it''s', \"x\")", "CONCAT(_utf8mb4'it\\'s',_utf8mb3'x')"),
        ("'a' 'b'", "'ab'"),
        ("now()", "current_timestamp"),
        ("CURRENT_TIMESTAMP(0)", "localtimestamp()"),
        ("NOW(3)", "current_timestamp(3)"),
        ("curdate()", "current_date"),
        ("lcase(a)", "lower(`a`)"),
        ("mod(a, 2)", "a % 2"),
        ("a->'$.b'", "json_extract(`a`,_utf8mb4'$.b')"),
        ("a->>\"$.b\"", "json_unquote(json_extract(`a`,'$.b'))"),
        ("date_add(d, interval 1 day)", "(`d` + interval 1 day)"),
        ("case when a>1 then 'x' else 'y' end", "(case when (`a` > 1) then 'x' else 'y' end)"),
        ("cast(a as CHAR(10))", "cast(`a` as char(10))"),
        ("extract(year from d)", "extract(YEAR from `d`)"),
        ("x'4D'", "X'4d'"),
        ("0x4D", "0x4d"),
        ("cast(a as char(10))", "cast(`a` as char(10) charset utf8mb4)"),
        ("not a < b", "a >= b"),
        ("!(a <> b)", "a = b"),
        ("a or not b and c", "`a` <> 0 or not `b` and `c` <> 0"),
        ("a and b is true", "((0 <> `a`) and ((0 <> `b`) is true))"),
        ("b'101'", "0b101"),
        ("a COLLATE utf8mb4_bin = 'x'", "((`a` collate utf8mb4_bin) = 'x')"),
        // Beyond the parser: equal by their tokens.
        ("concat(a, '-')", "concat(`a`,_latin1'-')"),
        ("a <> 'x'", "`a` <> _ascii'x'"),
        ("a SOUNDS LIKE  'x'", "a sounds like _utf8mb4'x'"),
    ] {
        assert_eq!(expression(one), expression(other));
    }
}

#[test]
fn keeps_apart_what_is_different() {
    for (one, other) in [
        ("a-(b-c)", "a-b-c"),
        ("a and (b or c)", "a and b or c"),
        ("a xor (b or c)", "a xor b or c"),
        ("not (a and b)", "not a and b"),
        ("not (a = b)", "(not a) = b"),
        ("not a = b", "a = b"),
        ("!a = b", "not a = b"),
        ("0b11", "0b011"),
        ("-(a + b)", "-a + b"),
        ("'A'", "'a'"),
        ("'a '", "'a'"),
        ("'a'", "`a`"),
        ("'\\%'", "'%'"),
        ("_latin1'\u{e4}'", "'\u{e4}'"),
        ("_ucs2'a'", "'a'"),
        ("_binary'a'", "'a'"),
        ("date'2020-01-01'", "'2020-01-01'"),
        ("null", "`null`"),
        ("current_timestamp", "`current_timestamp`"),
        ("now(3)", "now()"),
        ("now(3)", "now(6)"),
        ("sysdate()", "now()"),
        ("utc_timestamp()", "now()"),
        ("true", "1"),
        ("1", "1.0"),
        ("'1'", "1"),
        ("0x11", "0b11"),
        ("0x31", "x'31'"),
        ("not a <=> b", "a <=> b"),
        ("0 <> a", "a"),
        ("a and 1 <> b", "a and b"),
        ("cast(a as char charset latin1)", "cast(a as char)"),
        ("a / b", "a div b"),
        ("a = b", "a <=> b"),
        ("a.b", "`a.b`"),
        ("a.b", "b"),
        ("f(a)", "f(a, a)"),
        ("case a when 1 then 2 end", "case when a then 1 end"),
        ("interval 1 day + a", "interval 1 hour + a"),
        ("cast(a as char(1))", "cast(a as char(11))"),
        ("a sounds like b", "a sounds like `b c`"),
        ("a in (1, 2)", "a in (2)"),
        ("a = (b like c)", "(a = b) like c"),
        ("a = b like c", "(a = b) like c"),
        ("trim(both 'x' from a)", "trim(leading 'x' from a)"),
    ] {
        assert_ne!(expression(one), expression(other));
    }
}

#[test]
fn knows_the_current_timestamp() {
    for (text, fsp) in [
        ("now()", Some(0)),
        ("LOCALTIME", Some(0)),
        ("current_timestamp(6)", Some(6)),
        ("(CURRENT_TIMESTAMP)", Some(0)),
        ("now() + interval 1 day", None),
        ("'current_timestamp'", None),
        ("`current_timestamp`", None),
    ] {
        assert_eq!(expression(text).current_timestamp_fsp(), fsp, "{text}");
    }
    assert!(Expression::current_timestamp(3).is_current_timestamp());
    assert_eq!(Expression::current_timestamp(0).as_str(), "CURRENT_TIMESTAMP");
}

#[test]
fn survives_deep_and_long_expressions() {
    for text in [
        format!("{}a{}", "f(".repeat(20_000), ")".repeat(20_000)),
        format!("1{}", " + 1".repeat(20_000)),
        format!("{}1", "- ".repeat(20_000)),
        format!("{}a", "not ".repeat(20_000)),
    ] {
        let one = expression(&text);
        assert_eq!(one, expression(&text.to_uppercase()));
        assert_ne!(one, expression("1"));
    }
}

/// An expression as a tree, written with all its parentheses or with some white space, case and parentheses more.
#[derive(Debug, Clone)]
enum Tree {
    Leaf(&'static str),
    Binary(Box<Tree>, &'static str, Box<Tree>),
    Call(&'static str, Box<Tree>),
    Prefix(&'static str, Box<Tree>),
}

impl Tree {
    fn strict(&self) -> String {
        match self {
            Self::Leaf(text) => (*text).to_owned(),
            Self::Binary(left, operator, right) => format!("({} {operator} {})", left.strict(), right.strict()),
            Self::Call(name, argument) => format!("{name}({})", argument.strict()),
            Self::Prefix(operator, operand) => format!("({operator} {})", operand.strict()),
        }
    }

    fn sloppy(&self, noise: &mut impl Iterator<Item = u8>) -> String {
        let text = match self {
            Self::Leaf(text) => (*text).to_owned(),
            Self::Binary(left, operator, right) => {
                let (left, right) = (left.sloppy(noise), right.sloppy(noise));
                let operator = if noise.next() == Some(0) { operator.to_uppercase() } else { (*operator).to_owned() };
                format!("( {left}\n{operator}\t {right})")
            }
            Self::Call(name, argument) => format!("{}( {} )", name.to_uppercase(), argument.sloppy(noise)),
            Self::Prefix(operator, operand) => format!("({}  ({}))", operator.to_uppercase(), operand.sloppy(noise)),
        };
        if noise.next() == Some(1) { format!("(({text}))") } else { text }
    }
}

fn trees() -> impl Strategy<Value = Tree> {
    let leaf = prop::sample::select(vec!["a", "`b c`", "'It''s'", "12", "null", "now()", "0x4d", "t.`c`"]);
    leaf.prop_map(Tree::Leaf).prop_recursive(5, 40, 2, |inner| {
        let operators =
            prop::sample::select(vec!["and", "or", "xor", "=", "<", "like", "+", "-", "*", "div", "^", "|", "<<"]);
        prop_oneof![
            (inner.clone(), operators, inner.clone()).prop_map(|(left, operator, right)| Tree::Binary(
                Box::new(left),
                operator,
                Box::new(right)
            )),
            (prop::sample::select(vec!["lower", "abs"]), inner.clone())
                .prop_map(|(name, argument)| Tree::Call(name, Box::new(argument))),
            (prop::sample::select(vec!["not", "-", "~", "!"]), inner)
                .prop_map(|(operator, operand)| Tree::Prefix(operator, Box::new(operand))),
        ]
    })
}

proptest! {
    #[test]
    fn is_equal_to_itself_however_it_is_written(tree in trees(), noise in prop::collection::vec(0_u8..4, 200)) {
        let strict = expression(&tree.strict());
        prop_assert!(matches!(Normal::of(strict.as_str()), Normal::Tree(_)), "no tree for {}", strict);
        let sloppy = expression(&tree.sloppy(&mut noise.into_iter()));
        prop_assert_eq!(strict, sloppy);
    }

    #[test]
    fn never_panics_and_keeps_what_it_took(
        text in r#"([ab1,.()'"`@;=*/+-]|and |not |case |when |interval |[^a]){0,25}"#
    ) {
        if let Ok(taken) = Expression::new(&text) {
            let again = Expression::new(taken.as_str()).unwrap();
            prop_assert_eq!(again.as_str(), taken.as_str());
            prop_assert_eq!(&again, &taken);
            Normal::of(taken.as_str());
        }
    }
}

#[test]
fn a_column_is_named_where_it_can_stand() {
    let cases = [
        ("`date` > 1", "date", true),
        ("DATE > 1", "date", true),
        ("t.`Date` + 1", "date", true),
        ("a + date", "date", true),
        ("a AND date", "date", true),
        ("if(date, 1, 2)", "date", true),
        ("a BETWEEN 1 AND date", "date", true),
        ("not date", "date", true),
        ("größe + 1", "GRÖßE", true),
        ("date('2027-01-01')", "date", false),
        ("cast(a as date)", "date", false),
        ("a > '2027-01-01' + interval 1 day", "day", false),
        ("`a` collate utf8mb4_bin", "utf8mb4_bin", false),
        ("convert(a using latin1)", "latin1", false),
        ("concat('date', \"date\")", "date", false),
        ("dates + update_date", "date", false),
    ];
    for (text, column, expected) in cases {
        let column = Identifier::new(column).unwrap();
        assert_eq!(Expression::new(text).unwrap().names_column(&column), expected, "{text}");
    }
}
