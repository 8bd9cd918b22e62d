//! Turns a spec into a declared schema, and a live table back into the words of a spec. It is the only room that knows
//! both the resource and the model, and it does no I/O.

mod column;
mod constraint;
mod ddl;
mod index;
mod object_list;
mod partitioning;
mod restate;
mod risk;
mod spec_reader;
mod table;
mod unsupported;
mod verify;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::api::{DatabaseSchemaSpec, TableSpec};
use crate::plan::{Consent, Refusal, RefusalKind, Risk};
use crate::schema::{DeclaredSchema, Identifier, StoredNames};
use spec_reader::SpecReader;

pub use ddl::{Script, ScriptError, TableText, WrittenTables, declare_written, is_sql, refusals, without_dump};
pub use restate::{Omission, Restatement, complete, restate};
pub use verify::{VerifyCheck, verify_checks};

/// What a spec declares, and what it allows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Declaration {
    pub schema: DeclaredSchema,
    pub consent: Consent,
    /// The same in the words of the resource, for those who read the claim.
    pub words: Arc<[TableSpec]>,
}

impl Declaration {
    /// Returns the declaration of `own` database with the names of tables as a server stores them. From then on, equal names
    /// are one table. The words stay as they are written.
    ///
    /// # Errors
    /// Tables that are declared apart are one to this server.
    pub fn with_stored_names(mut self, names: &StoredNames, own: &Identifier) -> Result<Self, Vec<Refusal>> {
        if names.is_exact() {
            return Ok(self);
        }
        let written = self.schema.tables.iter().map(|table| &table.name).chain(&self.schema.absent_tables);
        let mut seen: BTreeMap<Identifier, &Identifier> = BTreeMap::new();
        let mut refusals = Vec::new();
        for name in written {
            if let Some(first) = seen.insert(names.table(name), name) {
                let message = format!(
                    "{first} and {name} are one table to this server, whose lower_case_table_names is not 0; declare one"
                );
                refusals.push(Refusal::of_table(name, "", RefusalKind::Invalid, message));
            }
        }
        if !refusals.is_empty() {
            return Err(refusals);
        }
        names.in_declaration(&mut self.schema, own);
        self.consent.take_stored_names(names);
        Ok(self)
    }

    /// Returns refusals of the declaration with stored names, whose paths name tables as they are written.
    #[must_use]
    pub fn as_written(&self, refusals: Vec<Refusal>, names: &StoredNames) -> Vec<Refusal> {
        let is_table = |refusal: &Refusal, written: &str| {
            refusal.table.as_ref().is_some_and(|stored| names.is_table(written, stored))
        };
        let as_written = |refusal: Refusal| match self.words.iter().find(|table| is_table(&refusal, &table.name)) {
            Some(table) => refusal.with_written_name(&table.name),
            None => refusal,
        };
        refusals.into_iter().map(as_written).collect()
    }
}

/// Where the declaration of a spec comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// `spec.tables`: what is declared is known.
    Tables(Declaration),
    /// `CREATE TABLE` text: a server decides what it means.
    Text { script: Arc<Script>, consent: Consent },
}

/// Reads a spec. `script` is the text that its `ddl` holds or refers to.
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
/// Everything in the spec that can't be read, contradicts itself, or is not supported; each with its path.
pub fn declare(spec: &DatabaseSchemaSpec) -> Result<Declaration, Vec<Refusal>> {
    let mut reader = SpecReader::of_tables();
    unsupported::spec(spec, &mut reader);
    if spec.tables.is_some() && spec.ddl.is_some() {
        reader.invalid("spec", "exactly one of tables and ddl must be set");
    }
    let tables = spec.tables.as_deref().unwrap_or_default();
    let schema = read_tables(tables, &mut reader);
    reader.consent.everywhere.extend(spec.policy.allowed().iter().copied().map(Risk::from));
    if reader.refusals.is_empty() {
        Ok(Declaration { schema, consent: reader.consent, words: tables.into() })
    } else {
        Err(reader.refusals)
    }
}

/// Reads the tables that another resource declares.
///
/// # Errors
/// As [`declare`].
pub fn declare_tables(tables: &[TableSpec]) -> Result<DeclaredSchema, Vec<Refusal>> {
    let mut reader = SpecReader::of_tables();
    let schema = read_tables(tables, &mut reader);
    if reader.refusals.is_empty() { Ok(schema) } else { Err(reader.refusals) }
}

fn read_tables(tables: &[TableSpec], reader: &mut SpecReader) -> DeclaredSchema {
    let mut schema = DeclaredSchema::default();
    for table in tables {
        table::table(table, &mut schema, reader);
    }
    // Whether names that differ in case are two, only the server knows.
    let mut seen = BTreeSet::new();
    for name in schema.tables.iter().map(|table| &table.name).chain(&schema.absent_tables) {
        if !seen.insert(name) {
            reader.invalid(format!("spec.tables[{name}]"), "the table is declared twice");
        }
    }
    schema
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Rules of the CRD that a file at the command line has to keep as well.
    #[test]
    fn what_the_api_server_refuses_is_refused_here_too() {
        for (spec, path, message) in [
            (
                "columns: [{name: x, type: int, default: {value: '1'}, autoIncrement: true}]",
                "columns[x]",
                "at most one of default",
            ),
            (
                "columns: [{name: x, type: int, default: {none: {}}, generated: {expression: '1'}}]",
                "columns[x]",
                "at most one of default",
            ),
            (
                "columns: [{name: x, type: int, generated: {expression: '1'}, autoIncrement: true}]",
                "columns[x]",
                "at most one of default",
            ),
            (
                "columns: [{name: x, type: int, nullable: true, autoIncrement: true}]",
                "columns[x]",
                "cannot be nullable",
            ),
            ("columns: [{name: x, type: int, first: true, after: id}]", "columns[x]", "at most one of first and after"),
            (
                "indexes: [{name: i, columns: [a], unique: true, kind: Fulltext}]",
                "indexes[i]",
                "at most one of unique and kind",
            ),
            ("indexes: [{name: i, columns: [a], parser: ngram}]", "indexes[i]", "parser needs kind Fulltext"),
            ("indexes: [{name: Primary, columns: [a]}]", "indexes[Primary]", "declare it in primaryKey"),
            ("checks: [{name: c}]", "checks[c]", ""),
            ("foreignKeys: [{name: f, columns: [a]}]", "foreignKeys[f]", ""),
        ] {
            let common = "revision: r, database: d, connection: {secretRef: {name: s}}";
            let spec: DatabaseSchemaSpec =
                serde_saphyr::from_str(&format!("{{{common}, tables: [{{name: t, {spec}}}]}}")).unwrap();
            let refusals = declare(&spec).unwrap_err();
            let is_named =
                refusals.iter().any(|refusal| refusal.path.contains(path) && refusal.message.contains(message));
            assert!(is_named, "{path}: {refusals:?}");
        }
    }
}
