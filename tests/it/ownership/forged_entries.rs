//! A database user who may write the record's table alone: what an entry says that the resource did not write is not
//! believed. What the resource wrote is, after any crash.

use schema_operator::api::{DatabaseSchema, RecordStatus};
use serde_json::json;

use crate::support::{World, condition, is_ready, on_each_server};

on_each_server!(
    nothing_is_removed_by_the_word_of_a_forged_entry,
    no_key_is_added_by_the_word_of_a_forged_entry,
    an_entry_is_believed_after_a_crash_before_or_after_it_is_written,
    a_write_is_noted_in_the_status_before_it_is_done,
    the_first_look_of_a_version_confirms_what_is_declared,
    nothing_is_removed_when_the_status_is_lost,
    rows_of_others_that_cant_be_read_stop_nothing_and_have_nothing_removed,
);

/// A resource that declares these tables, and consents to anything.
fn removing(tables: &str) -> String {
    format!("interval: 1s\npolicy: {{undeclared: Remove, allow: [Blocking, Breaking, Destructive, Unknown]}}\n{tables}")
}

/// Tables of one column each.
fn declaring(tables: &[&str]) -> String {
    let tables = tables.iter().map(|table| format!("- {{name: {table}, columns: [{{name: id, type: int}}]}}\n"));
    removing(&format!("tables:\n{}", tables.collect::<String>()))
}

fn record(resource: &DatabaseSchema) -> RecordStatus {
    resource.status.as_ref().and_then(|status| status.record.clone()).unwrap_or_default()
}

fn distrust(resource: &DatabaseSchema) -> String {
    record(resource).distrusted.map(|distrusted| distrusted.message).unwrap_or_default()
}

async fn apply_named(world: &World, name: &str, spec: &str) -> DatabaseSchema {
    world.apply(&world.schema_named(name, spec)).unwrap();
    world.wait_named(name, "Ready", is_ready).await
}

/// One forgery: what is done to the row of the resource, and what its status says of that.
struct Forgery {
    name: &'static str,
    sql: &'static str,
    says: &'static str,
}

/// `$ROW` names the row of the resource.
const FORGERIES: [Forgery; 12] = [
    Forgery {
        name: "a-table-more",
        sql: "UPDATE schema_operator_record SET declared = JSON_SET(declared, '$.tables.theirs',
                  JSON_OBJECT('made', TRUE, 'columns', JSON_OBJECT('id', JSON_OBJECT('made', TRUE)))) WHERE $ROW",
        says: "is not one that its status knows of",
    },
    Forgery {
        name: "made-what-was-there",
        sql: "UPDATE schema_operator_record SET declared = JSON_SET(declared, '$.tables.there.made', TRUE,
                  '$.tables.there.columns.id.made', TRUE) WHERE $ROW",
        says: "is not one that its status knows of",
    },
    Forgery {
        name: "another-age",
        sql: "UPDATE schema_operator_record SET declared = JSON_SET(declared, '$.tables.own.since',
                  '1999-01-01T00:00:00Z') WHERE $ROW",
        says: "is not one that its status knows of",
    },
    Forgery {
        name: "in-the-making",
        sql: "UPDATE schema_operator_record SET declared = JSON_SET(declared, '$.making',
                  JSON_OBJECT('there', JSON_ARRAY('table', 'column id'))) WHERE $ROW",
        says: "is not one that its status knows of",
    },
    Forgery {
        name: "entry-of-another",
        sql: "UPDATE schema_operator_record AS own JOIN schema_operator_record AS other
                  ON other.resource LIKE '%/other' SET own.declared = other.declared WHERE own.$ROW",
        says: "is not one that its status knows of",
    },
    Forgery {
        name: "row-of-another",
        sql: "DELETE FROM schema_operator_record WHERE $ROW;
                UPDATE schema_operator_record SET resource = '$RESOURCE', resource_uid = '$UID'
                  WHERE resource LIKE '%/other'",
        says: "is not one that its status knows of",
    },
    Forgery {
        name: "doubled",
        sql: "UPDATE schema_operator_record SET cluster = '' WHERE $ROW;
                INSERT INTO schema_operator_record (cluster, resource, resource_uid, revision, declared, updated_at)
                  SELECT 'kubectl-schema', resource, '', revision, JSON_SET(declared, '$.tables.theirs',
                    JSON_OBJECT('made', TRUE, 'columns', JSON_OBJECT('id', JSON_OBJECT('made', TRUE)))), updated_at
                  FROM schema_operator_record WHERE $ROW;
                DELETE FROM schema_operator_record WHERE cluster = '' AND $ROW",
        says: "is not one that its status knows of",
    },
    Forgery {
        name: "of-a-predecessor",
        sql: "UPDATE schema_operator_record SET resource_uid = 'other' WHERE $ROW",
        says: "has no entry of this resource",
    },
    Forgery {
        name: "garbage",
        sql: "UPDATE schema_operator_record SET declared = 'garbage' WHERE $ROW",
        says: "is no entry of the operator's, from line 1, column 1 on; the resource did not write this entry of this resource",
    },
    Forgery {
        name: "garbage-of-a-predecessor",
        sql: "UPDATE schema_operator_record SET declared = '[7]', resource_uid = 'other' WHERE $ROW",
        says: "the resource did not write this entry of a former resource",
    },
    Forgery {
        name: "oversized",
        sql: "UPDATE schema_operator_record SET declared = REPEAT(' ', 11 * 1024 * 1024) WHERE $ROW",
        says: "is too long",
    },
    Forgery { name: "deleted", sql: "DELETE FROM schema_operator_record WHERE $ROW", says: "has no entry of this" },
];

