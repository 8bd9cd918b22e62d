//! Why a resource stands where it stands: one table, from which conditions, retries, health and documentation come.

use std::fmt;
use std::fmt::Write as _;
use std::time::Duration;

/// Declares the reasons, their words, and their rows, so that none can be without the others.
macro_rules! reasons {
    ($($reason:ident $kind:ident $(($($argument:expr),+))? : $meaning:literal, $action:literal;)+) => {
        /// Why a resource stands where it stands: the reason of its Ready condition.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Reason {
            $(#[doc = $meaning] $reason,)+
        }

        impl Reason {
            /// All reasons, in the order of the table.
            pub const ALL: &'static [Self] = &[$(Self::$reason,)+];

            /// Returns the reason in one CamelCase word, as conditions want it.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$reason => stringify!($reason),)+
                }
            }

            /// What the reason means for conditions, health and retries.
            #[must_use]
            pub const fn row(self) -> &'static Row {
                match self {
                    $(Self::$reason => const { &Row::$kind($($($argument,)+)? $meaning, $action) },)+
                }
            }
        }
    };
}

// Each line: the reason and the kind of its row, what it means, and what to do about it.
reasons! {
    InSync done:
        "The live database holds all that is declared, and each verify query held.",
        "Nothing.";
    Planned waiting:
        "The live database differs from what is declared, and mode is Plan.",
        "Read the plan in the status; set mode to Apply to have it carried out.";
    Applying working(Some(true)):
        "Statements are running, or are about to.",
        "Wait; the status shows the progress of each step.";
    Suspended suspended:
        "The spec asks to leave the database alone.",
        "Set spec.suspend to false to go on.";
    AwaitingApproval waiting:
        "The next step has a risk that no policy allows, and that nobody approved.",
        "Read the plan in the status; approve it (kubectl schema approve), or allow its risks in spec.policy.allow, or in allow of the table or object.";
    AwaitingWindow waiting:
        "The steps that are left have a risk, and wait for the maintenance window to open.",
        "Wait until the time in the message, or change spec.policy.window.";
    ConnectionRefused unreachable:
        "Nothing listens at the server's address, or it turned the connection away.",
        "Check that the server runs, and the host and port in the Secret.";
    Timeout unreachable:
        "The server did not answer in time.",
        "Check the host in the Secret, network policies and firewalls, and the load of the server.";
    TLSFailed unreachable:
        "No encrypted connection came about, or the server's certificate did not pass.",
        "Check the authority in the Secret, the names in the server's certificate, and spec.connection.tls.";
    AuthenticationFailed unreachable:
        "The server refused the login.",
        "Check the user name and password in the Secret, and from which hosts the user may log in.";
    UnknownDatabase unreachable:
        "The server has no such database, or hides it from the user.",
        "Create the database, or grant the user privileges on it.";
    SecretNotFound unreachable:
        "The Secret does not exist in the resource's namespace, or the operator may not read it.",
        "Create the Secret, or let the operator's ServiceAccount get it.";
    SecretInvalid unreachable:
        "A key of the Secret is missing or malformed.",
        "Correct the key that the message names, or spec.connection.secretRef.keys.";
    ConfigMapNotFound missing:
        "The ConfigMap of spec.ddl does not exist in the resource's namespace, or the operator may not read it.",
        "Create the ConfigMap, or let the operator's ServiceAccount get it.";
    ConfigMapInvalid unsupported:
        "The ConfigMap of spec.ddl is mutable, lacks the key, or holds something other than CREATE TABLE statements.",
        "Correct what the message names, in a new ConfigMap with immutable: true.";
    HostNotAllowed forbidden:
        "The operator is not permitted to connect to the host in the Secret.",
        "Use a permitted host, or ask whoever runs the operator to add it to --allowed-hosts.";
    NotPrimary unreachable:
        "The server is a replica or read-only, or has no quorum in its cluster.",
        "Let the Secret name the primary; after a failover, wait until its address follows.";
    ConnectionLost unreachable:
        "The connection ended before the server answered.",
        "Wait; where it comes back, look into the server's error log.";
    LockHeld working(Some(true)):
        "Another session is changing this database, perhaps a statement of the operator's own that still runs.",
        "Wait until it ends; the message names the session.";
    LockWaitTimeout contended:
        "A statement waited for its metadata lock as long as spec.policy.lockWait permits, and gave way.",
        "End the long transaction that the message names, if it does not end by itself. Each try is followed by a longer pause; after ten in a row, change or annotate the resource to have it tried at once.";
    OnlineChange working(Some(true)):
        "A tool for online schema changes works on a table that is to be changed, by the tables that it keeps beside it.",
        "Wait until it is done; where it was given up, drop the tables that it left: the message names one.";
    ReplicaLag working(Some(true)):
        "A replica lags behind by more than spec.policy.maxReplicaLag, or can't be asked.",
        "Wait until it has caught up; mend what the message names, or take spec.policy.maxReplicaLag out.";
    ChangedConcurrently working(Some(true)):
        "Somebody changed the table between its reading and the statement, so the statement was not sent.",
        "Wait; the plan is made anew from the table as it is.";
    InvalidSpec refused:
        "The declaration contradicts itself, or MySQL could not read it.",
        "Correct the field that the message names.";
    Unsupported unsupported:
        "The declaration, or the live object that it is about, has something that the operator does not change.",
        "Leave out what the message names, and change it by hand.";
    RenameConflict failed:
        "An object and the one that it is to be renamed from are both live.",
        "Move what is needed from one to the other by hand and remove it, or leave out renamedFrom.";
    OwnershipConflict failed:
        "Another resource has declared the same attribute of the same object before, and otherwise.",
        "Declare the same, leave what the message names to its owner, or take it out there first.";
    RequiredByOthers failed:
        "Another resource (mode Require) relies on what a step would take away, so that the step was not sent.",
        "Have the resource that the message names changed or deleted, or leave the step out.";
    RequirementUnmet awaited:
        "The live database lacks something that is declared, and mode is Require: others have to provide it.",
        "Wait for the change of its owner; the message names each object that is missing or narrower.";
    MissingPrivilege failed:
        "The user may not do, or may not see, what the declaration needs.",
        "Grant the privilege that the message names.";
    DuplicateRows failed:
        "Rows share a key that is declared to be unique, so the index was not added.",
        "Remove or change the rows that have the same key; the message names the key.";
    RowsInTheWay failed:
        "Rows don't fit what is declared, so the statement that would fail on them was not sent.",
        "Change those rows: the message has the SELECT that shows them; or declare what they fit.";
    StatementFailed failed:
        "The server refused a statement.",
        "Read the server's own words in the message; change the declaration, or what stands in its way.";
    VerifyFailed failed:
        "The live database holds all that is declared, and a verify query did not hold.",
        "Correct the query, or declare what it needs.";
    Drifted reported:
        "Somebody else has changed what is declared, and policy.drift is Report.",
        "Change it back, declare what is live, or set spec.policy.drift to Correct.";
    PlanRefused failed:
        "Tried on an empty copy, or carried out, the plan fails or the server reports something other than declared; or somebody rejected or cancelled it.",
        "Change the declaration to what the message says that the server makes of it; approve a rejected or cancelled plan, if it is to run after all.";
    KubernetesUnavailable working(None):
        "The Kubernetes API did not answer, so what the resource needs could not be read.",
        "Wait; check the API server when it lasts.";
    Interrupted working(None):
        "The operator is being shut down; a statement that runs in the server goes on there.",
        "Wait for the operator's next start, which finds the statement.";
}

