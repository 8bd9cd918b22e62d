//! Prints what happens while `kubectl schema apply` runs a change: on standard output each statement that has ended, on
//! standard error how far the running one is, and who is in its way.

use std::io::{IsTerminal, Write};
use std::time::{Duration, Instant};

use super::outcome::CliError;
use super::output::{one_line, print};
use crate::plan::Step;
use crate::reconcile::{Applied, ChangeProgress, Job};
use crate::telemetry::printable;

/// Where lines can't be overwritten, a statement is named once it has run for so long.
const WORTH_A_LINE: Duration = Duration::from_secs(10);

/// A line that is overwritten has to fit a terminal.
const MAX_OBJECT: usize = 36;

/// Goes back to the beginning of the line, and erases it (ECMA-48, EL).
const CLEAR: &str = "\r\x1b[2K";

/// Prints the progress of a change, and knows what it has printed.
#[derive(Debug)]
pub struct ProgressPrinter {
    steps: Vec<PrintedStep>,
    /// How many statements have ended, and were printed.
    ended: usize,
    running: RunningStatement,
}

/// A step as it is printed.
#[derive(Debug)]
struct PrintedStep {
    id: String,
    object: String,
    statement: String,
}

/// What was printed of the statement that runs.
#[derive(Debug)]
struct RunningStatement {
    is_terminal: bool,
    /// How many steps had begun: this is the last of them.
    begun: usize,
    /// When it was first seen to run.
    since: Instant,
    line: Option<String>,
    notice: Option<String>,
}

/// What is new of the statement that runs.
#[derive(Debug, Default, PartialEq, Eq)]
struct NewLines {
    /// Stays on the terminal.
    notice: Option<String>,
    /// Is overwritten where that is possible.
    line: Option<String>,
}

impl ProgressPrinter {
    /// Prepares for a change that is about to begin.
    pub fn new(job: &Job) -> Self {
        let is_terminal = std::io::stderr().is_terminal();
        let running = RunningStatement { is_terminal, ..RunningStatement::new(Instant::now()) };
        Self { steps: job.steps.iter().map(PrintedStep::of).collect(), ended: 0, running }
    }

    /// Prints what has happened since the last call.
    ///
    /// # Errors
    /// Standard output can't be written.
    pub fn update(&mut self, progress: &ChangeProgress) -> Result<(), CliError> {
        // All but the last have ended.
        let ended: Vec<&String> = progress.begun.iter().rev().skip(1).rev().skip(self.ended).collect();
        if !ended.is_empty() {
            self.running.clear();
        }
        for id in ended {
            self.ended += 1;
            if let Some(step) = self.steps.iter().find(|step| step.id == *id) {
                print_statement(if progress.failed.contains(id) { "failed" } else { "done" }, &step.statement)?;
            }
        }
        let object = progress.begun.last().and_then(|id| self.steps.iter().find(|step| step.id == *id));
        let object = object.map_or("a statement", |step| step.object.as_str());
        let lines = self.running.update(progress, object, Instant::now());
        self.running.write(&lines);
        Ok(())
    }

    /// Prints the statements that have ended since.
    ///
    /// # Errors
    /// As [`ProgressPrinter::update`].
    pub fn end(&self, applied: &Applied) -> Result<(), CliError> {
        self.running.clear();
        for outcome in applied.statements.iter().skip(self.ended) {
            let step = self.steps.iter().find(|step| step.id == outcome.step_id);
            let statement = step.map_or(&outcome.statement, |step| &step.statement);
            print_statement(if outcome.failure.is_some() { "failed" } else { "done" }, statement)?;
        }
        Ok(())
    }

    /// Erases the line of the running statement, so that another line can be printed.
    pub fn clear(&self) {
        self.running.clear();
    }
}

impl PrintedStep {
    fn of(step: &Step) -> Self {
        let statement = step.sql_as_planned().unwrap_or_else(|| step.sql());
        Self { id: step.id.clone(), object: one_line(&step.object()), statement }
    }
}

impl RunningStatement {
    fn new(now: Instant) -> Self {
        Self { is_terminal: false, begun: 0, since: now, line: None, notice: None }
    }

