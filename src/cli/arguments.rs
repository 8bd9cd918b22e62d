//! Declares the arguments, which clap reads, and the help of each command.

use std::ffi::OsString;
use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;

use clap::builder::{StringValueParser, TypedValueParser};
use clap::error::ErrorKind;
use clap::{Args, Parser, Subcommand, ValueEnum};

use super::outcome::CliError;
use super::output::one_line;
use crate::api::{RiskSpec, TlsMode, parse_duration};
use crate::chain::Tool;
use crate::mysql::{Secret, Tls};

const PLAN_HELP: &str = "\
A .sql file declares what its CREATE TABLE statements contain; whatever they leave out is not changed. The file may be a \
dump: SET, LOCK TABLES, INSERT, REPLACE, and DROP TABLE IF EXISTS before the CREATE TABLE are ignored. All other \
statements are refused.

Exit code: 0 if there is nothing to do; 2 if apply would run a step, or would wait for consent or for a maintenance window, \
and also if the file itself says to change nothing (spec.mode, spec.suspend); 1 if an error occurs, or if apply would do \
nothing, since the plan is refused or all its steps are blocked.

-o json prints one object:
  database, revision, planId; server {flavor, version}; inSync (true or false); risks [...]
  reason, message: what apply and the operator would report first (Applying: steps would run)
  undeclared {tables, columns, indexes}: the number of live objects that are not declared
  steps [{id, object, statement, undo, algorithm, lock, rows, bytes, disk (used while the table is
          rebuilt), risks [...],
          state (Pending: would run; AwaitingApproval, AwaitingWindow, Waiting: would wait; Blocked: can't run),
          needs [risks to be allowed], message}]
Members without a value are omitted. Later versions may add members, and keep these.";

const APPROVE_HELP: &str = "\
Your approval covers the steps of the plan as they are now: a step that changes later has to be approved again, and so \
does a step that has run. If the chart's ValidatingAdmissionPolicy is installed, you need the verb approve on \
databaseschemas.";

const CANCEL_HELP: &str = "\
The operator ends the running statement, and the server rolls it back. Steps that are done remain done. The plan becomes \
Stalled/PlanRefused, and does not run again until it is approved. If the chart's ValidatingAdmissionPolicy is installed, \
you need the verb approve on databaseschemas.";

const APPLY_HELP: &str = "\
Exit code: 0 if everything is done, 2 if something waits for consent or for its maintenance window, 1 if an error occurs.";

const VERIFY_HELP: &str = "\
Exit code: 0 if all queries hold, 2 if one does not, 1 if an error occurs.";

const WAIT_HELP: &str = "\
Without --url, it asks the cluster: it waits for the condition Ready of the present generation. With --url it asks the \
database alone, for an init container that has a login there and none in the cluster: it waits until the operator has \
noted that the live schema holds the whole revision. Of verify queries, and of what holds the operator up, a database \
does not tell. The login needs SELECT on the table schema_operator_record.

Exit code: 0 if it is ready; 2 if the time is over while it waits for approval, a maintenance window or the end of a \
suspension; 3 if the time is over otherwise; 4 as soon as it is Stalled; 1 if an error occurs.";

const CHAIN_HELP: &str = "\
Nothing in the folder is run: Python is parsed, SQL is read. What can't be read so (a name that is computed, a branch, SQL \
that is put together) is listed as not read. What is wrong unless that prevents it is possible: it is printed, and the exit \
code does not depend on it. The folder may be that of the \
migrations, or one above it. At most 10,000 files of 2 MiB each are read, and no link is followed out of the folder.

Findings: a migration whose parent is missing; several heads; circles; migrations that none reaches; a name that two have; \
two migrations that add or remove the same table, column, index or key; one that removes what none before it adds; files \
that the tool refuses or passes over.

Exit code: 0 if the chain is whole, 2 if there are findings, 1 if an error occurs.

-o json prints one object:
  tool, folders [...], whole (true or false), bases [...], heads [...]
  migrations [{id, file, line, title, parents [...], dependsOn [...], labels [...]}], oldest first
  findings, possible [{kind, message, places [{migration, file, line}]}]
  notRead [{file, line, what}], replaced [{id, by}], readsChanges (true or false)
Members without a value are omitted. Later versions may add members, and keep these.";

/// Plan and apply database schemas that are declared as DatabaseSchema resources, without a cluster, and approve or
/// reject the plans of the operator in a cluster.
#[derive(Debug, Parser)]
#[command(name = "kubectl-schema", bin_name = "kubectl schema", version)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

/// The command to run.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Export a live database as a DatabaseSchema manifest for kubectl apply --server-side
    Export(ExportArguments),
    /// Show what applying a DatabaseSchema would change, without changing anything
    #[command(after_help = PLAN_HELP)]
    Plan(PlanArguments),
    /// Apply a DatabaseSchema to a database
    #[command(after_help = APPLY_HELP)]
    Apply(ApplyArguments),
    /// Approve the pending plan of a DatabaseSchema in the cluster
    #[command(after_help = APPROVE_HELP)]
    Approve(ConsentArguments),
    /// Reject the pending plan of a DatabaseSchema in the cluster, which becomes Stalled/PlanRefused
    Reject(ConsentArguments),
    /// Cancel the running statement of a DatabaseSchema in the cluster, and reject the rest of its plan
    #[command(after_help = CANCEL_HELP)]
    Cancel(ConsentArguments),
    /// Show the statements that the operator and this command have run on a database
    History(HistoryArguments),
    /// Run the verify queries of a DatabaseSchema now
    #[command(after_help = VERIFY_HELP)]
    Verify(VerifyArguments),
    /// Wait until a database has what a DatabaseSchema declares
    #[command(after_help = WAIT_HELP)]
    Wait(WaitArguments),
    /// Check the chain of migrations in a folder of Alembic, Flyway, Rails, golang-migrate, dbmate, Prisma or Django
    #[command(after_help = CHAIN_HELP)]
    Chain(ChainArguments),
}

