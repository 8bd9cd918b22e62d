//! What the record knows of where objects come from, and what follows: removals, and objects that are made again.

use std::sync::Arc;

use super::*;
use crate::plan::change::ObjectKind;
use crate::plan::record::{
    LastApplied, OtherRecord, PartDigests, PartNames, RecordSources, Records, drift_share, kept_objects, made_parts,
    waiting_parts, with_losses, with_removal_reasons, without_parts,
};
use crate::plan::{DriftShare, KeptReason, changed_parts};
use crate::schema::{ForeignKey, ReferentialAction};

const EARLIER: &str = "2026-01-01T00:00:00Z";
const LATER: &str = "2026-02-01T00:00:00Z";

fn table() -> Table {
    Table {
        name: name("t"),
        columns: vec![column("id", "int"), column("a", "int"), column("b", "int")],
        indexes: vec![index("by_a", &["a"], IndexKind::Plain)],
        ..user()
    }
}

fn without_a() -> Table {
    let mut table = table();
    table.columns.retain(|column| column.name != name("a"));
    table.indexes.clear();
    table
}

fn of(columns: &[&str], indexes: &[&str]) -> DeclaredSchema {
    let columns = columns.iter().map(|column| typed(column, "int")).collect();
    let indexes = indexes.iter().map(|index| declared_index(index, &["a"], IndexKind::Plain)).collect();
    let table = DeclaredTable { columns, indexes, ..DeclaredTable::named(name("t")) };
    DeclaredSchema { tables: vec![table], absent_tables: vec![] }
}

/// One resource in one database, pass by pass.
struct Passes {
    records: Records,
    live: Schema,
}

impl Passes {
    fn over(tables: Vec<Table>) -> Self {
        Self { records: Records::default(), live: live(MYSQL, tables) }
    }

    fn plan(&self, declared: &DeclaredSchema) -> Plan {
        let merged = three_way(declared, &self.records, &self.live, true);
        let plan = plan(&merged, &self.live).unwrap();
        let own = self.records.own.as_ref();
        let plan = with_losses(plan, own, declared, &self.live);
        with_removal_reasons(plan, own, declared, &self.live)
    }

    fn record(&mut self, declared: &DeclaredSchema, unsettled: &PartNames, now: &str) {
        let digests = PartDigests::new();
        let sources =
            RecordSources { records: &self.records, declared, digests: &digests, live: &self.live, unsettled, now };
        self.records.own = Some(LastApplied::next(sources));
    }

    /// Runs the plan of a declaration, as `after` shows its outcome.
    fn apply(&mut self, declared: &DeclaredSchema, after: Vec<Table>) {
        let plan = self.plan(declared);
        self.record(declared, &changed_parts(&plan.steps), EARLIER);
        self.records.own.get_or_insert_default().making = made_parts(&plan.steps);
        self.live = live(MYSQL, after);
        self.record(declared, &PartNames::new(), EARLIER);
    }

    fn statements(&self, declared: &DeclaredSchema) -> Vec<String> {
        self.plan(declared).steps.iter().map(Step::sql).collect()
    }
}

#[test]
fn only_what_the_resource_made_and_had_in_sync_is_removed() {
    let whole = of(&["id", "a"], &["by_a"]);
    let mut made = Passes::over(vec![without_a()]);
    made.apply(&whole, vec![table()]);
    let expected = ["ALTER TABLE `t` DROP INDEX `by_a`", "ALTER TABLE `t` DROP COLUMN `a`"];
    assert_eq!(made.statements(&of(&["id"], &[])), expected);
    let mut adopted = Passes::over(vec![table()]);
    adopted.apply(&whole, vec![table()]);
    assert_eq!(adopted.statements(&of(&["id"], &[])), Vec::<String>::new(), "it was there before");
    let nothing = DeclaredSchema::default();
    assert_eq!(made.statements(&nothing), expected, "the table was there, and the column made");
    assert_eq!(adopted.statements(&nothing), Vec::<String>::new());
    let mut created = Passes::over(vec![]);
    let all = of(&["id", "a", "b"], &["by_a"]);
    created.apply(&all, vec![table()]);
    assert_eq!(created.statements(&nothing), ["DROP TABLE `t`"]);
    let mut by_hand = table();
    by_hand.columns.push(column("c", "int"));
    created.live = live(MYSQL, vec![by_hand]);
    created.record(&of(&["id", "a", "b", "c"], &["by_a"]), &PartNames::new(), LATER);
    assert!(!created.statements(&nothing).iter().any(|sql| sql.contains("DROP TABLE") || sql.contains("`c`")));
}

