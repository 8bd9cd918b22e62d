//! Writes a chain as `spec.revisionTable` of a resource.

use serde::Serialize;
use thiserror::Error;

use crate::api::{AlembicTable, DbmateTable, FlywayTable, GolangMigrateTable, PrismaTable, RailsTable, RevisionTable};
use crate::chain::{Chain, NoOrder, Tool};

/// Why a chain is no `spec.revisionTable`.
#[derive(Debug, Error)]
pub enum NoRevisionTable {
    #[error(transparent)]
    Order(#[from] NoOrder),
    #[error("each app of Django's has a head: take the names that manage.py showmigrations --plan prints")]
    Apps,
    #[error("it takes at most {MOST} revisions, and the chain has {0}")]
    TooMany(usize),
    #[error("it takes names of up to {LONGEST} characters without blanks, which {0:?} is not")]
    Name(String),
    #[error("writing YAML: {0}")]
    Yaml(#[from] serde_saphyr::SerializeError),
}

/// As the definition of the resource bounds it.
const MOST: usize = 10_000;
const LONGEST: usize = 128;

/// The part of a spec that is written.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct SpecPart {
    revision_table: RevisionTable,
}

/// Returns the YAML text.
///
/// # Errors
/// The chain has no one order, or the resource can't hold it.
pub fn yaml(chain: &Chain) -> Result<String, NoRevisionTable> {
    Ok(serde_saphyr::to_string(&SpecPart { revision_table: revision_table(chain)? })?)
}

fn revision_table(chain: &Chain) -> Result<RevisionTable, NoRevisionTable> {
    let tool = chain.tool;
    if tool == Tool::Django {
        return Err(NoRevisionTable::Apps);
    }
    let names: Vec<String> = chain.order()?.into_iter().map(str::to_owned).collect();
    if names.len() > MOST {
        return Err(NoRevisionTable::TooMany(names.len()));
    }
    let is_bad = |name: &&String| {
        name.is_empty()
            || name.chars().count() > LONGEST
            || name.contains(|c: char| c.is_whitespace() || c.is_control())
    };
    if let Some(name) = names.iter().find(is_bad) {
        return Err(NoRevisionTable::Name(name.clone()));
    }
    let (chain, table, stamp) = (names, None, None);
    Ok(match tool {
        Tool::Alembic => RevisionTable::Alembic(AlembicTable { chain, table, stamp }),
        Tool::Flyway => RevisionTable::Flyway(FlywayTable { chain, table, stamp }),
        Tool::Rails => RevisionTable::Rails(RailsTable { chain, table, stamp }),
        Tool::GolangMigrate => RevisionTable::GolangMigrate(GolangMigrateTable { chain, table, stamp }),
        Tool::Dbmate => RevisionTable::Dbmate(DbmateTable { chain, table, stamp }),
        Tool::Prisma => RevisionTable::Prisma(PrismaTable { chain, stamp }),
        Tool::Django => return Err(NoRevisionTable::Apps),
    })
}
