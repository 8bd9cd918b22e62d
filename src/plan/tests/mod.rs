//! Tests of plans as values, without a server.

mod attributes;
mod cluster;
mod dependents;
mod freed_names;
mod hazards;
mod limits;
mod order;
mod origin;
mod ownership;
mod properties;
mod questions;
mod three_way;

use std::collections::{BTreeMap, BTreeSet};

use super::*;
use crate::plan::change::Risk;
use crate::schema::{
    Column, ColumnDefault, DataType, DeclaredColumn, DeclaredIndex, DeclaredSchema, DeclaredTable, Dialect, Expression,
    Fill, Flavor, Generation, Identifier, Index, IndexKind, KeyPart, Position, PrimaryKey, Schema, ServerSettings,
    Storage, Table, TableOptions,
};

const MYSQL: Dialect = Dialect { flavor: Flavor::MySql, version: (9, 7, 4), clustered: false };
const MARIADB: Dialect = Dialect { flavor: Flavor::MariaDb, version: (10, 11, 19), clustered: false };

fn name(text: &str) -> Identifier {
    Identifier::new(text).unwrap()
}

fn parts(columns: &[&str]) -> Vec<KeyPart> {
    columns.iter().map(|text| KeyPart::parse(text).unwrap()).collect()
}

fn column(column: &str, data_type: &str) -> Column {
    let data_type = DataType::parse(data_type).unwrap();
    let text = data_type.is_character();
    Column {
        charset: text.then(|| "utf8mb4".into()),
        collation: text.then(|| "utf8mb4_general_ci".into()),
        ..Column::new(name(column), data_type)
    }
}

fn index(index: &str, columns: &[&str], kind: IndexKind) -> Index {
    let parts = parts(columns);
    Index {
        name: name(index),
        kind,
        parts,
        algorithm: None,
        comment: String::new(),
        visible: true,
        key_block_size: None,
        other: String::new(),
    }
}

/// `user (id int not null auto_increment primary key, email varchar(120) not null, note varchar(20))`.
fn user() -> Table {
    let id = Column { nullable: false, fill: Fill::AutoIncrement, ..column("id", "int") };
    let email = Column { nullable: false, ..column("email", "varchar(120)") };
    Table {
        name: name("user"),
        columns: vec![id, email, column("note", "varchar(20)")],
        primary_key: Some(PrimaryKey::of(parts(&["id"]))),
        indexes: vec![index("by_email", &["email"], IndexKind::Unique)],
        foreign_keys: vec![],
        checks: vec![],
        options: TableOptions { engine: Some("InnoDB".into()), ..TableOptions::default() },
        partitioning: None,
    }
}

fn live(dialect: Dialect, tables: Vec<Table>) -> Schema {
    Schema {
        name: name("app"),
        dialect,
        charset: "utf8mb4".into(),
        collation: "utf8mb4_general_ci".into(),
        tables: tables.into_iter().collect(),
        details: BTreeMap::new(),
        settings: ServerSettings::default(),
    }
}

fn declared_column(column: &str) -> DeclaredColumn {
    DeclaredColumn::named(name(column))
}

fn typed(column: &str, data_type: &str) -> DeclaredColumn {
    DeclaredColumn { data_type: Some(DataType::parse(data_type).unwrap()), ..declared_column(column) }
}

fn declared_index(index: &str, columns: &[&str], kind: IndexKind) -> DeclaredIndex {
    DeclaredIndex {
        name: name(index),
        renamed_from: vec![],
        parts: parts(columns),
        kind,
        algorithm: None,
        comment: None,
        visible: None,
        key_block_size: None,
    }
}

fn declared(columns: Vec<DeclaredColumn>, indexes: Vec<DeclaredIndex>) -> DeclaredSchema {
    let table = DeclaredTable { columns, indexes, ..DeclaredTable::named(name("user")) };
    DeclaredSchema { tables: vec![table], absent_tables: vec![] }
}

fn statements(declared: &DeclaredSchema, live: &Schema) -> Vec<String> {
    plan(declared, live).unwrap().steps.iter().map(Step::sql).collect()
}

fn one_step(column: DeclaredColumn) -> Step {
    let plan = plan(&declared(vec![column], vec![]), &live(MYSQL, vec![user()])).unwrap();
    assert_eq!(plan.steps.len(), 1, "{plan:?}");
    plan.steps.into_iter().next().unwrap()
}

