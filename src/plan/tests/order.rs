//! Which changes share a statement, and in which order the statements run.

use proptest::prelude::*;

use super::*;

fn nullable(column: DeclaredColumn, nullable: bool) -> DeclaredColumn {
    DeclaredColumn { nullable: Some(nullable), ..column }
}

fn generated(column: &str, expression: &str) -> DeclaredColumn {
    let generated = crate::schema::Generation {
        expression: Expression::new(expression).unwrap(),
        storage: crate::schema::Storage::Stored,
    };
    DeclaredColumn { generated: Some(generated), ..typed(column, "int") }
}

/// Returns the statements for `table` without `ALTER TABLE`.
fn clauses(schema: &DeclaredSchema, table: &Table, dialect: Dialect) -> Vec<String> {
    let statements = statements(schema, &live(dialect, vec![table.clone()]));
    statements.iter().map(|statement| statement.replacen("ALTER TABLE `user` ", "", 1)).collect()
}

#[test]
fn changes_that_rewrite_the_table_share_a_statement() {
    let mut table = user();
    table.columns.extend([column("a", "int"), column("b", "int"), column("c", "int")]);
    let columns = vec![typed("a", "bigint"), typed("n", "int"), typed("b", "bigint"), generated("g", "b + 1")];
    let mut schema = declared(columns, vec![declared_index("by_a", &["a"], IndexKind::Plain)]);
    let check = crate::schema::DeclaredCheck {
        name: name("k"),
        expression: Expression::new("c > 0").unwrap(),
        enforced: Some(true),
    };
    schema.tables[0].checks.push(check);
    for dialect in [MYSQL, MARIADB] {
        let found = clauses(&schema, &table, dialect);
        assert_eq!(found.len(), 3, "{found:#?}");
        assert_eq!(found[0], "ADD COLUMN `n` int NULL");
        let kinds: Vec<&str> = found[1].split(", ").map(|clause| clause.split('`').nth(1).unwrap()).collect();
        assert_eq!(kinds, ["a", "b", "g", "k"]);
        assert_eq!(found[2], "ADD INDEX `by_a` (`a`)");
    }
}

#[test]
fn a_rename_comes_before_what_uses_the_new_name_and_holds_up_nothing_else() {
    let renamed = DeclaredColumn { renamed_from: vec![name("note")], ..typed("remark", "varchar(30)") };
    let columns = vec![renamed, typed("age", "int")];
    let schema = declared(columns, vec![declared_index("by_remark", &["remark"], IndexKind::Plain)]);
    let plan = plan(&schema, &live(MYSQL, vec![user()])).unwrap();
    let objects: Vec<String> = plan.steps.iter().map(Step::object).collect();
    assert_eq!(objects, ["column user.age", "column user.remark", "column user.remark", "index user.by_remark"]);
    let waits: Vec<usize> = plan.steps.iter().map(|step| step.waits_for.len()).collect();
    assert_eq!(waits, [0, 0, 1, 2], "{plan:#?}");
}

#[test]
fn indexes_are_swapped_in_one_statement_and_full_text_ones_come_alone() {
    let mut table = user();
    table.indexes.push(index("old", &["note"], IndexKind::Plain));
    let fulltext = |name| declared_index(name, &["note"], IndexKind::Fulltext { parser: None });
    let indexes = vec![declared_index("new", &["note", "email"], IndexKind::Plain), fulltext("f1"), fulltext("f2")];
    let mut schema = declared(vec![], indexes);
    schema.tables[0].absent.indexes.push(name("old"));
    for dialect in [MYSQL, MARIADB] {
        let found = clauses(&schema, &table, dialect);
        assert_eq!(found[0], "ADD INDEX `new` (`note`, `email`), DROP INDEX `old`", "{found:#?}");
        assert_eq!(found.len(), 3);
    }
}

#[test]
fn a_primary_key_brings_its_not_null() {
    let mut table = user();
    table.columns.push(column("tenant", "int"));
    let mut schema = declared(vec![], vec![]);
    schema.tables[0].primary_key = Some(parts(&["id", "tenant"]));
    let found = clauses(&schema, &table, MYSQL);
    assert_eq!(found, ["MODIFY COLUMN `tenant` int NOT NULL, DROP PRIMARY KEY, ADD PRIMARY KEY (`id`, `tenant`)"]);
}

