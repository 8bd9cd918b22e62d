//! Measures how time and memory grow with the number of tables.
//!
//! Each size runs in a process of its own, which reports the most memory that it ever held.

use std::process::{Command, Stdio};

use schema_operator::schema::Identifier;
use serde::{Deserialize, Serialize};

use crate::environment::BenchEnvironment;
use crate::pass::{BareQueries, pass};
use crate::stats::median;
use crate::support::Server;
use crate::table::{Row, label};
use crate::{Result, Scale, many_tables};

/// The argument with which the program measures one size: the server, the database, the number of tables, of rounds.
pub const ONE_SIZE: &str = "--one-size";

/// More tables than the largest database has.
const TABLE_DEFINITIONS: u64 = 20_000;

/// One size: medians in milliseconds, memory in MB.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
struct Size {
    bare: f64,
    read: f64,
    compare: f64,
    /// A pass over a declaration in which one table differs.
    changed: f64,
    memory: f64,
}

pub async fn measure(environment: &BenchEnvironment, scale: Scale) -> Result<Vec<Row>> {
    let sizes = [100, scale.of(1000, 200), scale.of(10_000, 400)];
    let before = set_table_definition_cache(environment.server, TABLE_DEFINITIONS).await?;
    let rows = measure_each(environment, scale, sizes).await;
    set_table_definition_cache(environment.server, before).await?;
    rows
}

/// Has the server keep so many table definitions, and returns how many it kept before. MariaDB keeps 400 by default:
/// with more tables, each query opens each table again, and takes ten times as long.
async fn set_table_definition_cache(server: Server, number: u64) -> Result<u64> {
    let rows = server.run("SELECT @@global.table_definition_cache").await;
    let before = rows.first().and_then(|row| row.number(0)).ok_or("no answer")?;
    server.run(&format!("SET GLOBAL table_definition_cache = {number}")).await;
    Ok(before)
}

async fn measure_each(environment: &BenchEnvironment, scale: Scale, sizes: [usize; 3]) -> Result<Vec<Row>> {
    let mut rows = Vec::new();
    let mut smallest: Option<f64> = None;
    for tables in sizes {
        let database = Identifier::new(environment.database(tables))?;
        many_tables::create(environment, &database, tables).await;
        let size = in_own_process(environment.server, &database, tables, scale.of(9, 3))?;
        let whole = size.read + size.compare;
        let each = whole / count(tables)?;
        let row = Row::without_aim(format!("read and compare {tables} tables"), environment.server, whole, " ms");
        rows.push(row.with_detail(format!(
            "{:.1} + {:.1} ms, {:.0} us a table; one changed: {:.1} ms; bare queries: {:.1} ms; memory at most {:.0} MB",
            size.read,
            size.compare,
            each * 1000.0,
            size.changed,
            size.bare,
            size.memory
        )));
        match smallest {
            None => smallest = Some(each),
            Some(smallest) => {
                let what = format!("a table of {tables} against one of {}", sizes[0]);
                rows.push(Row::at_most(what, environment.server, each / smallest, 1.25, ""));
            }
        }
    }
    Ok(rows)
}

fn count(tables: usize) -> Result<f64> {
    Ok(f64::from(u32::try_from(tables)?))
}

fn in_own_process(server: Server, database: &Identifier, tables: usize, rounds: usize) -> Result<Size> {
    let output = Command::new(std::env::current_exe()?)
        .args([ONE_SIZE, label(server), database.as_str(), &tables.to_string(), &rounds.to_string()])
        .stdin(Stdio::null())
        .stderr(Stdio::inherit())
        .output()?;
    Ok(serde_json::from_slice(&output.stdout)?)
}

/// Measures one size in this process, and prints it as a [`Size`].
pub async fn one_size(arguments: &[String]) -> Result<()> {
    let [server, database, tables, rounds] = arguments else {
        return Err(format!("{ONE_SIZE} takes four arguments").into());
    };
    let server = crate::SERVERS.into_iter().find(|known| label(*known) == server).ok_or("no such server")?;
    let (database, tables, rounds) = (Identifier::new(database.as_str())?, tables.parse()?, rounds.parse::<usize>()?);
    let mut session = server.session().await;
    let declared = many_tables::declaration(&database, tables, false)?;
    let mut passes = vec![];
    for round in 0..=rounds {
        let pass = pass(&mut session, &database, &declared, 0).await?;
        if round > 0 {
            passes.push(pass);
        }
    }
    // What follows uses memory that the operator does not.
    let memory = peak_memory()?;
    let declared = many_tables::declaration(&database, tables, true)?;
    let (mut changed, mut bare_times) = (vec![], vec![]);
    let mut bare = BareQueries::connect(&server.login(), &database, session.dialect).await?;
    for _ in 0..rounds {
        changed.push(pass(&mut session, &database, &declared, 1).await?.whole());
        bare_times.push(bare.run().await?);
    }
    let medians = |of: fn(&crate::pass::Pass) -> f64| median(&passes.iter().map(of).collect::<Vec<_>>());
    let size = Size {
        bare: median(&bare_times),
        read: medians(|pass| pass.read),
        compare: medians(|pass| pass.compare),
        changed: median(&changed),
        memory,
    };
    println!("{}", serde_json::to_string(&size)?);
    Ok(())
}

/// Returns the most memory that this process ever held, in MB.
fn peak_memory() -> Result<f64> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kilobytes: f64 = line.and_then(|line| line.split_whitespace().next()).ok_or("no VmHWM")?.parse()?;
    Ok(kilobytes / 1024.0)
}