#[test]
fn the_statement_is_the_narrowest() {
    let nullable_default = |default| DeclaredColumn { default: Some(default), ..declared_column("note") };
    let cases = [
        (nullable_default(ColumnDefault::Value("it's".into())), "ALTER COLUMN `note` SET DEFAULT 'it''s'"),
        (
            DeclaredColumn { default: Some(ColumnDefault::Value("x".into())), ..declared_column("email") },
            "ALTER COLUMN `email` SET DEFAULT 'x'",
        ),
        (DeclaredColumn { visible: Some(false), ..declared_column("note") }, "ALTER COLUMN `note` SET INVISIBLE"),
        (typed("age", "int"), "ADD COLUMN `age` int NULL"),
        (
            DeclaredColumn { position: Some(Position::After(name("id"))), ..typed("age", "int") },
            "ADD COLUMN `age` int NULL AFTER `id`",
        ),
        (
            DeclaredColumn { comment: Some("a note".into()), ..declared_column("note") },
            "MODIFY COLUMN `note` varchar(20) CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci NULL COMMENT 'a note'",
        ),
    ];
    for (column, clause) in cases {
        assert_eq!(one_step(column).sql(), format!("ALTER TABLE `user` {clause}"));
    }
}

#[test]
fn another_spelling_of_the_live_definition_plans_nothing() {
    let note = || declared_column("NOTE");
    for column in [
        typed("ID", "INTEGER"),
        typed("id", "int(11)"),
        DeclaredColumn { nullable: Some(false), auto_increment: Some(true), ..typed("id", "int") },
        DeclaredColumn { default: Some(ColumnDefault::None), ..note() },
        DeclaredColumn { charset: Some("UTF8MB4".into()), collation: Some("utf8mb4_GENERAL_ci".into()), ..note() },
        DeclaredColumn { position: Some(Position::First), ..declared_column("id") },
        DeclaredColumn { position: Some(Position::After(name("EMAIL"))), ..note() },
    ] {
        for dialect in [MYSQL, MARIADB] {
            let plan = plan(&declared(vec![column.clone()], vec![]), &live(dialect, vec![user()])).unwrap();
            assert!(plan.is_empty(), "{column:?}: {plan:?}");
        }
    }
}

#[test]
fn an_equal_index_under_an_undeclared_name_is_renamed() {
    let unique = declared_index("ix_email", &["email"], IndexKind::Unique);
    let live = live(MYSQL, vec![user()]);
    let renamed = statements(&declared(vec![], vec![unique.clone()]), &live);
    assert_eq!(renamed, ["ALTER TABLE `user` RENAME INDEX `by_email` TO `ix_email`"]);
    let both = vec![unique.clone(), declared_index("by_email", &["email"], IndexKind::Unique)];
    let added = statements(&declared(vec![], both), &live);
    assert_eq!(added, ["ALTER TABLE `user` ADD UNIQUE INDEX `ix_email` (`email`)"], "a declared name stays");
    let plain = statements(&declared(vec![], vec![declared_index("ix_email", &["email"], IndexKind::Plain)]), &live);
    assert_eq!(plain, ["ALTER TABLE `user` ADD INDEX `ix_email` (`email`)"], "a unique index is not a plain one");
}

#[test]
fn columns_come_before_their_indexes_and_risks_stay_apart() {
    let age = DeclaredColumn { nullable: Some(false), ..typed("age", "int") };
    let columns = vec![typed("city", "varchar(50)"), age];
    let indexes = vec![declared_index("by_city", &["city"], IndexKind::Plain)];
    let plan = plan(&declared(columns, indexes), &live(MYSQL, vec![user()])).unwrap();
    let found: Vec<(String, BTreeSet<Risk>)> =
        plan.steps.iter().map(|step| (step.object(), step.risks.clone())).collect();
    assert_eq!(
        found,
        [
            ("column user.city".to_owned(), BTreeSet::new()),
            ("column user.age".to_owned(), BTreeSet::from([Risk::Breaking])),
            ("index user.by_city".to_owned(), BTreeSet::new()),
        ]
    );
}

#[test]
fn an_auto_increment_column_comes_with_its_key() {
    let mut table = user();
    table.columns.remove(0);
    table.primary_key = None;
    let id = DeclaredColumn { auto_increment: Some(true), position: Some(Position::First), ..typed("id", "int") };
    let mut schema = declared(vec![id], vec![]);
    schema.tables[0].primary_key = Some(parts(&["id"]));
    let found = statements(&schema, &live(MYSQL, vec![table]));
    let expected = "ALTER TABLE `user` ADD COLUMN `id` int NOT NULL AUTO_INCREMENT FIRST, ADD PRIMARY KEY (`id`)";
    assert_eq!(found, [expected]);
}