    /// Takes the progress of the change, and returns what is new of the statement that runs.
    fn update(&mut self, progress: &ChangeProgress, object: &str, now: Instant) -> NewLines {
        if progress.begun.len() != self.begun {
            *self = Self { is_terminal: self.is_terminal, begun: progress.begun.len(), ..Self::new(now) };
        }
        if progress.begun.is_empty() {
            return NewLines::default();
        }
        let running_for = now.saturating_duration_since(self.since);
        let notice = progress.notice.as_ref().map(|notice| one_line(notice.text()));
        let is_new_notice = notice.is_some() && notice != self.notice;
        self.notice.clone_from(&notice);
        let percent = progress.percent.map(|percent| {
            let left = progress.time_left.as_ref().map(|left| format!(", {left}")).unwrap_or_default();
            format!(": {percent} %{left}")
        });
        let line = if self.is_terminal {
            let object: String = object.chars().take(MAX_OBJECT).collect();
            Some(format!("running {object} for {} s{}", running_for.as_secs(), percent.unwrap_or_default()))
        } else if percent.is_some() || running_for >= WORTH_A_LINE {
            Some(format!("running {object}{}", percent.unwrap_or_default()))
        } else {
            None
        };
        let is_new_line = line.is_some() && line != self.line;
        if is_new_line {
            self.line.clone_from(&line);
        }
        NewLines { notice: notice.filter(|_| is_new_notice), line: line.filter(|_| is_new_line) }
    }

    /// Writes the lines. A line that can't be written is no reason to give up the change.
    fn write(&self, lines: &NewLines) {
        let mut error = std::io::stderr().lock();
        let clear = if self.is_terminal { CLEAR } else { "" };
        let _ = match (&lines.notice, &lines.line) {
            (None, None) => return,
            (Some(notice), _) => writeln!(error, "{clear}waits   {}", printable(notice)),
            (None, Some(_)) => write!(error, "{clear}"),
        };
        let end = if self.is_terminal { "" } else { "\n" };
        if let Some(line) = &lines.line {
            let _ = write!(error, "{}{end}", printable(line));
        }
        let _ = error.flush();
    }

    fn clear(&self) {
        if self.is_terminal && self.line.is_some() {
            let _ = write!(std::io::stderr().lock(), "{CLEAR}");
        }
    }
}

/// Prints a statement with its outcome.
///
/// # Errors
/// Standard output can't be written.
pub fn print_statement(outcome: &str, statement: &str) -> Result<(), CliError> {
    print(&format!("{outcome:7} {};\n", statement.replace('\n', "\n        ")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reconcile::Notice;

    fn progress(begun: &[&str], percent: Option<u8>, notice: Option<&str>) -> ChangeProgress {
        let begun = begun.iter().map(|id| (*id).to_owned()).collect();
        let time_left = percent.map(|_| "some 9 s left".to_owned());
        let notice = notice.map(|text| Notice::Blocked { text: text.to_owned(), connections: vec![7] });
        ChangeProgress { begun, failed: Vec::new(), percent, time_left, had_notice: notice.is_some(), notice }
    }

    fn lines(notice: Option<&str>, line: Option<&str>) -> NewLines {
        NewLines { notice: notice.map(str::to_owned), line: line.map(str::to_owned) }
    }

    #[test]
    fn where_lines_stay_only_what_is_new_is_printed() {
        let start = Instant::now();
        let mut running = RunningStatement::new(start);
        let mut update = |progress: &ChangeProgress, second| {
            running.update(progress, "table t", start + Duration::from_secs(second))
        };
        assert_eq!(update(&progress(&[], None, None), 0), NewLines::default());
        assert_eq!(update(&progress(&["a"], None, None), 1), NewLines::default(), "most are quick");
        assert_eq!(update(&progress(&["a"], None, None), 11), lines(None, Some("running table t")));
        let far = progress(&["a"], Some(40), None);
        assert_eq!(update(&far, 12), lines(None, Some("running table t: 40 %, some 9 s left")));
        assert_eq!(update(&far, 13), NewLines::default());
        let blocked = progress(&["a"], Some(40), Some("held by\nconnection 7"));
        assert_eq!(update(&blocked, 14), lines(Some("held by connection 7"), None));
        assert_eq!(update(&blocked, 15), NewLines::default());
        assert_eq!(update(&progress(&["a", "b"], None, None), 16), NewLines::default(), "the next is quick again");
        let blocked = progress(&["a", "b"], None, Some("held by connection 7"));
        assert_eq!(update(&blocked, 17), lines(Some("held by connection 7"), None), "and waits for the same");
    }

    #[test]
    fn a_terminal_shows_the_running_statement_all_the_time() {
        let start = Instant::now();
        let mut running = RunningStatement { is_terminal: true, ..RunningStatement::new(start) };
        let object = "column x".repeat(9);
        let mut update =
            |progress: &ChangeProgress, second| running.update(progress, &object, start + Duration::from_secs(second));
        let line = update(&progress(&["a"], None, None), 0).line.expect("a line");
        assert!(line.starts_with("running column x") && line.ends_with(" for 0 s"), "{line}");
        let line = update(&progress(&["a"], Some(100), None), 86_400).line.expect("a line");
        assert!(line.ends_with(" for 86400 s: 100 %, some 9 s left") && line.len() < 80, "{line}");
    }
}
