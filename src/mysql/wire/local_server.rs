//! Plays the server to sqlx: greets it, takes its login without a password, and gives it to the relay.

use std::io;

use sqlx::ConnectOptions;
use sqlx::mysql::{MySqlConnectOptions, MySqlSslMode};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::UnixStream;

use super::capabilities::Capabilities;
use super::connect_error::ConnectError;
use super::frame::framed;
use super::local_socket::LocalSocket;
use super::relay::{Guarded, Relay};
use super::stream::ServerStream;

/// The longest login that sqlx sends: it has an empty user name.
const LONGEST_LOGIN: usize = 256;

/// Connects sqlx to a server that was logged in to.
///
/// # Errors
/// The system has no more sockets.
pub async fn hand_over(stream: ServerStream, capabilities: Capabilities) -> Result<Guarded, ConnectError> {
    let socket = LocalSocket::bind()?;
    let options = options(&socket);
    let greet = async {
        let mut client = socket.accept().await?;
        greet(&mut client, capabilities.for_statements()).await?;
        Ok(client)
    };
    let connect = async { options.connect().await.map_err(ConnectError::Local) };
    let (client, connection) = tokio::try_join!(async { greet.await.map_err(ConnectError::Io) }, connect)?;
    Ok(Guarded::new(connection, Relay::new(stream, client, capabilities)))
}

fn options(socket: &LocalSocket) -> MySqlConnectOptions {
    MySqlConnectOptions::new()
        .socket(socket.path())
        .username("")
        .ssl_mode(MySqlSslMode::Disabled)
        // We set the session ourselves, whole; sqlx would add PIPES_AS_CONCAT and others to sql_mode.
        .pipes_as_concat(false)
        .no_engine_substitution(false)
        .timezone(None)
        .set_names(false)
        // Statements can hold a person's literals; what we log of them is our decision.
        .disable_statement_logging()
}

/// Greets sqlx and takes whatever it logs in with: only this process can be on the other end.
async fn greet(client: &mut UnixStream, capabilities: Capabilities) -> io::Result<()> {
    client.write_all(&framed(0, &greeting(capabilities))).await?;
    let mut header = [0; 4];
    client.read_exact(&mut header).await?;
    let [low, high, ..] = header;
    let mut login = vec![0; usize::from(u16::from_le_bytes([low, high])).min(LONGEST_LOGIN)];
    client.read_exact(&mut login).await?;
    client.write_all(&framed(2, &[0, 0, 0, 2, 0, 0, 0])).await
}

/// Writes a greeting that asks for no password.
fn greeting(capabilities: Capabilities) -> Vec<u8> {
    let [first, second, third, fourth] = capabilities.bits().to_le_bytes();
    let mut packet = b"\x0a8.0.0\0".to_vec();
    packet.extend([0; 4 + 8 + 1]);
    packet.extend([first, second, 45, 2, 0, third, fourth, 0]);
    packet.extend([0; 10]);
    packet
}
