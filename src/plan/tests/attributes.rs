//! Options, keys and checks that few tables have: what declaring them plans.

use super::*;
use crate::schema::{DeclaredOptions, Detail, TableStorage};

fn with_options(options: DeclaredOptions) -> DeclaredSchema {
    let mut schema = declared(vec![], vec![]);
    schema.tables[0].options = options;
    schema
}

fn detail(auto_increment: u64, row_format: &str) -> Detail {
    Detail {
        auto_increment: Some(auto_increment),
        row_format: Some(row_format.to_owned()),
        has_true_expressions: false,
    }
}

fn known(dialect: Dialect, table: Table, detail: Detail) -> Schema {
    let details = BTreeMap::from([(table.name.clone(), detail)]);
    Schema { details, ..live(dialect, vec![table]) }
}

#[test]
fn each_option_costs_what_the_server_takes() {
    let some = DeclaredOptions::default;
    let stored = |storage: TableStorage| DeclaredOptions { storage, ..some() };
    let cases = [
        (
            stored(TableStorage { row_format: Some("COMPACT".into()), ..TableStorage::default() }),
            [Algorithm::Rebuild, Algorithm::Rebuild],
        ),
        (
            stored(TableStorage { stats_persistent: Some(true), ..TableStorage::default() }),
            [Algorithm::InPlace, Algorithm::Instant],
        ),
        (DeclaredOptions { auto_increment: Some(9), ..some() }, [Algorithm::InPlace, Algorithm::Instant]),
        (
            stored(TableStorage { encryption: Some(true), ..TableStorage::default() }),
            [Algorithm::Copy, Algorithm::Rebuild],
        ),
    ];
    for (options, algorithms) in cases {
        for (dialect, algorithm) in [MYSQL, MARIADB].into_iter().zip(algorithms) {
            let plan = plan(&with_options(options.clone()), &live(dialect, vec![user()])).unwrap();
            let found: Vec<_> = plan.steps.iter().filter_map(Step::algorithm).collect();
            assert_eq!(found, [algorithm], "{options:?} on {dialect}");
        }
    }
}

#[test]
fn an_option_that_holds_already_plans_nothing() {
    let declared = with_options(DeclaredOptions {
        storage: TableStorage {
            row_format: Some("DYNAMIC".into()),
            key_block_size: Some(0),
            compression: Some("NONE".into()),
            encryption: Some(false),
            ..TableStorage::default()
        },
        auto_increment: Some(100),
        ..DeclaredOptions::default()
    });
    let plan = plan(&declared, &known(MYSQL, user(), detail(100, "DYNAMIC"))).unwrap();
    assert!(plan.is_empty(), "{plan:?}");
    let lower = statements(&declared, &known(MYSQL, user(), detail(99, "DYNAMIC")));
    assert_eq!(lower, ["ALTER TABLE `user` AUTO_INCREMENT=100"]);
}

#[test]
fn a_table_is_read_in_full_only_where_that_can_matter() {
    let closer = |declared: &DeclaredSchema, live: &Schema| tables_needing_detail(declared, live).len();
    let [plain, counts] = [None, Some(1)]
        .map(|auto_increment| with_options(DeclaredOptions { auto_increment, ..DeclaredOptions::default() }));
    assert_eq!(closer(&plain, &live(MYSQL, vec![user()])), 0, "nothing changes");
    assert_eq!(closer(&counts, &live(MYSQL, vec![user()])), 1);
    assert_eq!(closer(&counts, &known(MYSQL, user(), detail(1, "DYNAMIC"))), 0, "it was done");
    assert_eq!(closer(&declared(vec![typed("a", "int")], vec![]), &live(MYSQL, vec![user()])), 1, "it is changed");
    assert_eq!(closer(&counts, &live(MYSQL, vec![])), 0, "there is no table to read");
}

#[test]
fn a_check_of_a_column_has_the_server_look_at_its_rows() {
    let check = Expression::new("note <> ''").unwrap();
    let column = DeclaredColumn { check: Some(check), ..declared_column("note") };
    let found = statements(&declared(vec![column.clone()], vec![]), &live(MARIADB, vec![user()]));
    assert_eq!(found.len(), 1);
    assert!(found[0].ends_with("CHECK (note <> ''), ALGORITHM=COPY"), "{found:?}");
    let refusals = plan(&declared(vec![column], vec![]), &live(MYSQL, vec![user()])).unwrap_err();
    assert_eq!(refusals[0].path, "spec.tables[user].columns[note].check");
    assert_eq!(refusals[0].kind, RefusalKind::Unsupported);
}

#[test]
fn an_empty_primary_key_is_none() {
    let mut schema = declared(vec![], vec![declared_index("by_id", &["id"], IndexKind::Plain)]);
    schema.tables[0].primary_key = Some(vec![]);
    let found = statements(&schema, &live(MYSQL, vec![user()]));
    let expected = ["ALTER TABLE `user` ADD INDEX `by_id` (`id`)", "ALTER TABLE `user` DROP PRIMARY KEY"];
    assert_eq!(found, expected, "what counts up never lacks a key");
    schema.tables[0].indexes.clear();
    let refusals = plan(&schema, &live(MYSQL, vec![user()])).unwrap_err();
    assert_eq!(refusals[0].path, "spec.tables[user].primaryKey");
}

#[test]
fn a_generated_key_makes_way_for_a_declared_one() {
    let mut table = user();
    table.columns[0] = Column {
        name: name("my_row_id"),
        visible: false,
        data_type: DataType::parse("bigint unsigned").unwrap(),
        ..table.columns[0].clone()
    };
    table.primary_key = Some(PrimaryKey::of(parts(&["my_row_id"])));
    let mut schema = declared(vec![], vec![]);
    schema.tables[0].primary_key = Some(vec![]);
    assert!(plan(&schema, &live(MYSQL, vec![table.clone()])).unwrap().is_empty());
    schema.tables[0].primary_key = Some(parts(&["email"]));
    let found = statements(&schema, &live(MYSQL, vec![table.clone()]));
    let expected = "ALTER TABLE `user` DROP PRIMARY KEY, DROP COLUMN `my_row_id`, ADD PRIMARY KEY (`email`)";
    assert_eq!(found, [expected]);
    // What counts up needs a key.
    schema.tables[0].indexes.push(declared_index("by_number", &["my_row_id"], IndexKind::Plain));
    let mariadb = plan(&schema, &live(MARIADB, vec![table])).unwrap();
    let changes = mariadb.steps.iter().flat_map(|step| &step.changes);
    let mut replaced = changes.filter(|change| matches!(change, Change::ReplacePrimaryKey { .. }));
    assert!(replaced.next().is_some(), "there it is an ordinary column");
}
