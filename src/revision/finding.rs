//! What the state of a migration tool means for a resource: whether it stops all, holds changes back, or is only told.

use super::chain::DeclaredChain;
use super::progress::Progress;
use super::reading::{Found, RevisionReading, SeenLock};
use super::stamp::Stamp;
use super::tool::Tool;
use crate::api::Reason;

/// So many characters of a revision are shown, and so many of them.
const SHOWN_CHARACTERS: usize = 60;
const SHOWN: usize = 3;

/// Where a migration tool stands.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RevisionState {
    /// The revisions that the tool's table holds.
    pub live: Vec<String>,
    finding: Option<RevisionFinding>,
    /// That the tool is at work.
    lock: Option<RevisionFinding>,
    /// What is to be written once the schema is in sync.
    stamp: Option<Stamp>,
}

/// Something about a tool's table that a person should know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RevisionFinding {
    pub reason: Reason,
    pub message: String,
    effect: Effect,
}

/// What follows from a finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Effect {
    /// The resource may be Ready, and says it.
    Informs,
    /// No step runs. A schema that is in sync is Ready.
    HoldsChanges,
    /// The resource is not Ready.
    Blocks,
    /// As `Blocks`. It is so too while the tool is at work.
    BlocksUnlessAtWork,
}

impl RevisionState {
    /// Compares what was read with the chain.
    pub fn of(chain: &DeclaredChain, reading: &RevisionReading) -> Self {
        let (live, finding) = match &reading.found {
            Found::Rows(rows) => {
                let progress = Progress::of(chain, rows);
                let finding = of_progress(chain, &progress);
                (progress.live, finding)
            }
            Found::Missing | Found::Hidden | Found::Foreign | Found::Unreadable | Found::TooMany => {
                (Vec::new(), Some(without_rows(chain, reading)))
            }
        };
        let is_missing = reading.found == Found::Missing;
        let reasons = [Reason::RevisionBehind, Reason::RevisionTableMissing];
        let is_due = finding.as_ref().is_some_and(|finding| reasons.contains(&finding.reason));
        let revision = chain.revision(chain.declared());
        let stamp = chain.unskippable([]).filter(|_| is_due);
        let stamp =
            stamp.map(|_| Stamp::new(chain.table.clone(), revision, live.first().map(String::as_str), is_missing));
        Self { live, finding, lock: reading.lock.as_ref().map(|lock| at_work(chain, lock)), stamp }
    }

    /// Returns the state of a table that was written.
    pub fn stamped(stamp: &Stamp) -> Self {
        Self { live: vec![stamp.revision.clone()], ..Self::default() }
    }

    /// Returns what is to be written once the schema is in sync.
    pub fn stamp(&self) -> Option<&Stamp> {
        self.stamp.as_ref()
    }

    /// Returns why the resource is not Ready, or no step of it runs; `has_steps` is whether a plan has any.
    pub fn blocking(&self, has_steps: bool) -> Option<&RevisionFinding> {
        let finding = self.finding.as_ref().filter(|finding| match finding.effect {
            Effect::Blocks | Effect::BlocksUnlessAtWork => true,
            Effect::HoldsChanges => has_steps,
            Effect::Informs => false,
        });
        let is_passing = finding.is_none_or(|finding| finding.effect != Effect::Blocks);
        let lock = self.lock.as_ref().filter(|_| is_passing && (has_steps || finding.is_some()));
        lock.or(finding)
    }

    /// Returns what a resource says that is Ready all the same.
    pub fn remark(&self) -> Option<&RevisionFinding> {
        self.finding.as_ref()
    }
}

impl RevisionFinding {
    /// Whether Ready has its reason: else the reason is that of what blocks.
    pub fn is_reason_of_ready(&self) -> bool {
        self.effect == Effect::Informs
    }

    fn informs(reason: Reason, message: String) -> Self {
        Self { reason, message, effect: Effect::Informs }
    }

    fn blocks(reason: Reason, message: String) -> Self {
        Self { reason, message, effect: Effect::Blocks }
    }
}

fn without_rows(chain: &DeclaredChain, RevisionReading { found, grant, .. }: &RevisionReading) -> RevisionFinding {
    let (table, tool, path) = (&chain.table.name, chain.table.tool.name(), &chain.path);
    match found {
        Found::Missing if chain.unskippable([]).is_some() => {
            let pending: Vec<usize> = (0..=chain.declared()).collect();
            to_be_stamped(chain, &format!("there is no table {table}"), &pending, Reason::RevisionTableMissing)
        }
        Found::Missing => {
            let marking = chain.table.tool.marking(chain.revision(chain.declared()));
            let message = format!(
                "there is no table {table}, so {tool} would run all its migrations: mark them as applied where the schema \
                 has what they do ({marking})"
            );
            RevisionFinding::informs(Reason::RevisionTableMissing, message)
        }
        Found::Hidden | Found::Unreadable => {
            let message = format!(
                "the account may not read {tool}'s table {table}, so the revision is not known and nothing is changed; \
                 {grant}, it is tried again every 30 s"
            );
            RevisionFinding::blocks(Reason::MissingPrivilege, message)
        }
        Found::Foreign => {
            let columns = chain.table.tool.columns().join(", ");
            let message = format!(
                "{table} is not {tool}'s table: that is a table with the columns {columns}; nothing is changed; correct \
                 {path}"
            );
            RevisionFinding::blocks(Reason::RevisionTableUnreadable, message)
        }
        Found::TooMany | Found::Rows(_) => {
            let message = format!(
                "{tool}'s table {table} has more rows than are read, so nothing is changed; remove {path}, or squash its \
                 migrations"
            );
            RevisionFinding::blocks(Reason::RevisionTableUnreadable, message)
        }
    }
}