#[test]
fn what_never_got_in_sync_or_was_recorded_by_an_earlier_version_is_kept() {
    let mut passes = Passes::over(vec![table()]);
    let mut wider = of(&["id", "a"], &[]);
    wider.tables[0].columns[1] = typed("a", "bigint");
    let waiting = passes.plan(&wider);
    passes.record(&wider, &changed_parts(&waiting.steps), EARLIER);
    assert_eq!(passes.statements(&of(&["id"], &[])), Vec::<String>::new());
    let earlier = r#"{"tables":{"t":{"columns":{"id":{},"a":{}},"indexes":{"by_a":{}}}}}"#;
    passes.records.own = Some(serde_json::from_str(earlier).unwrap());
    let now = of(&["id"], &[]);
    assert_eq!(passes.statements(&now), Vec::<String>::new());
    let kept = kept_objects(&now, &passes.records, &passes.live);
    let kept: Vec<String> = kept.iter().map(ToString::to_string).collect();
    assert_eq!(kept, ["column t.a: this resource did not make it", "index t.by_a: this resource did not make it"]);
}

#[test]
fn what_another_resource_declares_is_handed_over() {
    let mut passes = Passes::over(vec![without_a()]);
    passes.apply(&of(&["id", "a"], &["by_a"]), vec![table()]);
    let theirs = Arc::new(of(&["a"], &["by_a"]));
    let other = OtherRecord { last: LastApplied::default(), is_namesake: false, is_active: true, owns: Some(theirs) };
    passes.records.others = vec![other];
    let now = of(&["id"], &[]);
    assert_eq!(passes.statements(&now), Vec::<String>::new());
    let kept = kept_objects(&now, &passes.records, &passes.live);
    assert!(kept.len() == 2 && kept.iter().all(|kept| kept.why == KeptReason::OfAnother), "{kept:?}");
    passes.record(&now, &PartNames::new(), LATER);
    passes.records.others.clear();
    assert_eq!(passes.statements(&now), Vec::<String>::new(), "it is not taken back when the other resource is gone");
}

#[test]
fn what_another_resource_waits_for_is_neither_removed_nor_its_own() {
    let mut wider = of(&["id", "a"], &["by_a"]);
    wider.tables[0].columns[1] = typed("a", "bigint");
    let mut renamed = of(&["id", "z"], &[]);
    renamed.tables[0].columns[1].renamed_from = vec![name("a")];
    let mut refers = of(&[], &[]);
    refers.tables[0].name = name("child");
    refers.tables[0].foreign_keys.push(ForeignKey {
        name: name("of_t"),
        columns: vec![name("x")],
        referenced_database: None,
        referenced_table: name("t"),
        referenced_columns: vec![name("a")],
        on_delete: ReferentialAction::Restrict,
        on_update: ReferentialAction::Restrict,
    });
    let nothing = DeclaredSchema::default();
    for waited in [&wider, &renamed, &refers] {
        let mut passes = Passes::over(vec![without_a()]);
        passes.apply(&of(&["id", "a"], &["by_a"]), vec![table()]);
        let last = LastApplied { waiting: waiting_parts(waited), ..LastApplied::default() };
        passes.records.others = vec![OtherRecord { last, is_namesake: false, is_active: true, owns: None }];
        for now in [&of(&["id"], &[]), &nothing] {
            assert!(!passes.statements(now).iter().any(|sql| sql.contains("COLUMN `a`")), "{waited:?}");
            assert!(!passes.statements(now).iter().any(|sql| sql.contains("DROP TABLE")), "{waited:?}");
        }
        passes.record(&of(&["id"], &[]), &PartNames::new(), LATER);
        passes.records.others[0].is_active = false;
        let left = passes.statements(&of(&["id"], &[]));
        assert!(left.iter().any(|sql| sql.contains("COLUMN `a`")), "nobody waits for it any more: {left:?}");
    }
}

#[test]
fn what_was_dropped_by_hand_is_made_again_with_consent_alone() {
    let whole = of(&["id", "a"], &[]);
    let mut passes = Passes::over(vec![]);
    passes.apply(&whole, vec![table()]);
    let said = |passes: &Passes, declared: &DeclaredSchema| -> Vec<String> {
        let step = &passes.plan(declared).steps[0];
        if step.risks.contains(&Risk::Breaking) { step.hazards.clone() } else { Vec::new() }
    };
    passes.live = live(MYSQL, vec![without_a()]);
    let gone = "its values are gone, and the new column is empty";
    assert_eq!(said(&passes, &whole), [format!("column t.a was here since {EARLIER}: {gone}")]);
    let id = passes.plan(&whole).steps[0].id.clone();
    passes.record(&whole, &changed_parts(&passes.plan(&whole).steps), LATER);
    let found = format!("column t.a was here since {EARLIER}, and was found missing at {LATER}: {gone}");
    assert_eq!(said(&passes, &whole), std::slice::from_ref(&found));
    assert_eq!(passes.plan(&whole).steps[0].id, id, "a consent stays");
    passes.record(&whole, &changed_parts(&passes.plan(&whole).steps), "2026-03-01T00:00:00Z");
    assert_eq!(said(&passes, &whole), [found], "it was found once");
    let mut renamed = of(&["id", "c"], &[]);
    renamed.tables[0].columns[1].renamed_from = vec![name("a")];
    assert!(said(&passes, &renamed)[0].starts_with("column t.c was here"), "by its former name");
    passes.live = live(MYSQL, vec![]);
    let text = "table t was here since 2026-01-01T00:00:00Z: its rows are gone, and the new table is empty";
    assert_eq!(said(&passes, &whole), [text]);
    // Restored by hand, it is what it was.
    passes.record(&whole, &changed_parts(&passes.plan(&whole).steps), LATER);
    passes.live = live(MYSQL, vec![table()]);
    passes.record(&whole, &PartNames::new(), LATER);
    let own = passes.records.own.as_ref().unwrap();
    assert!(own.missing.is_empty() && own.tables[&name("t")].itself.origin.since.as_deref() == Some(EARLIER));
}

