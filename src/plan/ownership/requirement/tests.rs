use super::*;
use crate::schema::{
    Check, Column, ColumnDefault, DataType, DeclaredCheck, DeclaredColumn, DeclaredIndex, DeclaredSchema,
    DeclaredTable, Dialect, Expression, Fill, Flavor, ForeignKey, Generation, Identifier, Index, IndexKind, KeyPart,
    PrimaryKey, ReferentialAction, Schema, ServerSettings, Storage, Table, TableOptions,
};

const MYSQL: Dialect = Dialect { flavor: Flavor::MySql, version: (9, 7, 4), clustered: false };

fn name(text: &str) -> Identifier {
    Identifier::new(text).unwrap()
}

fn parts(columns: &[&str]) -> Vec<KeyPart> {
    columns.iter().map(|text| KeyPart::parse(text).unwrap()).collect()
}

fn expression(text: &str) -> Expression {
    Expression::new(text).unwrap()
}

fn column(data_type: &str) -> Column {
    let data_type = DataType::parse(data_type).unwrap();
    let text = data_type.is_character();
    Column {
        charset: text.then(|| "utf8mb4".into()),
        collation: text.then(|| "utf8mb4_general_ci".into()),
        ..Column::new(name("c"), data_type)
    }
}

fn declared() -> DeclaredColumn {
    DeclaredColumn::named(name("C"))
}

fn index(columns: &[&str], kind: IndexKind) -> Index {
    Index {
        name: name("live"),
        kind,
        parts: parts(columns),
        algorithm: None,
        comment: String::new(),
        visible: true,
        key_block_size: None,
        other: String::new(),
    }
}

fn required_index(columns: &[&str], kind: IndexKind) -> DeclaredIndex {
    DeclaredIndex {
        name: name("required"),
        renamed_from: vec![],
        parts: parts(columns),
        kind,
        algorithm: None,
        comment: None,
        visible: None,
        key_block_size: None,
    }
}

fn table(columns: Vec<Column>) -> Table {
    Table {
        name: name("t"),
        columns,
        primary_key: None,
        indexes: vec![],
        foreign_keys: vec![],
        checks: vec![],
        options: TableOptions { engine: Some("InnoDB".into()), ..TableOptions::default() },
        partitioning: None,
    }
}

fn live(table: Table) -> Schema {
    Schema {
        name: name("db"),
        dialect: MYSQL,
        charset: "utf8mb4".into(),
        collation: "utf8mb4_general_ci".into(),
        tables: [table].into_iter().collect(),
        details: std::collections::BTreeMap::new(),
        settings: ServerSettings::default(),
    }
}

/// The fields of what is required that `live` does not satisfy.
fn lacking(required: DeclaredTable, table: Table) -> Vec<String> {
    let required = DeclaredSchema { tables: vec![required], absent_tables: vec![] };
    unmet(&required, &live(table)).iter().map(|unmet| unmet.attribute.to_string()).collect()
}

fn lacking_column(required: DeclaredColumn, live: Column) -> Vec<String> {
    lacking(DeclaredTable { columns: vec![required], ..DeclaredTable::named(name("t")) }, table(vec![live]))
}

#[test]
fn each_value_of_the_required_type_has_its_place() {
    let cases = [
        ("int", "int", true),
        ("int", "int(11)", true),
        ("int", "bigint", true),
        ("int unsigned", "bigint", true),
        ("bigint", "int", false),
        ("int", "int unsigned", false),
        ("int unsigned", "int", false),
        ("tinyint(1)", "int", true),
        ("decimal(10,2)", "decimal(12,2)", true),
        ("decimal(10,2)", "decimal(12,4)", true),
        ("decimal(10,2)", "decimal(10,4)", false),
        ("decimal(10,2)", "double", false),
        ("float", "double", true),
        ("double", "float", false),
        ("varchar(64)", "varchar(65)", true),
        ("varchar(64)", "varchar(63)", false),
        ("varchar(64)", "text", true),
        ("varchar(255)", "tinytext", false),
        ("char(3)", "char(4)", true),
        ("char(3)", "varchar(3)", true),
        ("varchar(3)", "char(3)", false),
        ("text", "longtext", true),
        ("text", "varchar(100)", false),
        ("varbinary(8)", "varbinary(9)", true),
        ("binary(8)", "binary(9)", false),
        ("blob", "text", false),
        ("enum('a','b')", "enum('a','b','c')", true),
        ("enum('a','b')", "enum('c','b','a')", true),
        ("enum('a','b')", "enum('a')", false),
        ("set('a')", "set('a','b')", true),
        ("datetime", "datetime(6)", true),
        ("datetime(6)", "datetime", false),
        ("datetime", "timestamp", false),
        ("json", "longtext", false),
        ("bit(4)", "bit(8)", true),
    ];
    for (required, live, expected) in cases {
        let data_type = Some(DataType::parse(required).unwrap());
        let lacking = lacking_column(DeclaredColumn { data_type, ..declared() }, column(live));
        assert_eq!(lacking.is_empty(), expected, "{required} by {live}: {lacking:?}");
    }
}

