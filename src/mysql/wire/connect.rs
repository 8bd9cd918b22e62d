//! Connects to a server and logs in. The password goes no further than this.

use std::net::{IpAddr, SocketAddr};

use tokio::net::TcpStream;

use super::authentication::{Plugin, Protection};
use super::capabilities::Capabilities;
use super::connect_error::ConnectError;
use super::greeting::Greeting;
use super::local_server;
use super::login::{Address, AddressRule, Login, Tls};
use super::login_packets::{Introduction, Reply, tls_request};
use super::packets::ServerError;
use super::relay::Guarded;
use super::stream::ServerStream;
use super::tls::encrypt;
use super::violation::{PacketKind, Rule};

/// Packets that a server may send before it takes or refuses a login; the longest way has four.
const MOST_REPLIES: usize = 8;

/// Connects to the address of a login, if the rule allows all that its name stands for, and logs in.
///
/// # Errors
/// Each way in which this can fail; see [`ConnectError`].
pub async fn open(login: &Login, database: Option<&str>, rule: &AddressRule) -> Result<Guarded, ConnectError> {
    if login.user.reveal().contains('\0') || database.is_some_and(|database| database.contains('\0')) {
        return Err(ConnectError::Nul);
    }
    let addresses = resolve(&login.address).await.map_err(ConnectError::Unresolved)?;
    let hosts: Vec<IpAddr> = addresses.iter().map(SocketAddr::ip).collect();
    rule.check(&login.address, &hosts).map_err(ConnectError::NotAllowed)?;
    let tcp = TcpStream::connect(addresses.as_slice()).await?;
    tcp.set_nodelay(true)?;
    let mut stream = ServerStream::new(tcp.peer_addr()?.ip(), Box::new(tcp));
    let capabilities = log_in(&mut stream, login, database).await?;
    local_server::hand_over(stream, capabilities).await
}

async fn resolve(Address { host, port, .. }: &Address) -> std::io::Result<Vec<SocketAddr>> {
    if let Ok(ip) = host.parse::<IpAddr>() {
        return Ok(vec![SocketAddr::new(ip, *port)]);
    }
    Ok(tokio::net::lookup_host((host.as_str(), *port)).await?.collect())
}

async fn log_in(
    stream: &mut ServerStream,
    login: &Login,
    database: Option<&str>,
) -> Result<Capabilities, ConnectError> {
    let packet = stream.receive(PacketKind::Greeting).await?;
    if packet.first() == Some(&0xff) {
        return Err(ConnectError::Refused(ServerError::read(&packet)?));
    }
    let greeting = Greeting::read(&packet)?;
    let encrypted = wants_tls(login.tls, greeting.capabilities)?;
    let capabilities = greeting.capabilities.to_ask_for(encrypted, database.is_some());
    if encrypted {
        stream.send(&tls_request(capabilities)).await?;
        let plain = std::mem::replace(&mut stream.bytes, Box::new(tokio::io::empty()));
        stream.bytes = encrypt(plain, login).await?;
    }
    let protection = Protection::new(login.tls, encrypted);
    // What is unknown here may be another account's: the server switches to that of this one.
    let plugin = match Plugin::named(&greeting.plugin) {
        Some(Plugin::CachingSha2) => Plugin::CachingSha2,
        Some(Plugin::NativePassword | Plugin::Sha256 | Plugin::Ed25519 | Plugin::ClearPassword) | None => {
            Plugin::NativePassword
        }
    };
    let answer = plugin.answer(login.password.reveal(), &greeting.nonce, protection)?;
    let username = login.user.reveal();
    let introduction = Introduction { capabilities, username, answer: &answer, database, plugin: plugin.name() };
    stream.send(&introduction.packet()).await?;
    authenticate(stream, login, Exchange { plugin, protection }).await?;
    Ok(capabilities)
}

/// Decides whether to encrypt.
fn wants_tls(tls: Tls, capabilities: Capabilities) -> Result<bool, ConnectError> {
    match (tls, capabilities.has(Capabilities::SSL)) {
        (Tls::Disabled, _) | (Tls::Preferred, false) => Ok(false),
        (Tls::Preferred | Tls::Required | Tls::VerifyCa | Tls::VerifyIdentity, true) => Ok(true),
        (Tls::Required | Tls::VerifyCa | Tls::VerifyIdentity, false) => {
            Err(ConnectError::Tls("server does not support TLS".to_owned()))
        }
    }
}

/// How far a login is.
#[derive(Debug, Clone, Copy)]
struct Exchange {
    plugin: Plugin,
    protection: Protection,
}

async fn authenticate(stream: &mut ServerStream, login: &Login, mut exchange: Exchange) -> Result<(), ConnectError> {
    let password = login.password.reveal();
    for _ in 0..MOST_REPLIES {
        let packet = stream.receive(PacketKind::Authentication).await?;
        match Reply::read(&packet)? {
            Reply::LoggedIn => return Ok(()),
            Reply::Refused(error) => return Err(ConnectError::Refused(error)),
            Reply::Switch { plugin, nonce } => {
                exchange.plugin = Plugin::named(&plugin).ok_or(ConnectError::UnknownPlugin(plugin))?;
                stream.send(&exchange.plugin.answer(password, &nonce, exchange.protection)?).await?;
            }
            Reply::KnownAlready if exchange.plugin == Plugin::CachingSha2 => {}
            Reply::WholePassword if exchange.plugin == Plugin::CachingSha2 => {
                stream.send(&exchange.plugin.whole_password(password, exchange.protection)?).await?;
            }
            Reply::KnownAlready | Reply::WholePassword => {
                return Err(Rule::FirstByte(1).in_packet(PacketKind::Authentication, packet.len()).into());
            }
        }
    }
    Err(Rule::TooManyRounds.in_packet(PacketKind::Authentication, 0).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_without_tls_is_used_only_where_the_mode_allows_it() {
        let (with, without) = (Capabilities::SSL, Capabilities::PROTOCOL_41);
        for (tls, to_one_without) in [
            (Tls::Disabled, Some(false)),
            (Tls::Preferred, Some(false)),
            (Tls::Required, None),
            (Tls::VerifyCa, None),
            (Tls::VerifyIdentity, None),
        ] {
            assert_eq!(wants_tls(tls, without).ok(), to_one_without, "{tls:?}");
            assert_eq!(wants_tls(tls, with).ok(), Some(tls != Tls::Disabled), "{tls:?}");
        }
    }
}
