//! What the tests share: the servers, the cluster, an operator for each test, and ways to wait for a condition.

mod chart;
mod operator;
mod resource;
mod server;
mod world;

pub use operator::Operator;
pub use resource::{condition, reason};
pub use server::Server;
pub use world::World;

/// Runs each test on every server of the testbed: `on_each_server!(name, ...)` for `async fn name(world: World)`.
macro_rules! on_each_server {
    ($($name:ident),+ $(,)?) => {
        mod mysql {
            $(#[tokio::test(flavor = "multi_thread")]
            async fn $name() {
                super::$name(crate::support::World::new(crate::support::Server::MySql).await).await;
            })+
        }
        mod mariadb {
            $(#[tokio::test(flavor = "multi_thread")]
            async fn $name() {
                super::$name(crate::support::World::new(crate::support::Server::MariaDb).await).await;
            })+
        }
        mod mariadb_newest {
            $(#[tokio::test(flavor = "multi_thread")]
            async fn $name() {
                super::$name(crate::support::World::new(crate::support::Server::MariaDbNewest).await).await;
            })+
        }
    };
}
pub(crate) use on_each_server;

/// A variable of the testbed's environment.
pub fn variable(name: &str) -> String {
    std::env::var(name)
        .unwrap_or_else(|_| panic!("{name} is not set; run `make test`, or `make testbed` and source .testbed/env"))
}

/// A name that no other test has, now or in an earlier run.
pub fn unique(prefix: &str) -> String {
    use std::hash::{BuildHasher, RandomState};
    let random = RandomState::new().hash_one(std::time::Instant::now());
    format!("{prefix}-{:010x}", random & 0xff_ffff_ffff)
}