#[test]
fn attributes_are_satisfied_by_what_a_reader_can_live_with() {
    let value = || Some(ColumnDefault::Value("1".into()));
    let generated = |text: &str| Generation { expression: expression(text), storage: Storage::Virtual };
    let not_null = Column { nullable: false, ..column("int") };
    let text = column("varchar(10)");
    let cases: Vec<(DeclaredColumn, Column, &[&str])> = vec![
        (DeclaredColumn { nullable: Some(true), ..declared() }, not_null.clone(), &[]),
        (DeclaredColumn { nullable: Some(false), ..declared() }, column("int"), &["nullable"]),
        (DeclaredColumn { default: value(), ..declared() }, column("int"), &[]),
        (DeclaredColumn { default: value(), ..declared() }, not_null.clone(), &["default"]),
        (
            DeclaredColumn { default: value(), ..declared() },
            Column { fill: Fill::Default(ColumnDefault::Value("2".into())), ..not_null.clone() },
            &[],
        ),
        (DeclaredColumn { default: Some(ColumnDefault::None), ..declared() }, not_null.clone(), &[]),
        (DeclaredColumn { auto_increment: Some(true), ..declared() }, not_null.clone(), &["autoIncrement"]),
        (DeclaredColumn { generated: Some(generated("1")), ..declared() }, column("int"), &["generated"]),
        (
            DeclaredColumn { generated: Some(generated("1")), ..declared() },
            Column { fill: Fill::Generated(generated("2")), ..column("int") },
            &["generated"],
        ),
        (
            DeclaredColumn { generated: Some(generated("lcase(`a`)")), ..declared() },
            Column {
                fill: Fill::Generated(Generation { storage: Storage::Stored, ..generated("(LOWER(a))") }),
                ..column("int")
            },
            &[],
        ),
        (DeclaredColumn { check: Some(expression("c > 0")), ..declared() }, column("int"), &["check"]),
        (
            DeclaredColumn { check: Some(expression("c > 0")), ..declared() },
            Column { check: Some(expression("c > 1")), ..column("int") },
            &["check"],
        ),
        (
            DeclaredColumn { check: Some(expression("c > 0")), ..declared() },
            Column { check: Some(expression("(`c`>0)")), ..column("int") },
            &[],
        ),
        (DeclaredColumn { on_update_now: Some(true), ..declared() }, column("timestamp"), &["onUpdate"]),
        (
            DeclaredColumn { visible: Some(true), ..declared() },
            Column { visible: false, ..column("int") },
            &["visible"],
        ),
        (DeclaredColumn { comment: Some("x".into()), compressed: Some(true), ..declared() }, column("int"), &[]),
        (DeclaredColumn { charset: Some("utf8".into()), ..declared() }, text.clone(), &[]),
        (DeclaredColumn { charset: Some("latin1".into()), ..declared() }, text.clone(), &[]),
        (
            DeclaredColumn { charset: Some("utf8mb4".into()), ..declared() },
            Column { charset: Some("utf8mb3".into()), ..text.clone() },
            &["charset"],
        ),
        (DeclaredColumn { collation: Some("utf8mb4_bin".into()), ..declared() }, text.clone(), &["collation"]),
        (DeclaredColumn { srid: Some(4326), ..declared() }, column("point"), &["srid"]),
        (DeclaredColumn { position: Some(crate::schema::Position::First), ..declared() }, not_null, &[]),
    ];
    for (required, live, expected) in cases {
        assert_eq!(lacking_column(required.clone(), live), expected, "{required:?}");
    }
}

