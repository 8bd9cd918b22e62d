//! Objects outside of a plan's tables that would break: the views, triggers, routines and events that name what the plan
//! renames or removes, the foreign keys that refer to it, and the accounts that lose access. The operator manages none of
//! them; a step names those that it concerns.

use super::lost_access::access_finding;
use super::names_in_text::TextNames;
use crate::plan::change::{Change, Plan, Risk, Step, StepDependents};
use crate::plan::diff::{counts_up_now, is_refused};
use crate::schema::{Dependent, DependentKind, Dependents, Dialect, ForeignKey, Identifier, Schema, Table};

/// The most names in one finding; the others are counted.
const MAX_NAMED: usize = 5;

/// Whether the plan could break objects outside of its tables, so that these have to be read.
pub fn may_break_others(plan: &Plan) -> bool {
    let breaks = |step: &Step| {
        step.changes.iter().any(|change| lost_name(change).is_some() || is_refused_by_keys(change, step.dialect))
    };
    plan.steps.iter().filter(|step| step.before.is_some()).any(breaks)
}

/// Returns the plan with what depends on its steps. A step that something depends on is Breaking; it is Unknown where
/// objects are hidden from the account.
#[must_use]
pub fn with_dependents(plan: Plan, dependents: &Dependents, live: &Schema) -> Plan {
    let objects: Vec<ReadDependent<'_>> = dependents.objects.iter().map(ReadDependent::new).collect();
    let search = |step| DependentSearch { step, objects: &objects, dependents, live, plan: &plan };
    let found: Vec<StepDependents> = plan.steps.iter().map(|step| search(step).find()).collect();
    plan.assessed(&live.name, found)
}

/// A name that a change takes away from the objects that use it.
#[derive(Debug, Clone, Copy)]
enum LostName<'a> {
    /// The table's triggers go with it, or stay with it.
    Table {
        is_dropped: bool,
    },
    Column(&'a Identifier),
    /// Only index hints name one.
    Index(&'a Identifier),
}

fn lost_name(change: &Change) -> Option<LostName<'_>> {
    match change {
        Change::DropTable(_) => Some(LostName::Table { is_dropped: true }),
        Change::RenameTable { .. } => Some(LostName::Table { is_dropped: false }),
        Change::DropColumn(column) => Some(LostName::Column(&column.name)),
        Change::RenameColumn { from, .. } => Some(LostName::Column(from)),
        Change::DropIndex(index) => Some(LostName::Index(&index.name)),
        Change::RenameIndex { from, .. } => Some(LostName::Index(from)),
        Change::CreateTable(_)
        | Change::AddColumn { .. }
        | Change::ModifyColumn { .. }
        | Change::SetDefault { .. }
        | Change::SetColumnVisible { .. }
        | Change::AddIndex(_)
        | Change::ReplaceIndex { .. }
        | Change::SetIndexVisible { .. }
        | Change::AddPrimaryKey(_)
        | Change::ReplacePrimaryKey { .. }
        | Change::DropPrimaryKey(_)
        | Change::ReplaceGeneratedKey { .. }
        | Change::AddForeignKey(_)
        | Change::DropForeignKey(_)
        | Change::RestoreForeignKey(_)
        | Change::AddCheck(_)
        | Change::DropCheck(_)
        | Change::ReplaceCheck { .. }
        | Change::SetCheckEnforced { .. }
        | Change::SetTableComment { .. }
        | Change::SetTableCharset { .. }
        | Change::SetEngine { .. }
        | Change::SetStorage { .. }
        | Change::RaiseAutoIncrement { .. }
        | Change::Partition(_) => None,
    }
}

/// Whether the server refuses the change while a foreign key refers to its object: removal (3730, 1829), another type
/// (1833), on MySQL also counting up by itself (1833).
fn is_refused_by_keys(change: &Change, dialect: Dialect) -> bool {
    match change {
        Change::DropTable(_) | Change::DropColumn(_) => true,
        Change::ModifyColumn { from, to, .. } => {
            is_refused(from, to) || !dialect.is_mariadb() && counts_up_now(from, to)
        }
        _ => false,
    }
}

