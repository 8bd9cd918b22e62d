//! The table in which a migration tool keeps the revision of a database.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::bounds::{ChangeSet, DjangoMigration, FlywayVersion, MigrationName, MigrationNumber, Name, Revision};

/// The migration tool that keeps the revision of this database, and the revisions that it may hold.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum RevisionTable {
    /// Alembic, also by way of Flask-Migrate.
    Alembic(AlembicTable),
    /// Flyway.
    Flyway(FlywayTable),
    /// Liquibase.
    Liquibase(LiquibaseTable),
    /// Rails' Active Record.
    Rails(RailsTable),
    /// Django, whose table is `django_migrations`. Apps that the chain does not name are left out.
    Django(DjangoTable),
    /// golang-migrate.
    GolangMigrate(GolangMigrateTable),
    /// dbmate.
    Dbmate(DbmateTable),
    /// Prisma Migrate, whose table is `_prisma_migrations`.
    Prisma(PrismaTable),
}

/// Permits the operator to write the migration tool's table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Stamp {
    /// The revisions that change nothing but the schema: only these may be skipped. At most 10,000.
    #[schemars(with = "Vec<ChangeSet>", length(max = 10_000), extend("x-kubernetes-list-type" = "atomic"))]
    pub schema_only: Vec<String>,
}

