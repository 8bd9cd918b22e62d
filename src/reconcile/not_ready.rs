//! Why a resource is not ready: one reason of the table, and what to tell the person who looks at it.

use std::time::Duration;

use crate::api::Reason;
use crate::mysql::{Error, ErrorKind};
use crate::plan::{Foreseen, Refusal, RefusalKind, Step, foreseen};

/// A pass that did not reach Ready.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct NotReady {
    pub reason: Reason,
    pub message: String,
    /// How long nothing has gone on, where that is known. It becomes an error after a while, whatever its reason is.
    pub stuck_for: Option<Duration>,
}

impl NotReady {
    /// Joins a reason and its message.
    pub fn new(reason: Reason, message: impl Into<String>) -> Self {
        Self { reason, message: message.into(), stuck_for: None }
    }

    /// Joins all refusals of a spec. What the spec gets wrong counts before what this version does not support.
    pub fn from_refusals(refusals: &[Refusal]) -> Self {
        const SHOWN: usize = 10;
        let has = |kind| refusals.iter().any(|refusal| refusal.kind == kind);
        let reason = match (has(RefusalKind::Invalid), has(RefusalKind::RenameConflict)) {
            (true, _) => Reason::InvalidSpec,
            (false, true) => Reason::RenameConflict,
            (false, false) => Reason::Unsupported,
        };
        let mut lines: Vec<String> = refusals.iter().take(SHOWN).map(ToString::to_string).collect();
        if refusals.len() > SHOWN {
            lines.push(format!("and {} more", refusals.len() - SHOWN));
        }
        Self::new(reason, lines.join("; "))
    }

    /// Says that the server takes no writes.
    pub fn read_only() -> Self {
        let message = "the server is read-only, so it is not the primary; let the Secret name the primary";
        Self::new(Reason::NotPrimary, message)
    }

    /// Describes a failure to reach the server, or to read from it.
    pub fn connecting(error: &Error) -> Self {
        Self::new(reason(error.kind).unwrap_or(Reason::StatementFailed), with_advice(error))
    }

    /// Describes a failure to read or write the operator's own tables, or to set up its session. Whatever its number,
    /// it is no error of a step: neither its rows nor its definition are at fault.
    pub fn of_own_table(error: &Error) -> Self {
        let failure = Self::connecting(error);
        if !error.kind.is_lasting() {
            return failure;
        }
        let advice =
            "the operator's own statement failed, no step and no row of the schema is at fault; repair what it names";
        Self { message: format!("{}; {advice}", failure.message), ..failure }
    }

    /// Describes a failure of a step's statement, and what it says of the preflights that came before.
    pub fn of_step(error: &Error, step: &Step) -> Self {
        let failure = Self::connecting(error);
        let number = match error.kind {
            ErrorKind::Duplicate => {
                let advice = "the statement changed nothing, remove the duplicates and it is tried again";
                return Self::new(Reason::DuplicateRows, format!("{error}; {advice}"));
            }
            ErrorKind::Refusal(number) => number,
            _ => return failure,
        };
        let why = match foreseen(&step.changes, number) {
            Some(Foreseen::ByRows) => "; rows decide it, and these were not counted or have changed since",
            Some(Foreseen::BySchema) => "; the plan did not foresee it, or the schema has changed since",
            None => "",
        };
        Self { message: format!("{}{why}", failure.message), ..failure }
    }
}

/// Returns the reason of a kind of failure that is the same for each operation.
fn reason(kind: ErrorKind) -> Option<Reason> {
    Some(match kind {
        ErrorKind::Refused => Reason::ConnectionRefused,
        ErrorKind::Timeout => Reason::Timeout,
        ErrorKind::Tls => Reason::TLSFailed,
        ErrorKind::Authentication => Reason::AuthenticationFailed,
        ErrorKind::UnknownDatabase => Reason::UnknownDatabase,
        ErrorKind::Privilege => Reason::MissingPrivilege,
        ErrorKind::LockWait | ErrorKind::Deadlock => Reason::LockWaitTimeout,
        ErrorKind::Behind => Reason::LockHeld,
        ErrorKind::Interrupted | ErrorKind::ConnectionLost => Reason::ConnectionLost,
        ErrorKind::ReadOnly | ErrorKind::OutOfCluster => Reason::NotPrimary,
        ErrorKind::Cancelled => Reason::PlanRefused,
        ErrorKind::Violation => Reason::ProtocolViolation,
        ErrorKind::NotAllowed => Reason::HostNotAllowed,
        ErrorKind::NotOwn => Reason::OwnTableReplaced,
        ErrorKind::TooLarge => Reason::ResourceTooLarge,
        ErrorKind::Fenced => Reason::Interrupted,
        ErrorKind::Duplicate | ErrorKind::Refusal(_) | ErrorKind::Protocol => return None,
    })
}

fn with_advice(error: &Error) -> String {
    let advice = match error.kind {
        ErrorKind::Privilege => "; grant what is missing, it is tried again every 30 s",
        _ => "",
    };
    format!("{error}{advice}")
}
