//! Objects outside of a plan's tables that would break.

use super::*;
use crate::plan::{may_break_others, with_dependents};
use crate::schema::{Dependent, DependentKind, Dependents, InboundKey, ObjectGrant};

const OWN: &str = "app";

fn object(kind: DependentKind, database: &str, object: &str, text: &str) -> Dependent {
    let text = (!text.is_empty()).then(|| text.to_owned());
    Dependent { kind, database: name(database), name: name(object), text }
}

fn trigger_of(table: &str) -> DependentKind {
    DependentKind::Trigger { table: name(table) }
}

fn without_note() -> DeclaredSchema {
    let mut schema = declared(Vec::new(), Vec::new());
    schema.tables[0].absent.columns.push(name("note"));
    schema
}

fn without_user() -> DeclaredSchema {
    DeclaredSchema { tables: Vec::new(), absent_tables: vec![name("user")] }
}

fn assessed(schema: &DeclaredSchema, objects: Vec<Dependent>) -> Plan {
    let live = live(MYSQL, vec![user()]);
    let plan = plan(schema, &live).unwrap();
    assert!(may_break_others(&plan));
    assert_eq!(live.name, name(OWN));
    with_dependents(plan, &Dependents { objects, ..Dependents::default() }, &live)
}

fn findings(schema: &DeclaredSchema, objects: Vec<Dependent>) -> String {
    assessed(schema, objects).steps[0].dependents.join("; ")
}

#[test]
fn each_object_that_names_a_lost_column_is_named() {
    let uses = [
        (DependentKind::View, OWN, "select `app`.`user`.`note` AS `n` from `app`.`user`"),
        (DependentKind::Procedure, OWN, "BEGIN SELECT Note FROM User; END"),
        (DependentKind::Event, OWN, "UPDATE user SET note = NULL"),
        (trigger_of("user"), OWN, "SET NEW.note = 'x'"),
        (trigger_of("other"), OWN, "UPDATE user SET note = 'x'"),
        (DependentKind::Function, "elsewhere", "RETURN (SELECT MAX(note) FROM app.user)"),
        (DependentKind::Procedure, OWN, "BEGIN SET @s = 'SELECT note FROM user'; PREPARE p FROM @s; END"),
        (DependentKind::Procedure, OWN, "/*!50000 SELECT 1 */"),
        (DependentKind::Procedure, OWN, "SELECT 'unterminated"),
    ];
    for (kind, database, text) in uses {
        let said = findings(&without_note(), vec![object(kind.clone(), database, "dependent", text)]);
        let shown = if database == OWN { "dependent" } else { "elsewhere.dependent" };
        assert_eq!(said, format!("objects that use it would fail: {kind} {shown}"), "{text}");
    }
}

#[test]
fn an_object_that_names_something_else_is_not_named() {
    let others = [
        (DependentKind::View, OWN, "select `app`.`user`.`email` AS `n` from `app`.`user`"),
        (DependentKind::View, OWN, "select `app`.`letter`.`note` AS `n` from `app`.`letter`"),
        (DependentKind::View, "elsewhere", "select note from elsewhere.user"),
        (trigger_of("user"), OWN, "SET NEW.email = '' -- note"),
        (trigger_of("user"), "elsewhere", "SET NEW.note = ''"),
    ];
    for (kind, database, text) in others {
        assert_eq!(findings(&without_note(), vec![object(kind, database, "dependent", text)]), "", "{text}");
    }
}

#[test]
fn a_view_of_a_broken_view_breaks_too() {
    let objects = vec![
        object(DependentKind::View, "elsewhere", "third", "select n from app.second"),
        object(DependentKind::View, OWN, "second", "select n from first"),
        object(DependentKind::View, OWN, "first", "select note AS n from user"),
        object(DependentKind::View, OWN, "apart", "select id from user"),
    ];
    let said = findings(&without_note(), objects);
    assert_eq!(said, "objects that use it would fail: view elsewhere.third, view second, view first");
}

#[test]
fn a_dropped_table_takes_its_triggers_along() {
    let objects = vec![
        object(trigger_of("user"), OWN, "own", "SET NEW.note = (SELECT 1 FROM user)"),
        object(trigger_of("other"), OWN, "others", "DELETE FROM user"),
    ];
    let said = findings(&without_user(), objects);
    assert_eq!(said, "objects that use it would fail: trigger others; the server drops with it: trigger own");
}

#[test]
fn an_index_is_named_by_hints_alone() {
    let mut table = user();
    table.indexes.push(index("note", &["note"], IndexKind::Plain));
    let mut schema = declared(Vec::new(), Vec::new());
    schema.tables[0].absent.indexes.push(name("note"));
    let live = live(MYSQL, vec![table]);
    let assess = |text: &str| {
        let objects = vec![object(DependentKind::View, OWN, "v", text)];
        let dependents = Dependents { objects, hidden: vec!["triggers".into()], ..Dependents::default() };
        with_dependents(plan(&schema, &live).unwrap(), &dependents, &live)
    };
    let plain = assess("select note from user");
    assert!(plain.risks().is_empty(), "a hidden hint is not worth a question");
    let hinted = assess("select note from user USE INDEX FOR JOIN (`id`, `note`)");
    assert_eq!(hinted.risks(), BTreeSet::from([Risk::Breaking]));
    assert_ne!(plain.id, hinted.id);
}

