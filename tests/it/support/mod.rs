//! What the tests share: the servers, the cluster, an operator for each test, and ways to wait for a condition.

mod approver;
mod chart;
mod cli_world;
mod control_plane;
mod direct_pipeline;
mod kubectl;
mod open_transaction;
mod operator;
mod own_server;
mod proxy;
mod resource;
mod server;
mod silent_server;
mod world;

pub use approver::Approver;
pub use chart::{kubeconfig_as, kubeconfig_at, operator_kubeconfig, run};
pub use cli_world::{CliRun, CliWorld, run_cli};
pub use control_plane::ControlPlane;
pub use direct_pipeline::{DirectPipeline, asker, request, run_change, try_request};
pub use kubectl::kubectl;
pub use open_transaction::OpenTransaction;
pub use operator::Operator;
pub use own_server::{OwnServer, value_in};
pub use proxy::Proxy;
pub use resource::{ConditionView, condition, is_ready, manifest, plan, reason, server_id};
pub use server::{Server, SessionTable, login, open};
pub use silent_server::SilentServer;
pub use world::{World, client_of, wait_for_answer};

/// Runs each test on every server of the testbed: `on_each_server!(name, ...)` for `async fn name(world: World)`, and
/// `on_each_server!(CliWorld: name, ...)` for `async fn name(world: CliWorld)`.
macro_rules! on_each_server {
    ($($name:ident),+ $(,)?) => {
        $crate::support::on_each_server!(World: $($name),+);
    };
    ($world:ident: $($name:ident),+ $(,)?) => {
        mod mysql {
            $(#[tokio::test(flavor = "multi_thread")]
            async fn $name() {
                super::$name(crate::support::$world::new(crate::support::Server::MySql).await).await;
            })+
        }
        mod mariadb {
            $(#[tokio::test(flavor = "multi_thread")]
            async fn $name() {
                super::$name(crate::support::$world::new(crate::support::Server::MariaDb).await).await;
            })+
        }
        mod mariadb_newest {
            $(#[tokio::test(flavor = "multi_thread")]
            async fn $name() {
                super::$name(crate::support::$world::new(crate::support::Server::MariaDbNewest).await).await;
            })+
        }
    };
}
pub(crate) use on_each_server;

/// Returns a variable of the testbed's environment.
pub fn variable(name: &str) -> String {
    std::env::var(name)
        .unwrap_or_else(|_| panic!("{name} is not set; run `make test`, or `make testbed` and source .testbed/env"))
}

/// Makes a folder that no other test has.
pub fn temporary_folder(prefix: &str) -> std::path::PathBuf {
    let folder = std::env::temp_dir().join(format!("schema-operator-{}", unique(prefix)));
    std::fs::create_dir_all(&folder).expect("the temporary folder can be written");
    folder
}

/// Runs a script of `testbed/`.
pub fn testbed(script: &str, arguments: &[&str]) {
    let path = format!("{}/testbed/{script}", env!("CARGO_MANIFEST_DIR"));
    let output = std::process::Command::new(path).args(arguments).output().expect("the script can be run");
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "testbed/{script} {arguments:?}: {error}");
}

/// Returns a name that no other test has, now or in an earlier run.
pub fn unique(prefix: &str) -> String {
    use std::hash::{BuildHasher, RandomState};
    let random = RandomState::new().hash_one(std::time::Instant::now());
    format!("{prefix}-{:010x}", random & 0xff_ffff_ffff)
}
