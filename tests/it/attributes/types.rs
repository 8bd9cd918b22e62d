//! Types as people write them: once declared, they are equal to what the server shows, and are not planned again.

use crate::support::{Server, World, condition, on_each_server};

on_each_server!(aliases_are_what_the_server_makes_of_them, types_that_a_server_lacks_are_refused);

const ALIASES: [&str; 45] = [
    "bool",
    "boolean",
    "int1",
    "int2",
    "int3",
    "middleint",
    "mediumint",
    "int4",
    "int8",
    "integer",
    "integer unsigned",
    "INTEGER(5) ZEROFILL",
    "bigint signed",
    "dec",
    "dec(5)",
    "numeric(8,3)",
    "fixed(6,2) unsigned",
    "decimal",
    "real",
    "double precision",
    "float4",
    "float8",
    "float(7)",
    "float(30)",
    "bit",
    "year",
    "character",
    "character(3)",
    "character varying(30)",
    "char varying(5)",
    "varcharacter(9)",
    "nchar(4)",
    "national char(4)",
    "national character varying(5)",
    "nvarchar(7)",
    "national varchar(7)",
    "nchar varchar(7)",
    "long",
    "long varchar",
    "long varbinary",
    "binary",
    "blob(70000)",
    "text(20)",
    "json",
    "enum('a','it''s')",
];

async fn aliases_are_what_the_server_makes_of_them(world: World) {
    let columns: String =
        ALIASES.iter().enumerate().map(|(at, alias)| format!("  - {{name: c{at}, type: \"{alias}\"}}\n")).collect();
    world.apply_ready(&format!("tables:\n- name: t\n  columns:\n{columns}")).await;
    // The server itself reads the same types from the same words.
    let words: Vec<String> = ALIASES.iter().enumerate().map(|(at, alias)| format!("c{at} {alias}")).collect();
    world.sql(&format!("CREATE TABLE own ({})", words.join(", "))).await;
    let types = |table: &str| {
        format!(
            "SELECT COLUMN_TYPE, COLUMN_NAME FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = '{}' AND \
             TABLE_NAME = '{table}' ORDER BY ORDINAL_POSITION",
            world.database
        )
    };
    let (declared, own) = (world.sql(&types("t")).await, world.sql(&types("own")).await);
    for (at, alias) in ALIASES.iter().enumerate() {
        assert_eq!(declared[at].text(0), own[at].text(0), "{alias}");
    }
    // The server's own table needs no change.
    let before = world.show_create("own").await;
    world.apply_ready(&format!("tables:\n- name: own\n  columns:\n{columns}")).await;
    assert_eq!(world.show_create("own").await, before);
}

async fn types_that_a_server_lacks_are_refused(world: World) {
    let (has, lacks): (&[&str], &[&str]) = match world.server {
        Server::MySql | Server::MySqlLower => (&["vector(3)", "vector", "geomcollection"], &["inet6", "uuid"]),
        Server::MariaDb => (&["inet4", "inet6", "uuid"], &["vector(3)"]),
        Server::MariaDbNewest => (&["inet4", "inet6", "uuid", "vector(3)"], &["xmltype"]),
    };
    let columns: String =
        has.iter().enumerate().map(|(at, name)| format!("  - {{name: c{at}, type: {name}}}\n")).collect();
    let spec = |columns: &str| format!("tables:\n- name: t\n  columns:\n{columns}");
    world.apply_ready(&spec(&columns)).await;
    for name in lacks {
        world.apply(&world.schema(&spec(&format!("  - {{name: x, type: {name}}}\n")))).unwrap();
        let seen = |resource: &_| condition(resource, "Ready").message.contains(name);
        let resource = world.wait("the refusal", seen).await;
        assert_eq!(condition(&resource, "Stalled").status, "True", "{resource:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_spatial_column_has_its_reference_system() {
    let world = World::new(Server::MySql).await;
    let spec = |srid: u32| {
        format!(
            "policy: {{allow: [Blocking, Breaking, Destructive]}}\ntables:\n- name: t\n  columns:\n  - {{name: p, type: \
             point, nullable: false, srid: {srid}}}\n  - {{name: g, type: geometry, nullable: false}}\n  indexes: [{{name: \
             p, columns: [p], kind: Spatial}}]\n"
        )
    };
    world.apply_ready(&spec(4326)).await;
    assert!(world.show_create("t").await.contains("SRID 4326"));
}
