//! Which changes share a statement, and in which order the statements run.

use super::*;

fn nullable(column: DeclaredColumn, nullable: bool) -> DeclaredColumn {
    DeclaredColumn { nullable: Some(nullable), ..column }
}

fn generated(column: &str, expression: &str) -> DeclaredColumn {
    let generated = crate::schema::Generated {
        expression: Expression::new(expression).unwrap(),
        storage: crate::schema::Storage::Stored,
    };
    DeclaredColumn { generated: Some(generated), ..typed(column, "int") }
}

/// The statements without `ALTER TABLE`, of declarations for `table`.
fn clauses(schema: &DeclaredSchema, table: &Table, dialect: Dialect) -> Vec<String> {
    let statements = statements(schema, &live(dialect, vec![table.clone()]));
    statements.iter().map(|statement| statement.replacen("ALTER TABLE `user` ", "", 1)).collect()
}

#[test]
fn what_writes_the_table_anew_does_so_once() {
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
fn a_column_goes_after_what_was_made_of_it() {
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
