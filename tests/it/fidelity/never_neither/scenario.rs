//! A pair with rows, and the consent of each round, as SQL and names: a kept case outlives the generator.

use schema_operator::api::RiskSpec;
use serde::{Deserialize, Serialize};

use crate::fidelity::schema_pair::SchemaPair;

#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Scenario {
    pub pair: SchemaPair,
    /// The objects of A that no declaration names.
    #[serde(default)]
    pub undeclared: Vec<ObjectPath>,
    pub rounds: Vec<Round>,
}

/// One declaration with its policy. It lasts until no step runs any more.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Round {
    /// The risks that the policy allows.
    pub allow: Vec<RiskSpec>,
    /// The risks that an object allows.
    #[serde(default)]
    pub objects: Vec<AllowedRisks>,
    /// The positions of steps that a person approves.
    #[serde(default)]
    pub approved: Vec<usize>,
    pub small_table_rows: i64,
    #[serde(default)]
    pub removes_undeclared: bool,
    /// The objects of B that this declaration leaves out.
    #[serde(default)]
    pub left_out: Vec<ObjectPath>,
    /// Whether all rows are deleted before it.
    #[serde(default)]
    pub sweep: bool,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct AllowedRisks {
    pub object: ObjectPath,
    pub risks: Vec<RiskSpec>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum ObjectKind {
    Table,
    Column,
    Index,
    ForeignKey,
    Check,
}

/// An object, by the name that it has in B, or in A where B does not have it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ObjectPath {
    pub table: String,
    pub kind: ObjectKind,
    /// Empty for the table itself.
    pub name: String,
}

impl ObjectPath {
    pub fn new(table: &str, kind: ObjectKind, name: &str) -> Self {
        Self { table: table.to_owned(), kind, name: name.to_owned() }
    }
}

impl Scenario {
    /// Whether no declaration names the object, nor the whole of its table.
    pub fn is_undeclared(&self, path: &ObjectPath) -> bool {
        let table = ObjectPath::new(&path.table, ObjectKind::Table, "");
        self.undeclared.contains(path) || self.undeclared.contains(&table)
    }
}

impl Round {
    /// Whether this declaration leaves out the object, or the whole of its table.
    pub fn leaves_out(&self, path: &ObjectPath) -> bool {
        let table = ObjectPath::new(&path.table, ObjectKind::Table, "");
        self.left_out.contains(path) || self.left_out.contains(&table)
    }

    /// Whether something that is removed from this table may take values along.
    pub fn may_destroy(&self, table: &str) -> bool {
        let of_table = |allowed: &&AllowedRisks| allowed.object.table == table;
        let allowed = self.objects.iter().filter(of_table).flat_map(|allowed| &allowed.risks);
        !self.approved.is_empty() || self.allow.iter().chain(allowed).any(|risk| *risk == RiskSpec::Destructive)
    }
}
