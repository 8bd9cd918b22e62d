//! Looks at the tables of other databases that new foreign keys refer to. A plan without such a key sends nothing.

use crate::api::Reason;
use crate::mysql::{Error, ErrorKind, Purpose, Scope, Servers, observe};
use crate::plan::{Plan, keys_elsewhere};
use crate::reconcile::not_ready::NotReady;
use crate::reconcile::request::Request;
use crate::schema::Schema;

/// Makes sure that the server would add each foreign key to a table of another database.
///
/// # Errors
/// [`Reason::PlanRefused`] names what the other table lacks; the server can't be reached.
pub async fn check_keys_elsewhere(
    servers: &Servers,
    request: &Request,
    live: &Schema,
    plan: &Plan,
) -> Result<(), NotReady> {
    let keys = keys_elsewhere(plan, &request.declaration.schema, live);
    if keys.is_empty() {
        return Ok(());
    }
    let connecting = |error: Error| NotReady::connecting(&error);
    let mut session = servers.session(&request.asker.login, Purpose::Read).await.map_err(connecting)?;
    for key in keys {
        let scope = Scope { database: &key.database, table: Some(&key.key.referenced_table) };
        let refusal = match observe(&mut session, scope).await {
            Ok(parent) => key.refusal(Some(&parent.schema)),
            Err(error) if error.kind == ErrorKind::UnknownDatabase => key.refusal(None),
            Err(error) => return Err(connecting(error)),
        };
        if let Some(refusal) = refusal {
            return Err(NotReady::new(Reason::PlanRefused, format!("{refusal}; nothing was changed")));
        }
    }
    Ok(())
}
