//! Holds the connections to the HTTP port within limits, whoever opens them. Knows nothing of what is answered.

use std::collections::{HashMap, VecDeque};
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use axum::Router;
use axum::serve::Listener;
use hyper::server::conn::http1;
use hyper_util::rt::TokioIo;
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{AbortHandle, JoinSet};

/// The bytes that a request and its headers may have.
const LONGEST_REQUEST: usize = 16 << 10;

/// How many connections there may be, and for how long.
#[derive(Debug, Clone, Copy)]
pub struct HttpLimits {
    /// At the same time. One more closes another.
    pub connections: usize,
    /// From its beginning to the end of the one answer that a connection gets.
    pub lifetime: Duration,
}

impl Default for HttpLimits {
    fn default() -> Self {
        // Prometheus gives an answer 10 s as well.
        Self { connections: 128, lifetime: Duration::from_secs(10) }
    }
}

/// The connections that are open, the oldest first.
#[derive(Debug, Default)]
struct Connections(VecDeque<Connection>);

#[derive(Debug)]
struct Connection {
    peer: IpAddr,
    task: AbortHandle,
}

/// Answers one request of each connection until `stopped` ends, and then those that were begun.
pub async fn answer_all(
    mut listener: TcpListener,
    routes: Router,
    limits: HttpLimits,
    stopped: impl Future<Output = ()> + Send + 'static,
) {
    let running = GracefulShutdown::new();
    let mut tasks = JoinSet::new();
    let mut connections = Connections::default();
    tokio::pin!(stopped);
    loop {
        tokio::select! {
            // Where the process has no more descriptors, this waits before it tries again.
            (stream, peer) = Listener::accept(&mut listener) => {
                connections.make_room(limits.connections);
                let task = tasks.spawn(answer(stream, routes.clone(), limits.lifetime, running.watcher()));
                connections.add(peer, task);
            }
            Some(_) = tasks.join_next() => {}
            () = &mut stopped => break,
        }
    }
    drop(listener);
    running.shutdown().await;
}

/// Answers one request. Whatever takes longer ends: half a request, none at all, an answer that is not read.
async fn answer(stream: TcpStream, routes: Router, lifetime: Duration, running: Watcher) {
    let mut server = http1::Builder::new();
    // An open connection that asks nothing is of no use here: who asks again can connect again.
    server.keep_alive(false).max_buf_size(LONGEST_REQUEST);
    let connection = server.serve_connection(TokioIo::new(stream), TowerToHyperService::new(routes));
    tokio::select! {
        ended = running.watch(connection) => if let Err(error) = ended {
            tracing::debug!(%error, "an HTTP connection ended");
        },
        () = tokio::time::sleep(lifetime) => tracing::debug!("an HTTP connection took too long"),
    }
}

impl Connections {
    /// Closes one if there are as many already: the oldest of the peer that has most. So a peer that opens many closes
    /// its own, and a probe of another one is answered.
    fn make_room(&mut self, most: usize) {
        self.0.retain(|connection| !connection.task.is_finished());
        if self.0.len() < most {
            return;
        }
        let mut numbers: HashMap<IpAddr, usize> = HashMap::new();
        for connection in &self.0 {
            *numbers.entry(connection.peer).or_default() += 1;
        }
        let number = |connection: &Connection| numbers.get(&connection.peer).copied().unwrap_or_default();
        let largest = self.0.iter().map(number).max().unwrap_or_default();
        let oldest = self.0.iter().position(|connection| number(connection) == largest);
        if let Some(closed) = oldest.and_then(|position| self.0.remove(position)) {
            closed.task.abort();
        }
    }

    fn add(&mut self, peer: SocketAddr, task: AbortHandle) {
        self.0.push_back(Connection { peer: peer.ip().to_canonical(), task });
    }
}

#[cfg(test)]
mod tests {
    use axum::routing::get;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpSocket;
    use tokio::sync::oneshot;

    use super::*;

    /// Longer than any test takes.
    const LONG: Duration = Duration::from_hours(1);

    const SHORT: Duration = Duration::from_millis(50);

    const REQUEST: &[u8] = b"GET /livez HTTP/1.1\r\nHost: operator\r\n\r\n";

    /// Serves on a port of its own.
    async fn start(limits: HttpLimits) -> SocketAddr {
        let (address, stop) = start_to_stop(limits).await;
        // It goes on until the test ends.
        std::mem::forget(stop);
        address
    }

