//! Contradictions between two declarations, and the steps that break a contract.

use super::*;
use crate::plan::change::Attribute;
use crate::plan::ownership::{all_contradictions, broken_requirements};
use crate::schema::{Check, DeclaredCheck, ForeignKey, Generation, ReferentialAction, Storage};

fn of(columns: Vec<DeclaredColumn>) -> DeclaredSchema {
    declared(columns, vec![])
}

fn table_of(edit: impl Fn(&mut DeclaredTable)) -> DeclaredSchema {
    let mut schema = declared(vec![], vec![]);
    edit(&mut schema.tables[0]);
    schema
}

/// Returns attribute and object of all contradictions.
fn found(mine: &DeclaredSchema, theirs: &DeclaredSchema) -> Vec<String> {
    let all = all_contradictions(mine, None, theirs, MYSQL);
    all.iter().map(|found| format!("{} of {}", found.attribute, found.place)).collect()
}

/// Checks the contradictions of two declarations in both directions, and that neither contradicts itself.
fn contradict(one: &DeclaredSchema, other: &DeclaredSchema, expected: &[&str]) {
    assert_eq!(found(one, other), expected, "{one:?} {other:?}");
    assert_eq!(found(other, one).len(), expected.len(), "{other:?} {one:?}");
    assert_eq!(found(one, one), Vec::<String>::new(), "{one:?}");
}

#[test]
fn an_attribute_that_only_one_declares_is_no_contradiction() {
    contradict(&of(vec![typed("email", "int")]), &of(vec![typed("note", "text")]), &[]);
    let comment = DeclaredColumn { comment: Some("x".into()), ..declared_column("email") };
    contradict(&of(vec![typed("email", "int")]), &of(vec![comment]), &[]);
}

#[test]
fn one_attribute_has_one_value() {
    let with = |edit: fn(&mut DeclaredColumn)| {
        let mut column = declared_column("email");
        edit(&mut column);
        of(vec![column])
    };
    let value = |text: &str| Some(ColumnDefault::Value(text.into()));
    contradict(
        &of(vec![typed("email", "varchar(9)")]),
        &of(vec![typed("EMAIL", "varchar(8)")]),
        &["type of column user.email"],
    );
    contradict(&of(vec![typed("email", "INTEGER")]), &of(vec![typed("email", "int(11)")]), &[]);
    let of_default = |text: &str| of(vec![DeclaredColumn { default: value(text), ..typed("email", "decimal(4,2)") }]);
    contradict(&of_default("1"), &of_default("1.00"), &[]);
    contradict(&of_default("1"), &of_default("1.01"), &["default of column user.email"]);
    let counting = with(|column| column.auto_increment = Some(true));
    contradict(&of_default("1"), &counting, &["default of column user.email"]);
    contradict(&of_default("1"), &with(|column| column.auto_increment = Some(false)), &[]);
    contradict(
        &with(|column| column.nullable = Some(true)),
        &with(|column| column.nullable = Some(false)),
        &["nullable of column user.email"],
    );
    let charset = with(|column| column.charset = Some("utf8".into()));
    contradict(&charset, &with(|column| column.charset = Some("UTF8MB3".into())), &[]);
    contradict(&charset, &with(|column| column.collation = Some("utf8mb3_bin".into())), &[]);
    contradict(
        &charset,
        &with(|column| column.collation = Some("utf8mb4_bin".into())),
        &["charset of column user.email"],
    );
}

#[test]
fn one_place_holds_one_column() {
    let at = |column: &str, position| of(vec![DeclaredColumn { position: Some(position), ..declared_column(column) }]);
    let after = |column: &str| Position::After(name(column));
    contradict(&at("email", Position::First), &at("email", after("id")), &["position of column user.email"]);
    contradict(&at("email", after("id")), &at("note", after("ID")), &["position of column user.email"]);
    contradict(&at("email", after("id")), &at("note", after("email")), &[]);
}