/// Declares the table of a tool, whose chain has entries of this type.
macro_rules! tool_table {
    ($(#[$doc:meta])* $name:ident, $entry:tt, $chain:tt, $stamp:tt $(, $field:ident: $description:tt)*) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
        #[serde(rename_all = "camelCase")]
        pub struct $name {
            #[doc = $chain]
            #[schemars(with = $entry, length(min = 1, max = 10_000), extend("x-kubernetes-list-type" = "atomic"))]
            pub chain: Vec<String>,

            $(
                #[doc = $description]
                #[serde(default, skip_serializing_if = "Option::is_none")]
                #[schemars(with = "Option<Name>")]
                pub $field: Option<String>,
            )*

            #[doc = $stamp]
            #[serde(default, skip_serializing_if = "Option::is_none")]
            pub stamp: Option<Stamp>,
        }
    };
}

tool_table!(
    /// Alembic's table of versions.
    AlembicTable,
    "Vec<Revision>",
    "The ids of the migrations that the application ships, oldest first. From 1 to 10,000.",
    "Writes the declared revision to the table once the live database has everything that is declared, and each verify query passed. It makes Alembic skip the migrations in between, also what they do to rows: each has to be in `schemaOnly`, else nothing is changed.",
    table: "The table that holds the revision. Default `alembic_version`."
);

tool_table!(
    /// Flyway's table of applied migrations.
    FlywayTable,
    "Vec<FlywayVersion>",
    "The versions of the migrations that the application ships, oldest first, such as `1.2`. From 1 to 10,000.",
    "Writes the table once the live database has everything that is declared. It is not supported yet.",
    table: "The table that holds the applied migrations. Default `flyway_schema_history`."
);

tool_table!(
    /// Liquibase's table of applied change sets.
    LiquibaseTable,
    "Vec<ChangeSet>",
    "The change sets that the application ships, oldest first, as `FILE::ID::AUTHOR`. From 1 to 10,000.",
    "Writes the table once the live database has everything that is declared. It is not supported yet.",
    table: "The table that holds the applied change sets. Default `DATABASECHANGELOG`.",
    lock_table: "The table that holds Liquibase's lock. Default `DATABASECHANGELOGLOCK`."
);

tool_table!(
    /// Rails' table of applied migrations.
    RailsTable,
    "Vec<MigrationNumber>",
    "The versions of the migrations that the application ships, oldest first. From 1 to 10,000.",
    "Writes the table once the live database has everything that is declared. It is not supported yet.",
    table: "The table that holds the applied migrations. Default `schema_migrations`."
);

tool_table!(
    /// Django's table of applied migrations.
    DjangoTable,
    "Vec<DjangoMigration>",
    "The migrations that the application ships, oldest first, as `APP.NAME`. From 1 to 10,000.",
    "Writes the table once the live database has everything that is declared. It is not supported yet."
);

tool_table!(
    /// golang-migrate's table of the version.
    GolangMigrateTable,
    "Vec<MigrationNumber>",
    "The versions of the migrations that the application ships, oldest first. From 1 to 10,000.",
    "Writes the table once the live database has everything that is declared. It is not supported yet.",
    table: "The table that holds the version. Default `schema_migrations`."
);

tool_table!(
    /// dbmate's table of applied migrations.
    DbmateTable,
    "Vec<Revision>",
    "The versions of the migrations that the application ships, oldest first. From 1 to 10,000.",
    "Writes the table once the live database has everything that is declared. It is not supported yet.",
    table: "The table that holds the applied migrations. Default `schema_migrations`."
);

tool_table!(
    /// Prisma's table of applied migrations.
    PrismaTable,
    "Vec<MigrationName>",
    "The names of the migrations that the application ships, oldest first. From 1 to 10,000.",
    "Writes the table once the live database has everything that is declared. It is not supported yet."
);

impl RevisionTable {
    /// Returns the tool's word in a spec.
    #[must_use]
    pub fn word(&self) -> &'static str {
        match self {
            Self::Alembic(_) => "alembic",
            Self::Flyway(_) => "flyway",
            Self::Liquibase(_) => "liquibase",
            Self::Rails(_) => "rails",
            Self::Django(_) => "django",
            Self::GolangMigrate(_) => "golangMigrate",
            Self::Dbmate(_) => "dbmate",
            Self::Prisma(_) => "prisma",
        }
    }

    /// Returns the revisions that the table may hold, oldest first.
    #[must_use]
    pub fn chain(&self) -> &[String] {
        match self {
            Self::Alembic(AlembicTable { chain, .. })
            | Self::Flyway(FlywayTable { chain, .. })
            | Self::Liquibase(LiquibaseTable { chain, .. })
            | Self::Rails(RailsTable { chain, .. })
            | Self::Django(DjangoTable { chain, .. })
            | Self::GolangMigrate(GolangMigrateTable { chain, .. })
            | Self::Dbmate(DbmateTable { chain, .. })
            | Self::Prisma(PrismaTable { chain, .. }) => chain,
        }
    }

    /// Returns whether, and how, the operator may write the table.
    #[must_use]
    pub fn stamp(&self) -> Option<&Stamp> {
        match self {
            Self::Alembic(AlembicTable { stamp, .. })
            | Self::Flyway(FlywayTable { stamp, .. })
            | Self::Liquibase(LiquibaseTable { stamp, .. })
            | Self::Rails(RailsTable { stamp, .. })
            | Self::Django(DjangoTable { stamp, .. })
            | Self::GolangMigrate(GolangMigrateTable { stamp, .. })
            | Self::Dbmate(DbmateTable { stamp, .. })
            | Self::Prisma(PrismaTable { stamp, .. }) => stamp.as_ref(),
        }
    }

    /// Returns the table's name, or the one that its tool uses by default.
    #[must_use]
    pub fn table(&self) -> &str {
        let (given, default) = match self {
            Self::Alembic(AlembicTable { table, .. }) => (table.as_deref(), "alembic_version"),
            Self::Flyway(FlywayTable { table, .. }) => (table.as_deref(), "flyway_schema_history"),
            Self::Liquibase(LiquibaseTable { table, .. }) => (table.as_deref(), "DATABASECHANGELOG"),
            Self::Rails(RailsTable { table, .. })
            | Self::GolangMigrate(GolangMigrateTable { table, .. })
            | Self::Dbmate(DbmateTable { table, .. }) => (table.as_deref(), "schema_migrations"),
            Self::Django(_) => (None, "django_migrations"),
            Self::Prisma(_) => (None, "_prisma_migrations"),
        };
        given.unwrap_or(default)
    }

    /// Returns the name of the table that holds the tool's lock, where it has one.
    #[must_use]
    pub fn lock_table(&self) -> Option<&str> {
        match self {
            Self::Liquibase(LiquibaseTable { lock_table, .. }) => {
                Some(lock_table.as_deref().unwrap_or("DATABASECHANGELOGLOCK"))
            }
            Self::Alembic(_)
            | Self::Flyway(_)
            | Self::Rails(_)
            | Self::Django(_)
            | Self::GolangMigrate(_)
            | Self::Dbmate(_)
            | Self::Prisma(_) => None,
        }
    }
}
