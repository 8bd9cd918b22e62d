//! Reads what the bulk queries leave out of a table.

use super::request::Request;
use crate::mysql::{Error, Observation, Purpose, Servers, read_in_full};
use crate::plan::tables_needing_detail;

/// Reads in full those tables for which the bulk queries are not enough.
pub async fn look_closer(servers: &Servers, request: &Request, observation: &mut Observation) -> Result<(), Error> {
    let tables = Vec::from_iter(tables_needing_detail(&request.declaration.schema, &observation.schema));
    if tables.is_empty() {
        return Ok(());
    }
    let mut session = servers.session(&request.asker.login, Purpose::Read).await?;
    read_in_full(&mut session, observation, &tables).await
}
