//! The table in which a migration tool keeps the revision of a database.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::bounds::{Name, Revision};

/// The migration tool that keeps the revision of this database, and the revisions that it may hold.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum RevisionTable {
    /// Alembic, also by way of Flask-Migrate.
    Alembic(AlembicTable),
    /// Flyway.
    Flyway(RevisionChain),
    /// Liquibase.
    Liquibase(RevisionChain),
    /// Rails' Active Record.
    Rails(RevisionChain),
}

impl RevisionTable {
    /// Returns the revisions that the table may hold, oldest first.
    #[must_use]
    pub fn chain(&self) -> &[String] {
        match self {
            Self::Alembic(alembic) => &alembic.chain,
            Self::Flyway(tool) | Self::Liquibase(tool) | Self::Rails(tool) => &tool.chain,
        }
    }

    /// Returns the table's name, or the one that its tool uses by default.
    #[must_use]
    pub fn table(&self) -> &str {
        let (given, default) = match self {
            Self::Alembic(alembic) => (&alembic.table, "alembic_version"),
            Self::Flyway(tool) => (&tool.table, "flyway_schema_history"),
            Self::Liquibase(tool) => (&tool.table, "DATABASECHANGELOG"),
            Self::Rails(tool) => (&tool.table, "schema_migrations"),
        };
        given.as_deref().unwrap_or(default)
    }
}

/// Alembic's table of versions.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct AlembicTable {
    /// The ids of the migrations that the application ships, oldest first. From 1 to 10,000. If the database is at a
    /// revision that is not among them, nothing is changed.
    #[schemars(with = "Vec<Revision>", length(min = 1, max = 10_000), extend("x-kubernetes-list-type" = "atomic"))]
    pub chain: Vec<String>,

    /// The table that holds the revision. Default `alembic_version`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<Name>")]
    pub table: Option<String>,

    /// Writes the last revision of the chain to the table once the live database has everything that is declared.
    /// Default: false, because it skips what the migrations in between do to data.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stamp: Option<bool>,
}

/// A migration tool's table of applied migrations.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct RevisionChain {
    /// The versions of the migrations that the application ships, oldest first. From 1 to 10,000. If the database is at
    /// a revision that is not among them, nothing is changed.
    #[schemars(with = "Vec<Revision>", length(min = 1, max = 10_000), extend("x-kubernetes-list-type" = "atomic"))]
    pub chain: Vec<String>,

    /// The table that holds the applied migrations. Default `flyway_schema_history` for Flyway, `DATABASECHANGELOG` for
    /// Liquibase, `schema_migrations` for Rails.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<Name>")]
    pub table: Option<String>,
}
