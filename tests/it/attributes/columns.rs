//! Attributes of columns that only MariaDB has.

use crate::support::{Server, World, condition, on_each_server, reason};

on_each_server!(columns_have_checks_and_compression);

async fn columns_have_checks_and_compression(world: World) {
    world
        .sql(
            "CREATE TABLE t (id int PRIMARY KEY, num int, v varchar(100) DEFAULT 'x'); INSERT INTO t VALUES (1, -1, 'a')",
        )
        .await;
    let spec = |column: &str| format!("policy: {{allow: [Blocking]}}\ntables:\n- name: t\n  columns: [{column}]\n");
    if world.server == Server::MySql {
        let cases = [("{name: num, check: num > 0}", "num].check"), ("{name: v, compressed: true}", "v].compressed")];
        for (column, path) in cases {
            world.apply(&world.schema(&spec(column))).unwrap();
            let seen = |resource: &_| condition(resource, "Ready").message.contains(path);
            let resource = world.wait("the refusal", seen).await;
            assert_eq!(reason(&resource), "Unsupported");
        }
        world.apply_ready(&spec("{name: v, compressed: false}")).await;
        return;
    }
    // A row violates the check, which ALGORITHM=INSTANT would not notice.
    world.apply(&world.schema(&spec("{name: num, check: num > 0}"))).unwrap();
    let resource = world.wait_reason("RowsInTheWay").await;
    assert!(condition(&resource, "Ready").message.contains("column t.num"), "{resource:?}");
    world.sql("UPDATE t SET num = 1").await;
    let both = "{name: num, check: 'num > 0'}, {name: v, compressed: true}, {name: m, type: int, check: 'm <> 3'}";
    world.apply_ready(&spec(both)).await;
    let create = world.show_create("t").await;
    assert!(create.contains("CHECK (`num` > 0)") && create.contains("COMPRESSED"), "{create}");
    assert!(create.contains("CHECK (`m` <> 3)"), "{create}");
    // Undeclared, both survive a change of their columns.
    world.apply_ready(&spec("{name: num, comment: x}, {name: v, type: varchar(120)}")).await;
    let create = world.show_create("t").await;
    assert!(create.contains("COMMENT 'x' CHECK (`num` > 0)") && create.contains("COMPRESSED"), "{create}");
    assert!(create.contains("varchar(120)"), "{create}");
    world.apply_ready(&spec("{name: v, compressed: false}")).await;
    assert!(!world.show_create("t").await.contains("COMPRESSED"));
    // Another check removes a guarantee.
    world.apply(&world.schema(&spec("{name: num, check: num < 9}"))).unwrap();
    world.wait_reason("AwaitingApproval").await;
}
