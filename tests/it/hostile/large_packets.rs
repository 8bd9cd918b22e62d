//! Servers that begin large packets and stall hold up no large packet of another server.

use std::time::Duration;

use schema_operator::mysql::{Address, AddressRule, Error, ErrorKind, Login, Purpose, Session, Traffic};

use super::fake_server::{FakeServer, Harm};
use crate::support::Server;

/// A row of this size is one large packet.
const LARGE_ROW: &str = "SELECT REPEAT('x', 8000000)";

/// After this time a session gives up, which takes longer than the test.
const LIMIT: Duration = Duration::from_mins(1);

/// More than there is room for.
const STALLED: u8 = 6;

async fn open(login: Login) -> Result<Session, Error> {
    Session::open(&login, &Purpose::Read, &AddressRule::all(), Traffic::default()).await
}

#[tokio::test(flavor = "multi_thread")]
async fn stalled_large_packets_hold_up_no_other_server() {
    let genuine = Server::MySql.login();
    let mut good = open(genuine.clone()).await.unwrap();
    let mut held = Vec::new();
    for number in 0..STALLED {
        let host = format!("127.0.0.{}", 10 + number);
        let server = FakeServer::start_at(&host, Harm::LargePart).await;
        let address = Address::new(host, server.port.parse().unwrap());
        let tls = schema_operator::mysql::Tls::Disabled;
        let client = tokio::spawn(open(Login { address, tls, connect_timeout: LIMIT, ..genuine.clone() }));
        held.push((server, client));
    }
    held[0].0.harm_done().await;
    assert_eq!(good.count_rows("a test's large row", LARGE_ROW, 1, LIMIT).await.unwrap(), 1);
    let (ended, stalled): (Vec<_>, Vec<_>) = held.into_iter().partition(|(_, client)| client.is_finished());
    assert!(!stalled.is_empty(), "the answer came while others were stalled");
    for (_, client) in ended {
        let error = client.await.unwrap().unwrap_err();
        assert!(error.kind == ErrorKind::Violation && error.message.contains("too slowly"), "{error}");
    }
    for (_, client) in stalled {
        client.abort();
    }
}
