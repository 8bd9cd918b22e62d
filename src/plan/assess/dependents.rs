//! What else would break: the views, triggers, routines and events that name what a plan renames or removes, and the
//! foreign keys that refer to it. None of them is managed; each is said where it counts.

use std::collections::{BTreeSet, HashSet};

use crate::plan::change::{Change, Plan, Risk, Step};
use crate::plan::diff::is_refused;
use crate::schema::{Dependent, DependentKind, Dependents, ForeignKey, Identifier, Schema, Table, TokenKind, tokenize};

/// So many names are said of one kind of finding; the others are counted.
const SAID: usize = 5;

/// Whether anything in the plan could break what is outside of its tables, so that it has to be looked for.
pub fn may_break_others(plan: &Plan) -> bool {
    let breaks = |change| loss(change).is_some() || is_refused_by_keys(change);
    plan.steps.iter().filter(|step| step.before.is_some()).any(|step| step.changes.iter().any(breaks))
}

/// The plan with what uses the things that it renames or removes: named in each step, which is Breaking then, and
/// Unknown where something is hidden from the account.
#[must_use]
pub fn with_dependents(plan: Plan, dependents: &Dependents, live: &Schema) -> Plan {
    let users: Vec<User<'_>> = dependents.objects.iter().map(User::new).collect();
    let found: Vec<(Vec<String>, BTreeSet<Risk>)> =
        plan.steps.iter().map(|step| Search { step, users: &users, dependents, live, plan: &plan }.find()).collect();
    plan.assessed(&live.name, found)
}

/// What a change takes away from whoever names it.
#[derive(Debug, Clone, Copy)]
enum Loss<'a> {
    /// The table's triggers go with it, or stay with it.
    Table {
        is_dropped: bool,
    },
    Column(&'a Identifier),
    /// Only index hints name one.
    Index(&'a Identifier),
}

fn loss(change: &Change) -> Option<Loss<'_>> {
    match change {
        Change::DropTable(_) => Some(Loss::Table { is_dropped: true }),
        Change::RenameTable { .. } => Some(Loss::Table { is_dropped: false }),
        Change::DropColumn(column) => Some(Loss::Column(&column.name)),
        Change::RenameColumn { from, .. } => Some(Loss::Column(from)),
        Change::DropIndex(index) => Some(Loss::Index(&index.name)),
        Change::RenameIndex { from, .. } => Some(Loss::Index(from)),
        _ => None,
    }
}

/// Whether the server refuses the change while a foreign key refers to it: removal (3730, 1829), another type (1833).
fn is_refused_by_keys(change: &Change) -> bool {
    match change {
        Change::DropTable(_) | Change::DropColumn(_) => true,
        Change::ModifyColumn { from, to, .. } => is_refused(from, to),
        _ => false,
    }
}

/// An object with the names that its text holds.
struct User<'a> {
    object: &'a Dependent,
    words: Option<Words>,
}

impl<'a> User<'a> {
    fn new(object: &'a Dependent) -> Self {
        Self { object, words: object.text.as_deref().map(Words::of) }
    }

    fn names(&self, name: &Identifier) -> bool {
        self.words.as_ref().is_some_and(|words| words.have(name))
    }

    /// Whether it names what stands in `database` under this name.
    fn reaches(&self, database: &Identifier, name: &Identifier) -> bool {
        (self.object.database == *database || self.names(database)) && self.names(name)
    }

    fn is_trigger_of(&self, database: &Identifier, table: &Identifier) -> bool {
        let of = matches!(&self.object.kind, DependentKind::Trigger { table: own } if own.matches(table));
        of && self.object.database == *database
    }
}

/// The names that a text may use. Strings count: a routine may make a statement of one, and under ANSI_QUOTES a name
/// stands in the same quotes.
#[derive(Debug, Default)]
struct Words {
    names: HashSet<String>,
    strings: Vec<String>,
    hints: HashSet<String>,
    /// A text that has no tokens, or code in a comment, may name anything.
    anything: bool,
}

impl Words {
    fn of(text: &str) -> Self {
        let Ok(tokens) = tokenize(text) else { return Self { anything: true, ..Self::default() } };
        let mut words = Self::default();
        let mut hint = Hint::None;
        for token in tokens.iter().filter(|token| token.kind != TokenKind::Comment) {
            let value = token.value();
            match token.kind {
                TokenKind::ExecutableComment => words.anything = true,
                TokenKind::String => words.strings.push(folded(&value)),
                TokenKind::Word | TokenKind::QuotedIdentifier => {
                    let name = folded(&value);
                    if hint == Hint::List {
                        words.hints.insert(name.clone());
                    }
                    words.names.insert(name);
                }
                _ => {}
            }
            hint = hint.after(&value);
        }
        words
    }

    fn have(&self, name: &Identifier) -> bool {
        let name = name.folded();
        self.anything || self.names.contains(&name) || self.strings.iter().any(|text| text.contains(&name))
    }
}

fn folded(text: &str) -> String {
    Identifier::new(text).map_or_else(|_| text.to_lowercase(), |name| name.folded())
}

/// Where in `FORCE INDEX FOR JOIN (a, b)` the text is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Hint {
    None,
    Verb,
    Noun,
    List,
}

