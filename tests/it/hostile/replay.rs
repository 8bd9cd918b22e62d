//! Genuine conversations with one packet cut or changed: the client gets an answer or an error, and goes on living.

use std::time::Duration;

use schema_operator::mysql::{Address, AddressRule, Error, Login, Purpose, Session, Tls, Traffic};
use tokio::net::TcpListener;

use super::one_of;
use super::recording::{Change, Recorder, Turn, play};
use crate::support::Server;

/// Of so many changes one is tried, unless all are asked for.
const SOME: usize = 23;

/// After this time the server ends a person's query.
const LIMIT: Duration = Duration::from_secs(30);

/// Does all that the operator does with a session, up to the first error.
async fn converse(login: &Login) -> Result<(), Error> {
    let mut session = Session::open(login, &Purpose::Read, &AddressRule::all(), Traffic::default()).await?;
    let doing = "a test's conversation";
    session.batch(doing, "SELECT 1, NULL, 'two'; DO 1; SELECT REPEAT('x', 300) FROM dual WHERE 1 = 1").await?;
    // There is no such column, unless the change says otherwise.
    let _ = session.batch(doing, "SELECT missing").await;
    session.show(doing, "SHOW SESSION VARIABLES LIKE 'version%'").await?;
    let types = "SELECT 1, 2.5, 2e0, 'text', NULL, NOW(), CURDATE(), CURTIME(), CAST('1' AS UNSIGNED), x'00'";
    session.count_rows(doing, types, 1, LIMIT).await?;
    session.count_rows(doing, "SELECT 1 FROM dual WHERE 1 = 0", 1, LIMIT).await?;
    session.text_value(doing, "SELECT LEFT(CONVERT((SELECT 4711) USING utf8mb4), 9)", LIMIT).await?;
    session.execute_one(doing, "DO 1").await?;
    session.close().await;
    Ok(())
}

async fn record(server: Server) -> (Login, Vec<Turn>) {
    // The server then knows the password, and a plain connection can be logged in to.
    converse(&server.login()).await.unwrap();
    let recorder = Recorder::start(format!("{}:{}", server.value("HOST"), server.value("PORT"))).await;
    let address = Address::new("127.0.0.1", recorder.port);
    let login = Login { address, tls: Tls::Disabled, ..server.login() };
    converse(&login).await.unwrap();
    (login, recorder.turns())
}

/// Converses with a server that plays these turns.
async fn replay(listener: &TcpListener, login: &Login, turns: &[Turn], change: Option<Change>) -> Result<(), Error> {
    let (played, outcome) = tokio::join!(play(listener, turns, change), converse(login));
    // The client may close the connection at any time.
    let _ = played;
    outcome
}

async fn no_changed_packet_ends_the_client(server: Server) {
    let (login, turns) = record(server).await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = Address::new("127.0.0.1", listener.local_addr().unwrap().port());
    let login = Login { address, ..login };
    replay(&listener, &login, &turns, None).await.expect("the genuine conversation is understood");
    let changes = Change::all(&turns);
    let each = one_of(SOME);
    let mut refused = 0;
    for change in changes.iter().step_by(each) {
        refused += usize::from(replay(&listener, &login, &turns, Some(*change)).await.is_err());
    }
    assert!(refused > changes.len() / each / 2, "{refused} of {} changes were noticed", changes.len() / each);
}

#[tokio::test(flavor = "multi_thread")]
async fn no_changed_packet_of_mysql_ends_the_client() {
    no_changed_packet_ends_the_client(Server::MySql).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_changed_packet_of_mariadb_ends_the_client() {
    no_changed_packet_ends_the_client(Server::MariaDb).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_changed_packet_of_the_newest_mariadb_ends_the_client() {
    no_changed_packet_ends_the_client(Server::MariaDbNewest).await;
}