/// What a reason means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is a condition of its own, as Kubernetes has them")]
pub struct Row {
    /// The Ready condition.
    pub ready: bool,
    /// The Reconciling condition.
    pub reconciling: bool,
    /// The Stalled condition.
    pub stalled: bool,
    /// Whether Reconciling gives way to Stalled once `spec.progressDeadline` has passed.
    pub stalls_after_deadline: bool,
    /// What Argo CD shows.
    pub health: Health,
    /// When it is tried again.
    pub retry: Retry,
    /// The Reachable condition; `None` where nothing new is known of it.
    pub reachable: Option<bool>,
    /// What has happened, in one sentence.
    pub meaning: &'static str,
    /// What to do about it, in one sentence.
    pub action: &'static str,
}

/// What Argo CD shows of a resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Health {
    /// All is well.
    Healthy,
    /// It will get better by itself.
    Progressing,
    /// It will not.
    Degraded,
    /// It waits for a person or a time.
    Suspended,
}

/// When a resource is looked at again, if nothing changes before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Retry {
    /// At the resource's interval.
    Interval,
    /// Quickly, then ever more slowly, up to every thirty seconds.
    Backoff,
    /// Ten times in a row after ever longer pauses, and then hardly ever: each try holds others up.
    Rarer,
    /// Every thirty seconds: somebody must act outside the resource, and nothing tells when.
    Slow,
    /// Not before the resource changes.
    Never,
}

