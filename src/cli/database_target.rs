//! Names the server and the database that a command works on, and opens sessions there.

use std::path::Path;
use std::time::Duration;

use super::arguments::{ServerArguments, TlsArgument};
use super::outcome::CliError;
use super::output::report;
use super::url::DatabaseUrl;
use crate::mysql::{Login, PooledSession, Purpose, Servers};
use crate::reconcile::Pipeline;
use crate::schema::Identifier;

/// At most so many connections: changing, watching and verifying take one each.
const CONNECTIONS: usize = 4;

/// How long connecting may take.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// A database on a server.
#[derive(Debug)]
pub struct DatabaseTarget {
    pub pipeline: Pipeline,
    pub login: Login,
    pub database: Identifier,
}

impl DatabaseTarget {
    /// Reads the URL and the certificate.
    ///
    /// # Errors
    /// Either can't be read.
    pub fn from_arguments(arguments: &ServerArguments) -> Result<Self, CliError> {
        let DatabaseUrl { address, user, password, database } = DatabaseUrl::parse(arguments.url.reveal())?;
        let ca = match &arguments.ca {
            Some(path) => Some(read_file(path)?),
            None => None,
        };
        let tls = arguments.tls.unwrap_or_else(|| TlsArgument::for_host(&address.host));
        if let Some(weakness) = tls.weakness(&address.host) {
            report(weakness);
        }
        let tls = tls.into();
        let login = Login { address, user, password, tls, ca, client: None, connect_timeout: CONNECT_TIMEOUT };
        Ok(Self { pipeline: Pipeline::new(Servers::new(CONNECTIONS)), login, database })
    }

    /// Opens a session for our own queries. No database is selected.
    ///
    /// # Errors
    /// The server can't be reached.
    pub async fn session(&self) -> Result<PooledSession, CliError> {
        Ok(self.pipeline.servers.session(&self.login, Purpose::Read).await?)
    }
}

/// Reads a file.
///
/// # Errors
/// It can't be read.
pub fn read_file(path: &Path) -> Result<String, CliError> {
    std::fs::read_to_string(path).map_err(|error| CliError::Read { path: path.to_owned(), error })
}
