//! Writes a chain as `spec.revisionTable` of a resource.

use serde::Serialize;
use thiserror::Error;

use crate::api::{
    AlembicTable, DbmateTable, DjangoTable, FlywayTable, GolangMigrateTable, PrismaTable, RailsTable, RevisionTable,
};
use crate::chain::{Chain, NoOrder, Tool};

/// Why a chain is no `spec.revisionTable`.
#[derive(Debug, Error)]
pub enum NoRevisionTable {
    #[error(transparent)]
    Order(#[from] NoOrder),
    #[error("it takes at most {MOST} revisions, and the chain has {0}")]
    TooMany(usize),
    #[error("it takes names of up to {longest} characters without blanks, which {name:?} is not")]
    Name { name: String, longest: usize },
    #[error("writing YAML: {0}")]
    Yaml(#[from] serde_saphyr::SerializeError),
}

/// The most entries that the definition of the resource permits.
const MOST: usize = 10_000;

/// Returns the longest entry that the definition of the resource permits.
fn longest(tool: Tool) -> usize {
    match tool {
        Tool::Alembic | Tool::Dbmate => 128,
        Tool::Flyway => 50,
        Tool::Rails | Tool::GolangMigrate => 20,
        Tool::Prisma | Tool::Django => 255,
    }
}

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
    let mut names = Vec::new();
    for name in chain.order()? {
        // Django's table has both a migration and those that it replaces.
        let replaced = chain.replaced.iter().filter(|replaced| replaced.by == name);
        names.extend(replaced.map(|replaced| replaced.id.clone()));
        names.push(name.to_owned());
    }
    if names.len() > MOST {
        return Err(NoRevisionTable::TooMany(names.len()));
    }
    let is_bad = |name: &&String| {
        name.is_empty()
            || name.chars().count() > longest(tool)
            || name.contains(|c: char| c.is_whitespace() || c.is_control())
    };
    if let Some(name) = names.iter().find(is_bad) {
        return Err(NoRevisionTable::Name { name: name.clone(), longest: longest(tool) });
    }
    let (chain, table, stamp) = (names, None, None);
    Ok(match tool {
        Tool::Alembic => RevisionTable::Alembic(AlembicTable { chain, table, stamp }),
        Tool::Flyway => RevisionTable::Flyway(FlywayTable { chain, table, stamp }),
        Tool::Rails => RevisionTable::Rails(RailsTable { chain, table, stamp }),
        Tool::GolangMigrate => RevisionTable::GolangMigrate(GolangMigrateTable { chain, table, stamp }),
        Tool::Dbmate => RevisionTable::Dbmate(DbmateTable { chain, table, stamp }),
        Tool::Prisma => RevisionTable::Prisma(PrismaTable { chain, stamp }),
        Tool::Django => RevisionTable::Django(DjangoTable { chain, stamp }),
    })
}
