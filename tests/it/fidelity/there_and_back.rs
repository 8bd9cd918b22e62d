//! The property of full consent: A becomes B and A again, with an empty plan at each end.

use proptest::prelude::*;
use schema_operator::schema::Dialect;

use super::mutation::{Change, change};
use super::rows::MOST_ROWS;
use super::runner::Property;
use super::schema_pair::SchemaPair;
use super::tables::{TableSeed, table};
use super::trial_databases::{Effort, TrialDatabases, TrialFailure};

pub struct ThereAndBack;

impl Property for ThereAndBack {
    type Seed = (Vec<TableSeed>, Change, usize);
    type Case = SchemaPair;
    const NAME: &'static str = "there and back";
    const FOUND: &'static str = "tests/it/fidelity/found";
    const PAIRS: usize = 60;
    const SEED: usize = 4;

    fn seeds() -> impl Strategy<Value = Self::Seed> {
        (prop::collection::vec(table(), 1..4), change(), 0..=MOST_ROWS)
    }

    fn case(seed: &Self::Seed, dialect: Dialect) -> SchemaPair {
        let (tables, change, rows) = seed;
        SchemaPair::of(tables, change, *rows, dialect)
    }

    async fn check(databases: &mut TrialDatabases, case: &SchemaPair) -> Result<Effort, TrialFailure> {
        databases.check(case).await
    }
}