#[test]
fn a_column_is_dropped_after_what_uses_it() {
    let mut table = user();
    let made = DeclaredColumn { ..generated("g", "a + 1") };
    let of_g = Fill::Generated(made.generated.unwrap());
    table.columns.extend([column("a", "int"), Column { fill: of_g, ..column("g", "int") }]);
    table.indexes.push(index("by_a", &["a"], IndexKind::Plain));
    let mut schema = declared(vec![], vec![]);
    schema.tables[0].absent.columns.extend([name("a"), name("g")]);
    schema.tables[0].absent.indexes.push(name("by_a"));
    for dialect in [MYSQL, MARIADB] {
        let found = clauses(&schema, &table, dialect).join("; ");
        let at = |text: &str| found.find(text).unwrap_or_else(|| panic!("{text} in {found}"));
        assert!(at("INDEX `by_a`") < at("COLUMN `a`") && at("COLUMN `g`") < at("COLUMN `a`"), "{found}");
    }
}

#[test]
fn a_text_column_keeps_its_character_set_when_the_table_gets_another() {
    let mut schema = declared(vec![typed("note", "varchar(200)")], vec![]);
    schema.tables[0].options.collation = Some("latin1_bin".into());
    let found = clauses(&schema, &user(), MYSQL).join("; ");
    assert!(found.contains("`note` varchar(200) CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci"), "{found}");
}

proptest! {
    /// Every change is in one step, and a step's id does not depend on the steps before it.
    #[test]
    fn steps_are_the_same_once_some_are_done(adds in prop::collection::vec((0_usize..6, any::<bool>()), 1..6)) {
        let types = ["int", "varchar(9)", "bigint", "text", "date", "json"];
        let columns = adds.iter().enumerate().map(|(at, (of, null))| nullable(typed(&format!("c{at}"), types[*of]), *null));
        let columns: Vec<DeclaredColumn> = columns.chain([typed("note", "varchar(100)")]).collect();
        let schema = declared(columns, vec![declared_index("i", &["c0(3)", "note"], IndexKind::Unique)]);
        let (mut table, mut done) = (user(), 0);
        let whole = plan(&schema, &live(MYSQL, vec![table.clone()])).unwrap();
        for step in &whole.steps {
            let rest = plan(&schema, &live(MYSQL, vec![table.clone()])).unwrap();
            let ids = |steps: &[Step]| steps.iter().map(|step| step.id.clone()).collect::<Vec<_>>();
            prop_assert_eq!(ids(&rest.steps), ids(&whole.steps[done..]));
            for change in &step.changes {
                match change {
                    Change::AddColumn { column, .. } => table.columns.push((**column).clone()),
                    Change::ModifyColumn { to, .. } => {
                        let at = table.columns.iter().position(|column| column.name == to.name).unwrap();
                        table.columns[at] = (**to).clone();
                    }
                    Change::AddIndex(index) => table.indexes.push(index.clone()),
                    other => prop_assert!(false, "{other:?}"),
                }
            }
            done += 1;
        }
    }
}

/// `letter (user_id int, key user_id, foreign key written_by (user_id) references user (id))`.
fn letter() -> Table {
    let mut letter = user();
    letter.name = name("letter");
    letter.columns = vec![column("id", "int"), column("user_id", "int")];
    letter.indexes = vec![index("user_id", &["user_id"], IndexKind::Plain)];
    letter.foreign_keys = vec![written_by()];
    letter
}

fn written_by() -> crate::schema::ForeignKey {
    crate::schema::ForeignKey {
        name: name("written_by"),
        columns: vec![name("user_id")],
        referenced_database: None,
        referenced_table: name("user"),
        referenced_columns: vec![name("id")],
        on_delete: crate::schema::ReferentialAction::Cascade,
        on_update: crate::schema::ReferentialAction::Restrict,
    }
}

/// Declares bigint for both sides of the key, or for the child's alone.
fn widened(both: bool, declares_key: bool) -> DeclaredSchema {
    let mut schema = declared(if both { vec![typed("id", "bigint")] } else { Vec::new() }, Vec::new());
    let mut child = DeclaredTable::named(name("letter"));
    child.columns = vec![typed("user_id", "bigint")];
    child.foreign_keys = if declares_key { vec![written_by()] } else { Vec::new() };
    schema.tables.push(child);
    schema
}

#[test]
fn a_key_makes_way_while_both_of_its_sides_change_type() {
    let live = live(MYSQL, vec![user(), letter()]);
    let steps = plan(&widened(true, true), &live).unwrap().steps;
    let objects: Vec<String> = steps.iter().map(Step::object).collect();
    assert_eq!(objects.first().map(String::as_str), Some("foreign key letter.written_by"));
    assert_eq!(objects.last().map(String::as_str), Some("foreign key letter.written_by"));
    assert_eq!(objects.len(), 4, "{objects:?}");
    for modify in &steps[1..3] {
        assert!(modify.waits_for.contains(&steps[0].id), "{}", modify.object());
        assert!(steps[3].waits_for.contains(&modify.id));
    }
}