/// An object with the names in its text; `None` where the text is hidden.
struct ReadDependent<'a> {
    object: &'a Dependent,
    names: Option<TextNames>,
}

impl<'a> ReadDependent<'a> {
    fn new(object: &'a Dependent) -> Self {
        Self { object, names: object.text.as_deref().map(TextNames::of) }
    }

    fn names(&self, name: &Identifier) -> bool {
        self.names.as_ref().is_some_and(|names| names.contain(name))
    }

    /// Whether it names the object of `database` that has this name.
    fn reaches(&self, database: &Identifier, name: &Identifier) -> bool {
        (self.object.database == *database || self.names(database)) && self.names(name)
    }

    fn is_trigger_of(&self, database: &Identifier, table: &Identifier) -> bool {
        let of = matches!(&self.object.kind, DependentKind::Trigger { table: own } if own == table);
        of && self.object.database == *database
    }
}

/// One step, and the objects that may depend on it.
struct DependentSearch<'a> {
    step: &'a Step,
    objects: &'a [ReadDependent<'a>],
    dependents: &'a Dependents,
    live: &'a Schema,
    plan: &'a Plan,
}

impl DependentSearch<'_> {
    fn find(&self) -> StepDependents {
        let mut found = StepDependents::default();
        if self.step.before.is_none() {
            return found;
        }
        let StepDependents { findings, risks } = &mut found;
        let lost: Vec<LostName<'_>> = self.step.changes.iter().filter_map(lost_name).collect();
        let broken = self.broken(&lost);
        if !broken.is_empty() {
            risks.insert(Risk::Breaking);
            findings.push(format!("{} would fail: {}", self.users(), listed(&broken)));
        }
        if lost.iter().any(|name| matches!(name, LostName::Table { is_dropped: true })) {
            let own = self.objects.iter().filter(|one| one.is_trigger_of(&self.live.name, &self.step.table));
            let own: Vec<String> = own.map(|one| self.name(one.object)).collect();
            if !own.is_empty() {
                findings.push(format!("the server drops with it: {}", listed(&own)));
            }
        }
        findings.extend(access_finding(self.step, self.dependents));
        let keys = self.keys();
        if !keys.is_empty() {
            risks.insert(Risk::Breaking);
            findings.push(format!("the server refuses it while these exist: {}", listed(&keys)));
        }
        let hidden = self.hidden();
        if lost.iter().any(|name| !matches!(name, LostName::Index(_))) && !hidden.is_empty() {
            risks.insert(Risk::Unknown);
            findings
                .push(format!("it is not known what else depends on it: the account can't see {}", listed(&hidden)));
        }
        found
    }

    fn users(&self) -> &'static str {
        let renames = |change: &Change| {
            matches!(change, Change::RenameTable { .. } | Change::RenameColumn { .. } | Change::RenameIndex { .. })
        };
        if self.step.changes.iter().any(renames) { "objects that use the old name" } else { "objects that use it" }
    }

    /// Returns the objects that use a lost name, and those that use a broken view.
    fn broken(&self, lost: &[LostName<'_>]) -> Vec<String> {
        let mut broken: Vec<bool> =
            self.objects.iter().map(|one| lost.iter().any(|name| self.is_broken(one, *name))).collect();
        loop {
            let found: Vec<&Dependent> = self.among(&broken).map(|one| one.object).collect();
            let names_one = |one: &ReadDependent<'_>| {
                let mut views = found.iter().filter(|object| object.kind == DependentKind::View);
                views.any(|view| *view != one.object && one.reaches(&view.database, &view.name))
            };
            let wider: Vec<bool> = self.objects.iter().zip(&broken).map(|(one, is)| *is || names_one(one)).collect();
            if wider == broken {
                return found.into_iter().map(|object| self.name(object)).collect();
            }
            broken = wider;
        }
    }

    fn among<'b>(&'b self, broken: &'b [bool]) -> impl Iterator<Item = &'b ReadDependent<'b>> {
        self.objects.iter().zip(broken).filter(|(_, is)| **is).map(|(one, _)| one)
    }

    fn is_broken(&self, one: &ReadDependent<'_>, lost: LostName<'_>) -> bool {
        let (database, table) = (&self.live.name, &self.step.table);
        let is_of_table = one.is_trigger_of(database, table);
        match lost {
            LostName::Table { is_dropped: true } if is_of_table => false,
            LostName::Table { .. } => one.reaches(database, table),
            LostName::Column(column) => (is_of_table || one.reaches(database, table)) && one.names(column),
            LostName::Index(index) => {
                let is_hinted = one.names.as_ref().is_some_and(|names| names.hint_at(index));
                is_hinted && one.reaches(database, table)
            }
        }
    }

    /// Returns the foreign keys for which the server refuses the step: those of other databases, and those that stay.
    fn keys(&self) -> Vec<String> {
        let is_refused = |change: &&Change| is_refused_by_keys(change, self.step.dialect);
        let refused: Vec<&Change> = self.step.changes.iter().filter(is_refused).collect();
        let drops_table = refused.iter().any(|change| matches!(change, Change::DropTable(_)));
        let is_of = |columns: &[Identifier], dropped: bool| {
            refused.iter().any(|change| match change {
                Change::DropColumn(column) => dropped && columns.iter().any(|name| name.matches(&column.name)),
                Change::ModifyColumn { from, .. } => columns.iter().any(|name| name.matches(&from.name)),
                _ => false,
            })
        };
        let elsewhere = self.dependents.keys.iter().filter(|key| key.referenced_table == self.step.table);
        let elsewhere = elsewhere.filter(|key| drops_table || is_of(&key.referenced_columns, true));
        let mut keys: Vec<String> =
            elsewhere.map(|key| format!("foreign key {}.{}.{}", key.database, key.table, key.name)).collect();
        for table in &self.live.tables {
            let is_own = table.name == self.step.table;
            let here = table.foreign_keys.iter().filter(|key| {
                let refers = key.refers_to(&self.step.table);
                // A removed column of a key was refused before, or the key goes too.
                let is_used = refers && is_of(&key.referenced_columns, false) || is_own && is_of(&key.columns, false);
                (is_used || drops_table && refers && !is_own) && !self.goes(table, key)
            });
            keys.extend(here.map(|key| format!("foreign key {}.{}", table.name, key.name)));
        }
        keys
    }

    /// Whether the plan removes the key, or its table.
    fn goes(&self, table: &Table, key: &ForeignKey) -> bool {
        let of_table = self.plan.steps.iter().filter(|step| step.table == table.name);
        of_table.flat_map(|step| &step.changes).any(|change| match change {
            Change::DropTable(_) => true,
            Change::DropForeignKey(dropped) => dropped.name == key.name,
            _ => false,
        })
    }

    fn hidden(&self) -> Vec<String> {
        let texts = self.objects.iter().filter(|one| one.names.is_none());
        let texts = texts.map(|one| format!("the text of {}", self.name(one.object)));
        self.dependents.hidden.iter().cloned().chain(texts).collect()
    }

    fn name(&self, object: &Dependent) -> String {
        let Dependent { kind, database, name, .. } = object;
        if *database == self.live.name { format!("{kind} {name}") } else { format!("{kind} {database}.{name}") }
    }
}

fn listed(names: &[String]) -> String {
    let named = names.iter().take(MAX_NAMED).map(String::as_str).collect::<Vec<_>>().join(", ");
    match names.len().saturating_sub(MAX_NAMED) {
        0 => named,
        more => format!("{named} and {more} more"),
    }
}