fn of_progress(chain: &DeclaredChain, progress: &Progress) -> Option<RevisionFinding> {
    let Progress { dirty, failed, heads, unknown, pending, ahead, live } = progress;
    let (table, tool, path) = (&chain.table.name, chain.table.tool, &chain.path);
    let name = tool.name();
    let declared = shown(chain.revision(chain.declared()));
    if let Some((revision, reason, what)) = dirty
        .as_ref()
        .map(|revision| (revision, Reason::RevisionDirty, "is dirty at"))
        .or_else(|| failed.as_ref().map(|revision| (revision, Reason::RevisionFailed, "has a failed migration,")))
    {
        let message = format!(
            "{table} {what} {}: part of that migration may have run, and nothing is changed; look what it did, finish or \
             revert it, then tell {name} ({})",
            shown(revision),
            tool.mending()
        );
        return Some(RevisionFinding { reason, message, effect: Effect::BlocksUnlessAtWork });
    }
    if !heads.is_empty() {
        let advice = match tool {
            Tool::Alembic => "merge them (alembic merge heads) and upgrade, or remove the wrong row",
            Tool::Flyway
            | Tool::Liquibase
            | Tool::Rails
            | Tool::Django
            | Tool::GolangMigrate
            | Tool::Dbmate
            | Tool::Prisma => "remove the wrong row",
        };
        let message = format!(
            "{table} has {} heads ({}), so {name} can't go on, and nothing is changed; {advice}",
            heads.len(),
            listed(heads)
        );
        let effect = Effect::BlocksUnlessAtWork;
        return Some(RevisionFinding { reason: Reason::RevisionHeads, message, effect });
    }
    if !unknown.is_empty() {
        let message = format!(
            "{table} holds {}, which {path}.chain does not have, so nothing is changed; deploy the release that has it, \
             add it to the chain, or correct the table",
            listed(unknown)
        );
        return Some(RevisionFinding::blocks(Reason::RevisionUnknown, message));
    }
    let at = if live.is_empty() { "no revision".to_owned() } else { listed(live) };
    if !ahead.is_empty() {
        let message = format!(
            "{table} is at {at}, {} after the declared {declared}, so no change is made that may undo what they did; \
             declare the later revision, or go back with {name}",
            revisions(ahead.len())
        );
        return Some(RevisionFinding { reason: Reason::RevisionAhead, message, effect: Effect::HoldsChanges });
    }
    if !pending.is_empty() && chain.unskippable([]).is_some() {
        return Some(to_be_stamped(chain, &format!("{table} is at {at}"), pending, Reason::RevisionBehind));
    }
    let first = pending.first().map(|place| shown(chain.revision(*place)))?;
    let lacking = match pending.len() {
        1 => format!("{first} is not applied"),
        number => format!("{number} revisions up to {declared} are not applied, from {first} on"),
    };
    let message = format!(
        "{table} is at {at}; {lacking}; {name} would run what the schema may have already: mark it as applied ({})",
        tool.marking(&declared)
    );
    Some(RevisionFinding::informs(Reason::RevisionBehind, message))
}

/// Says that the table will be written, or why it can't be: a migration may do more than change the schema.
fn to_be_stamped(chain: &DeclaredChain, stands: &str, pending: &[usize], reason: Reason) -> RevisionFinding {
    let (tool, path) = (chain.table.tool.name(), &chain.path);
    let refused = chain.unskippable(pending.iter().copied()).unwrap_or_default();
    if refused.is_empty() {
        let declared = shown(chain.revision(chain.declared()));
        return RevisionFinding::informs(
            reason,
            format!("{stands}; {declared} is written there once the schema is in sync"),
        );
    }
    let named: Vec<String> = refused.iter().map(|place| chain.revision(*place).to_owned()).collect();
    let message = format!(
        "{stands}, and {path}.stamp.schemaOnly does not have {}, so nothing is changed or skipped; let {tool} run what \
         changes rows, or name there what changes the schema alone",
        listed(&named)
    );
    RevisionFinding::blocks(Reason::RevisionConflict, message)
}

fn at_work(chain: &DeclaredChain, lock: &SeenLock) -> RevisionFinding {
    let name = chain.table.tool.name();
    let message = match (lock, &chain.table.lock_table) {
        (SeenLock::Process { by, since }, Some(table)) => format!(
            "{} holds {name}'s lock in {table} since {}, and no step begins before it is free; if that process has ended, \
             free it (liquibase release-locks)",
            shown(by),
            shown(since)
        ),
        (SeenLock::Connection(connection), _) => {
            format!("connection {connection} holds {name}'s lock, so it migrates; no step begins before it ends")
        }
        (SeenLock::Process { .. }, None) => format!("{name} is at work; no step begins before it ends"),
    };
    RevisionFinding { reason: Reason::RevisionLocked, message, effect: Effect::HoldsChanges }
}

/// Returns a revision as a message shows it.
fn shown(revision: &str) -> String {
    let mut characters = revision.chars();
    let mut shown: String = characters.by_ref().take(SHOWN_CHARACTERS).collect();
    if characters.next().is_some() {
        shown.push('…');
    }
    shown
}

fn listed(revisions: &[String]) -> String {
    let mut words: Vec<String> = revisions.iter().take(SHOWN).map(|revision| shown(revision)).collect();
    let more = revisions.len().saturating_sub(SHOWN);
    if more > 0 {
        words.push(format!("and {more} more"));
    }
    words.join(", ")
}

fn revisions(number: usize) -> String {
    format!("{number} {}", if number == 1 { "revision" } else { "revisions" })
}