async fn nothing_is_removed_by_the_word_of_a_forged_entry(mut world: World) {
    world.sql("CREATE TABLE there (id int); CREATE TABLE theirs (id int)").await;
    for Forgery { name, sql, says } in FORGERIES {
        apply_named(&world, "other", &declaring(&["others"])).await;
        let before = apply_named(&world, name, &declaring(&["own", "there"])).await;
        let uid = before.metadata.uid.clone().unwrap();
        let resource = format!("{}/{name}", world.namespace);
        world.kill_operator().await;
        let row = format!("resource = '{resource}'");
        let sql = sql.replace("$ROW", &row).replace("$RESOURCE", &resource).replace("$UID", &uid);
        world.sql(&sql).await;
        world.delete("other");
        world.apply(&world.schema_named(name, &declaring(&["after"]))).unwrap();
        world.start_operator().await;
        let is_told = |found: &DatabaseSchema| is_ready(found) && distrust(found).contains(says);
        let found = world.wait_named(name, "Ready, and what it does not believe", is_told).await;
        world.wait_event("RecordDistrusted", says).await;
        let tables = world.tables().await;
        for table in ["own", "there", "theirs", "others"] {
            assert!(tables.iter().any(|other| other == table), "{name}: {table} is gone: {tables:?}");
        }
        // From then on it writes its own entry, and believes that.
        assert!(record(&found).written.is_some(), "{name}: {found:?}");
        let again = apply_named(&world, name, &declaring(&["own"])).await;
        assert_eq!(record(&again).distrusted, record(&found).distrusted, "{name}");
        world
            .wait_sql(
                "the end of what it made itself",
                "SELECT COUNT(*) FROM information_schema.tables \
            WHERE table_schema = DATABASE() AND table_name = 'after'",
                |count| count == "0",
            )
            .await;
        assert!(world.tables().await.iter().any(|table| table == "own"), "{name}");
        world.delete(name);
        world.sql("DROP TABLE own, others; DELETE FROM schema_operator_record").await;
    }
}

async fn no_key_is_added_by_the_word_of_a_forged_entry(world: World) {
    world.sql("CREATE TABLE parent (id int PRIMARY KEY); CREATE TABLE child (id int, parent int, KEY (parent))").await;
    world.apply_ready(&declaring(&["own"])).await;
    let key = r#"{"table": "child", "key": {"name": "forged", "columns": ["parent"], "referencedTable": "parent",
        "referencedColumns": ["id"], "onUpdate": "Restrict", "onDelete": "Cascade"}}"#;
    for row in ["", ", resource_uid = 'gone'"] {
        // What a pass is about to write would hide the forgery.
        world.operator.wait_for_measurements(2).await;
        let keys = format!("JSON_SET(declared, '$.keys', JSON_ARRAY(JSON_EXTRACT('{key}', '$')))");
        world.sql(&format!("UPDATE schema_operator_record SET declared = {keys}{row}")).await;
        let is_told = |found: &DatabaseSchema| is_ready(found) && !distrust(found).is_empty();
        let says = if row.is_empty() { "is not one that its status knows of" } else { "has no entry of this resource" };
        world.nudge("todobox");
        world.wait("what it does not believe", |found| is_told(found) && distrust(found).contains(says)).await;
        world.operator.wait_for_measurements(2).await;
        assert!(!world.show_create("child").await.contains("FOREIGN KEY"), "{row}");
    }
}

