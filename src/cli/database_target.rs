//! The server and the database that a command works on.

use std::path::PathBuf;
use std::time::Duration;

use super::arguments::ServerArguments;
use super::outcome::CliError;
use super::url::DatabaseUrl;
use crate::mysql::{Login, PooledSession, Purpose, Servers};
use crate::reconcile::Pipeline;
use crate::schema::Identifier;

/// Changing, watching and verifying take one connection each.
const CONNECTIONS: usize = 4;

/// How long connecting may take.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// A database on a server that can be connected to.
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
    pub fn read(arguments: &ServerArguments) -> Result<Self, CliError> {
        let DatabaseUrl { address, username, password, database } = DatabaseUrl::parse(arguments.url.reveal())?;
        let read = |path: &PathBuf| {
            std::fs::read_to_string(path).map_err(|error| CliError::Read { path: path.clone(), error })
        };
        let ca = arguments.ca.as_ref().map(read).transpose()?;
        let tls = arguments.tls.into();
        let login = Login { address, username, password, tls, ca, client: None, connect_timeout: CONNECT_TIMEOUT };
        Ok(Self { pipeline: Pipeline::new(Servers::new(CONNECTIONS)), login, database })
    }

    /// A session for our own queries. No database is selected.
    ///
    /// # Errors
    /// The server can't be reached.
    pub async fn session(&self) -> Result<PooledSession, CliError> {
        Ok(self.pipeline.servers.session(&self.login, Purpose::Work).await?)
    }
}