#[test]
fn a_key_that_would_not_come_back_is_refused() {
    let live = live(MYSQL, vec![user(), letter()]);
    for declares_key in [true, false] {
        let refusals = plan(&widened(false, declares_key), &live).unwrap_err();
        let message = refusals[0].to_string();
        assert!(
            message.contains("foreign key letter.written_by ties letter.user_id (bigint) to user.id (int)"),
            "{message}"
        );
    }
}

#[test]
fn an_undeclared_key_makes_way_in_one_unit_and_the_record_can_hold_it() {
    let live = live(MYSQL, vec![user(), letter()]);
    let plan = plan(&widened(true, false), &live).unwrap();
    let units: BTreeSet<_> = plan.steps.iter().map(|step| step.unit).collect();
    assert!(units.len() == 1 && !units.contains(&None), "{:?}", plan.steps);
    let keys = KeyOnItsWay::of_steps(&plan.steps);
    assert_eq!(keys.len(), 1);
    let read: Vec<KeyOnItsWay> = serde_json::from_str(&serde_json::to_string(&keys).unwrap()).unwrap();
    assert_eq!(read, keys);
    assert!(put_back(&read, &live).unwrap().plan.is_empty(), "the key is there");
    // The key is dropped, and one of its columns is wider already.
    let mut half = live.clone();
    half.tables = [user(), Table { foreign_keys: vec![], ..letter() }].into_iter().collect();
    let mut wide = letter();
    wide.foreign_keys.clear();
    wide.columns.iter_mut().find(|column| column.name == name("user_id")).unwrap().data_type =
        DataType::parse("bigint").unwrap();
    let restored = put_back(&read, &half).unwrap().plan;
    assert_eq!(restored.steps.iter().map(Step::object).collect::<Vec<_>>(), ["foreign key letter.written_by"]);
    half.tables = [user(), wide].into_iter().collect();
    let restored = put_back(&read, &half).unwrap().plan.steps;
    assert_eq!(restored[1].waits_for, [restored[0].id.clone()].into_iter().collect());
    let planned: BTreeSet<&String> = plan.steps.iter().map(|step| &step.id).collect();
    assert!(restored.iter().all(|step| !planned.contains(&step.id)), "putting back is no step of the plan");
    let restored: Vec<String> = restored.iter().map(Step::sql).collect();
    assert_eq!(restored.len(), 2, "{restored:?}");
    assert!(restored[0].contains("MODIFY COLUMN `user_id` int"), "{restored:?}");
    assert!(restored[1].contains("ADD CONSTRAINT `written_by`"), "{restored:?}");
}

#[test]
fn tables_are_renamed_from_the_end_of_their_chain() {
    let table = |own: &str, former: &[&str]| DeclaredTable {
        renamed_from: former.iter().map(|former| name(former)).collect(),
        ..DeclaredTable::named(name(own))
    };
    let schema = DeclaredSchema {
        tables: vec![table("b", &["a"]), table("c", &["b"]), table("d", &["c"])],
        ..DeclaredSchema::default()
    };
    let named = |own: &str| Table { name: name(own), ..user() };
    let steps = plan(&schema, &live(MYSQL, vec![named("a"), named("b"), named("c")])).unwrap().steps;
    let renamed: Vec<&str> = steps.iter().map(|step| step.table.as_str()).collect();
    assert_eq!(renamed, ["c", "b", "a"]);
    assert!(steps[1].waits_for.contains(&steps[0].id) && steps[2].waits_for.contains(&steps[1].id));
    assert!(steps[0].waits_for.is_empty());
}

#[test]
fn thousands_of_new_columns_come_in_one_statement_in_their_order() {
    let columns = (0..4_100).map(|at| typed(&format!("c{at}"), "int")).collect();
    let plan = plan(&declared(columns, vec![]), &live(MYSQL, vec![user()])).unwrap();
    let [step] = plan.steps.as_slice() else { panic!("{} steps", plan.steps.len()) };
    let names = step.changes.iter().map(|change| match change {
        Change::AddColumn { column, .. } => column.name.to_string(),
        other => panic!("{other:?}"),
    });
    assert!(names.eq((0..4_100).map(|at| format!("c{at}"))));
}