#[test]
fn a_name_that_a_rename_frees_was_not_lost() {
    let before = of(&["id", "a"], &[]);
    let mut passes = Passes::over(vec![]);
    passes.apply(&before, vec![table()]);
    let mut columns = of(&["id", "c", "a"], &[]);
    columns.tables[0].columns[1].renamed_from = vec![name("a")];
    let mut renamed = without_a();
    renamed.columns.push(column("c", "int"));
    let mut tables = before.clone();
    tables.tables.push(DeclaredTable { name: name("u"), renamed_from: vec![name("t")], ..before.tables[0].clone() });
    for (declared, live_table) in [(columns, renamed), (tables, Table { name: name("u"), ..table() })] {
        passes.live = live(MYSQL, vec![live_table]);
        let plan = passes.plan(&declared);
        assert!(plan.steps.len() == 1 && plan.risks().is_empty(), "{plan:?}");
    }
}

#[test]
fn what_was_removed_as_declared_is_made_again_without_a_word() {
    let whole = of(&["id", "a"], &[]);
    let mut passes = Passes::over(vec![]);
    passes.apply(&whole, vec![table()]);
    let mut absent = of(&["id"], &[]);
    absent.tables[0].absent.columns.push(name("a"));
    absent.tables[0].absent.indexes.push(name("by_a"));
    passes.apply(&absent, vec![without_a()]);
    assert!(passes.plan(&whole).risks().is_empty());
    let mut passes = Passes::over(vec![]);
    passes.apply(&whole, vec![table()]);
    passes.apply(&of(&["id"], &[]), vec![without_a()]);
    assert!(passes.plan(&whole).risks().is_empty(), "nor what was no longer declared");
}

#[test]
fn a_removal_says_where_its_object_comes_from_and_why_it_goes() {
    let mut passes = Passes::over(vec![without_a()]);
    passes.apply(&of(&["id", "a"], &[]), vec![Table { indexes: vec![], ..table() }]);
    let said = |passes: &Passes, declared: &DeclaredSchema| {
        passes.plan(declared).steps.iter().flat_map(|step| step.hazards.clone()).collect::<Vec<_>>().join("; ")
    };
    let made = format!("column t.a was made by this resource (known since {EARLIER}), and goes since");
    let removed = said(&passes, &of(&["id"], &[]));
    assert!(
        removed.contains(&format!("{made} it is no longer declared, and policy.undeclared is Remove")),
        "{removed}"
    );
    let mut absent = of(&["id"], &[]);
    absent.tables[0].absent.columns.extend([name("a"), name("b")]);
    let removed = said(&passes, &absent);
    assert!(removed.contains(&format!("{made} it is declared Absent")), "{removed}");
    assert!(removed.contains("column t.b is not in the record of this resource, and goes since"), "{removed}");
}

fn digests(parts: &[(&str, &str)]) -> PartDigests {
    let parts = parts.iter().map(|(part, digest)| ((*part).to_owned(), (*digest).to_owned())).collect();
    BTreeMap::from([(name("t"), parts)])
}

#[test]
fn what_differs_by_its_former_declaration_has_drifted() {
    let live = live(MYSQL, vec![without_a()]);
    let declared = of(&["id", "a"], &["by_a"]);
    let whole = plan(&declared, &live).unwrap();
    let before = digests(&[("table", "0"), ("column id", "1"), ("column a", "2"), ("index by_a", "3")]);
    let own = LastApplied { digests: before.clone(), ..LastApplied::default() };
    assert_eq!(drift_share(&whole, None, &before), DriftShare::None);
    assert_eq!(drift_share(&whole, Some(&LastApplied::default()), &before), DriftShare::None);
    assert_eq!(drift_share(&whole, Some(&own), &before), DriftShare::All);
    let other = digests(&[("table", "0"), ("column id", "1"), ("column a", "2"), ("index by_a", "4")]);
    let DriftShare::Some(parts) = drift_share(&whole, Some(&own), &other) else {
        panic!("the column alone has drifted")
    };
    assert_eq!(parts, BTreeMap::from([(name("t"), BTreeSet::from(["column a".to_owned()]))]));
    let rest = without_parts(&declared, &parts);
    assert!(rest.tables[0].columns.len() == 1 && rest.tables[0].indexes.len() == 1);
    assert_eq!(rest.tables[0].columns[0].name, name("id"));
    assert!(!crate::plan::change::is_declared(&rest.tables[0], ObjectKind::Column, &name("a")));
}
