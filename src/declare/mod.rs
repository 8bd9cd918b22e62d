//! From a spec to a declared schema. The only place that knows both the resource and the model.

mod column;
mod constraint;
mod ddl;
mod index;
mod partitioning;
mod restate;
mod risk;
mod table;
mod unsupported;
mod verify;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::api::{DatabaseSchemaSpec, RiskSpec, TableSpec};
use crate::plan::{Consent, ObjectKind, Refusal, RefusalKind, Risk};
use crate::schema::{DeclaredSchema, Identifier};

pub use ddl::{Script, ScriptError, TableText, declare_written, is_sql, refusals, without_dump};
pub use restate::restate;
pub use verify::{VerifyCheck, verify_checks};

/// What a spec declares, and what it allows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Declaration {
    pub schema: DeclaredSchema,
    pub consent: Consent,
    /// The same in the words of the resource, as others are told of it.
    pub words: Arc<[TableSpec]>,
}

/// Where the declaration of a spec comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// From `spec.tables`: what is declared is known.
    Tables(Declaration),
    /// From `CREATE TABLE` text: a server says what it means.
    Text { script: Arc<Script>, consent: Consent },
}

/// Reads a spec. `script` is the text that its `ddl` says or refers to.
///
/// # Errors
/// As [`declare`].
pub fn source(spec: &DatabaseSchemaSpec, script: Option<Script>) -> Result<Source, Vec<Refusal>> {
    let declaration = declare(spec)?;
    Ok(match script {
        None => Source::Tables(declaration),
        Some(script) => Source::Text { script: Arc::new(script), consent: declaration.consent },
    })
}

/// Reads the tables of a spec.
///
/// # Errors
/// Everything in the spec that can't be understood, contradicts itself, or is not carried out; each with its path.
pub fn declare(spec: &DatabaseSchemaSpec) -> Result<Declaration, Vec<Refusal>> {
    let mut reader = SpecReader::default();
    unsupported::spec(spec, &mut reader);
    let tables = spec.tables.as_deref().unwrap_or_default();
    let schema = read_tables(tables, &mut reader);
    reader.consent.everywhere.extend(spec.policy.allowed().iter().copied().map(Risk::from));
    if reader.refusals.is_empty() {
        Ok(Declaration { schema, consent: reader.consent, words: tables.into() })
    } else {
        Err(reader.refusals)
    }
}

/// Reads tables that some resource declares.
///
/// # Errors
/// As [`declare`].
pub fn declare_tables(tables: &[TableSpec]) -> Result<DeclaredSchema, Vec<Refusal>> {
    let mut reader = SpecReader::default();
    let schema = read_tables(tables, &mut reader);
    if reader.refusals.is_empty() { Ok(schema) } else { Err(reader.refusals) }
}

fn read_tables(tables: &[TableSpec], reader: &mut SpecReader) -> DeclaredSchema {
    let mut schema = DeclaredSchema::default();
    for table in tables {
        table::table(table, &mut schema, reader);
    }
    let names = schema.tables.iter().map(|table| &table.name).chain(&schema.absent_tables);
    reader.distinct("spec.tables", names);
    schema
}

/// Collects what is wrong and what is allowed while a spec is read.
#[derive(Debug, Default)]
struct SpecReader {
    refusals: Vec<Refusal>,
    consent: Consent,
}

impl SpecReader {
    fn invalid(&mut self, path: impl Into<String>, message: impl Into<String>) {
        self.refusals.push(Refusal { path: path.into(), kind: RefusalKind::Invalid, message: message.into() });
    }

    /// Refuses what a later version may carry out, by its name: it is never ignored.
    fn unsupported(&mut self, path: impl Into<String>, message: impl Into<String>) {
        self.refusals.push(Refusal { path: path.into(), kind: RefusalKind::Unsupported, message: message.into() });
    }

    fn names(&mut self, path: &str, texts: &[String]) -> Vec<Identifier> {
        texts.iter().enumerate().filter_map(|(at, text)| self.name(&format!("{path}[{at}]"), text)).collect()
    }

    fn name(&mut self, path: &str, text: &str) -> Option<Identifier> {
        Identifier::new(text).map_err(|error| self.invalid(path, error.to_string())).ok()
    }

    /// Refuses names that differ in case alone: the server takes them for one.
    fn distinct<'a>(&mut self, path: &str, names: impl Iterator<Item = &'a Identifier>) {
        let mut seen = BTreeMap::new();
        for name in names {
            if let Some(first) = seen.insert(name.folded(), name) {
                self.invalid(format!("{path}[{name}]"), format!("{first} and {name} are one name to the server"));
            }
        }
    }

    fn allow(&mut self, table: &Identifier, object: Option<(ObjectKind, &Identifier)>, risks: Option<&[RiskSpec]>) {
        let risks: BTreeSet<Risk> = risks.unwrap_or_default().iter().copied().map(Risk::from).collect();
        if risks.is_empty() {
            return;
        }
        match object {
            None => self.consent.tables.insert(table.clone(), risks),
            Some((kind, name)) => self.consent.objects.insert((table.clone(), kind, name.folded()), risks),
        };
    }
}
