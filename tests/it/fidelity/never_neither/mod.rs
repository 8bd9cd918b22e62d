//! The property of partial consent: whatever is allowed, and whatever rows are in the way, each object is as before or
//! as declared, and each row that no consented step removes is there. No statement is sent that the schema tells to
//! fail. See docs/fidelity.md.

mod canonical;
mod kinds;
mod pieces;
mod scenario;
mod seeds;
mod small_schema;
mod small_table_sql;
mod snapshot;
mod tokens;
mod trial;
mod verdict;
mod writer;

use proptest::prelude::*;
use schema_operator::schema::Dialect;

use scenario::Scenario;
use seeds::ScenarioSeed;

use super::runner::{self, Property};
use super::trial_databases::{Effort, TrialDatabases, TrialFailure};
use crate::support::Server;

struct NeverNeither;

impl Property for NeverNeither {
    type Seed = ScenarioSeed;
    type Case = Scenario;
    const NAME: &'static str = "never neither";
    const FOUND: &'static str = "tests/it/fidelity/never_neither/found";
    const PAIRS: usize = 20;
    const SEED: usize = 11;

    fn seeds() -> impl Strategy<Value = ScenarioSeed> {
        seeds::scenario()
    }

    fn case(seed: &ScenarioSeed, dialect: Dialect) -> Scenario {
        writer::write(seed, dialect)
    }

    async fn check(databases: &mut TrialDatabases, case: &Scenario) -> Result<Effort, TrialFailure> {
        trial::check(databases, case).await
    }
}

#[test]
fn any_part_of_a_plan_becomes_before_or_declared_on_mysql() {
    runner::run::<NeverNeither>(Server::MySql);
}

#[test]
fn any_part_of_a_plan_becomes_before_or_declared_on_mariadb() {
    runner::run::<NeverNeither>(Server::MariaDb);
}

#[test]
fn any_part_of_a_plan_becomes_before_or_declared_on_mariadb_newest() {
    runner::run::<NeverNeither>(Server::MariaDbNewest);
}
