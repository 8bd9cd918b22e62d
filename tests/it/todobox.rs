//! The reference table is reached from every state of the application's chain of migrations.

use crate::support::{World, condition, is_ready, on_each_server};

on_each_server!(
    the_table_is_reached_from_nothing,
    the_table_is_reached_from_before_the_oauth_columns,
    the_table_is_reached_from_the_revision_that_broke,
    the_table_is_reached_from_an_extra_column,
    the_table_is_reached_from_half_a_migration,
    the_table_is_reached_from_a_repair_under_another_name,
    a_dropped_index_is_put_back,
);

/// The declared table, as in the example.
const SPEC: &str = "
interval: 1s
tables:
- name: user
  columns:
  - {name: id, type: int, nullable: false, autoIncrement: true}
  - {name: username, type: varchar(64), nullable: true}
  - {name: email, type: varchar(120), nullable: true}
  - {name: fullname, type: varchar(100), nullable: true}
  - {name: password_hash, type: varchar(255), nullable: true}
  - {name: api_token, type: varchar(255), nullable: true}
  - {name: oauth_provider, type: varchar(50), nullable: true}
  - {name: oauth_id, type: varchar(255), nullable: true}
  primaryKey: [id]
  indexes:
  - {name: ix_user_username, columns: [username], unique: true}
  - {name: ix_user_email, columns: [email], unique: true}
  - {name: ix_user_api_token, columns: [api_token], unique: true}
  - {name: ix_user_oauth_id, columns: [oauth_id]}
verify:
- {name: the query that failed, query: 'SELECT id, username, email, api_token FROM user LIMIT 1'}
";

/// The table before the OAuth columns, with rows.
const BASE: &str = "CREATE TABLE user (
    id int NOT NULL AUTO_INCREMENT PRIMARY KEY, username varchar(64), email varchar(120), fullname varchar(100),
    password_hash varchar(255), UNIQUE KEY ix_user_username (username), UNIQUE KEY ix_user_email (email));
  INSERT INTO user (username, email) VALUES ('ann', 'a@x'), ('bob', 'b@x'), ('eve', NULL)";
const OAUTH: &str =
    "ALTER TABLE user ADD oauth_provider varchar(50), ADD oauth_id varchar(255), ADD KEY ix_user_oauth_id (oauth_id)";

async fn reach(world: &World, before: &[&str]) {
    for sql in before {
        world.sql(sql).await;
    }
    let rows = "SELECT id, username, email, fullname, password_hash FROM user ORDER BY id";
    let kept = if before.is_empty() { Vec::new() } else { world.sql(rows).await };
    let resource = world.apply_ready(SPEC).await;
    assert_eq!(world.sql(rows).await, kept, "no row is lost or changed");
    let status = resource.status.as_ref().unwrap();
    assert_eq!(status.revision.as_ref().unwrap().applied.as_deref(), Some("r1"));
    for kind in ["Reachable", "InSync", "Verified"] {
        assert_eq!(condition(&resource, kind).status, "True", "{kind}");
    }
    let columns = world.sql("SELECT GROUP_CONCAT(column_name ORDER BY column_name) FROM information_schema.columns WHERE table_schema = DATABASE() AND table_name = 'user' AND column_name <> 'token_created_at'").await;
    assert_eq!(columns[0].text(0), "api_token,email,fullname,id,oauth_id,oauth_provider,password_hash,username");
    let indexes = world.sql("SELECT GROUP_CONCAT(CONCAT(index_name, ':', non_unique) ORDER BY index_name) FROM information_schema.statistics WHERE table_schema = DATABASE() AND table_name = 'user'").await;
    assert_eq!(
        indexes[0].text(0),
        "ix_user_api_token:0,ix_user_email:0,ix_user_oauth_id:1,ix_user_username:0,PRIMARY:0"
    );
}

async fn the_table_is_reached_from_nothing(world: World) {
    reach(&world, &[]).await;
}

async fn the_table_is_reached_from_before_the_oauth_columns(world: World) {
    reach(&world, &[BASE]).await;
}

async fn the_table_is_reached_from_the_revision_that_broke(world: World) {
    reach(&world, &[BASE, OAUTH]).await;
}

async fn the_table_is_reached_from_an_extra_column(world: World) {
    let extra = "ALTER TABLE user ADD token_created_at datetime, ADD api_token varchar(255), ADD UNIQUE KEY ix_user_api_token (api_token)";
    reach(&world, &[BASE, OAUTH, extra, "UPDATE user SET token_created_at = '2026-01-01'"]).await;
    let resource = world.resource().await;
    assert_eq!(resource.status.unwrap().undeclared.unwrap().columns, 1, "the extra column is counted and left alone");
    assert_eq!(world.sql("SELECT COUNT(*) FROM user WHERE token_created_at = '2026-01-01'").await[0].text(0), "3");
}

async fn the_table_is_reached_from_half_a_migration(world: World) {
    reach(&world, &[BASE, "ALTER TABLE user ADD oauth_provider varchar(50), ADD api_token varchar(255)"]).await;
}

async fn the_table_is_reached_from_a_repair_under_another_name(world: World) {
    let repair = "ALTER TABLE user ADD api_token varchar(255), ADD UNIQUE KEY fixed_by_hand (api_token)";
    reach(&world, &[BASE, OAUTH, repair]).await;
    world.wait_event("StatementDone", "RENAME INDEX").await;
}

async fn a_dropped_index_is_put_back(world: World) {
    reach(&world, &[BASE, OAUTH]).await;
    world.sql("DROP INDEX ix_user_api_token ON user").await;
    let drifted = |resource: &schema_operator::api::DatabaseSchema| {
        resource.status.as_ref().is_some_and(|status| status.history.len() == 2) && is_ready(resource)
    };
    world.wait("the index is back", drifted).await;
    assert_eq!(world.sql("SHOW INDEX FROM user WHERE Key_name = 'ix_user_api_token'").await.len(), 1);
    world.wait_event("Drifted", "index user.ix_user_api_token is absent").await;
}
