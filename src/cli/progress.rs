//! What `kubectl schema apply` says while a change is under way: on standard output each statement that has ended, on
//! standard error how far the running one is and who is in its way.

use std::io::{IsTerminal, Write};
use std::time::{Duration, Instant};

use super::outcome::CliError;
use super::output::{one_line, print};
use crate::plan::Step;
use crate::reconcile::{Applied, ChangeProgress, Job};

/// Where lines can't be overwritten, a statement is named once it has run for so long.
const WORTH_A_LINE: Duration = Duration::from_secs(10);

/// A line that is overwritten has to fit a terminal.
const MAX_OBJECT: usize = 36;

/// Goes back to the beginning of the line and empties it (ECMA-48, EL).
const CLEAR: &str = "\r\x1b[2K";

/// What has been printed of a change.
#[derive(Debug)]
pub struct Progress {
    steps: Vec<Printed>,
    /// The number of statements that have ended, and were printed.
    ended: usize,
    running: Running,
}

/// A step as it is printed.
#[derive(Debug)]
struct Printed {
    id: String,
    object: String,
    statement: String,
}

/// What was said of the statement that runs.
#[derive(Debug)]
struct Running {
    is_terminal: bool,
    /// How many steps had begun, the last of which it is, and since when that is known.
    begun: (usize, Instant),
    said: Option<String>,
    news: Option<String>,
}

/// What is to be written of the statement that runs.
#[derive(Debug, Default, PartialEq, Eq)]
struct Words {
    /// Stays.
    news: Option<String>,
    /// Is overwritten where that can be done.
    line: Option<String>,
}

impl Progress {
    /// Of a change that is about to begin.
    pub fn of(job: &Job) -> Self {
        let running = Running { is_terminal: std::io::stderr().is_terminal(), ..Running::new(Instant::now()) };
        Self { steps: job.steps.iter().map(Printed::of).collect(), ended: 0, running }
    }

    /// Prints what has come to pass since the last look.
    ///
    /// # Errors
    /// Standard output can't be written.
    pub fn glance(&mut self, course: &ChangeProgress) -> Result<(), CliError> {
        // All but the last have ended, and the first that fails is the last.
        let ended: Vec<&String> = course.begun.iter().rev().skip(1).rev().skip(self.ended).collect();
        if !ended.is_empty() {
            self.running.clear();
        }
        for id in ended {
            self.ended += 1;
            if let Some(step) = self.steps.iter().find(|step| step.id == *id) {
                line("done", &step.statement)?;
            }
        }
        let object = course.begun.last().and_then(|id| self.steps.iter().find(|step| step.id == *id));
        let object = object.map_or("a statement", |step| step.object.as_str());
        let words = self.running.words(course, object, Instant::now());
        self.running.write(&words);
        Ok(())
    }

    /// Prints the statements that have ended since.
    ///
    /// # Errors
    /// As [`Progress::glance`].
    pub fn end(&self, applied: &Applied) -> Result<(), CliError> {
        self.running.clear();
        for outcome in applied.statements.iter().skip(self.ended) {
            let step = self.steps.iter().find(|step| step.id == outcome.step_id);
            let statement = step.map_or(&outcome.statement, |step| &step.statement);
            line(if outcome.failure.is_some() { "failed" } else { "done" }, statement)?;
        }
        Ok(())
    }

    /// Makes room for a line of somebody else's.
    pub fn clear(&self) {
        self.running.clear();
    }
}

impl Printed {
    fn of(step: &Step) -> Self {
        let statement = step.sql_as_planned().unwrap_or_else(|| step.sql());
        Self { id: step.id.clone(), object: one_line(&step.object()), statement }
    }
}

impl Running {
    fn new(now: Instant) -> Self {
        Self { is_terminal: false, begun: (0, now), said: None, news: None }
    }