    async fn start_to_stop(limits: HttpLimits) -> (SocketAddr, oneshot::Sender<()>) {
        let listener = TcpListener::bind("0.0.0.0:0").await.unwrap();
        let address = SocketAddr::from(([127, 0, 0, 1], listener.local_addr().unwrap().port()));
        let (stop, stopped) = oneshot::channel();
        let routes = Router::new().route("/livez", get(|| async { "ok\n" }));
        tokio::spawn(answer_all(listener, routes, limits, async { drop(stopped.await) }));
        (address, stop)
    }

    async fn connect_from(peer: [u8; 4], address: SocketAddr) -> TcpStream {
        let socket = TcpSocket::new_v4().unwrap();
        socket.bind(SocketAddr::from((peer, 0))).unwrap();
        socket.connect(address).await.unwrap()
    }

    /// Reads until the server closes the connection, in whichever way.
    async fn read_to_end(stream: &mut TcpStream) -> String {
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer).await;
        String::from_utf8(answer).unwrap()
    }

    async fn ask(stream: &mut TcpStream) -> String {
        stream.write_all(REQUEST).await.unwrap();
        read_to_end(stream).await
    }

    #[tokio::test]
    async fn a_connection_that_is_silent_or_slow_is_closed() {
        let address = start(HttpLimits { connections: 16, lifetime: SHORT }).await;
        let mut silent = TcpStream::connect(address).await.unwrap();
        let mut half = TcpStream::connect(address).await.unwrap();
        half.write_all(&REQUEST[..20]).await.unwrap();
        assert_eq!([read_to_end(&mut silent).await, read_to_end(&mut half).await], ["", ""]);
    }

    #[tokio::test]
    async fn a_connection_is_closed_after_its_answer() {
        let address = start(HttpLimits { connections: 16, lifetime: LONG }).await;
        let mut client = TcpStream::connect(address).await.unwrap();
        let answer = ask(&mut client).await;
        assert!(answer.starts_with("HTTP/1.1 200") && answer.ends_with("ok\n"), "{answer}");
    }

    #[tokio::test]
    async fn a_request_without_end_is_refused() {
        let address = start(HttpLimits { connections: 16, lifetime: LONG }).await;
        let mut client = TcpStream::connect(address).await.unwrap();
        let header = [b"GET /livez HTTP/1.1\r\nX: ".to_vec(), vec![b'x'; 2 * LONGEST_REQUEST]].concat();
        // The server may close the connection before it has all.
        let _ = client.write_all(&header).await;
        let answer = read_to_end(&mut client).await;
        assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 431"), "{answer}");
    }

    #[tokio::test]
    async fn a_flood_of_connections_closes_its_own_and_a_probe_is_answered() {
        let address = start(HttpLimits { connections: 16, lifetime: LONG }).await;
        let mut probe = connect_from([127, 0, 0, 1], address).await;
        probe.write_all(&REQUEST[..20]).await.unwrap();
        let mut flood = Vec::new();
        for _ in 0..1000 {
            flood.push(connect_from([127, 0, 0, 2], address).await);
        }
        // All but the last are closed: the bound holds, and these are the oldest.
        let (closed, open) = flood.split_at_mut(1000 - 15);
        for stream in closed {
            assert_eq!(read_to_end(stream).await, "");
        }
        probe.write_all(&REQUEST[20..]).await.unwrap();
        assert!(read_to_end(&mut probe).await.ends_with("ok\n"), "the probe is older than all of the flood");
        let mut later = connect_from([127, 0, 0, 3], address).await;
        assert!(ask(&mut later).await.ends_with("ok\n"));
        assert!(ask(open.last_mut().unwrap()).await.ends_with("ok\n"), "so is what is left of the flood");
    }

    #[tokio::test]
    async fn of_one_peer_the_newest_are_served() {
        let address = start(HttpLimits { connections: 4, lifetime: LONG }).await;
        let mut held = Vec::new();
        for _ in 0..50 {
            held.push(TcpStream::connect(address).await.unwrap());
            let mut probe = TcpStream::connect(address).await.unwrap();
            assert!(ask(&mut probe).await.ends_with("ok\n"));
        }
    }

    #[tokio::test]
    async fn once_stopped_nobody_is_waited_for_who_asks_nothing() {
        let (address, stop) = start_to_stop(HttpLimits { connections: 16, lifetime: LONG }).await;
        let mut silent = TcpStream::connect(address).await.unwrap();
        let mut other = TcpStream::connect(address).await.unwrap();
        assert!(ask(&mut other).await.ends_with("ok\n"), "both were taken");
        stop.send(()).unwrap();
        assert_eq!(read_to_end(&mut silent).await, "");
    }
}
