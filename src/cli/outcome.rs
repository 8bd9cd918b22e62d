//! How a command ends: with an outcome, or with an error.

use std::path::PathBuf;
use std::process::ExitCode;

use super::chain::ChainError;
use super::file::InvalidFile;
use super::url::InvalidUrl;
use crate::api::Reason;
use crate::mysql;
use crate::reconcile::NotReady;

/// How a command ended without an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Nothing is left to do.
    Done,
    /// Something is left to do: it is planned, or waits for consent; or a query does not hold.
    ToDo,
    /// The time is over.
    TimedOut,
    /// It will not proceed without a person.
    Stalled,
}

impl From<Outcome> for ExitCode {
    fn from(outcome: Outcome) -> Self {
        Self::from(match outcome {
            Outcome::Done => 0,
            Outcome::ToDo => 2,
            Outcome::TimedOut => 3,
            Outcome::Stalled => 4,
        })
    }
}

impl CliError {
    /// Returns which option may help; empty where none does.
    pub fn advice(&self) -> &'static str {
        let is_about_tls = match self {
            Self::Server(error) => error.kind == mysql::ErrorKind::Tls,
            Self::NotReady(not_ready) => not_ready.reason == Reason::TLSFailed,
            _ => false,
        };
        if !is_about_tls {
            return "";
        }
        "; give the server's certificate authority with --ca FILE, or accept a weaker connection with --tls \
         (verify-ca, required, preferred, disabled)"
    }
}

/// A failed command. No message holds a password.
#[derive(Debug, thiserror::Error)]
pub enum CliError {
    #[error("{0}; see --help")]
    Usage(String),
    #[error(transparent)]
    Url(#[from] InvalidUrl),
    #[error("reading {path}: {error}")]
    Read { path: PathBuf, error: std::io::Error },
    #[error("{path}: {error}")]
    File { path: PathBuf, error: Box<InvalidFile> },
    #[error("{path}: {error}")]
    Chain { path: PathBuf, error: Box<ChainError> },
    #[error("{0}")]
    NotReady(#[from] NotReady),
    #[error(transparent)]
    Server(#[from] mysql::Error),
    #[error("the database can't be exported: {0}")]
    NotExportable(String),
    #[error(
        "the statement for {0} holds a control character, which SQL text can't show: run it with kubectl schema apply, \
         or leave it out of the declaration"
    )]
    NotPrintable(String),
    #[error("writing YAML: {0}")]
    Yaml(#[from] serde_saphyr::SerializeError),
    #[error("writing JSON: {0}")]
    Json(#[from] serde_json::Error),
    #[error("writing to standard output: {0}")]
    Output(std::io::Error),
    #[error("reading the file ended early: {0}")]
    Task(tokio::task::JoinError),
    #[error("starting: {0}")]
    Runtime(std::io::Error),
    #[error("interrupted; the server completes the running statement, and holds its lock until then")]
    Interrupted,
    #[error("reading the kubeconfig: {0}")]
    Kubeconfig(String),
    #[error("{doing}: {error}")]
    Cluster { doing: String, error: Box<kube::Error> },
    #[error("{0}")]
    Consent(String),
    #[error("the database was changed {0} times, and another plan follows; another client changes it as well")]
    TooManyPlans(u32),
}
