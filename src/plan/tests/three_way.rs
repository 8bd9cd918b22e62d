//! The three-way merge, as a function of values.

use super::*;
use crate::plan::record::{LastApplied, OtherRecord, PartDigests, PartNames, RecordSources, Records};

/// `t (id int, a int, b int)` with an index on each of a and b.
fn table() -> Table {
    Table {
        name: name("t"),
        columns: vec![column("id", "int"), column("a", "int"), column("b", "int")],
        indexes: vec![index("by_a", &["a"], IndexKind::Plain), index("by_b", &["b"], IndexKind::Plain)],
        ..user()
    }
}

fn of(table: &str, columns: &[&str], indexes: &[(&str, &str)]) -> DeclaredSchema {
    let columns = columns.iter().map(|column| typed(column, "int")).collect();
    let indexes = indexes.iter().map(|(index, column)| declared_index(index, &[column], IndexKind::Plain)).collect();
    let table = DeclaredTable { columns, indexes, ..DeclaredTable::named(name(table)) };
    DeclaredSchema { tables: vec![table], absent_tables: vec![] }
}

fn nothing() -> DeclaredSchema {
    DeclaredSchema::default()
}

const NOW: &str = "2026-01-02T03:04:05Z";

/// Returns the record after a pass that left `unsettled` to do.
fn recorded(records: &Records, declared: &DeclaredSchema, live: &Schema, unsettled: &PartNames) -> LastApplied {
    let digests = PartDigests::new();
    LastApplied::next(RecordSources { records, declared, digests: &digests, live, unsettled, now: NOW })
}

/// Returns the record after the resource made all that is declared.
fn applied(declared: &DeclaredSchema, live: &Schema) -> Records {
    applied_after(&Records::default(), declared, live)
}

fn applied_after(before: &Records, declared: &DeclaredSchema, live: &Schema) -> Records {
    let mut making = before.clone();
    let own = making.own.get_or_insert_default();
    let made = BTreeSet::from(["table".to_owned()]);
    own.making = declared.tables.iter().map(|table| (table.name.clone(), made.clone())).collect();
    Records { own: Some(recorded(&making, declared, live, &PartNames::new())), ..before.clone() }
}

fn planned(declared: &DeclaredSchema, records: &Records, live: &Schema) -> Vec<String> {
    statements(&three_way(declared, records, live, true), live)
}

#[test]
fn only_what_was_declared_and_no_longer_is_goes() {
    let live = live(MYSQL, vec![table()]);
    let records = applied(&of("t", &["id", "a"], &[("by_a", "a")]), &live);
    let now = of("t", &["id"], &[]);
    let expected = ["ALTER TABLE `t` DROP INDEX `by_a`", "ALTER TABLE `t` DROP COLUMN `a`"];
    assert_eq!(planned(&now, &records, &live), expected, "b and by_b were never declared");
    assert_eq!(statements(&three_way(&now, &records, &live, false), &live), Vec::<String>::new(), "Keep");
    assert_eq!(planned(&now, &Records::default(), &live), Vec::<String>::new(), "without a record");
}

#[test]
fn an_undeclared_attribute_stays_as_it_is() {
    let live = live(MYSQL, vec![table()]);
    let mut declared = of("t", &["id", "a"], &[]);
    let records = applied(&declared, &live);
    declared.tables[0].columns[1] = declared_column("a");
    assert_eq!(planned(&declared, &records, &live), Vec::<String>::new());
}

#[test]
fn a_column_that_a_key_of_others_uses_stays() {
    let live = live(MYSQL, vec![table()]);
    let records = applied(&of("t", &["id", "a"], &[]), &live);
    assert_eq!(
        planned(&of("t", &["id"], &[]), &records, &live),
        Vec::<String>::new(),
        "by_a belongs to another resource"
    );
}

#[test]
fn a_table_goes_when_all_its_columns_were_declared() {
    let live = live(MYSQL, vec![table()]);
    let whole = applied(&of("t", &["id", "a", "b"], &[("by_a", "a"), ("by_b", "b")]), &live);
    assert_eq!(planned(&nothing(), &whole, &live), ["DROP TABLE `t`"]);
    let part = applied(&of("t", &["a"], &[("by_a", "a")]), &live);
    let expected = ["ALTER TABLE `t` DROP INDEX `by_a`", "ALTER TABLE `t` DROP COLUMN `a`"];
    assert_eq!(planned(&nothing(), &part, &live), expected, "the rest of the table is others'");
    let bookkeeping = Table { name: name("alembic_version"), ..table() };
    let live = super::live(MYSQL, vec![bookkeeping]);
    let declared = of("alembic_version", &["id", "a", "b"], &[]);
    assert_eq!(planned(&nothing(), &applied(&declared, &live), &live), Vec::<String>::new());
}