async fn declared(world: &World) -> String {
    world.sql("SELECT declared FROM schema_operator_record WHERE resource <> 'lock'").await[0].text(0).to_owned()
}

/// The two writes are those of the row and of the status, which announces the row before it is written.
async fn an_entry_is_believed_after_a_crash_before_or_after_it_is_written(mut world: World) {
    for row_is_written in [true, false] {
        let first = world.apply_ready(&declaring(&["a"])).await;
        let row = declared(&world).await;
        let second = world.apply_ready(&declaring(&["a", "b"])).await;
        world.kill_operator().await;
        let [before, after] = [&first, &second].map(|resource| record(resource).written.unwrap());
        assert_ne!(before, after);
        let noted = json!({ "written": before, "announced": [after] });
        world.patch_status("todobox", &json!([{ "op": "add", "path": "/status/record", "value": noted }]));
        if !row_is_written {
            world.sql(&format!("UPDATE schema_operator_record SET declared = '{row}'")).await;
        }
        world.apply(&world.schema(&declaring(&["c"]))).unwrap();
        world.start_operator().await;
        let is_done = |found: &DatabaseSchema| {
            is_ready(found) && found.status.as_ref().unwrap().observed_generation == found.metadata.generation
        };
        let ready = world.wait("Ready", is_done).await;
        assert_eq!(distrust(&ready), "");
        let tables = world.tables().await;
        let has = |name: &str| tables.iter().any(|table| table == name);
        // What an unwritten entry would have named is known to nobody.
        assert_eq!([has("a"), has("b"), has("c")], [false, !row_is_written, true], "{tables:?}");
        world.apply_ready(&declaring(&["c"])).await;
        world.delete("todobox");
        world.sql("DROP TABLE IF EXISTS b, c; DELETE FROM schema_operator_record").await;
    }
}

async fn a_write_is_noted_in_the_status_before_it_is_done(mut world: World) {
    let before = world.apply_ready(&declaring(&["a", "b"])).await;
    let row = declared(&world).await;
    let held = world.open_transaction("SELECT id FROM schema_operator_record FOR UPDATE").await;
    // It drops the table b, and writes the record before that and after.
    world.apply(&world.schema(&declaring(&["a", "c"]))).unwrap();
    let is_announced = |found: &DatabaseSchema| !record(found).announced.is_empty();
    let announced = world.wait("the announcement", is_announced).await;
    assert_eq!(record(&announced).written, record(&before).written);
    assert_eq!(declared(&world).await, row, "it waits for the row");
    world.kill_operator().await;
    held.commit().await;
    world.start_operator().await;
    let ready = world.wait_ready().await;
    assert_eq!(distrust(&ready), "");
    world.apply_ready(&declaring(&["c"])).await;
    let tables = world.tables().await;
    assert_eq!(tables, ["c", "schema_operator_history", "schema_operator_record"]);
}

/// As after an upgrade: the status of an earlier version says nothing of the record.
async fn the_first_look_of_a_version_confirms_what_is_declared(mut world: World) {
    world.sql("CREATE TABLE theirs (id int)").await;
    world.apply_ready(&declaring(&["a", "b"])).await;
    world.kill_operator().await;
    let forged = "UPDATE schema_operator_record SET declared = JSON_SET(declared, '$.tables.theirs',
        JSON_OBJECT('made', TRUE, 'columns', JSON_OBJECT('id', JSON_OBJECT('made', TRUE))))";
    world.sql(forged).await;
    world.patch_status("todobox", &json!([{ "op": "remove", "path": "/status/record" }]));
    world.start_operator().await;
    world.wait("the first look", |found| is_ready(found) && record(found).written.is_some()).await;
    world.apply_ready(&declaring(&["a"])).await;
    let tables = world.tables().await;
    assert_eq!(tables, ["a", "schema_operator_history", "schema_operator_record", "theirs"]);
}

