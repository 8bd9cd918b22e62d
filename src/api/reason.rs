//! The table of reasons, which decides conditions, health and retries, and which the documentation shows.

use std::fmt;
use std::fmt::Write as _;

use super::reason_row::{Health, ReasonRow, Retry};

/// Declares the reasons with their rows, so that neither can be without the other.
macro_rules! reasons {
    ($($reason:ident $kind:ident $(($($argument:expr),+))? : $meaning:literal, $action:literal;)+) => {
        /// The reason of a resource's Ready condition.
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

            /// Returns the reason that has this word; `None` where another version wrote it.
            #[must_use]
            pub fn of_word(word: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|reason| reason.as_str() == word)
            }

            /// Returns what the reason means for conditions, health and retries.
            #[must_use]
            pub const fn row(self) -> &'static ReasonRow {
                match self {
                    $(Self::$reason => const { &ReasonRow::$kind($($($argument,)+)? $meaning, $action) },)+
                }
            }
        }
    };
}

// Each line: the reason and the kind of its row, what it means, and what to do about it.
reasons! {
    InSync done:
        "The live database has everything that is declared, and each verify query passed.",
        "Nothing to do.";
    Planned waiting:
        "The live database differs from what is declared, and spec.mode is Plan.",
        "Read the plan in the status; set spec.mode to Apply to run it.";
    Applying working(Some(true)):
        "Statements are running, or are about to run.",
        "Wait; the status shows the progress of each step.";
    Suspended suspended:
        "The resource is suspended, so the database is left alone.",
        "Set spec.suspend to false to resume.";
    AwaitingApproval waiting:
        "The next step has a risk that is neither allowed nor approved.",
        "Read the plan in the status; approve it (kubectl schema approve), or allow its risks in spec.policy.allow, or in the allow field of the table or object.";
    AwaitingWindow waiting:
        "The remaining steps have a risk, and wait for the maintenance window to open.",
        "Wait until the time in the message, or change spec.policy.window.";
    ConnectionRefused unreachable:
        "No server listens at the address, or the server refused the connection.",
        "Check that the server is running, and check the host and port in the Secret.";
    Timeout unreachable:
        "The server did not answer in time.",
        "Check the host in the Secret, network policies and firewalls, and the load of the server.";
    TLSFailed unreachable:
        "The connection could not be encrypted, or the server's certificate was not accepted.",
        "Check the certificate authority in the Secret, the names in the server's certificate, and spec.connection.tls.";
    AuthenticationFailed unreachable:
        "The server refused the login.",
        "Check the user name and password in the Secret, and the hosts from which the user may log in.";
    UnknownDatabase unreachable:
        "The server has no such database, or hides it from the user.",
        "Create the database, or grant the user privileges on it.";
    SecretNotFound unreachable:
        "The Secret does not exist in the resource's namespace, or the operator may not read it.",
        "Create the Secret, or permit the operator's ServiceAccount to get it.";
    SecretInvalid unreachable:
        "A key of the Secret is missing or malformed, or its owner has not permitted such a use by a label.",
        "Correct the key that the message names, or spec.connection; or label the Secret.";
    ConfigMapNotFound missing:
        "The ConfigMap of spec.ddl does not exist in the resource's namespace, or the operator may not read it.",
        "Create the ConfigMap, or permit the operator's ServiceAccount to get it.";
    ConfigMapInvalid unsupported:
        "The ConfigMap of spec.ddl is mutable, lacks the key, or holds something other than CREATE TABLE statements.",
        "Correct what the message names, in a new ConfigMap with immutable: true.";
    HostNotAllowed forbidden:
        "The operator is not permitted to connect to the host in the Secret.",
        "Use a permitted host, or ask the operator's administrator to add it to --allowed-hosts.";
    NotPrimary unreachable:
        "The server is a replica or read-only, or has no quorum in its cluster.",
        "Put the primary's address into the Secret; after a failover, wait until the address leads to the new primary.";
    ConnectionLost unreachable:
        "The connection ended before the server answered.",
        "Wait; if it happens again, read the server's error log.";
    ProtocolViolation unreachable:
        "The server sent bytes that are no answer of MySQL or MariaDB, or an answer that is too large.",
        "Check that the host and port in the Secret are those of a database; the message names the packet.";
    LockHeld working(Some(true)):
        "Another session is changing this database; it may be a statement of the operator that is still running.",
        "Wait until it ends; the message names the session.";
    LockWaitTimeout contended:
        "A statement waited for its metadata lock for as long as spec.policy.lockWait permits, and was ended.",
        "End the long transaction that the message names, if it does not end by itself. The pause grows with each try; after ten tries in a row, change or annotate the resource to try again at once.";
    OnlineChange working(Some(true)):
        "A tool for online schema changes is working on a table of the plan, as its helper tables show.",
        "Wait until it is done; if it was aborted, drop the tables that it left: the message names one.";
    ReplicaLag working(Some(true)):
        "A replica lags by more than spec.policy.maxReplicaLag, or can't be asked.",
        "Wait until it has caught up; fix what the message names, or remove spec.policy.maxReplicaLag.";
    ChangedConcurrently working(Some(true)):
        "The table was changed after it was read, so the statement was not sent.",
        "Wait; a new plan is made from the present table.";
    InvalidSpec refused:
        "The declaration contradicts itself, or has something that MySQL could not read.",
        "Correct the field that the message names.";
    ResourceTooLarge refused:
        "The resource is so large that the Kubernetes API could not store a whole status beside it, or its record could not be read again.",
        "Split the resource, or move spec.tables into the CREATE TABLE text of a ConfigMap (spec.ddl).";
    Unsupported unsupported:
        "The declaration, or the live object that it concerns, has something that the operator does not support.",
        "Remove what the message names from the declaration, and change it by hand.";
    RenameConflict failed:
        "An object exists under both its old name and its new name.",
        "Move the data that you need from one to the other and drop the empty one, or remove renamedFrom.";
    OwnershipConflict failed:
        "Another resource declared a different value for the same attribute earlier.",
        "Declare the same value, leave the attribute to the owner that the message names, or remove it there first.";
    RequiredByOthers failed:
        "Another resource (mode Require) needs what a step would remove, so the step was not sent.",
        "Have the resource that the message names changed or deleted, or remove the change from the declaration.";
    RequirementUnmet awaited:
        "The live database lacks something that is declared, and spec.mode is Require: its owner has to provide it.",
        "Wait for its owner to change it; the message names each object that is missing or narrower.";
    MissingPrivilege failed:
        "The user lacks a privilege to do or to see what the declaration needs.",
        "Grant the privilege that the message names.";
    DuplicateRows failed:
        "Several rows have the same value in a key that is declared unique, so the index was not added.",
        "Remove or change those rows; the message names the key.";
    RowsInTheWay failed:
        "Some rows don't fit the declaration, so the statement was not sent: it would fail on them.",
        "Change those rows (the message has a SELECT that shows them), or declare something that they fit.";
    StatementFailed failed:
        "The server refused a statement.",
        "Read the server's error in the message; change the declaration, or what prevents the statement. One that copies or builds is tried again when the spec changes or the plan is approved again.";
    VerifyFailed failed:
        "The live database has everything that is declared, but a verify query did not pass.",
        "Correct the query, or declare what it needs.";
    OwnTableReplaced failed:
        "A view, or a table of another layout or with a trigger, has the name of a table of the operator's own.",
        "Find out who made what the message names, then rename or drop it; the operator makes its table again.";
    Drifted reported:
        "A declared attribute was changed outside this resource, and spec.policy.drift is Report.",
        "Change it back, declare what is live, or set spec.policy.drift to Correct.";
    PlanRefused failed:
        "On an empty copy or on the live table, the plan failed or the server reports something other than declared; or a person rejected or cancelled the plan.",
        "Change the declaration to what the server makes of it, as the message shows. To run a rejected or cancelled plan, approve it.";
    RevisionTableMissing done:
        "The live database has everything that is declared, but the table of the migration tool (spec.revisionTable) does not exist.",
        "If the tool is still used, let it mark its migrations as applied; the message names its command.";
    RevisionBehind done:
        "The live database has everything that is declared, but the migration tool's table says that some migrations were not applied.",
        "If the tool would fail on what the schema has already, let it mark them as applied; else let it migrate.";
    RevisionAhead failed:
        "The migration tool's table is at a later revision of the chain than the declared one, so no step runs.",
        "Declare the later revision, or go back with the tool.";
    RevisionConflict failed:
        "The migration tool's table is to be stamped, and a migration in between is not named as one that changes the schema alone.",
        "Let the tool run the migrations that the message names, or name them in stamp.schemaOnly.";
    RevisionUnknown failed:
        "The migration tool's table holds a revision that is not in the declared chain, so nothing is changed.",
        "Deploy the release that has the revision, add it to the chain, or correct the table.";
    RevisionHeads failed:
        "The migration tool's table holds several heads, so the tool can't go on, and nothing is changed.",
        "Merge the heads with the tool, or remove the row that is wrong.";
    RevisionDirty failed:
        "A migration of the tool began and did not end, so nothing is changed.",
        "Look what the migration did, finish or revert it, and tell the tool by the command in the message.";
    RevisionFailed failed:
        "A migration of the tool failed, so nothing is changed.",
        "Look what the migration did, finish or revert it, and tell the tool by the command in the message.";
    RevisionLocked awaited:
        "The migration tool holds its lock, so no step begins.",
        "Wait until it ends; if its process has ended already, free the lock with the tool.";
    RevisionTableUnreadable failed:
        "What has the name of the migration tool's table is a view, or lacks the tool's columns, or is too large.",
        "Correct the tool or the table's name in spec.revisionTable.";
    OperatorFault missing:
        "A fault in the operator ended the pass or the change; other resources are not affected.",
        "Report it with the line of the operator's log that names the place; it is tried again.";
    KubernetesUnavailable working(None):
        "The Kubernetes API did not answer, so the operator could not read what the resource needs.",
        "Wait; if it lasts, check the API server.";
    Interrupted working(None):
        "The operator is shutting down; a statement that is running continues in the server.",
        "Wait; the operator finds the statement when it starts again.";
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