#[test]
fn keys_constraints_and_options() {
    let with_index = |columns: &[&str], kind| declared(vec![], vec![declared_index("by", columns, kind)]);
    let plain = with_index(&["email"], IndexKind::Plain);
    contradict(&plain, &with_index(&["note"], IndexKind::Plain), &["columns of index user.by"]);
    contradict(&plain, &with_index(&["email"], IndexKind::Unique), &["kind of index user.by"]);
    let key = |columns: &[&str]| {
        let parts = parts(columns);
        table_of(move |table| table.primary_key = Some(parts.clone()))
    };
    contradict(&key(&["id"]), &key(&["id", "email"]), &["primaryKey of primary key of user"]);
    let reference = |on_delete| {
        table_of(move |table| {
            table.foreign_keys = vec![ForeignKey {
                name: name("to_team"),
                columns: vec![name("team")],
                referenced_database: None,
                referenced_table: name("team"),
                referenced_columns: vec![name("id")],
                on_delete,
                on_update: ReferentialAction::Restrict,
            }];
        })
    };
    let cascading = reference(ReferentialAction::Cascade);
    contradict(&cascading, &reference(ReferentialAction::SetNull), &["references of foreign key user.to_team"]);
    let without_team = DeclaredSchema { tables: vec![], absent_tables: vec![name("team")] };
    contradict(&cascading, &without_team, &["state of table team"]);
    let check = |text: &str| {
        let expression = Expression::new(text).unwrap();
        table_of(move |table| {
            table.checks = vec![DeclaredCheck { name: name("c"), expression: expression.clone(), enforced: None }];
        })
    };
    contradict(&check("a > 0"), &check("`a`>0"), &[]);
    contradict(&check("a > 0"), &check("a > 1"), &["expression of check user.c"]);
    let engine = |engine: &str| {
        let engine = engine.to_owned();
        table_of(move |table| table.options.engine = Some(engine.clone()))
    };
    contradict(&engine("InnoDB"), &engine("innodb"), &[]);
    contradict(&engine("InnoDB"), &engine("MyISAM"), &["engine of options of user"]);
}

#[test]
fn a_removal_contradicts_a_declaration_that_needs_the_object() {
    let without = |column: &str| {
        let column = name(column);
        table_of(move |table| table.absent.columns = vec![column.clone()])
    };
    contradict(&without("email"), &of(vec![typed("EMAIL", "int")]), &["state of column user.email"]);
    let indexed = declared(vec![], vec![declared_index("by", &["email"], IndexKind::Plain)]);
    contradict(&without("email"), &indexed, &["state of column user.email"]);
    contradict(&without("note"), &indexed, &[]);
    let no_table = DeclaredSchema { tables: vec![], absent_tables: vec![name("user")] };
    contradict(&no_table, &indexed, &["state of table user"]);
}

#[test]
fn a_name_that_another_declares_is_not_renamed() {
    let live = live(MYSQL, vec![user()]);
    let renamed = DeclaredColumn { renamed_from: vec![name("email")], ..declared_column("mail") };
    let found = |mine: &DeclaredSchema, theirs: &DeclaredSchema| -> Vec<String> {
        let plan = plan(mine, &live).unwrap();
        all_contradictions(&DeclaredSchema::default(), Some(&plan), theirs, MYSQL)
            .iter()
            .map(|found| format!("{} of {}", found.attribute, found.place))
            .collect()
    };
    assert_eq!(found(&of(vec![renamed.clone()]), &of(vec![typed("email", "int")])), ["name of column user.email"]);
    assert_eq!(found(&of(vec![renamed]), &of(vec![typed("note", "int")])), Vec::<String>::new());
    let twin = declared(vec![], vec![declared_index("mine", &["email"], IndexKind::Unique)]);
    let theirs = declared(vec![], vec![declared_index("by_email", &["email"], IndexKind::Unique)]);
    assert_eq!(found(&twin, &theirs), ["name of index user.by_email"], "it would be renamed back and forth");
}

/// Returns the broken attributes of `required`, each with the statements that break it.
fn broken(mine: &DeclaredSchema, required: &DeclaredSchema) -> Vec<(String, Vec<String>)> {
    let live = live(MYSQL, vec![user()]);
    let plan = plan(mine, &live).unwrap();
    let sql = |id: &String| plan.steps.iter().find(|step| step.id == *id).map(Step::sql).unwrap_or_default();
    let found = broken_requirements(&plan, mine, &live, required);
    found.iter().map(|found| (found.unmet.attribute.to_string(), found.steps.iter().map(sql).collect())).collect()
}