/// A resource of a cluster.
#[derive(Debug, Args)]
pub struct ResourceArguments {
    /// Name of the DatabaseSchema
    pub name: String,
    /// Namespace of the DatabaseSchema; by default the one of the kubeconfig's context
    #[arg(short, long)]
    pub namespace: Option<String>,
    /// Context of the kubeconfig to use
    #[arg(long)]
    pub context: Option<String>,
}

/// A resource of a cluster, and one of its plans.
#[derive(Debug, Args)]
pub struct ConsentArguments {
    #[command(flatten)]
    pub resource: ResourceArguments,
    /// ID of the plan, as the status shows it. By default, the plan is shown, and you are asked to confirm
    #[arg(long, value_name = "ID")]
    pub plan: Option<String>,
}

/// A database, and how it is reached.
#[derive(Debug, Args)]
pub struct ServerArguments {
    /// URL of the database, which overrides what the file says: mysql://user:password@host:port/database. Percent-encode
    /// / # ? @ : and % in user and password. Prefer the environment variable, since other users may see arguments
    #[arg(long, env = "DATABASE_URL", hide_env_values = true, value_parser = StringValueParser::new().map(Secret::new))]
    pub url: Secret,
    /// How the connection is encrypted and verified. By default verify-identity; preferred on a loopback address, where no
    /// network lies between
    #[arg(long, value_enum)]
    pub tls: Option<TlsArgument>,
    /// PEM file of a certificate authority to trust instead of the public ones
    #[arg(long, value_name = "FILE")]
    pub ca: Option<PathBuf>,
}

/// A file that declares a schema, and the risks that are allowed.
#[derive(Debug, Clone, Args)]
pub struct FileArguments {
    /// YAML file (its first DatabaseSchema is used) or .sql file of CREATE TABLE statements; - for standard input
    #[arg(short, long = "filename", visible_alias = "file", value_name = "FILE")]
    pub file: PathBuf,
    /// Risks to allow in addition to those that the file allows: Blocking, Breaking, Destructive, Unknown
    #[arg(long, value_name = "RISK", value_delimiter = ',', value_parser = parse_risk)]
    pub allow: Vec<RiskSpec>,
    /// With policy.undeclared Remove, also remove what the record in the database says that this file once made. Whoever
    /// may write that table could have written it
    #[arg(long)]
    pub trust_record: bool,
}

