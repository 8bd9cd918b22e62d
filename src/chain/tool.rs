//! The migration tools whose folders can be read.

use std::fmt;

/// A migration tool.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Tool {
    /// Alembic, also by way of Flask-Migrate.
    Alembic,
    Flyway,
    /// Rails' Active Record.
    Rails,
    GolangMigrate,
    Dbmate,
    Prisma,
    Django,
}

impl Tool {
    pub const ALL: [Self; 7] =
        [Self::Alembic, Self::Flyway, Self::Rails, Self::GolangMigrate, Self::Dbmate, Self::Prisma, Self::Django];

    /// Returns whether a migration names those that it follows. Otherwise their versions say the order.
    #[must_use]
    pub fn names_parents(self) -> bool {
        match self {
            Self::Alembic | Self::Django => true,
            Self::Flyway | Self::Rails | Self::GolangMigrate | Self::Dbmate | Self::Prisma => false,
        }
    }
}

impl fmt::Display for Tool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Alembic => "Alembic",
            Self::Flyway => "Flyway",
            Self::Rails => "Rails",
            Self::GolangMigrate => "golang-migrate",
            Self::Dbmate => "dbmate",
            Self::Prisma => "Prisma",
            Self::Django => "Django",
        })
    }
}
