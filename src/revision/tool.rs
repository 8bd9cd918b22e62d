//! The migration tools, and what is known of the table of each.

use crate::api::RevisionTable;

/// A migration tool.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Tool {
    Alembic,
    Flyway,
    Liquibase,
    Rails,
    Django,
    GolangMigrate,
    Dbmate,
    Prisma,
}

/// What a tool's table holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Keeps {
    /// The revision that the database is at.
    Current,
    /// Each migration that was applied.
    Applied,
}

impl Tool {
    /// Returns the tool that a spec names.
    pub fn of(spec: &RevisionTable) -> Self {
        match spec {
            RevisionTable::Alembic(_) => Self::Alembic,
            RevisionTable::Flyway(_) => Self::Flyway,
            RevisionTable::Liquibase(_) => Self::Liquibase,
            RevisionTable::Rails(_) => Self::Rails,
            RevisionTable::Django(_) => Self::Django,
            RevisionTable::GolangMigrate(_) => Self::GolangMigrate,
            RevisionTable::Dbmate(_) => Self::Dbmate,
            RevisionTable::Prisma(_) => Self::Prisma,
        }
    }

    /// Returns the tool's own name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Alembic => "Alembic",
            Self::Flyway => "Flyway",
            Self::Liquibase => "Liquibase",
            Self::Rails => "Rails",
            Self::Django => "Django",
            Self::GolangMigrate => "golang-migrate",
            Self::Dbmate => "dbmate",
            Self::Prisma => "Prisma",
        }
    }

    /// Returns what the table holds.
    pub fn keeps(self) -> Keeps {
        match self {
            Self::Alembic | Self::GolangMigrate => Keeps::Current,
            Self::Flyway | Self::Liquibase | Self::Rails | Self::Django | Self::Dbmate | Self::Prisma => Keeps::Applied,
        }
    }

    /// Returns the columns by which the table is known: three tools call theirs `schema_migrations`.
    pub fn columns(self) -> &'static [&'static str] {
        match self {
            Self::Alembic => &["version_num"],
            Self::Flyway => &["installed_rank", "version", "type", "script", "success"],
            Self::Liquibase => &["id", "author", "filename", "orderexecuted", "exectype"],
            Self::Rails | Self::Dbmate => &["version"],
            Self::Django => &["id", "app", "name"],
            Self::GolangMigrate => &["version", "dirty"],
            Self::Prisma => &["migration_name", "started_at", "finished_at", "rolled_back_at"],
        }
    }

    /// Returns the columns by which the table is known to be another tool's.
    pub fn foreign_columns(self) -> &'static [&'static str] {
        match self {
            // These are of golang-migrate and Flyway.
            Self::Rails | Self::Dbmate => &["dirty", "success"],
            Self::Alembic | Self::Flyway | Self::Liquibase | Self::Django | Self::GolangMigrate | Self::Prisma => &[],
        }
    }

    /// Returns how a person has the table say that the schema has a revision, without the migration.
    pub fn marking(self, revision: &str) -> String {
        match self {
            Self::Alembic => format!("alembic stamp {revision}"),
            Self::Flyway => "flyway migrate -skipExecutingMigrations=true, or flyway baseline".to_owned(),
            Self::Liquibase => "liquibase changelog-sync".to_owned(),
            Self::Rails | Self::Dbmate => format!("a row for {revision} in its table"),
            Self::Django => match revision.split_once('.') {
                Some((app, name)) => format!("manage.py migrate --fake {app} {name}"),
                None => "manage.py migrate --fake".to_owned(),
            },
            Self::GolangMigrate => format!("migrate force {revision}"),
            Self::Prisma => format!("prisma migrate resolve --applied {revision}"),
        }
    }

    /// Returns how a person has the tool forget that a migration failed, once its traces are gone.
    pub fn mending(self) -> &'static str {
        match self {
            Self::Flyway => "flyway repair",
            Self::Prisma => "prisma migrate resolve",
            Self::GolangMigrate => "migrate force VERSION",
            Self::Liquibase => "liquibase update",
            Self::Alembic | Self::Rails | Self::Django | Self::Dbmate => "its own commands",
        }
    }
}
