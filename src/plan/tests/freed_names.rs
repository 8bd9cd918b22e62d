//! Names that a rename frees.

use proptest::prelude::*;

use super::*;
use crate::plan::change::Change;

const NAMES: [&str; 4] = ["a", "b", "c", "d"];

/// What is declared of a name: nothing, a table with a new column, a table that is renamed, or none.
#[derive(Debug, Clone, Copy)]
enum Wanted {
    Nothing,
    Table,
    From(usize),
    Absent,
}

fn any_wanted() -> impl Strategy<Value = Wanted> {
    prop_oneof![
        Just(Wanted::Nothing),
        Just(Wanted::Table),
        (0..NAMES.len()).prop_map(Wanted::From),
        Just(Wanted::Absent)
    ]
}

fn schema(wanted: &[Wanted]) -> DeclaredSchema {
    let mut schema = DeclaredSchema::default();
    for (own, wanted) in NAMES.iter().zip(wanted) {
        let columns = vec![typed("id", "bigint"), typed("new", "int")];
        let table = DeclaredTable { columns, ..DeclaredTable::named(name(own)) };
        match wanted {
            Wanted::Nothing => {}
            Wanted::Table => schema.tables.push(table),
            Wanted::From(former) if NAMES[*former] == *own => {}
            Wanted::From(former) => {
                schema.tables.push(DeclaredTable { renamed_from: vec![name(NAMES[*former])], ..table });
            }
            Wanted::Absent => schema.absent_tables.push(name(own)),
        }
    }
    schema
}

/// Returns the table that a step renames.
fn renamed(step: &Step) -> Option<&Identifier> {
    step.changes.iter().any(|change| matches!(change, Change::RenameTable { .. })).then_some(&step.table)
}

proptest! {
    /// Whatever is declared under the name of a table that is renamed, its rows are touched by the rename alone.
    #[test]
    fn what_is_new_under_a_freed_name_waits_for_the_rename(
        is_live: [bool; 4], wanted in prop::collection::vec(any_wanted(), 4)
    ) {
        let tables = NAMES.iter().zip(is_live).filter(|(_, is_live)| *is_live);
        let tables = tables.map(|(own, _)| Table { name: name(own), ..user() });
        for dialect in [MYSQL, MARIADB] {
            let live = live(dialect, tables.clone().collect());
            // Tables that take each other's names are refused.
            let Ok(plan) = plan(&schema(&wanted), &live) else { continue };
            for rename in plan.steps.iter().filter(|step| renamed(step).is_some()) {
                let under_its_name = plan.steps.iter().filter(|step| step.table == rename.table && step.id != rename.id);
                for step in under_its_name {
                    prop_assert_eq!(&step.before, &None, "{:?}", step);
                    let creates = matches!(step.changes[..], [Change::CreateTable(_)]);
                    prop_assert!(!creates || step.waits_for.contains(&rename.id), "{:?}", plan);
                    prop_assert!(!step.waits_for.is_empty(), "{:?}", plan);
                }
            }
        }
    }
}