#[derive(Debug, Args)]
pub struct ExportArguments {
    #[command(flatten)]
    pub server: ServerArguments,
    /// Name of the resource; by default derived from the name of the database
    #[arg(long)]
    pub name: Option<String>,
    /// The application's name for this state of the schema
    #[arg(long, default_value = "exported")]
    pub revision: String,
    /// Leave out what a new table would have anyway: no default, an empty comment, the table's own character set of a
    /// column. Applied to another live table of that name, such an attribute then stays as it is there
    #[arg(long)]
    pub brief: bool,
}

#[derive(Debug, Args)]
pub struct PlanArguments {
    #[command(flatten)]
    pub file: FileArguments,
    #[command(flatten)]
    pub server: ServerArguments,
    /// Output format of the plan
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
    /// Output format of the history
    #[arg(short, long, value_enum, default_value_t = HistoryFormat::Text)]
    pub output: HistoryFormat,
}

#[derive(Debug, Args)]
pub struct VerifyArguments {
    /// YAML file whose first DatabaseSchema has the queries; - for standard input
    #[arg(short, long = "filename", visible_alias = "file", value_name = "FILE")]
    pub file: PathBuf,
    #[command(flatten)]
    pub server: ServerArguments,
}

#[derive(Debug, Args)]
pub struct WaitArguments {
    #[command(flatten)]
    pub resource: ResourceArguments,
    /// Revision to wait for; by default the one that the resource declares, which only the cluster tells
    #[arg(long, value_name = "REVISION")]
    pub revision: Option<String>,
    /// How long to wait, as hours, minutes and seconds
    #[arg(long, value_name = "DURATION", default_value = "10m", value_parser = parse_duration)]
    pub timeout: Duration,
    /// URL of the database to ask instead of the cluster, as for the other commands. It is not read from the environment
    /// without this option: `--url env` takes it from DATABASE_URL
    #[arg(long, value_parser = StringValueParser::new().map(Secret::new), requires = "revision", conflicts_with = "context")]
    pub url: Option<Secret>,
    /// How the connection is encrypted and verified. By default verify-identity; preferred on a loopback address
    #[arg(long, value_enum, requires = "url")]
    pub tls: Option<TlsArgument>,
    /// PEM file of a certificate authority to trust instead of the public ones
    #[arg(long, value_name = "FILE", requires = "url")]
    pub ca: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub struct ChainArguments {
    /// Folder of the migrations, or one above it
    #[arg(value_name = "DIR")]
    pub folder: PathBuf,
    /// Migration tool; by default found by the names of the files
    #[arg(long, value_enum)]
    pub tool: Option<ToolArgument>,
    /// Output format of the chain
    #[arg(short, long, value_enum, default_value_t = ChainFormat::Text)]
    pub output: ChainFormat,
    /// Print the chain as spec.revisionTable of a DatabaseSchema, oldest first
    #[arg(long, conflicts_with = "output")]
    pub spec: bool,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum ChainFormat {
    Text,
    Json,
    /// For a comment of a pull request
    Markdown,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum ToolArgument {
    Alembic,
    Flyway,
    Rails,
    GolangMigrate,
    Dbmate,
    Prisma,
    Django,
}

impl From<ToolArgument> for Tool {
    fn from(argument: ToolArgument) -> Self {
        match argument {
            ToolArgument::Alembic => Self::Alembic,
            ToolArgument::Flyway => Self::Flyway,
            ToolArgument::Rails => Self::Rails,
            ToolArgument::GolangMigrate => Self::GolangMigrate,
            ToolArgument::Dbmate => Self::Dbmate,
            ToolArgument::Prisma => Self::Prisma,
            ToolArgument::Django => Self::Django,
        }
    }
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

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum TlsArgument {
    /// Do not encrypt
    Disabled,
    /// Encrypt if the server supports it
    Preferred,
    /// Encrypt, but do not verify the server's certificate
    Required,
    /// Encrypt, and verify that a trusted authority signed the certificate
    VerifyCa,
    /// Encrypt, and verify the authority and the host name
    VerifyIdentity,
}

impl TlsArgument {
    /// Returns the default for a host.
    pub fn for_host(host: &str) -> Self {
        if is_loopback(host) { Self::Preferred } else { Self::VerifyIdentity }
    }

    /// Returns what the way of connecting leaves open to others on the network between; `None` where that is nothing.
    pub fn weakness(self, host: &str) -> Option<&'static str> {
        let mode = match self {
            Self::Disabled => TlsMode::Disabled,
            Self::Preferred => TlsMode::Preferred,
            Self::Required => TlsMode::Required,
            Self::VerifyCa => TlsMode::VerifyCA,
            Self::VerifyIdentity => TlsMode::VerifyIdentity,
        };
        mode.weakness().filter(|_| !is_loopback(host))
    }
}

fn is_loopback(host: &str) -> bool {
    host.eq_ignore_ascii_case("localhost") || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
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

/// What the arguments ask for.
#[derive(Debug)]
pub enum Invocation {
    Command(Command),
    /// The text of the help, or of the version.
    Help(String),
}

/// Reads the arguments, the program's name first.
///
/// # Errors
/// [`CliError::Usage`], on one line, without what may be a password.
pub fn read(arguments: Vec<OsString>) -> Result<Invocation, CliError> {
    let given = arguments.clone();
    match Arguments::try_parse_from(arguments) {
        Ok(arguments) => Ok(Invocation::Command(arguments.command)),
        Err(error) => match error.kind() {
            ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => Ok(Invocation::Help(error.to_string())),
            // The program's name alone: clap answers with its help as an error.
            ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => Err(CliError::Usage(
                "a command is missing: export, plan, apply, approve, reject, cancel, history, verify, wait or chain"
                    .to_owned(),
            )),
            _ => Err(CliError::Usage(first_paragraph(&without_urls(&error.to_string(), &given)))),
        },
    }
}

/// Hides URLs in a message: clap repeats an argument that it did not expect, which may be a URL with a password.
fn without_urls(message: &str, arguments: &[OsString]) -> String {
    let given = arguments.iter().map(|argument| argument.to_string_lossy());
    let secrets = given.filter_map(|argument| argument.split_once("://").map(|(_, secret)| secret.to_owned()));
    let secrets = secrets.filter(|secret| !secret.is_empty());
    secrets.fold(message.to_owned(), |message, secret| message.replace(&secret, "***"))
}

/// Returns what clap's message says before tips and usage. Its errors begin with `error: `, which the caller replaces.
fn first_paragraph(message: &str) -> String {
    let paragraph = message.split("\n\n").next().unwrap_or_default();
    one_line(paragraph.strip_prefix("error: ").unwrap_or(paragraph))
}

/// Reads a risk in any case.
fn parse_risk(text: &str) -> Result<RiskSpec, String> {
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
    fn only_a_loopback_address_is_trusted_without_a_certificate() {
        for host in ["127.0.0.1", "127.8.9.1", "::1", "localhost", "LOCALHOST"] {
            assert_eq!(TlsArgument::for_host(host), TlsArgument::Preferred, "{host}");
            assert_eq!(TlsArgument::Disabled.weakness(host), None, "{host}");
        }
        for host in ["db", "10.0.0.7", "localhost.example", "127.0.0.1.example", "::ffff:10.0.0.7"] {
            assert_eq!(TlsArgument::for_host(host), TlsArgument::VerifyIdentity, "{host}");
            assert!(TlsArgument::Preferred.weakness(host).is_some(), "{host}");
            assert_eq!(TlsArgument::VerifyIdentity.weakness(host), None, "{host}");
        }
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
    fn no_argument_prints_the_url() {
        let url = "mysql://app:hunter2@db/app";
        let arguments = Arguments::try_parse_from(["kubectl-schema", "export", "--url", url]).unwrap();
        assert!(!format!("{arguments:?}").contains("hunter2"));
        let url = crate::cli::url::DatabaseUrl::parse(url).unwrap();
        assert!(!format!("{url:?}").contains("hunter2"));
    }

    #[test]
    fn a_risk_is_named_in_any_case() {
        assert_eq!(parse_risk("blocking"), Ok(RiskSpec::Blocking));
        assert!(usage(&["apply", "-f", "x", "--url", "u", "--allow", "All"]).contains("Destructive"));
    }
}
