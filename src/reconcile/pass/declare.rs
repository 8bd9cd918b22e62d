//! Second stage: what the request declares, in the words of this server.

use super::context::Context;
use super::observe::Observed;
use super::outcome::Stop;
use crate::declare::{Declaration, Source};
use crate::plan::{KeptObject, Refusal, RefusalKind, kept_objects, undeclared};
use crate::reconcile::not_ready::NotReady;
use crate::reconcile::report::Report;
use crate::reconcile::request::{Request, TargetMode};
use crate::reconcile::scratch::read_ddl;
use crate::record::Belief;
use crate::schema::DeclaredSchema;

/// A request whose declaration is known.
#[derive(Debug)]
pub struct Declared {
    pub request: Request,
    pub observed: Observed,
    pub report: Report,
}

impl Declared {
    /// Whether only a contract is checked. A node that lags behind its cluster can't tell whether it holds.
    pub fn is_contract(&self) -> bool {
        self.request.spec.mode == TargetMode::Require && self.observed.rivals.node_lag.is_none()
    }
}

/// Reads what the request declares; for `CREATE TABLE` text the server says what it means.
///
/// # Errors
/// As [`read_ddl`].
pub async fn declare(
    context: Context<'_>,
    request: &Request<Source>,
    mut observed: Observed,
) -> Result<Declared, Stop> {
    let observation = &observed.observation;
    let (unreadable, distrusted) = (observed.records.unreadable.clone(), observed.distrusted.clone());
    let revision = Some(observed.revision.clone().unwrap_or_default());
    let server = Some(observation.server.clone());
    let report = Report { server, unreadable, revision, distrusted, ..Report::begun() };
    let declaration = read_ddl(context.servers(), &context.pipeline.ddl, request, observation).await;
    let declaration = declaration.and_then(|declaration| {
        let live = &observation.schema;
        let stored = declaration.with_stored_names(&live.stored_names(), &live.name);
        stored.map_err(|refusals| NotReady::from_refusals(&refusals))
    });
    let declaration = declaration.and_then(|declaration| check_own_tables(request, &declaration).map(|()| declaration));
    let declaration = declaration.map_err(|not_ready| Stop::because(&report, not_ready))?;
    if observed.belief == Belief::FirstLook {
        let is_contract = request.spec.mode == TargetMode::Require;
        let owned = if is_contract { DeclaredSchema::default() } else { declaration.schema.clone() };
        observed.records.records.disown_undeclared(&owned);
    }
    let live = &observed.observation.schema;
    let removes = request.removes_undeclared();
    let kept = if removes { kept_objects(&declaration.schema, &observed.records.records, live) } else { Vec::new() };
    let kept = kept.iter().map(KeptObject::to_string).collect();
    let report = Report { undeclared: Some(undeclared(&declaration.schema, live)), kept, ..report };
    Ok(Declared { request: request.declaring(declaration), observed, report })
}

/// Refuses to declare the table of the migration tool, which the chain may call by any name.
fn check_own_tables<D>(request: &Request<D>, declaration: &Declaration) -> Result<(), NotReady> {
    let Some(chain) = &request.spec.chain else { return Ok(()) };
    let DeclaredSchema { tables, absent_tables } = &declaration.schema;
    let names = tables.iter().flat_map(|table| std::iter::once(&table.name).chain(&table.renamed_from));
    let owned = names.chain(absent_tables).filter(|name| chain.owns(name));
    let refusal = |name| {
        let message = format!("the table is the migration tool's own ({}), and can't be declared", chain.path);
        Refusal::of_table(name, "", RefusalKind::Invalid, message)
    };
    let refusals: Vec<Refusal> = owned.map(refusal).collect();
    if refusals.is_empty() { Ok(()) } else { Err(NotReady::from_refusals(&refusals)) }
}
