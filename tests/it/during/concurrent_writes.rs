//! An application writes all the time, while the operator runs steps that it calls Online.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use super::large_table;
use crate::support::{World, on_each_server};

on_each_server!(no_write_fails_during_what_is_online);

/// A write that waited longer than `policy.lockWait` would fail.
const LIMITS: &str = "SET SESSION lock_wait_timeout = 5, innodb_lock_wait_timeout = 5";

/// Writes until it is told to stop, and counts its writes.
fn write(world: &World, stop: &Arc<AtomicBool>, count: &Arc<AtomicU64>) -> tokio::task::JoinHandle<()> {
    let (stop, count) = (stop.clone(), count.clone());
    let (server, database) = (world.server, world.database.clone());
    tokio::spawn(async move {
        let mut writer = server.session().await;
        writer.batch("a test's writer", &format!("USE {database}; {LIMITS}")).await.unwrap();
        while !stop.load(Ordering::Relaxed) {
            let at = count.fetch_add(1, Ordering::Relaxed);
            let sql = format!(
                "INSERT INTO t (note) VALUES ('w{at}'); UPDATE t SET note = UUID() WHERE id = {}; \
                 START TRANSACTION; DELETE FROM t WHERE id = {}; INSERT INTO t (note) VALUES ('v{at}'); COMMIT",
                at % 1000 + 1,
                at % 1000 + 1001,
            );
            writer.batch("a test's write", &sql).await.unwrap();
        }
    })
}

async fn no_write_fails_during_what_is_online(world: World) {
    large_table(&world, 15).await;
    let (stop, count) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU64::new(0)));
    let writers = [write(&world, &stop, &count)];
    let spec = |columns: &str, rest: &str| {
        format!("policy: {{smallTableRows: 0}}\ntables:\n- name: t\n  columns:\n{columns}{rest}")
    };
    let added = "  - {name: a, type: int}\n  - {name: b, type: varchar(20), default: {value: xx}}\n";
    let indexes = "  indexes:\n  - {name: by_note, columns: [note]}\n  - {name: by_a, columns: [a, id]}\n";
    for spec in [
        spec(added, ""),
        spec(added, indexes),
        spec(&added.replace("value: xx", "value: zz"), indexes),
        spec(added, &indexes.replace("by_a,", "by_all, renamedFrom: [by_a],")),
        spec(
            &format!(
                "{added}  - {{name: v, type: int, generated: {{expression: char_length(note), storage: Virtual}}}}\n"
            ),
            indexes,
        ),
        spec(added, "  indexes:\n  - {name: by_note, state: Absent}\n"),
        spec(&added.replace("(20)", "(60)"), ""),
    ] {
        let before = count.load(Ordering::Relaxed);
        world.apply_ready(&spec).await;
        let goes_on = || count.load(Ordering::Relaxed) > before + 10;
        while !goes_on() && writers.iter().all(|writer| !writer.is_finished()) {
            tokio::task::yield_now().await;
        }
    }
    stop.store(true, Ordering::Relaxed);
    for writer in writers {
        writer.await.expect("no write fails, and none waits longer than lockWait");
    }
    let statements = world.sql("SELECT outcome FROM schema_operator_history").await;
    assert!(statements.len() >= 7 && statements.iter().any(|row| row.text(0) == "done"), "{statements:?}");
}