    /// What is new of the statement that runs.
    fn words(&mut self, course: &ChangeProgress, object: &str, now: Instant) -> Words {
        if course.begun.len() != self.begun.0 {
            self.begun = (course.begun.len(), now);
            (self.said, self.news) = (None, None);
        }
        if course.begun.is_empty() {
            return Words::default();
        }
        let since = now.saturating_duration_since(self.begun.1);
        let news = course.notice.as_ref().map(|news| one_line(news.text()));
        let is_news = news.is_some() && news != self.news;
        self.news.clone_from(&news);
        let far = course.percent.map(|percent| {
            let left = course.time_left.as_ref().map(|left| format!(", {left}")).unwrap_or_default();
            format!(": {percent} %{left}")
        });
        let line = if self.is_terminal {
            let object: String = object.chars().take(MAX_OBJECT).collect();
            Some(format!("running {object} for {} s{}", since.as_secs(), far.unwrap_or_default()))
        } else if far.is_some() || since >= WORTH_A_LINE {
            Some(format!("running {object}{}", far.unwrap_or_default()))
        } else {
            None
        };
        let is_new = line.is_some() && line != self.said;
        if is_new {
            self.said.clone_from(&line);
        }
        Words { news: news.filter(|_| is_news), line: line.filter(|_| is_new) }
    }

    /// What can't be said is no reason to give up the change.
    fn write(&self, words: &Words) {
        let mut error = std::io::stderr().lock();
        let clear = if self.is_terminal { CLEAR } else { "" };
        let _ = match (&words.news, &words.line) {
            (None, None) => return,
            (Some(news), _) => writeln!(error, "{clear}waits   {news}"),
            (None, Some(_)) => write!(error, "{clear}"),
        };
        let end = if self.is_terminal { "" } else { "\n" };
        if let Some(line) = &words.line {
            let _ = write!(error, "{line}{end}");
        }
        let _ = error.flush();
    }

    fn clear(&self) {
        if self.is_terminal && self.said.is_some() {
            let _ = write!(std::io::stderr().lock(), "{CLEAR}");
        }
    }
}

/// Prints what has become of a statement.
///
/// # Errors
/// Standard output can't be written.
pub fn line(outcome: &str, statement: &str) -> Result<(), CliError> {
    print(&format!("{outcome:7} {};\n", statement.replace('\n', "\n        ")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reconcile::Notice;

    fn course(begun: &[&str], percent: Option<u8>, news: Option<&str>) -> ChangeProgress {
        let begun = begun.iter().map(|id| (*id).to_owned()).collect();
        let time_left = percent.map(|_| "some 9 s left".to_owned());
        let notice = news.map(|text| Notice::Blocked { text: text.to_owned(), connections: vec![7] });
        ChangeProgress { begun, percent, time_left, had_notice: notice.is_some(), notice }
    }

    fn words(news: Option<&str>, line: Option<&str>) -> Words {
        Words { news: news.map(str::to_owned), line: line.map(str::to_owned) }
    }

    #[test]
    fn where_lines_stay_only_what_is_new_is_said() {
        let start = Instant::now();
        let mut running = Running::new(start);
        let mut say =
            |course: &ChangeProgress, second| running.words(course, "table t", start + Duration::from_secs(second));
        assert_eq!(say(&course(&[], None, None), 0), Words::default());
        assert_eq!(say(&course(&["a"], None, None), 1), Words::default(), "most are quick");
        assert_eq!(say(&course(&["a"], None, None), 11), words(None, Some("running table t")));
        let far = course(&["a"], Some(40), None);
        assert_eq!(say(&far, 12), words(None, Some("running table t: 40 %, some 9 s left")));
        assert_eq!(say(&far, 13), Words::default());
        let blocked = course(&["a"], Some(40), Some("held by\nconnection 7"));
        assert_eq!(say(&blocked, 14), words(Some("held by connection 7"), None));
        assert_eq!(say(&blocked, 15), Words::default());
        assert_eq!(say(&course(&["a", "b"], None, None), 16), Words::default(), "the next is quick again");
        let blocked = course(&["a", "b"], None, Some("held by connection 7"));
        assert_eq!(say(&blocked, 17), words(Some("held by connection 7"), None), "and waits for the same");
    }

    #[test]
    fn a_terminal_shows_the_running_statement_all_the_time() {
        let start = Instant::now();
        let mut running = Running { is_terminal: true, ..Running::new(start) };
        let object = "column x".repeat(9);
        let mut say =
            |course: &ChangeProgress, second| running.words(course, &object, start + Duration::from_secs(second));
        let line = say(&course(&["a"], None, None), 0).line.expect("a line");
        assert!(line.starts_with("running column x") && line.ends_with(" for 0 s"), "{line}");
        let line = say(&course(&["a"], Some(100), None), 86_400).line.expect("a line");
        assert!(line.ends_with(" for 86400 s: 100 %, some 9 s left") && line.len() < 80, "{line}");
    }
}