#[test]
fn a_required_index_is_served_by_one_that_begins_with_its_columns() {
    use IndexKind::{Plain, Unique};
    const FULLTEXT: IndexKind = IndexKind::Fulltext { parser: None };
    type Live<'a> = &'a [(&'a [&'a str], IndexKind)];
    let cases: Vec<(&[&str], IndexKind, Live<'_>, &[&str])> = vec![
        (&["a"], Plain, &[(&["a", "b"], Plain)], &[]),
        (&["a"], Plain, &[(&["a desc"], Unique)], &[]),
        (&["a"], Plain, &[(&["b", "a"], Plain)], &["columns"]),
        (&["a", "b"], Plain, &[(&["a"], Plain)], &["columns"]),
        (&["a"], Plain, &[(&["id"], Plain)], &["columns"]),
        (&["id"], Plain, &[], &[]),
        (&["id"], Unique, &[], &[]),
        (&["a(10)"], Plain, &[(&["a"], Plain)], &[]),
        (&["a(10)"], Plain, &[(&["a(20)"], Plain)], &[]),
        (&["a(20)"], Plain, &[(&["a(10)"], Plain)], &["columns"]),
        (&["a"], Unique, &[(&["a"], Unique)], &[]),
        (&["a"], Unique, &[(&["a"], Plain)], &["unique"]),
        (&["a"], Unique, &[(&["a", "b"], Unique)], &["unique"]),
        (&["a", "b"], Unique, &[(&["a"], Unique)], &["columns"]),
        (&["a", "b"], Unique, &[(&["b"], Unique), (&["a", "b"], Plain)], &[]),
        (&["a"], FULLTEXT, &[(&["a"], FULLTEXT)], &[]),
        (&["a"], FULLTEXT, &[(&["a", "b"], FULLTEXT)], &["columns"]),
        (&["a"], Plain, &[(&["a"], FULLTEXT)], &["columns"]),
    ];
    for (columns, kind, live, expected) in cases {
        let required =
            DeclaredTable { indexes: vec![required_index(columns, kind.clone())], ..DeclaredTable::named(name("t")) };
        let table = Table {
            primary_key: Some(PrimaryKey::of(parts(&["id"]))),
            indexes: live.iter().map(|(columns, kind)| index(columns, kind.clone())).collect(),
            ..table(vec![])
        };
        assert_eq!(lacking(required, table), expected, "{columns:?} {kind:?} by {live:?}");
    }
    let hidden = Table { indexes: vec![Index { visible: false, ..index(&["a"], Plain) }], ..table(vec![]) };
    let required = DeclaredTable { indexes: vec![required_index(&["a"], Plain)], ..DeclaredTable::named(name("t")) };
    assert_eq!(lacking(required, hidden), ["columns"]);
}

#[test]
fn keys_constraints_and_engines() {
    let key = |name_of: &str, on_delete| ForeignKey {
        name: name(name_of),
        columns: vec![name("a")],
        referenced_database: None,
        referenced_table: name("u"),
        referenced_columns: vec![name("id")],
        on_delete,
        on_update: ReferentialAction::Restrict,
    };
    let check =
        |name_of: &str, text: &str, enforced| Check { name: name(name_of), expression: expression(text), enforced };
    let table = Table {
        primary_key: Some(PrimaryKey::of(parts(&["id"]))),
        foreign_keys: vec![key("live", ReferentialAction::Cascade)],
        checks: vec![check("one", "a > 0", true), check("off", "b > 0", false)],
        ..table(vec![Column { check: Some(expression("c < 9")), ..column("int") }])
    };
    let required = || DeclaredTable::named(name("t"));
    let of_check = |name_of: &str, text: &str| DeclaredTable {
        checks: vec![DeclaredCheck { name: name(name_of), expression: expression(text), enforced: None }],
        ..required()
    };
    let unenforced = |name_of: &str, text: &str| {
        let mut table = of_check(name_of, text);
        table.checks.iter_mut().for_each(|check| check.enforced = Some(false));
        table
    };
    let of_key = |on_delete| DeclaredTable { foreign_keys: vec![key("mine", on_delete)], ..required() };
    let of_engine = |engine: &str| {
        let mut table = required();
        table.options.engine = Some(engine.into());
        table
    };
    let cases: Vec<(DeclaredTable, &[&str])> = vec![
        (DeclaredTable { primary_key: Some(parts(&["ID"])), ..required() }, &[]),
        (DeclaredTable { primary_key: Some(parts(&["a"])), ..required() }, &["primaryKey"]),
        (of_key(ReferentialAction::Cascade), &[]),
        (of_key(ReferentialAction::SetNull), &["state"]),
        (of_check("one", "(`A`) > 0"), &[]),
        (of_check("one", "a > 1"), &["expression"]),
        (of_check("one", "a > -1"), &["expression"]),
        (of_check("one", "b > 0"), &["enforced"]),
        (of_check("mine", "a > 0"), &[]),
        (of_check("mine", "a > 1"), &["state"]),
        (of_check("mine", "c < 9"), &[]),
        (of_check("off", "b > 0"), &["enforced"]),
        (of_check("off", "a > 0"), &[]),
        (unenforced("off", "b > 0"), &[]),
        (of_engine("innodb"), &[]),
        (of_engine("MyISAM"), &["engine"]),
    ];
    for (required, expected) in cases {
        assert_eq!(lacking(required.clone(), table.clone()), expected, "{required:?}");
    }
    let mut absent = required();
    absent.absent.columns = vec![name("c")];
    assert_eq!(lacking(absent, table.clone()), ["state"]);
    let none = DeclaredSchema { tables: vec![], absent_tables: vec![name("t"), name("x")] };
    assert_eq!(unmet(&none, &live(table)).len(), 1);
}
