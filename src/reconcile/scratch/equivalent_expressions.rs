//! Lets a contract say an expression as it is live, where a rehearsal shows that the server takes both for the same.

use super::rehearsal_cache::RehearsalCache;
use crate::api::TableSpec;
use crate::declare::Declaration;
use crate::mysql::{Observation, Servers};
use crate::plan::{ExpressionProbe, expression_probes, plan};
use crate::reconcile::detail::look_closer;
use crate::reconcile::not_ready::NotReady;
use crate::reconcile::request::Request;
use crate::schema::{DeclaredSchema, Generation, Identifier, StoredNames, TableObject};

/// Returns the request with the live spelling of each expression that means the same on this server. The claim is made
/// of these words, so that it protects what is live.
///
/// # Errors
/// The connection broke. Where nothing can be rehearsed, the declared spelling stays.
pub async fn adopt_live_spellings(
    servers: &Servers,
    cache: &RehearsalCache,
    request: &Request,
    observation: &mut Observation,
) -> Result<Request, NotReady> {
    let mut adopted = request.clone();
    if observation.server.read_only {
        return Ok(adopted);
    }
    for probe in expression_probes(&request.declaration.schema, &observation.schema) {
        let mut probing = request.clone();
        probing.declaration.schema = probe.probe.clone();
        let looked = look_closer(servers, &probing, observation).await;
        looked.map_err(|error| NotReady::connecting(&error))?;
        let Ok(plan) = plan(&probing.declaration.schema, &observation.schema) else { continue };
        let (left, _) = cache.rehearse(servers, &probing, &observation.schema, plan).await?;
        if left.is_empty() {
            adopt(&mut adopted.declaration, &probe, &observation.schema.stored_names());
        }
    }
    Ok(adopted)
}

fn adopt(declaration: &mut Declaration, probe: &ExpressionProbe, names: &StoredNames) {
    adopt_in_schema(&mut declaration.schema, probe);
    let mut words = declaration.words.to_vec();
    for table in words.iter_mut().filter(|table| names.is_table(&table.name, &probe.place.table)) {
        adopt_in_words(table, probe);
    }
    declaration.words = words.into();
}

fn adopt_in_schema(schema: &mut DeclaredSchema, ExpressionProbe { place, live, probe: _ }: &ExpressionProbe) {
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
        // These have no expression that is probed.
        TableObject::Table
        | TableObject::PrimaryKey
        | TableObject::Options
        | TableObject::Partitioning
        | TableObject::Index(_)
        | TableObject::ForeignKey(_) => {}
    }
}

fn adopt_in_words(table: &mut TableSpec, ExpressionProbe { place, live, probe: _ }: &ExpressionProbe) {
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
        // These have no expression that is probed.
        TableObject::Table
        | TableObject::PrimaryKey
        | TableObject::Options
        | TableObject::Partitioning
        | TableObject::Index(_)
        | TableObject::ForeignKey(_) => {}
    }
}