#[test]
fn costs_and_risks() {
    use Risk::{Blocking, Breaking, Destructive};
    let not_null = |column| DeclaredColumn { nullable: Some(false), ..column };
    let cases: [(DeclaredColumn, Algorithm, &[Risk]); 10] = [
        (typed("age", "int"), Algorithm::Instant, &[]),
        (not_null(typed("age", "int")), Algorithm::Instant, &[Breaking]),
        (typed("email", "varchar(200)"), Algorithm::InPlace, &[]),
        (typed("note", "varchar(100)"), Algorithm::Copy, &[Blocking]),
        (typed("note", "varchar(10)"), Algorithm::Copy, &[Blocking, Breaking, Destructive]),
        (typed("id", "bigint"), Algorithm::Copy, &[Blocking]),
        (typed("note", "int"), Algorithm::Copy, &[Blocking, Breaking, Destructive]),
        (not_null(declared_column("note")), Algorithm::Rebuild, &[Breaking]),
        (
            DeclaredColumn { default: Some(ColumnDefault::Value("x".into())), ..declared_column("note") },
            Algorithm::Instant,
            &[],
        ),
        (
            DeclaredColumn { collation: Some("utf8mb4_bin".into()), ..declared_column("email") },
            Algorithm::Copy,
            &[Blocking, Breaking],
        ),
    ];
    for (column, algorithm, risks) in cases {
        let step = one_step(column.clone());
        assert_eq!(step.algorithm(), Some(algorithm), "{column:?}");
        assert_eq!(step.risks, risks.iter().copied().collect(), "{column:?}");
    }
}

#[test]
fn a_plan_is_the_same_after_half_of_it_is_done() {
    let columns = vec![typed("a", "int"), DeclaredColumn { nullable: Some(false), ..typed("b", "int") }];
    let whole = plan(&declared(columns.clone(), vec![]), &live(MYSQL, vec![user()])).unwrap();
    let mut half = user();
    half.columns.push(column("a", "int"));
    let rest = plan(&declared(columns, vec![]), &live(MYSQL, vec![half])).unwrap();
    assert_eq!(whole.steps[1].id, rest.steps[0].id, "a step's consent survives the steps before it");
    assert_ne!(whole.id, rest.id);
}

#[test]
fn a_declaration_that_cannot_be_merged_is_refused_by_its_path() {
    let cases = [
        (declared(vec![declared_column("age")], vec![]), "spec.tables[user].columns[age].type"),
        (declared(vec![typed("v", "inet6")], vec![]), "spec.tables[user].columns[v].type"),
        (declared(vec![], vec![declared_index("i", &["gone"], IndexKind::Plain)]), "spec.tables[user].indexes[i]"),
        (
            declared(
                vec![DeclaredColumn { position: Some(Position::After(name("gone"))), ..typed("a", "int") }],
                vec![],
            ),
            "spec.tables[user].columns[a].after",
        ),
    ];
    for (schema, path) in cases {
        let refusals = plan(&schema, &live(MYSQL, vec![user()])).unwrap_err();
        assert!(refusals.iter().any(|refusal| refusal.path == path), "{refusals:?}");
    }
}

#[test]
fn a_text_that_the_server_may_have_lost_is_not_restated() {
    let mut table = user();
    table.columns.push(Column { comment: "what?".into(), ..column("c", "int") });
    table.columns.push(column("e", "enum('a','?')"));
    let refused = |column: DeclaredColumn, dialect| {
        plan(&declared(vec![column], vec![]), &live(dialect, vec![table.clone()])).is_err()
    };
    let commented = DeclaredColumn { comment: Some("what?".into()), ..typed("c", "bigint") };
    let default = DeclaredColumn { default: Some(ColumnDefault::Value("1".into())), ..declared_column("c") };
    assert!(refused(typed("c", "bigint"), MYSQL));
    assert!(refused(typed("c", "bigint"), MARIADB));
    assert!(!refused(commented, MYSQL), "a declared comment is not taken from what the server shows");
    assert!(!refused(default, MYSQL), "a default has a clause of its own");
    assert!(refused(DeclaredColumn { comment: Some("x".into()), ..declared_column("e") }, MYSQL));
    assert!(!refused(DeclaredColumn { comment: Some("x".into()), ..typed("e", "enum('a','\u{1f600}')") }, MYSQL));
}

#[test]
fn the_gate_opens_for_what_is_allowed_and_nothing_else() {
    let step = one_step(typed("note", "varchar(10)"));
    let all = BTreeSet::from([Risk::Blocking, Risk::Breaking, Risk::Destructive]);
    let missing = |consent: &Consent| match gate(&step, consent) {
        Decision::Run => BTreeSet::new(),
        Decision::NeedsApproval(risks) => risks,
    };
    assert_eq!(missing(&Consent::default()), all);
    let everywhere = Consent { everywhere: all.clone(), ..Consent::default() };
    assert_eq!(missing(&everywhere), BTreeSet::new());
    let small = Consent { small_tables: BTreeSet::from([name("user")]), ..Consent::default() };
    assert_eq!(missing(&small), BTreeSet::from([Risk::Breaking, Risk::Destructive]), "small is for Blocking alone");
    let own = |table: &str, column: &str| Consent {
        objects: [(ObjectKey::new(&name(table), ObjectKind::Column, &name(column)), all.clone())].into(),
        ..Consent::default()
    };
    assert_eq!(missing(&own("user", "note")), BTreeSet::new());
    assert_eq!(missing(&own("user", "email")), all);
    assert_eq!(missing(&own("other", "note")), all);
}