impl Retry {
    /// The time between two slow tries, and the longest between two that back off.
    pub const SLOWEST: Duration = Duration::from_secs(30);

    /// The longest time between two tries that hold others up.
    pub const RAREST: Duration = Duration::from_mins(5);

    /// So many of those are made in a row before it is Stalled.
    pub const TRIES: u32 = 10;

    /// The time between two tries after that.
    pub const EXHAUSTED: Duration = Duration::from_mins(30);
}

/// The kinds of rows. Each reason is of one of them, and so no row has to be read field by field.
impl Row {
    const fn done(meaning: &'static str, action: &'static str) -> Self {
        Self {
            ready: true,
            reconciling: false,
            stalled: false,
            stalls_after_deadline: false,
            health: Health::Healthy,
            retry: Retry::Interval,
            reachable: Some(true),
            meaning,
            action,
        }
    }

    /// Nothing is wrong, and nothing happens: a person or a time decides.
    const fn waiting(meaning: &'static str, action: &'static str) -> Self {
        Self { ready: false, health: Health::Suspended, ..Self::done(meaning, action) }
    }

    const fn suspended(meaning: &'static str, action: &'static str) -> Self {
        Self { retry: Retry::Never, reachable: None, ..Self::waiting(meaning, action) }
    }

    const fn working(reachable: Option<bool>, meaning: &'static str, action: &'static str) -> Self {
        Self {
            ready: false,
            reconciling: true,
            health: Health::Progressing,
            retry: Retry::Backoff,
            reachable,
            ..Self::done(meaning, action)
        }
    }

    /// Others are in its way, and each try is in theirs: so the tries become rare, and after ten of them
    /// somebody is told.
    const fn contended(meaning: &'static str, action: &'static str) -> Self {
        Self { retry: Retry::Rarer, stalls_after_deadline: true, ..Self::working(Some(true), meaning, action) }
    }

    /// Returns the server or its Secret is out of reach: perhaps it is only starting, so it takes a while to be an
    /// error.
    const fn unreachable(meaning: &'static str, action: &'static str) -> Self {
        Self { stalls_after_deadline: true, ..Self::working(Some(false), meaning, action) }
    }

    /// Others have to act, as nobody here can, and it takes a while to be an error.
    const fn awaited(meaning: &'static str, action: &'static str) -> Self {
        Self { stalls_after_deadline: true, ..Self::working(Some(true), meaning, action) }
    }

    /// As unreachable, but the server has nothing to do with it.
    const fn missing(meaning: &'static str, action: &'static str) -> Self {
        Self { reachable: None, ..Self::unreachable(meaning, action) }
    }

    /// Only a change of the resource helps.
    const fn refused(meaning: &'static str, action: &'static str) -> Self {
        Self {
            ready: false,
            stalled: true,
            health: Health::Degraded,
            retry: Retry::Never,
            reachable: None,
            ..Self::done(meaning, action)
        }
    }

    /// A change outside the resource helps too, and nothing tells when it is made.
    const fn failed(meaning: &'static str, action: &'static str) -> Self {
        Self { retry: Retry::Slow, reachable: Some(true), ..Self::refused(meaning, action) }
    }

