//! Takes from a record what only its own word speaks for: anyone who may write the table could have written it. What is
//! left holds back, and removes nothing.

use super::key_on_its_way::KeyOnItsWay;
use super::last_applied::{AppliedObjects, AppliedTable, LastApplied, Origin};
use super::records::Records;
use crate::plan::change::{ObjectKind, declared_of};
use crate::schema::{DeclaredSchema, Identifier, Schema};

/// What a record no longer asks for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Disowned {
    /// Whether the entry said of any object that the resource made it.
    pub made_any: bool,
    /// The foreign keys that are away by its word.
    pub keys: Vec<KeyOnItsWay>,
}

impl Records {
    /// Takes from the record of the resource, or of its predecessor, what nothing confirms: that the resource made
    /// objects, and that foreign keys have to be put back. What was renamed stays known: a rename loses no row, and
    /// waits for consent.
    pub fn disown(&mut self, live: &Schema) -> Disowned {
        let mut disowned = Disowned::default();
        if let Some(own) = &mut self.own {
            disowned.made_any = own.disown_objects(|_, _| false);
        }
        for last in self.own.iter_mut().chain(&mut self.predecessor) {
            let (away, others) =
                std::mem::take(&mut last.keys).into_iter().partition(|key: &KeyOnItsWay| key.is_missing(live));
            disowned.keys.extend::<Vec<_>>(away);
            last.keys = others;
            last.keys.retain(|key| key.has_to_be_proven(live));
        }
        disowned
    }

    /// Takes from the record of the resource that it made what it does not declare now. The declaration confirms the
    /// rest.
    pub fn disown_undeclared(&mut self, declared: &DeclaredSchema) {
        let Some(own) = &mut self.own else { return };
        own.disown_objects(|name, object| {
            let table = declared.tables.iter().find(|table| table.name == *name || table.renamed_from.contains(name));
            let Some(table) = table else { return false };
            object.is_none_or(|(kind, object)| {
                let names = |name: &Identifier| name.matches(object);
                declared_of(table, kind).iter().any(|one| names(one.name) || one.former.iter().any(names))
            })
        });
    }
}

/// An object of a table.
type TableObject<'a> = (ObjectKind, &'a Identifier);

impl LastApplied {
    /// Whether the record asks for nothing that has to be confirmed.
    pub fn asks_for_nothing(&self) -> bool {
        self.keys.is_empty() && !self.clone().disown_objects(|_, _| false)
    }

    /// Has the resource have made nothing but what `keeps` names: tables, and their objects. Returns whether that is
    /// less than before.
    fn disown_objects(&mut self, keeps: impl Fn(&Identifier, Option<TableObject<'_>>) -> bool) -> bool {
        let Self { tables, rounds: _, digests: _, making, missing, keys: _, waiting: _ } = self;
        let mut any = false;
        for (name, table) in tables {
            let AppliedTable { itself, columns, indexes, foreign_keys, checks } = table;
            if !keeps(name, None) {
                any |= itself.origin.disown();
            }
            let kinds: [(ObjectKind, &mut AppliedObjects); 4] = [
                (ObjectKind::Column, columns),
                (ObjectKind::Index, indexes),
                (ObjectKind::ForeignKey, foreign_keys),
                (ObjectKind::Check, checks),
            ];
            for (kind, objects) in kinds {
                for (object, applied) in objects {
                    if !keeps(name, Some((kind, object))) {
                        any |= applied.origin.disown();
                    }
                }
            }
        }
        any |= !making.is_empty();
        making.retain(|name, _| keeps(name, None));
        for object in missing {
            let column = object.column.as_ref().map(|column| (ObjectKind::Column, column));
            if !keeps(&object.table, column) {
                any |= object.origin.disown();
            }
        }
        any
    }
}

impl Origin {
    fn disown(&mut self) -> bool {
        let was_made = std::mem::take(&mut self.made);
        self.unconfirmed |= was_made;
        was_made
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ENTRY: &str = r#"{
        "tables": {
            "kept": {"made": true, "columns": {"id": {"made": true}, "old": {"made": true}, "there": {}}},
            "gone": {"made": true, "columns": {"id": {"made": true}}, "indexes": {"i": {"made": true}},
                     "foreignKeys": {"f": {"made": true}}, "checks": {"c": {"made": true}}}
        },
        "making": {"kept": ["column/id"], "gone": ["table"]},
        "missing": [{"table": "gone", "made": true, "found": "2026-01-01T00:00:00Z"}]
    }"#;

    fn records() -> Records {
        Records { own: Some(serde_json::from_str(ENTRY).unwrap()), ..Records::default() }
    }

    fn entry(records: &Records) -> String {
        serde_json::to_string(records.own.as_ref().unwrap()).unwrap()
    }

    #[test]
    fn what_nothing_confirms_was_made_by_nobody() {
        let mut records = records();
        records.own.as_mut().unwrap().disown_objects(|_, _| false);
        let entry = entry(&records);
        assert!(!entry.contains("\"made\""), "{entry}");
        assert_eq!(entry.matches("\"unconfirmed\":true").count(), 9, "all but what was there: {entry}");
        assert!(!entry.contains("making"), "{entry}");
        assert!(!records.own.unwrap().disown_objects(|_, _| false), "there is nothing left to disown");
    }

    #[test]
    fn what_is_declared_now_is_confirmed_by_that() {
        let name = |text: &str| Identifier::new(text).unwrap();
        let mut records = records();
        let mut kept = crate::schema::DeclaredTable::named(name("kept"));
        kept.columns.push(crate::schema::DeclaredColumn::named(name("ID")));
        records.disown_undeclared(&DeclaredSchema { tables: vec![kept], absent_tables: Vec::new() });
        let own = records.own.as_ref().unwrap();
        let made = |table: &str, column: &str| own.tables[&name(table)].columns[&name(column)].origin.made;
        assert!(own.tables[&name("kept")].itself.origin.made && !own.tables[&name("gone")].itself.origin.made);
        assert_eq!([made("kept", "id"), made("kept", "old"), made("gone", "id")], [true, false, false]);
        assert_eq!(own.making.len(), 1, "the steps that make a declared table go on");
    }
}