impl Hint {
    fn after(self, token: &str) -> Self {
        let is = |word: &str| token.eq_ignore_ascii_case(word);
        match self {
            _ if is("use") || is("force") || is("ignore") => Self::Verb,
            Self::Verb if is("index") || is("key") => Self::Noun,
            Self::Noun if is("(") => Self::List,
            Self::Noun if !is(")") => Self::Noun,
            Self::List if !is(")") => Self::List,
            _ => Self::None,
        }
    }
}

/// One step, and where to look.
struct Search<'a> {
    step: &'a Step,
    users: &'a [User<'a>],
    dependents: &'a Dependents,
    live: &'a Schema,
    plan: &'a Plan,
}

impl Search<'_> {
    fn find(&self) -> (Vec<String>, BTreeSet<Risk>) {
        let (mut said, mut risks) = (Vec::new(), BTreeSet::new());
        if self.step.before.is_none() {
            return (said, risks);
        }
        let losses: Vec<Loss<'_>> = self.step.changes.iter().filter_map(loss).collect();
        let broken = self.broken(&losses);
        if !broken.is_empty() {
            risks.insert(Risk::Breaking);
            said.push(format!("{} would fail after it: {}", self.verb(), listed(&broken)));
        }
        if losses.iter().any(|loss| matches!(loss, Loss::Table { is_dropped: true })) {
            let own = self.users.iter().filter(|user| user.is_trigger_of(&self.live.name, &self.step.table));
            let own: Vec<String> = own.map(|user| self.name(user.object)).collect();
            if !own.is_empty() {
                said.push(format!("what belongs to the table goes with it: {}", listed(&own)));
            }
        }
        let keys = self.keys();
        if !keys.is_empty() {
            risks.insert(Risk::Breaking);
            said.push(format!("the server refuses it as long as these stand: {}", listed(&keys)));
        }
        let hidden = self.hidden();
        if losses.iter().any(|loss| !matches!(loss, Loss::Index(_))) && !hidden.is_empty() {
            risks.insert(Risk::Unknown);
            said.push(format!("whether more depends on it is not known, the account can't see {}", listed(&hidden)));
        }
        (said, risks)
    }

    fn verb(&self) -> &'static str {
        let renames = |change: &Change| {
            matches!(change, Change::RenameTable { .. } | Change::RenameColumn { .. } | Change::RenameIndex { .. })
        };
        if self.step.changes.iter().any(renames) { "what uses the old name" } else { "what uses it" }
    }

    /// Those that name something that is lost, and those that name such a view.
    fn broken(&self, losses: &[Loss<'_>]) -> Vec<String> {
        let mut broken: Vec<bool> =
            self.users.iter().map(|user| losses.iter().any(|loss| self.is_broken(user, *loss))).collect();
        loop {
            let found: Vec<&Dependent> = self.among(&broken).map(|user| user.object).collect();
            let names_one = |user: &User<'_>| {
                let mut views = found.iter().filter(|object| object.kind == DependentKind::View);
                views.any(|view| *view != user.object && user.reaches(&view.database, &view.name))
            };
            let wider: Vec<bool> = self.users.iter().zip(&broken).map(|(user, is)| *is || names_one(user)).collect();
            if wider == broken {
                return found.into_iter().map(|object| self.name(object)).collect();
            }
            broken = wider;
        }
    }

    fn among<'b>(&'b self, broken: &'b [bool]) -> impl Iterator<Item = &'b User<'b>> {
        self.users.iter().zip(broken).filter(|(_, is)| **is).map(|(user, _)| user)
    }

    fn is_broken(&self, user: &User<'_>, loss: Loss<'_>) -> bool {
        let (database, table) = (&self.live.name, &self.step.table);
        let is_of_table = user.is_trigger_of(database, table);
        match loss {
            Loss::Table { is_dropped: true } if is_of_table => false,
            Loss::Table { .. } => user.reaches(database, table),
            Loss::Column(column) => (is_of_table || user.reaches(database, table)) && user.names(column),
            Loss::Index(index) => {
                let hinted = user.words.as_ref().is_some_and(|words| words.hints.contains(&index.folded()));
                hinted && user.reaches(database, table)
            }
        }
    }

    /// The foreign keys for which the server refuses the step: those of other databases, and those that stay.
    fn keys(&self) -> Vec<String> {
        let refused: Vec<&Change> = self.step.changes.iter().filter(|change| is_refused_by_keys(change)).collect();
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
                // That a column of a key is removed was refused before, or the key goes too.
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
        let texts = self.users.iter().filter(|user| user.words.is_none());
        let texts = texts.map(|user| format!("what {} does", self.name(user.object)));
        self.dependents.hidden.iter().cloned().chain(texts).collect()
    }

    fn name(&self, object: &Dependent) -> String {
        let Dependent { kind, database, name, .. } = object;
        if *database == self.live.name { format!("{kind} {name}") } else { format!("{kind} {database}.{name}") }
    }
}

fn listed(names: &[String]) -> String {
    let said = names.iter().take(SAID).map(String::as_str).collect::<Vec<_>>().join(", ");
    match names.len().saturating_sub(SAID) {
        0 => said,
        more => format!("{said} and {more} more"),
    }
}
