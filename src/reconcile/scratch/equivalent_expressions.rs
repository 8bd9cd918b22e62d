//! A contract whose expressions the server writes in another way: it is taken to say what is live, where a rehearsal
//! shows that both are the same.

use super::rehearsal_cache::RehearsalCache;
use crate::api::TableSpec;
use crate::declare::Declaration;
use crate::mysql::{Observation, Servers};
use crate::plan::{ExpressionProbe, TableObject, expression_probes, plan};
use crate::reconcile::detail::look_closer;
use crate::reconcile::not_ready::NotReady;
use crate::reconcile::request::Request;
use crate::schema::{DeclaredSchema, Generation, Identifier};

/// The request with each expression as it is live, that means the same on this server. The claim is made of these words,
/// so that it protects what is live.
///
/// # Errors
/// The connection broke. Where nothing can be rehearsed, the words stay as they are.
pub async fn respelled(
    servers: &Servers,
    proofs: &RehearsalCache,
    request: &Request,
    observation: &mut Observation,
) -> Result<Request, NotReady> {
    let mut respelled = request.clone();
    if observation.server.read_only {
        return Ok(respelled);
    }
    for spelling in expression_probes(&request.declaration.schema, &observation.schema) {
        let mut probe = request.clone();
        probe.declaration.schema = spelling.probe.clone();
        let looked = look_closer(servers, &probe, observation).await;
        looked.map_err(|error| NotReady::connecting(&error))?;
        let Ok(plan) = plan(&probe.declaration.schema, &observation.schema) else { continue };
        let (left, _) = proofs.rehearse(servers, &probe, &observation.schema, plan).await?;
        if left.is_empty() {
            take_over(&mut respelled.declaration, &spelling);
        }
    }
    Ok(respelled)
}

fn take_over(declaration: &mut Declaration, spelling: &ExpressionProbe) {
    take_over_schema(&mut declaration.schema, spelling);
    let mut words = declaration.words.to_vec();
    for table in words.iter_mut().filter(|table| table.name == spelling.place.table.as_str()) {
        take_over_words(table, spelling);
    }
    declaration.words = words.into();
}

fn take_over_schema(schema: &mut DeclaredSchema, ExpressionProbe { place, live, .. }: &ExpressionProbe) {
    let Some(table) = schema.tables.iter_mut().find(|table| table.name == place.table) else { return };
    match &place.object {
        TableObject::Check(name) => {
            for check in table.checks.iter_mut().filter(|check| check.name == *name) {
                check.expression = live.clone();
            }
        }
        TableObject::Column(name) => {
            for column in table.columns.iter_mut().filter(|column| column.name == *name) {
                match &mut column.generated {
                    Some(Generation { expression, .. }) => *expression = live.clone(),
                    None => column.check = Some(live.clone()),
                }
            }
        }
        _ => {}
    }
}

fn take_over_words(table: &mut TableSpec, ExpressionProbe { place, live, .. }: &ExpressionProbe) {
    let is = |name: &str, other: &Identifier| name.to_lowercase() == other.folded();
    let text = || live.as_str().to_owned();
    match &place.object {
        TableObject::Check(name) => {
            for check in table.checks.iter_mut().flatten().filter(|check| is(&check.name, name)) {
                check.expression = Some(text());
            }
        }
        TableObject::Column(name) => {
            for column in table.columns.iter_mut().flatten().filter(|column| is(&column.name, name)) {
                match &mut column.generated {
                    Some(generated) => generated.expression = text(),
                    None => column.check = Some(text()),
                }
            }
        }
        _ => {}
    }
}