#[test]
fn two_columns_in_one_place_are_refused() {
    let after = |column: &str| {
        let position = Some(Position::After(name("id")));
        DeclaredColumn { data_type: DataType::parse("int").ok(), position, ..declared_column(column) }
    };
    let refusals = plan(&declared(vec![after("x"), after("y")], vec![]), &live(MYSQL, vec![user()])).unwrap_err();
    assert!(refusals[0].path.ends_with("columns[y]") && refusals[0].message.contains("column x"), "{refusals:?}");
    assert!(plan(&declared(vec![after("x")], vec![]), &live(MYSQL, vec![user()])).is_ok());
}

/// Returns the statements that change `user` to what `declare` declares.
fn changed(dialect: Dialect, user: Table, declare: impl FnOnce(&mut DeclaredTable)) -> Vec<String> {
    let mut table = DeclaredTable::named(name("user"));
    declare(&mut table);
    let declared = DeclaredSchema { tables: vec![table], absent_tables: vec![] };
    plan(&declared, &live(dialect, vec![user])).unwrap().steps.iter().map(Step::sql).collect()
}

/// MySQL refuses the rename alone (3108), MariaDB renames in expressions by itself.
#[test]
fn a_rename_takes_the_expressions_that_name_the_column_along() {
    let with_expressions = || {
        let generated = Generation { expression: Expression::new("lower(`note`)").unwrap(), storage: Storage::Virtual };
        let mut table = user();
        table.columns.push(Column { fill: Fill::Generated(generated), ..column("low", "varchar(20)") });
        table
    };
    let declare = |table: &mut DeclaredTable| {
        table.columns.push(DeclaredColumn { renamed_from: vec![name("note")], ..declared_column("remark") });
    };
    let mysql = changed(MYSQL, with_expressions(), declare);
    assert_eq!(mysql.len(), 1, "{mysql:?}");
    assert!(mysql[0].contains("RENAME COLUMN `note` TO `remark`, MODIFY COLUMN `low`"), "{mysql:?}");
    assert!(mysql[0].contains("(lower(`remark`))"), "{mysql:?}");
    let both = |table: &mut DeclaredTable| {
        declare(table);
        table.columns.push(DeclaredColumn { renamed_from: vec![name("low")], ..declared_column("lower") });
    };
    let mysql = changed(MYSQL, with_expressions(), both);
    assert!(mysql[0].contains("RENAME COLUMN `note` TO `remark`, CHANGE COLUMN `low` `lower`"), "{mysql:?}");
    let mariadb = changed(MARIADB, with_expressions(), declare);
    assert_eq!(mariadb, ["ALTER TABLE `user` RENAME COLUMN `note` TO `remark`"]);
}

#[test]
fn columns_are_moved_in_one_statement_in_the_order_of_the_declaration() {
    let after = |column: &str, before: &str| DeclaredColumn {
        position: Some(Position::After(name(before))),
        ..declared_column(column)
    };
    let first = |column: &str| DeclaredColumn { position: Some(Position::First), ..declared_column(column) };
    let steps = changed(MYSQL, user(), |table| {
        table.columns = vec![first("note"), after("email", "note"), after("id", "email")];
    });
    assert_eq!(steps.len(), 1, "{steps:?}");
    let [note, email] = ["`note` varchar(20)", "`email` varchar(120)"].map(|text| steps[0].find(text).unwrap());
    assert!(note < email && steps[0].contains("FIRST") && !steps[0].contains("`id` int"), "{steps:?}");
}

#[test]
fn a_key_and_its_column_change_together() {
    let steps = changed(MYSQL, user(), |table| {
        let email = DeclaredColumn { data_type: Some(DataType::parse("text").unwrap()), ..declared_column("email") };
        table.columns.push(email);
        table.indexes.push(DeclaredIndex {
            name: name("by_email"),
            renamed_from: vec![],
            parts: parts(&["email(20)"]),
            kind: IndexKind::Unique,
            algorithm: None,
            comment: None,
            visible: None,
            key_block_size: None,
        });
    });
    assert_eq!(steps.len(), 1, "{steps:?}");
    let steps = changed(MYSQL, user(), |table| {
        table.primary_key = Some(parts(&["email"]));
        table.columns.push(DeclaredColumn { auto_increment: Some(false), ..declared_column("id") });
    });
    assert_eq!(steps.len(), 1, "{steps:?}");
}