async fn nothing_is_removed_when_the_status_is_lost(mut world: World) {
    world.apply_ready(&declaring(&["a", "b"])).await;
    world.kill_operator().await;
    let lost = json!({ "observedGeneration": -1 });
    world.patch_status("todobox", &json!([{ "op": "replace", "path": "/status", "value": lost }]));
    world.apply(&world.schema(&declaring(&["a"]))).unwrap();
    world.start_operator().await;
    let ready = world.wait("what it does not believe", |found| is_ready(found) && !distrust(found).is_empty()).await;
    assert!(world.tables().await.iter().any(|table| table == "b"));
    let kept = ready.status.unwrap().undeclared.unwrap().kept;
    assert!(kept.iter().any(|kept| kept.starts_with("table b: ") && kept.contains("not confirmed")), "{kept:?}");
    world
        .apply_ready(&removing("tables:\n- {name: a, columns: [{name: id, type: int}]}\n- {name: b, state: Absent}\n"))
        .await;
    assert!(!world.tables().await.iter().any(|table| table == "b"), "what is asked for is done");
}

/// Each is more than is read of the table, in a way of its own: one row, all rows together, their number.
const FLOODS: [&str; 3] = [
    "INSERT INTO schema_operator_record (id, cluster, resource, resource_uid, revision, declared, updated_at)
       VALUES (7000, 'c', 'else/a', 'u', 'r', REPEAT(' ', 12 * 1024 * 1024), UTC_TIMESTAMP(6))",
    "INSERT INTO schema_operator_record (id, cluster, resource, resource_uid, revision, declared, updated_at)
       WITH RECURSIVE n AS (SELECT 20000 AS i UNION ALL SELECT i + 1 FROM n WHERE i < 20079)
       SELECT i, 'c', CONCAT('else/', i), 'u', 'r', CONCAT('{\"tables\":{}}', REPEAT(' ', 1024 * 1024)),
         UTC_TIMESTAMP(6) FROM n",
    "INSERT INTO schema_operator_record (id, cluster, resource, resource_uid, revision, declared, updated_at)
       WITH RECURSIVE n AS (SELECT 30000 AS i UNION ALL SELECT i + 1 FROM n WHERE i < 30999)
       SELECT i, 'c', CONCAT('else/', i), 'u', 'r', '{\"tables\":{}}', UTC_TIMESTAMP(6) FROM n;
     INSERT INTO schema_operator_record (id, cluster, resource, resource_uid, revision, declared, updated_at)
       VALUES (40000, 'c', 'else/last', 'u', 'r', '{\"tables\":{}}', UTC_TIMESTAMP(6))",
];

async fn rows_of_others_that_cant_be_read_stop_nothing_and_have_nothing_removed(world: World) {
    for flood in FLOODS {
        world.apply_ready(&declaring(&["a", "b"])).await;
        world.sql(flood).await;
        world.apply(&world.schema(&declaring(&["a", "c"]))).unwrap();
        let kept = |found: &DatabaseSchema| {
            let kept = found.status.as_ref().unwrap().undeclared.as_ref().map(|undeclared| undeclared.kept.clone());
            kept.unwrap_or_default()
        };
        let holds = "table b: a row of another resource in the record can't be read, and may hold it";
        let is_held = |found: &DatabaseSchema| is_ready(found) && kept(found) == [holds];
        let ready = world.wait("b is kept", is_held).await;
        let message = condition(&ready, "Ready").message;
        assert!(message.contains("another resource in schema_operator_record can't be read (id = "), "{message}");
        let tables = world.tables().await;
        assert!(["a", "b", "c"].iter().all(|name| tables.iter().any(|table| table == name)), "{flood}: {tables:?}");
        // While the flood is there, a last pass removes nothing.
        world.delete("todobox");
        world.sql("DELETE FROM schema_operator_record WHERE cluster = 'c'").await;
        world.sql("DROP TABLE a, b, c; DELETE FROM schema_operator_record").await;
    }
}
