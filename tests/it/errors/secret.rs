//! Secrets that are missing, or that lack a key.

use crate::support::{ConditionView, Server, World, condition, reason};

const SPEC: &str = "tables:\n- name: t\n  columns:\n  - {name: id, type: int}\n";

#[tokio::test(flavor = "multi_thread")]
async fn a_missing_secret_is_named_and_awaited() {
    let world = World::new(Server::MySql).await;
    world.kubectl(&["delete", "secret", "db"], "").unwrap();
    world.apply(&world.schema(SPEC)).unwrap();
    let resource = world.wait_reason("SecretNotFound").await;
    let ConditionView { status, message, .. } = condition(&resource, "Reachable");
    assert_eq!(status, "False");
    assert!(message.contains("Secret db") && message.contains(&world.namespace), "{message}");
    assert_eq!(condition(&resource, "Reconciling").status, "True");
    world.apply(&world.secret("db", &[])).unwrap();
    world.wait_ready().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_secret_of_another_namespace_is_out_of_reach() {
    let (world, other) = tokio::join!(World::new(Server::MySql), World::new(Server::MySql));
    other.apply(&other.secret("elsewhere", &[])).unwrap();
    world.apply(&world.schema(SPEC).replace("name: db", "name: elsewhere")).unwrap();
    world.wait_reason("SecretNotFound").await;
}

/// The name of Secret and resource, the message, and the Secret's values that differ.
type Case<'a> = (&'a str, &'a str, &'a [(&'a str, &'a str)]);

#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_is_missing_or_malformed_is_named() {
    let world = World::new(Server::MySql).await;
    let without = |key: &str| {
        let mut secret: serde_json::Value = serde_json::from_str(&world.secret("db", &[])).unwrap();
        secret["stringData"].as_object_mut().unwrap().remove(key);
        secret
    };
    world.kubectl(&["delete", "secret", "db"], "").unwrap();
    for (name, key) in [("no-host", "host"), ("no-username", "username"), ("no-password", "password")] {
        let mut secret = without(key);
        secret["metadata"]["name"] = name.into();
        world.apply(&secret.to_string()).unwrap();
    }
    let cases: [Case; 6] = [
        ("no-host", "key host of Secret no-host is missing", &[]),
        ("no-username", "key username of Secret no-username is missing", &[]),
        ("no-password", "key password of Secret no-password is missing", &[]),
        ("bad-port", "key port of Secret bad-port", &[("port", "70000")]),
        ("bad-host", "key host of Secret bad-host", &[("host", "user@host/db")]),
        ("half-a-pair", "key tls.key of Secret half-a-pair", &[("tls.crt", "x")]),
    ];
    for (name, _, values) in cases {
        if !values.is_empty() {
            world.apply(&world.secret(name, values)).unwrap();
        }
        world.apply(&world.schema_named(name, SPEC).replace("name: db", &format!("name: {name}"))).unwrap();
    }
    for (name, words, _) in cases {
        let invalid = |resource: &_| reason(resource) == "SecretInvalid";
        let resource = world.wait_named(name, "SecretInvalid", invalid).await;
        let ConditionView { status, message, .. } = condition(&resource, "Reachable");
        assert_eq!(status, "False");
        assert!(message.contains(words), "{name}: {message}");
        assert!(!message.contains(&world.server.value("PASSWORD")), "{message}");
    }
}