    /// As failed, and no connection was tried.
    const fn forbidden(meaning: &'static str, action: &'static str) -> Self {
        Self { reachable: Some(false), ..Self::failed(meaning, action) }
    }

    /// As failed, and found before or after the server was reached.
    const fn unsupported(meaning: &'static str, action: &'static str) -> Self {
        Self { reachable: None, ..Self::failed(meaning, action) }
    }

    /// As failed, and there is nothing to try: it is only looked at again.
    const fn reported(meaning: &'static str, action: &'static str) -> Self {
        Self { retry: Retry::Interval, ..Self::failed(meaning, action) }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// Returns the table of reasons in Markdown, for the reference.
#[must_use]
pub fn reasons_markdown() -> String {
    let mut text = String::from(
        "| reason | conditions that are True | Argo CD | tried again | meaning | what to do |\n\
         |---|---|---|---|---|---|\n",
    );
    for reason in Reason::ALL {
        let row = reason.row();
        let conditions = match (row.ready, row.reconciling, row.stalled) {
            (true, ..) => "Ready",
            (_, true, _) if row.retry == Retry::Rarer => {
                "Reconciling; after ten tries in a row, or `spec.progressDeadline`, Stalled"
            }
            (_, true, _) if row.stalls_after_deadline => "Reconciling; after `spec.progressDeadline` Stalled",
            (_, true, _) => "Reconciling",
            (.., true) => "Stalled",
            _ => "none",
        };
        let health = match row.health {
            Health::Healthy => "Healthy",
            Health::Progressing if row.stalls_after_deadline => "Progressing, then Degraded",
            Health::Progressing => "Progressing",
            Health::Degraded => "Degraded",
            Health::Suspended => "Suspended",
        };
        let retry = match row.retry {
            Retry::Interval => "at `spec.interval`",
            Retry::Backoff => "at once, then up to every 30 s",
            Retry::Rarer => "after twice `policy.lockWait`, then up to every 5 min; after ten tries every 30 min",
            Retry::Slow => "every 30 s",
            Retry::Never => "when the resource changes",
        };
        // Writing to a String cannot fail.
        let _ = writeln!(text, "| `{reason}` | {conditions} | {health} | {retry} | {} | {} |", row.meaning, row.action);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn conditions_never_contradict_each_other() {
        for reason in Reason::ALL {
            let row = reason.row();
            let held = [row.ready, row.reconciling, row.stalled];
            assert!(held.iter().filter(|condition| **condition).count() <= 1, "{reason}");
            assert!(!row.stalls_after_deadline || row.reconciling, "{reason}");
        }
    }

    #[test]
    fn health_follows_the_conditions() {
        for reason in Reason::ALL {
            let row = reason.row();
            let expected = match (row.ready, row.reconciling, row.stalled) {
                (true, ..) => Health::Healthy,
                (_, true, _) => Health::Progressing,
                (.., true) => Health::Degraded,
                _ => Health::Suspended,
            };
            assert_eq!(row.health, expected, "{reason}");
        }
    }

    #[test]
    fn what_is_under_way_is_tried_again() {
        for reason in Reason::ALL {
            let row = reason.row();
            assert_eq!(row.reconciling, matches!(row.retry, Retry::Backoff | Retry::Rarer), "{reason}");
            assert!(!row.ready || row.reachable == Some(true), "{reason}");
        }
    }

    #[test]
    fn reasons_fit_the_pattern_of_conditions() {
        for reason in Reason::ALL {
            let word = reason.as_str();
            assert!(word.starts_with(|first: char| first.is_ascii_uppercase()), "{word}");
            assert!(word.bytes().all(|byte| byte.is_ascii_alphanumeric()), "{word}");
        }
    }

    #[test]
    fn texts_are_sentences_and_fit_a_table() {
        for reason in Reason::ALL {
            for sentence in [reason.row().meaning, reason.row().action] {
                assert!(sentence.ends_with('.') && !sentence.contains(['|', '\n']), "{sentence}");
            }
        }
        assert_eq!(reasons_markdown().lines().count(), Reason::ALL.len() + 2);
    }
}