#[test]
fn a_contract_is_broken_by_just_the_steps_that_break_it() {
    let required = || of(vec![typed("email", "varchar(64)")]);
    let one = |sql: &str, field: &str| vec![(field.to_owned(), vec![sql.to_owned()])];
    assert_eq!(broken(&of(vec![typed("email", "varchar(64)"), typed("more", "int")]), &required()), vec![]);
    let narrow = broken(&of(vec![typed("email", "varchar(20)"), typed("more", "int")]), &required());
    assert_eq!((narrow.len(), narrow[0].0.as_str(), narrow[0].1.len()), (1, "type", 1), "{narrow:?}");
    assert!(narrow[0].1[0].contains("MODIFY COLUMN `email` varchar(20)"), "{narrow:?}");
    let dropped = table_of(|table| table.absent.columns = vec![name("email")]);
    let broken_by_drop = broken(&dropped, &required());
    assert!(broken_by_drop.iter().any(|(field, _)| field == "state"), "{broken_by_drop:?}");
    let no_table = DeclaredSchema { tables: vec![], absent_tables: vec![name("user")] };
    assert_eq!(broken(&no_table, &required()), one("DROP TABLE `user`", "state"));
    let renamed = of(vec![DeclaredColumn { renamed_from: vec![name("email")], ..declared_column("mail") }]);
    assert_eq!(broken(&renamed, &required()), one("ALTER TABLE `user` RENAME COLUMN `email` TO `mail`", "state"));
    let index = declared(vec![], vec![declared_index("any", &["email"], IndexKind::Unique)]);
    let dropped = table_of(|table| table.absent.indexes = vec![name("by_email")]);
    assert_eq!(broken(&dropped, &index), one("ALTER TABLE `user` DROP INDEX `by_email`", "unique"));
    let absent = table_of(|table| table.absent.columns = vec![name("more")]);
    assert_eq!(broken(&of(vec![typed("more", "int")]), &absent)[0].0, "state");
}

#[test]
fn a_contract_is_broken_by_another_expression() {
    let one = || Check { name: name("one"), expression: Expression::new("id > 0").unwrap(), enforced: true };
    let doubled = Column {
        fill: Fill::Generated(Generation {
            expression: Expression::new("`id` * 2").unwrap(),
            storage: Storage::Virtual,
        }),
        ..column("doubled", "int")
    };
    let before = user();
    let before =
        Table { checks: vec![one()], columns: before.columns.iter().cloned().chain([doubled]).collect(), ..before };
    let with = |check: &str, generated: &str| {
        let (check, generated) = (Expression::new(check).unwrap(), Expression::new(generated).unwrap());
        let generated = Generation { expression: generated, storage: Storage::Virtual };
        let doubled = DeclaredColumn { generated: Some(generated), ..declared_column("doubled") };
        table_of(move |table| {
            table.checks = vec![DeclaredCheck { name: name("one"), expression: check.clone(), enforced: None }];
            table.columns = vec![doubled.clone(), typed("more", "int")];
        })
    };
    let live = live(MYSQL, vec![before]);
    let required = with("id > 0", "id * 2");
    let broken = |mine: &DeclaredSchema, keep: &dyn Fn(&Step) -> bool| -> Vec<(Attribute, usize)> {
        let mut plan = plan(mine, &live).unwrap();
        plan.steps.retain(keep);
        let found = broken_requirements(&plan, mine, &live, &required);
        found.iter().map(|found| (found.unmet.attribute, found.steps.len())).collect()
    };
    assert_eq!(broken(&with("(`ID` > 0)", "2 * id"), &|_| true), [(Attribute::Generated, 1)]);
    let weaker = broken(&with("id > -1", "id * 2"), &|_| true);
    assert!(matches!(weaker.as_slice(), [(Attribute::Expression, 1..)]), "{weaker:?}");
    let is_other = |step: &Step| step.changes.iter().all(|change| matches!(change, Change::AddColumn { .. }));
    assert_eq!(broken(&with("id > -1", "2 * id"), &is_other), [], "a rehearsal has shown that it changes nothing");
}

#[test]
fn a_requirement_that_does_not_hold_is_not_broken() {
    let required = of(vec![typed("email", "varchar(200)"), typed("missing", "int")]);
    assert_eq!(broken(&of(vec![typed("email", "varchar(150)")]), &required), vec![]);
    let both = of(vec![typed("missing", "text")]);
    assert_eq!(broken(&both, &required), vec![], "it is not there yet");
}
