//! Scratch databases on a cluster.

use schema_operator::mysql::{Scope, Scratch, Session, observe, scratch_pattern};
use schema_operator::schema::{Identifier, Schema};

use super::cluster::Cluster;
use super::world_at;
use crate::support::{condition, unique};

async fn database(cluster: &Cluster) -> (Identifier, Schema) {
    let name = Identifier::new(unique("scratch").replace('-', "_")).unwrap();
    cluster.run(1, &format!("CREATE DATABASE {name}")).await;
    let scope = Scope { database: &name, table: None };
    let schema = observe(&mut cluster.session(1).await, scope).await.unwrap().schema;
    (name, schema)
}

async fn exists(cluster: &Cluster, node: usize, scratch: &Identifier) -> bool {
    let sql = format!("SELECT COUNT(*) FROM information_schema.SCHEMATA WHERE SCHEMA_NAME = '{scratch}'");
    cluster.ask(node, &sql).await == "1"
}

#[tokio::test(flavor = "multi_thread")]
async fn scratch_databases_stay_on_one_node() {
    let cluster = Cluster::shared().await;
    let (name, schema) = database(&cluster).await;
    let mut session: Session = cluster.session(1).await;
    let scratch = Scratch::create(&mut session, &schema).await.unwrap();
    session.batch("a test's table", "CREATE TABLE t (id int)").await.unwrap();
    assert!(exists(&cluster, 1, &scratch.name).await);
    assert!(!exists(&cluster, 2, &scratch.name).await && !exists(&cluster, 3, &scratch.name).await);
    let local = scratch.name.clone();
    scratch.drop(&mut session).await.unwrap();
    assert!(!exists(&cluster, 1, &local).await);
    cluster.run(1, &format!("DROP DATABASE {name}")).await;
}

/// An account without SUPER has them on all nodes. They carry the name of the node, so that no node takes another's for
/// a left-over, or uses its name.
#[tokio::test(flavor = "multi_thread")]
async fn without_the_privilege_scratch_databases_are_on_all_nodes_and_dropped() {
    let cluster = Cluster::shared().await;
    let (name, schema) = database(&cluster).await;
    let grant = format!(
        "CREATE USER {name}@'%' IDENTIFIED BY 'secret-of-a-test'; \
         GRANT SELECT, CREATE, ALTER, DROP ON {}.* TO {name}@'%'",
        scratch_pattern(&name)
    );
    cluster.run(1, &grant).await;
    let mut one = cluster.session_of(1, name.as_str(), "secret-of-a-test").await;
    let first = Scratch::create(&mut one, &schema).await.unwrap();
    assert!(exists(&cluster, 1, &first.name).await && exists(&cluster, 3, &first.name).await);
    // A search for left-overs at another node leaves it alone.
    let mut two = cluster.session_of(2, name.as_str(), "secret-of-a-test").await;
    let second = Scratch::create(&mut two, &schema).await.unwrap();
    assert_ne!(first.name.as_str().rsplit_once('_').unwrap().0, second.name.as_str().rsplit_once('_').unwrap().0);
    assert!(exists(&cluster, 3, &first.name).await && exists(&cluster, 3, &second.name).await);
    let names = [first.name.clone(), second.name.clone()];
    first.drop(&mut one).await.unwrap();
    second.drop(&mut two).await.unwrap();
    for node in 1..=3 {
        assert!(!exists(&cluster, node, &names[0]).await && !exists(&cluster, node, &names[1]).await);
    }
    cluster.run(1, &format!("DROP DATABASE {name}; DROP USER {name}@'%'")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rehearsal_leaves_no_scratch_database_behind() {
    let cluster = Cluster::shared().await;
    let world = world_at(&cluster, 3).await;
    let spec = "tables:\n- name: t\n  columns:\n  - {name: id, type: int}\n  checks:\n  \
                - {name: positive, expression: 'id > 0'}\n";
    let ready = world.apply_ready(spec).await;
    assert_eq!(condition(&ready, "InSync").status, "True");
    let statement = format!("SELECT COUNT(*) FROM {}.schema_operator_history", world.database);
    assert_eq!(cluster.ask(1, &statement).await, "1");
}