#[test]
fn a_hidden_text_is_a_risk_of_its_own() {
    let plan = assessed(&without_note(), vec![object(DependentKind::View, OWN, "v", "")]);
    assert!(plan.steps[0].risks.contains(&Risk::Unknown));
    let said = plan.steps[0].dependents.join("; ");
    assert_eq!(said, "it is not known what else depends on it: the account can't see the text of view v");
}

#[test]
fn a_new_dependent_changes_the_id_of_the_step() {
    let view = |name: &str| object(DependentKind::View, OWN, name, "select note from user");
    let ids = [vec![], vec![view("a")], vec![view("a"), view("b")]]
        .map(|objects| assessed(&without_note(), objects))
        .map(|plan| (plan.steps[0].id.clone(), plan.id));
    assert_eq!(ids.iter().map(|(step, _)| step).collect::<BTreeSet<_>>().len(), 3);
    assert_eq!(ids.iter().map(|(_, plan)| plan).collect::<BTreeSet<_>>().len(), 3);
}

#[test]
fn keys_of_other_databases_are_named_where_the_server_refuses() {
    let live = live(MYSQL, vec![user()]);
    let key = InboundKey {
        database: name("elsewhere"),
        table: name("child"),
        name: name("fk"),
        referenced_table: name("user"),
        referenced_columns: vec![name("note")],
    };
    let dependents = Dependents { keys: vec![key], ..Dependents::default() };
    let findings = |schema: &DeclaredSchema| {
        with_dependents(plan(schema, &live).unwrap(), &dependents, &live).steps[0].dependents.join("; ")
    };
    let refused = "the server refuses it while these exist: foreign key elsewhere.child.fk";
    assert_eq!(findings(&without_user()), refused);
    assert_eq!(findings(&without_note()), refused);
    assert_eq!(findings(&declared(vec![typed("note", "int")], Vec::new())), refused);
    assert_eq!(findings(&declared(vec![typed("email", "varchar(200)")], Vec::new())), "");
}

#[test]
fn a_change_that_removes_nothing_breaks_no_dependent() {
    let schema = declared(vec![typed("age", "int")], vec![declared_index("by_note", &["note"], IndexKind::Plain)]);
    assert!(!may_break_others(&plan(&schema, &live(MYSQL, vec![user()])).unwrap()));
}

#[test]
fn who_loses_access_by_a_rename_is_named() {
    let grant = |grantee: &str, table: &str, column: &str, privilege: &str| ObjectGrant {
        grantee: grantee.into(),
        table: name(table),
        column: (!column.is_empty()).then(|| name(column)),
        privilege: privilege.into(),
    };
    let grants = vec![
        grant("'app'@'%'", "user", "EMAIL", "UPDATE"),
        grant("'app'@'%'", "user", "email", "SELECT"),
        grant("'read'@'%'", "user", "", "SELECT"),
        grant("'other'@'%'", "team", "email", "SELECT"),
    ];
    let column = DeclaredColumn { renamed_from: vec![name("email")], ..DeclaredColumn::named(name("mail")) };
    let of_column = declared(vec![column], Vec::new());
    let table = DeclaredTable { renamed_from: vec![name("user")], ..DeclaredTable::named(name("person")) };
    let of_table = DeclaredSchema { tables: vec![table], absent_tables: Vec::new() };
    let live = live(MYSQL, vec![user()]);
    let said = |schema: &DeclaredSchema, dependents: &Dependents| {
        let plan = plan(schema, &live).unwrap();
        assert!(may_break_others(&plan));
        with_dependents(plan, dependents, &live).steps[0].dependents.join("; ")
    };
    let seen = Dependents { grants, ..Dependents::default() };
    let stay = "access: privileges stay with the old name, grant them on the new one";
    assert_eq!(said(&of_column, &seen), format!("'app'@'%' (SELECT, UPDATE) loses {stay}"));
    assert_eq!(said(&of_table, &seen), format!("'app'@'%' (SELECT, UPDATE), 'read'@'%' (SELECT) lose {stay}"));
    assert_eq!(said(&without_note(), &seen), "", "nothing is left to use");
    assert_eq!(said(&of_column, &Dependents::default()), "");
    let hidden = Dependents { grants_are_hidden: true, ..Dependents::default() };
    assert!(said(&of_column, &hidden).contains("can't see those of others"), "{}", said(&of_column, &hidden));
    assert_eq!(said(&without_note(), &hidden), "");
}