#[test]
fn an_object_that_another_resource_declares_stays() {
    let live = live(MYSQL, vec![table()]);
    let mut records = applied(&of("t", &["id", "a", "b"], &[("by_a", "a"), ("by_b", "b")]), &live);
    let other = applied(&of("t", &["a"], &[]), &live).own.unwrap();
    records.others = vec![OtherRecord { last: other, is_namesake: false, is_active: true, owns: None }];
    let expected = ["ALTER TABLE `t` DROP INDEX `by_b`", "ALTER TABLE `t` DROP COLUMN `b`"];
    let now = planned(&of("t", &["id"], &[("by_a", "a")]), &records, &live);
    assert_eq!(now, expected, "a is another's, and the table too");
    assert!(planned(&nothing(), &records, &live).iter().all(|sql| !sql.contains("DROP TABLE")));
}

#[test]
fn a_resource_that_was_made_again_starts_afresh() {
    let live = live(MYSQL, vec![table()]);
    let mut records = applied(&of("t", &["id", "a"], &[("by_a", "a")]), &live);
    records.predecessor = records.own.take();
    assert_eq!(planned(&of("t", &["id"], &[]), &records, &live), Vec::<String>::new());
}

#[test]
fn a_kept_object_stays_in_the_record_until_it_is_gone() {
    let before = live(MYSQL, vec![table()]);
    let records = applied(&of("t", &["id", "a"], &[("by_a", "a")]), &before);
    let kept = applied_after(&records, &of("t", &["id"], &[]), &before);
    assert!(!planned(&of("t", &["id"], &[]), &kept, &before).is_empty(), "Keep, and later Remove");
    let mut without = table();
    without.columns.retain(|column| column.name != name("a"));
    without.indexes.retain(|index| index.name != name("by_a"));
    let live = live(MYSQL, vec![without]);
    let gone = applied_after(&kept, &of("t", &["id"], &[]), &live);
    assert_eq!(planned(&of("t", &["id"], &[]), &gone, &before), Vec::<String>::new(), "another object of that name");
}

#[test]
fn a_rename_is_taken_back() {
    let mut renamed = of("t", &["id", "c"], &[]);
    renamed.tables[0].columns[1].renamed_from = vec![name("a")];
    let mut after = table();
    after.columns[1] = column("c", "int");
    after.indexes[0] = index("by_a", &["c"], IndexKind::Plain);
    let live = live(MYSQL, vec![after]);
    let records = applied(&renamed, &live);
    let expected = ["ALTER TABLE `t` RENAME COLUMN `c` TO `a`"];
    for removes in [false, true] {
        let back = of("t", &["id", "a"], &[]);
        assert_eq!(statements(&three_way(&back, &records, &live, removes), &live), expected);
    }
    let mut explicit = of("t", &["id", "a"], &[]);
    explicit.tables[0].columns[1].renamed_from = vec![name("c")];
    assert_eq!(planned(&explicit, &records, &live), expected);
    // The former names stay known when the declaration no longer holds them.
    let later = applied_after(&records, &of("t", &["id", "c"], &[]), &live);
    assert_eq!(planned(&of("t", &["id", "a"], &[]), &later, &live), expected);
    let both = planned(&of("t", &["id", "a", "c"], &[]), &records, &live);
    assert_eq!(both, ["ALTER TABLE `t` ADD COLUMN `a` int NULL"], "a new column where the renamed one is declared too");
}

#[test]
fn a_renamed_table_is_taken_back() {
    let mut renamed = of("t", &["id", "a", "b"], &[]);
    renamed.tables[0].renamed_from = vec![name("old")];
    let live = live(MYSQL, vec![table()]);
    let records = applied(&renamed, &live);
    let back = of("old", &["id", "a", "b"], &[]);
    assert_eq!(planned(&back, &records, &live), ["ALTER TABLE `t` RENAME TO `old`"]);
}

#[test]
fn a_former_name_of_a_table_is_compared_with_its_case() {
    let mut renamed = of("t", &["id", "a", "b"], &[]);
    renamed.tables[0].renamed_from = vec![name("old")];
    let live = live(MYSQL, vec![table()]);
    let records = applied(&renamed, &live);
    let other = planned(&of("OLD", &["id"], &[]), &records, &live);
    let expected = ["CREATE TABLE `OLD` (\n  `id` int NULL\n)", "DROP TABLE `t`"];
    assert_eq!(other, expected, "t was old, and never OLD");
    let mut again = of("t", &["id", "a", "b"], &[]);
    again.tables[0].renamed_from = vec![name("OLD")];
    let both = super::live(MYSQL, vec![table(), Table { name: name("OLD"), ..table() }]);
    assert!(plan(&three_way(&again, &records, &both, true), &both).is_err(), "the rename from OLD is not done");
}

#[test]
fn a_rename_that_is_done_is_no_conflict_with_a_new_object_of_the_old_name() {
    let mut renamed = of("t", &["id", "b"], &[]);
    renamed.tables[0].columns[1].renamed_from = vec![name("a")];
    let mut after = table();
    after.columns.remove(1);
    after.indexes.remove(0);
    let records = applied(&renamed, &live(MYSQL, vec![after]));
    let live = live(MYSQL, vec![table()]);
    assert!(plan(&renamed, &live).is_err(), "without the record both are live");
    assert_eq!(planned(&renamed, &records, &live), Vec::<String>::new());
}

