//! Reads names, expressions and key parts out of a spec, and collects what is wrong with it and what it allows. It does
//! not know what they belong to: its callers give the path.

use std::collections::{BTreeMap, BTreeSet};

use crate::api::RiskSpec;
use crate::plan::{Consent, ObjectKey, ObjectKind, Refusal, RefusalKind, Risk};
use crate::schema::{Expression, Identifier, KeyPart};

/// Collects refusals and consent while a spec is read.
#[derive(Debug)]
pub struct SpecReader {
    pub refusals: Vec<Refusal>,
    pub consent: Consent,
    /// The path of the list of tables, before the name in brackets.
    tables_path: &'static str,
}

impl SpecReader {
    /// Returns a reader of `spec.tables`.
    pub fn of_tables() -> Self {
        Self { refusals: Vec::new(), consent: Consent::default(), tables_path: "spec.tables" }
    }

    /// Returns a reader of tables that `CREATE TABLE` text declares.
    pub fn of_ddl() -> Self {
        Self { tables_path: "spec.ddl: table", ..Self::of_tables() }
    }

    /// Returns the path of a table.
    pub fn table_path(&self, name: &str) -> String {
        format!("{}[{name}]", self.tables_path)
    }

    /// Refuses what can't be read or contradicts itself.
    pub fn invalid(&mut self, path: impl Into<String>, message: impl Into<String>) {
        self.refusals.push(Refusal::of_spec(path, RefusalKind::Invalid, message));
    }

    /// Refuses by name what this version does not do: nothing is ignored.
    pub fn unsupported(&mut self, path: impl Into<String>, message: impl Into<String>) {
        self.refusals.push(Refusal::of_spec(path, RefusalKind::Unsupported, message));
    }

    /// Reads a name.
    pub fn name(&mut self, path: &str, text: &str) -> Option<Identifier> {
        Identifier::new(text).map_err(|error| self.invalid(path, error.to_string())).ok()
    }

    /// Reads names, without those that can't be read.
    pub fn names(&mut self, path: &str, texts: &[String]) -> Vec<Identifier> {
        texts.iter().enumerate().filter_map(|(at, text)| self.name(&format!("{path}[{at}]"), text)).collect()
    }

    /// Reads the former names of the object at `path`; its own name is not one of them.
    pub fn renamed_from(&mut self, path: &str, name: &Identifier, texts: Option<&[String]>) -> Vec<Identifier> {
        let path = format!("{path}.renamedFrom");
        let names = self.names(&path, texts.unwrap_or_default());
        if names.contains(name) {
            self.invalid(path, "it names the object itself");
        }
        names
    }

    /// Refuses names that differ in case alone: to the server they are one name.
    pub fn distinct<'a>(&mut self, path: &str, names: impl IntoIterator<Item = &'a Identifier>) {
        let mut seen = BTreeMap::new();
        for name in names {
            if let Some(first) = seen.insert(name.folded(), name) {
                self.invalid(format!("{path}[{name}]"), format!("{first} and {name} are one name to the server"));
            }
        }
    }

    /// Reads an expression.
    pub fn expression(&mut self, path: &str, text: &str) -> Option<Expression> {
        Expression::new(text).map_err(|error| self.invalid(path, error.to_string())).ok()
    }

    /// Reads the parts of a key; `None` where there is none, or one can't be read.
    pub fn key_parts(&mut self, path: &str, texts: &[String]) -> Option<Vec<KeyPart>> {
        let mut parts = Vec::new();
        for (at, text) in texts.iter().enumerate() {
            match KeyPart::parse(text) {
                Ok(part) => parts.push(part),
                Err(error) => self.invalid(format!("{path}[{at}]"), error.to_string()),
            }
        }
        self.distinct(path, parts.iter().filter_map(KeyPart::column_name));
        (parts.len() == texts.len() && !parts.is_empty()).then_some(parts)
    }

    /// Notes the risks that are allowed for a table and all that is in it.
    pub fn allow_in_table(&mut self, table: &Identifier, allow: Option<&[RiskSpec]>) {
        let risks = risks(allow);
        if !risks.is_empty() {
            self.consent.tables.insert(table.clone(), risks);
        }
    }

    /// Notes the risks that are allowed for one object of a table.
    pub fn allow_for_object(
        &mut self,
        table: &Identifier,
        kind: ObjectKind,
        name: &Identifier,
        allow: Option<&[RiskSpec]>,
    ) {
        let risks = risks(allow);
        if !risks.is_empty() {
            self.consent.objects.insert(ObjectKey::new(table, kind, name), risks);
        }
    }
}

fn risks(allow: Option<&[RiskSpec]>) -> BTreeSet<Risk> {
    allow.unwrap_or_default().iter().copied().map(Risk::from).collect()
}
