//! Chaos: a plan of several steps on tables with rows, while the operator, its connection or the server is killed, or
//! the server is restarted. `make chaos` runs 200 rounds (ROUNDS), and prints its seed (CHAOS_SEED) and figures; `make
//! test` runs a few.
//!
//! After each round all that is declared is live as without a fault, and no row is lost. The step without consent has
//! not begun, no statement was done twice, and neither lock nor statement is left. After the last round of a lane, no
//! scratch database is left either.

mod database;
mod injected_fault;
mod lane;
mod making_way;

use std::time::Instant;

use injected_fault::{Dice, FAULTS};
use lane::{Figures, Lane};

use crate::support::Server;

/// Each lane has a server and an operator of its own, so all run in parallel.
const LANES: [Server; 6] =
    [Server::MySql, Server::MariaDb, Server::MariaDbNewest, Server::MySql, Server::MariaDb, Server::MariaDbNewest];

/// The number of rounds in `make test`.
const FEW: usize = 9;

fn number(variable: &str) -> Option<u64> {
    std::env::var(variable).ok().and_then(|text| text.trim().parse().ok())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plan_converges_whatever_is_killed() {
    let rounds = number("ROUNDS").and_then(|rounds| usize::try_from(rounds).ok()).unwrap_or(FEW);
    let seed = number("CHAOS_SEED").unwrap_or_else(|| Dice::of_the_moment().next());
    println!("chaos: {rounds} rounds, CHAOS_SEED={seed}");
    let began = Instant::now();
    let lanes = if rounds > FEW { LANES.len() } else { LANES.len() / 2 };
    let tasks: Vec<_> = LANES
        .into_iter()
        .take(lanes)
        .enumerate()
        .map(|(at, kind)| {
            let own = rounds / lanes + usize::from(at < rounds % lanes);
            let dice = Dice::new(seed.wrapping_add(at as u64));
            tokio::spawn(async move { Lane::start(kind, dice, at).await.run(own).await })
        })
        .collect();
    let mut figures = Figures::default();
    for task in tasks {
        figures.add(task.await.unwrap_or_else(|error| panic!("CHAOS_SEED={seed}: {error}")));
    }
    println!("chaos: {} rounds converged in {} s, CHAOS_SEED={seed}", figures.rounds, began.elapsed().as_secs());
    for fault in FAULTS {
        println!("chaos: {:4} x {fault:?}", figures.faults.get(&fault).copied().unwrap_or_default());
    }
    for (done, times) in &figures.done_before {
        println!("chaos: {times:4} x after {done} of {} statements", database::STATEMENTS);
    }
    println!("chaos: {:4} x in the middle of a statement", figures.in_the_middle);
    println!("chaos: {:4} rounds had a row in the way", figures.rows_in_the_way);
    println!("chaos: {:4} statements were begun, {} of them a second time", figures.begun, figures.again);
    assert_eq!(figures.rounds, rounds);
}
