//! The arguments, as clap reads them.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::builder::{StringValueParser, TypedValueParser};
use clap::error::ErrorKind;
use clap::{Args, Parser, Subcommand, ValueEnum};

use super::outcome::CliError;
use super::output::one_line;
use crate::api::RiskSpec;
use crate::mysql::{Secret, Tls};

const PLAN_HELP: &str = "\
A .sql file declares what its CREATE TABLE statements say; what they leave out is not touched. It may be a dump: SET,
LOCK TABLES, INSERT, REPLACE, and DROP TABLE IF EXISTS before the CREATE TABLE, are passed over. All else is refused.

Exit code: 0 nothing to do, 2 something to do, 1 error.

-o json prints one object:
  database, revision, planId; server {flavor, version}; inSync (true or false); risks [...]
  undeclared {tables, columns, indexes}: how many objects are live and not declared
  steps [{id, object, statement, undo, algorithm, lock, rows, bytes, disk (taken while the table is
          written anew), risks [...],
          state (Pending: would run; AwaitingApproval, AwaitingWindow: would wait), needs [risks to be allowed], message}]
A member that has no value is left out. New members may be added; these stay as they are.";

const APPROVE_HELP: &str = "\
Consent is for the steps of the plan as they are: what changes afterwards is asked for again, what has run is spent.
Where the chart's ValidatingAdmissionPolicy is installed, it takes the verb approve on databaseschemas.";

const CANCEL_HELP: &str = "\
The operator ends the statement, and the server takes back what it has done; steps that have ended stay. The plan is
Stalled/PlanRefused then, and does not run again before somebody approves it.
Where the chart's ValidatingAdmissionPolicy is installed, it takes the verb approve on databaseschemas.";

const APPLY_HELP: &str = "\
Exit code: 0 done or nothing to do, 2 something waits for consent or for its window, 1 error.";

/// Plans and applies database schemas declared as DatabaseSchema resources, without a cluster, and consents to what the
/// operator plans in one.
#[derive(Debug, Parser)]
#[command(name = "kubectl-schema", bin_name = "kubectl schema", version, about)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

/// What is to be done.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Write a live database as a DatabaseSchema, ready for kubectl apply --server-side
    Export(ExportArguments),
    /// Print what applying a DatabaseSchema would do, and change nothing
    #[command(after_help = PLAN_HELP)]
    Plan(PlanArguments),
    /// Change a database as a DatabaseSchema declares it
    #[command(after_help = APPLY_HELP)]
    Apply(ApplyArguments),
    /// Consent to the plan that a DatabaseSchema in the cluster waits with
    #[command(after_help = APPROVE_HELP)]
    Approve(ConsentArguments),
    /// Refuse the plan that a DatabaseSchema in the cluster waits with: it is Stalled/PlanRefused then
    Reject(ConsentArguments),
    /// End the statement that runs for a DatabaseSchema in the cluster, and refuse the rest of its plan
    #[command(after_help = CANCEL_HELP)]
    Cancel(ConsentArguments),
    /// Print what was done to a database, by the operator and by this command
    History(HistoryArguments),
}

/// Which resource of a cluster, and which of its plans.
#[derive(Debug, Args)]
pub struct ConsentArguments {
    /// Name of the DatabaseSchema
    pub name: String,
    /// Its namespace; that of the kubeconfig's context by default
    #[arg(short, long)]
    pub namespace: Option<String>,
    /// Context of the kubeconfig
    #[arg(long)]
    pub context: Option<String>,
    /// Id of the plan, as the status shows it; without it, the plan is shown and asked about
    #[arg(long, value_name = "ID")]
    pub plan: Option<String>,
}

/// Which database, and how it is reached.
#[derive(Debug, Args)]
pub struct ServerArguments {
    /// Server, login and database, whatever the file says: mysql://user:password@host:port/database. In a user or
    /// password, / # ? @ : and % are percent-encoded. Prefer the variable, since others may see arguments
    #[arg(long, env = "DATABASE_URL", hide_env_values = true, value_parser = StringValueParser::new().map(Secret::new))]
    pub url: Secret,
    /// How far the connection is protected
    #[arg(long, value_enum, default_value_t = TlsArgument::Preferred)]
    pub tls: TlsArgument,
    /// PEM file of the authority to trust, beside the public ones
    #[arg(long, value_name = "FILE")]
    pub ca: Option<PathBuf>,
}

/// What is declared, and what is allowed.
#[derive(Debug, Clone, Args)]
pub struct FileArguments {
    /// YAML file whose first DatabaseSchema counts, or .sql file of CREATE TABLE statements; - for standard input, either
    #[arg(short, long = "filename", visible_alias = "file", value_name = "FILE")]
    pub file: PathBuf,
    /// Risks to take without asking, beside those that the file allows: Blocking, Breaking, Destructive, Unknown
    #[arg(long, value_name = "RISK", value_delimiter = ',', value_parser = risk)]
    pub allow: Vec<RiskSpec>,
}