#[test]
fn an_object_that_the_plan_still_changes_is_not_recorded() {
    let live = live(MYSQL, vec![table()]);
    let declared = DeclaredSchema {
        tables: vec![DeclaredTable {
            columns: vec![typed("id", "int"), typed("a", "tinyint")],
            ..DeclaredTable::named(name("t"))
        }],
        absent_tables: vec![],
    };
    let left = plan(&declared, &live).unwrap();
    let last = recorded(&Records::default(), &declared, &live, &changed_parts(&left.steps));
    let columns: Vec<&str> = last.tables[&name("t")].columns.keys().map(Identifier::as_str).collect();
    assert_eq!(columns, ["id"]);
    let text = serde_json::to_string(&last).unwrap();
    assert_eq!(text, format!(r#"{{"tables":{{"t":{{"since":"{NOW}","columns":{{"id":{{"since":"{NOW}"}}}}}}}}}}"#));
    assert_eq!(serde_json::from_str::<LastApplied>(&text).unwrap(), last);
}

/// Declares `t` so that its columns a and b take each other's names.
fn swap() -> DeclaredSchema {
    let mut declared = of("t", &["id", "a", "b"], &[]);
    declared.tables[0].columns[1].renamed_from = vec![name("b")];
    declared.tables[0].columns[2].renamed_from = vec![name("a")];
    declared
}

fn swapped() -> Table {
    let mut table = table();
    table.columns.swap(1, 2);
    table.indexes[0] = index("by_a", &["b"], IndexKind::Plain);
    table.indexes[1] = index("by_b", &["a"], IndexKind::Plain);
    table
}

#[test]
fn columns_that_take_each_others_names_are_renamed_once() {
    let (before, after) = (live(MYSQL, vec![table()]), live(MYSQL, vec![swapped()]));
    let expected = ["ALTER TABLE `t` RENAME COLUMN `b` TO `a`, RENAME COLUMN `a` TO `b`"];
    let none = Records::default();
    assert_eq!(planned(&swap(), &none, &before), expected);
    // The record from before the statement shows later whether it has run.
    let left = plan(&swap(), &before).unwrap();
    let mut begun = recorded(&none, &swap(), &before, &changed_parts(&left.steps));
    begun.rounds = rounds(&left);
    assert_eq!(begun.rounds.len(), 1);
    let begun = Records { own: Some(begun), ..none };
    assert_eq!(planned(&swap(), &begun, &before), expected, "it has not run");
    assert_eq!(planned(&swap(), &begun, &after), Vec::<String>::new(), "it has");
    let still = recorded(&begun, &swap(), &before, &changed_parts(&left.steps));
    assert_eq!(still.rounds.len(), 1, "a statement may still run in the server");
    let done = applied_after(&begun, &swap(), &after);
    assert!(done.own.as_ref().unwrap().rounds.is_empty());
    assert_eq!(planned(&swap(), &done, &after), Vec::<String>::new());
    // A swap that was undeclared in between is a new one.
    let plain = applied_after(&done, &of("t", &["id", "a", "b"], &[]), &after);
    assert_eq!(planned(&swap(), &plain, &after), expected);
}

#[test]
fn a_chain_is_no_round() {
    let mut declared = of("t", &["id", "b", "c"], &[]);
    declared.tables[0].columns[1].renamed_from = vec![name("a")];
    declared.tables[0].columns[2].renamed_from = vec![name("b")];
    assert!(rounds(&plan(&declared, &live(MYSQL, vec![table()])).unwrap()).is_empty());
}

#[test]
fn indexes_that_take_each_others_names_are_known_by_their_parts() {
    let mut declared = of("t", &["id"], &[("by_a", "b"), ("by_b", "a")]);
    declared.tables[0].indexes[0].renamed_from = vec![name("by_b")];
    declared.tables[0].indexes[1].renamed_from = vec![name("by_a")];
    let expected = ["ALTER TABLE `t` RENAME INDEX `by_b` TO `by_a`, RENAME INDEX `by_a` TO `by_b`"];
    assert_eq!(statements(&declared, &live(MYSQL, vec![table()])), expected);
    assert_eq!(statements(&declared, &live(MYSQL, vec![swapped()])), Vec::<String>::new());
}

#[test]
fn tables_that_take_each_others_names_are_refused() {
    let other = Table { name: name("u"), ..table() };
    let mut declared = of("t", &["id"], &[]);
    declared.tables.extend(of("u", &["id"], &[]).tables);
    declared.tables[0].renamed_from = vec![name("u")];
    declared.tables[1].renamed_from = vec![name("t")];
    let refusals = plan(&declared, &live(MYSQL, vec![table(), other])).unwrap_err();
    assert!(refusals.iter().all(|refusal| refusal.kind == RefusalKind::Unsupported) && refusals.len() == 2);
}
