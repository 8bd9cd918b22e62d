//! Runs `kubectl schema export`: writes a live database as a DatabaseSchema that plans no change.
//!
//! First writes everything that the resource has a field for. Then reads the declaration back and plans it, as the
//! operator would. What is refused, or planned as a change, is left out and named. So the export grows with what can be
//! declared, and never plans a change, whatever the server returns. At last the server makes tables of it, and what
//! these lack is named as well.

mod completeness;
mod left_out;
mod name;
mod prune;

use serde_saphyr::{ser_options, to_string_with_options};

use super::arguments::ExportArguments;
use super::database_target::DatabaseTarget;
use super::outcome::{CliError, Outcome};
use super::output::{one_line, print, report};
use crate::api::{Connection, DatabaseSchema, DatabaseSchemaSpec, Mode, Policy, TableSpec};
use crate::declare::{Omission, Restatement, complete, declare, restate};
use crate::mysql::{Observation, Scope, observe, read_in_full};
use crate::plan::{is_bookkeeping, plan};
use crate::schema::{Column, ColumnDefault, Fill, Identifier, Schema, Table};
pub use left_out::LeftOut;

/// A resource, and what of the live database it leaves out.
#[derive(Debug)]
pub struct Export {
    pub resource: DatabaseSchema,
    pub left_out: Vec<LeftOut>,
}

/// How much of a table is said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExportDetail {
    /// All that makes it what it is: applied to another live table of that name, that becomes the exported one.
    Complete,
    /// What a new table would not have anyway.
    Brief,
}

/// Reads the database and prints the resource.
///
/// # Errors
/// The server can't be read, or name and revision can't be those of a resource.
pub async fn run(arguments: &ExportArguments) -> Result<Outcome, CliError> {
    let target = DatabaseTarget::from_arguments(&arguments.server)?;
    let name = match &arguments.name {
        Some(name) => name::check_name(name)?,
        None => name::from_database(&target.database),
    };
    let revision = name::check_revision(&arguments.revision)?;
    let mut session = target.session().await?;
    let mut observation = observe(&mut session, Scope { database: &target.database, table: None }).await?;
    let tables: Vec<Identifier> = observation.schema.tables.iter().map(|table| table.name.clone()).collect();
    read_in_full(&mut session, &mut observation, &tables).await?;
    let detail = if arguments.brief { ExportDetail::Brief } else { ExportDetail::Complete };
    let mut export = export(&observation, &name, &revision, detail)?;
    export.name_what_it_lacks(&target.pipeline.servers, &target.login, &observation).await;
    for left_out in &export.left_out {
        report(&format!("left out: {left_out}"));
    }
    print(&export.yaml()?)?;
    Ok(Outcome::Done)
}

impl Export {
    /// Writes the resource as a file, whose comments name what was left out.
    ///
    /// # Errors
    /// It can't be written as YAML.
    pub fn yaml(&self) -> Result<String, CliError> {
        let heading = self.left_out.iter().map(|left_out| format!("# Left out: {}\n", one_line(&left_out.to_string())));
        let options = ser_options! { prefer_block_scalars: false };
        Ok(heading.collect::<String>() + &to_string_with_options(&self.resource, options)?)
    }
}

/// Makes a resource of this name and revision from a database as it was read.
///
/// # Errors
/// What is refused of it can't be separated from the rest.
pub fn export(observation: &Observation, name: &str, revision: &str, detail: ExportDetail) -> Result<Export, CliError> {
    let others = observation.others.iter().map(|(name, why)| LeftOut::Other(format!("{name}: {why}")));
    let mut left_out: Vec<LeftOut> = others.collect();
    let dialect = observation.schema.dialect;
    let live = observation.schema.tables.iter().filter(|table| !is_bookkeeping(&table.name));
    let mut tables = Vec::new();
    for table in live {
        let table = table.without_generated_key(dialect);
        let Restatement { mut spec, omissions } = restate(&table);
        if dialect.is_mariadb() {
            left_out.extend(leave_out_unreadable_defaults(&mut spec, &table));
        }
        if detail == ExportDetail::Complete {
            complete(&mut spec, &table);
        }
        let of_table = |omission: Omission| LeftOut::OfTable { table: table.name.clone(), omission };
        left_out.extend(omissions.into_iter().map(of_table));
        tables.push(spec);
    }
    let spec = DatabaseSchemaSpec {
        revision: revision.to_owned(),
        database: observation.schema.name.to_string(),
        connection: Connection::by_secret(format!("{name}-mysql")),
        mode: Mode::Apply,
        tables: Some(tables),
        ddl: None,
        revision_table: None,
        policy: Policy::default(),
        verify: None,
        interval: None,
        progress_deadline: None,
        suspend: None,
    };
    let spec = take_out(spec, observation, &mut left_out)?;
    Ok(Export { resource: DatabaseSchema::new(name, spec), left_out })
}

/// Takes out defaults whose bytes MariaDB may show as question marks (tried on 10.11).
fn leave_out_unreadable_defaults(spec: &mut TableSpec, table: &Table) -> Vec<LeftOut> {
    let is_unreadable = |column: &Column| match &column.fill {
        Fill::Default(ColumnDefault::Value(value)) => column.data_type.is_binary() && value.contains('?'),
        _ => false,
    };
    let mut left_out = Vec::new();
    for column in table.columns.iter().filter(|column| is_unreadable(column)) {
        let specs = spec.columns.iter_mut().flatten();
        specs.filter(|spec| spec.name == column.name.as_str()).for_each(|spec| spec.default = None);
        let field = format!("spec.tables[{}].columns[{}].default", table.name, column.name);
        left_out.push(LeftOut::Other(format!("{field}: the server may show bytes of it as question marks")));
    }
    left_out
}

/// Takes out what is refused, and tables that would change, until nothing of either is left.
fn take_out(
    spec: DatabaseSchemaSpec,
    observation: &Observation,
    left_out: &mut Vec<LeftOut>,
) -> Result<DatabaseSchemaSpec, CliError> {
    let mut spec = take_out_unmakeable(spec, &observation.schema, left_out);
    loop {
        let planned = declare(&spec).and_then(|declaration| plan(&declaration.schema, &observation.schema));
        let before = left_out.len();
        match planned {
            Ok(plan) if plan.is_empty() => return Ok(spec),
            Ok(plan) => {
                for step in &plan.steps {
                    let is_other = |table: &TableSpec| table.name != step.table.as_str();
                    let tables = spec.tables.get_or_insert_default();
                    if tables.iter().all(is_other) {
                        continue;
                    }
                    tables.retain(is_other);
                    let why = format!("table {}: exported, it would be changed by {}", step.table, step.sql());
                    left_out.push(LeftOut::Other(why));
                }
            }
            Err(refusals) => spec = prune::prune(&spec, &refusals, left_out)?,
        }
        // A round that takes nothing out would repeat for ever.
        if left_out.len() == before {
            return Err(CliError::NotExportable("what can't be declared can't be separated from the rest".to_owned()));
        }
    }
}

/// Takes out what no new table is given, such as the engine CSV: it would have the whole export refused elsewhere. What
/// can't be separated from the rest stays.
fn take_out_unmakeable(mut spec: DatabaseSchemaSpec, live: &Schema, left_out: &mut Vec<LeftOut>) -> DatabaseSchemaSpec {
    let nothing = live.without_tables();
    while let Err(refusals) = declare(&spec).and_then(|declaration| plan(&declaration.schema, &nothing))
        && let Ok(pruned) = prune::prune(&spec, &refusals, left_out)
    {
        spec = pruned;
    }
    spec
}