#[derive(Debug, Args)]
pub struct ExportArguments {
    #[command(flatten)]
    pub server: ServerArguments,
    /// Name of the resource; made of the database's name by default
    #[arg(long)]
    pub name: Option<String>,
    /// The application's name for this state of the schema
    #[arg(long, default_value = "exported")]
    pub revision: String,
}

#[derive(Debug, Args)]
pub struct PlanArguments {
    #[command(flatten)]
    pub file: FileArguments,
    #[command(flatten)]
    pub server: ServerArguments,
    /// How the plan is printed
    #[arg(short, long, value_enum, default_value_t = PlanFormat::Text)]
    pub output: PlanFormat,
}

#[derive(Debug, Args)]
pub struct ApplyArguments {
    #[command(flatten)]
    pub file: FileArguments,
    #[command(flatten)]
    pub server: ServerArguments,
}

#[derive(Debug, Args)]
pub struct HistoryArguments {
    #[command(flatten)]
    pub server: ServerArguments,
    /// How the history is printed
    #[arg(short, long, value_enum, default_value_t = HistoryFormat::Text)]
    pub output: HistoryFormat,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum PlanFormat {
    Text,
    Json,
    Sql,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum HistoryFormat {
    Text,
    Json,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum TlsArgument {
    /// Never encrypted
    Disabled,
    /// Encrypted where the server can
    Preferred,
    /// Encrypted, whatever certificate the server shows
    Required,
    /// The certificate is signed by a trusted authority
    VerifyCa,
    /// And it names the host
    VerifyIdentity,
}

impl From<TlsArgument> for Tls {
    fn from(argument: TlsArgument) -> Self {
        match argument {
            TlsArgument::Disabled => Self::Disabled,
            TlsArgument::Preferred => Self::Preferred,
            TlsArgument::Required => Self::Required,
            TlsArgument::VerifyCa => Self::VerifyCa,
            TlsArgument::VerifyIdentity => Self::VerifyIdentity,
        }
    }
}

/// What somebody asked for: a command, or to be told about one.
#[derive(Debug)]
pub enum Asked {
    Command(Command),
    Help(String),
}

/// Reads the arguments, the program's name first.
///
/// # Errors
/// [`CliError::Usage`], in one line, without what may be a password.
pub fn read(arguments: Vec<OsString>) -> Result<Asked, CliError> {
    let given = arguments.clone();
    match Arguments::try_parse_from(arguments) {
        Ok(arguments) => Ok(Asked::Command(arguments.command)),
        Err(error) => match error.kind() {
            ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => Ok(Asked::Help(error.to_string())),
            // The program's name alone: clap takes its help for an error here.
            ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => Err(CliError::Usage(
                "a command is missing: export, plan, apply, approve, reject, cancel or history".to_owned(),
            )),
            _ => Err(CliError::Usage(first_paragraph(&without_urls(&error.to_string(), &given)))),
        },
    }
}

/// clap repeats an argument that stands in the wrong place, and that may be a URL with a password in it.
fn without_urls(message: &str, arguments: &[OsString]) -> String {
    let given = arguments.iter().map(|argument| argument.to_string_lossy());
    let secrets = given.filter_map(|argument| argument.split_once("://").map(|(_, secret)| secret.to_owned()));
    let secrets = secrets.filter(|secret| !secret.is_empty());
    secrets.fold(message.to_owned(), |message, secret| message.replace(&secret, "***"))
}

/// What clap says before its tips and usage.
fn first_paragraph(message: &str) -> String {
    let paragraph = message.split("\n\n").next().unwrap_or_default();
    one_line(paragraph.strip_prefix("error: ").unwrap_or(paragraph))
}

fn risk(text: &str) -> Result<RiskSpec, String> {
    let risks = [RiskSpec::Blocking, RiskSpec::Breaking, RiskSpec::Destructive, RiskSpec::Unknown];
    let named = risks.into_iter().find(|risk| risk.to_string().eq_ignore_ascii_case(text.trim()));
    named.ok_or_else(|| "expected Blocking, Breaking, Destructive or Unknown".to_owned())
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    fn usage(arguments: &[&str]) -> String {
        let arguments = ["kubectl-schema"].iter().chain(arguments).map(OsString::from).collect();
        read(arguments).unwrap_err().to_string()
    }

    #[test]
    fn the_arguments_are_well_formed() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn a_misplaced_url_is_not_repeated() {
        let url = "mysql://app:hunter2@db/app";
        for arguments in [vec!["export", url], vec![url], vec!["plan", "-o", url], vec!["export", "--tls", url]] {
            let message = usage(&arguments);
            assert!(!message.contains("hunter2") && !message.contains('\n'), "{message}");
        }
    }

    #[test]
    fn a_risk_is_named_in_any_case() {
        assert_eq!(risk("blocking"), Ok(RiskSpec::Blocking));
        assert!(usage(&["apply", "-f", "x", "--url", "u", "--allow", "All"]).contains("Destructive"));
    }
}
