//! Blocks the steps that would restate an object of which a copy showed that the model does not hold all, or that could
//! not be compared with a copy. Steps that restate nothing go on.

use std::collections::BTreeSet;

use super::rows::InTheWay;
use crate::api::{Reason, StepState};
use crate::plan::{Change, Step};
use crate::reconcile::planned_steps::PlannedSteps;
use crate::reconcile::scratch::Rehearsal;
use crate::schema::{Identifier, ObjectRef, TableObject};

/// Marks the steps that can't run, with those that wait for them, and returns what the conditions say.
pub fn block_restatements(rehearsal: &Rehearsal, planned: &mut PlannedSteps) -> Option<InTheWay> {
    let mut first = None;
    let mut blocked = BTreeSet::new();
    let renames = Renames::of(planned);
    for planned in &mut planned.steps {
        let Some(found) = obstacle(rehearsal, &renames, &planned.step) else { continue };
        planned.note(&found.message);
        planned.state = StepState::Blocked;
        blocked.insert(planned.step.id.clone());
        first.get_or_insert(found);
    }
    planned.block_after(blocked);
    first
}

/// The columns and indexes that the plan renames before it restates them. The copy has them under their former names.
struct Renames(Vec<RenamedObject>);

struct RenamedObject {
    table: Identifier,
    from: TableObject,
    to: TableObject,
}

impl Renames {
    fn of(planned: &PlannedSteps) -> Self {
        let renamed = |table: &Identifier, change: &Change| {
            let (from, to) = match change {
                Change::RenameColumn { from, to } => {
                    (TableObject::Column(from.clone()), TableObject::Column(to.clone()))
                }
                Change::RenameIndex { from, to } => (TableObject::Index(from.clone()), TableObject::Index(to.clone())),
                _ => return None,
            };
            Some(RenamedObject { table: table.clone(), from, to })
        };
        let steps = planned.steps.iter().map(|planned| &planned.step);
        Self(steps.flat_map(|step| step.changes.iter().filter_map(|change| renamed(&step.table, change))).collect())
    }

    /// Returns the object under the name that it has now.
    fn live(&self, table: &Identifier, object: TableObject) -> TableObject {
        let renamed = self.0.iter().find(|renamed| renamed.table == *table && renamed.to == object);
        renamed.map_or(object, |renamed| renamed.from.clone())
    }
}

fn obstacle(rehearsal: &Rehearsal, renames: &Renames, step: &Step) -> Option<InTheWay> {
    let restated = step.changes.iter().filter_map(Change::restated);
    restated.map(|object| renames.live(&step.table, object)).find_map(|object| {
        lost(rehearsal, &step.table, &object).or_else(|| uncompared(rehearsal, &step.table, &object))
    })
}

fn lost(rehearsal: &Rehearsal, table: &Identifier, object: &TableObject) -> Option<InTheWay> {
    let differing = rehearsal.differing.iter().filter(|copy| copy.table == *table);
    let mut differences = differing.flat_map(|copy| &copy.differences);
    let difference = differences.find(|difference| difference.object == *object)?;
    let object = ObjectRef { table: table.clone(), object: object.clone() };
    let message = format!(
        "can't change {object}: it has {}, which the statement would lose; change it by hand",
        difference.text()
    );
    Some(InTheWay { reason: Reason::Unsupported, message })
}

fn uncompared(rehearsal: &Rehearsal, table: &Identifier, object: &TableObject) -> Option<InTheWay> {
    let skipped = rehearsal.skipped.as_ref().filter(|_| rehearsal.uncompared.contains(table))?;
    let object = ObjectRef { table: table.clone(), object: object.clone() };
    let cause = format!("can't change {object}: what the statement restates has to be compared with a copy first");
    Some(InTheWay::unrehearsed(&cause, skipped))
}
