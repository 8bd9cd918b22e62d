//! One resource that goes wrong holds up no other.

use tokio::net::TcpListener;

use crate::support::{Server, World, condition, reason};

const SPEC: &str = "tables:\n- name: t\n  columns:\n  - {name: id, type: int}\n";

#[tokio::test(flavor = "multi_thread")]
async fn a_bad_resource_holds_up_no_good_one() {
    let world = World::with(Server::MySql, &["--concurrency", "4"]).await;
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = silent.local_addr().unwrap().port().to_string();
    world.apply(&world.secret("silent", &[("port", &port)])).unwrap();
    world.apply(&world.secret("wrong", &[("password", "wrong")])).unwrap();
    for (name, secret) in [("bad-silent", "silent"), ("bad-login", "wrong"), ("bad-secret", "none")] {
        world.apply(&world.schema_named(name, SPEC).replace("name: db", &format!("name: {secret}"))).unwrap();
    }
    world.apply(&world.schema_named("bad-spec", &SPEC.replace("int", "nosuchtype"))).unwrap();
    for (name, word) in [("bad-login", "AuthenticationFailed"), ("bad-secret", "SecretNotFound")] {
        world.wait_named(name, word, |resource| reason(resource) == word).await;
    }
    world.wait_named("bad-spec", "InvalidSpec", |resource| reason(resource) == "InvalidSpec").await;
    world.apply_ready(SPEC).await;
    let silent = world.resources().get("bad-silent").await.unwrap();
    assert_ne!(condition(&silent, "Ready").0, "True");
}
