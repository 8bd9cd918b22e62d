//! A network between the operator and a server, which a test can cut.

use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

/// Carries bytes between its port and a server. While it is cut, what arrives stays in it.
pub struct Proxy {
    pub port: u16,
    state: Arc<State>,
}

struct State {
    is_cut: watch::Sender<bool>,
    /// The first bytes to the server that hold this cut the network, and are held themselves.
    cut_at: Option<&'static str>,
    has_cut: watch::Sender<bool>,
    /// All that the server has answered since.
    answers: watch::Sender<String>,
}

impl Proxy {
    /// Starts one in front of an address.
    pub async fn start(server: String) -> Self {
        Self::cutting_at(server, None).await
    }

    /// Starts one that holds the first bytes to the server in which a text is, and all of that connection after them.
    pub async fn cutting_at(server: String, cut_at: Option<&'static str>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let state = Arc::new(State {
            is_cut: watch::Sender::new(false),
            cut_at,
            has_cut: watch::Sender::new(false),
            answers: watch::Sender::default(),
        });
        let shared = state.clone();
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                tokio::spawn(carry(client, server.clone(), shared.clone()));
            }
        });
        Self { port, state }
    }

    /// Cuts all connections without closing them.
    pub fn cut(&self) {
        self.state.is_cut.send_replace(true);
    }

    /// Waits until the text has come that is held.
    pub async fn wait_for_cut(&self) {
        self.state.has_cut.subscribe().wait_for(|has_cut| *has_cut).await.unwrap();
    }

    /// Waits until the server has answered something with a text, since the network was cut.
    pub async fn wait_for_answer(&self, text: &str) {
        let mut answers = self.state.answers.subscribe();
        tokio::select! {
            answered = answers.wait_for(|answers| answers.contains(text)) => drop(answered.unwrap()),
            () = tokio::time::sleep(Duration::from_secs(90)) => {
                panic!("not answered within 90 s: {text}, but {:?}", self.state.answers.borrow().as_str());
            }
        }
    }

    /// Lets pass what was held, and what comes.
    pub fn restore(&self) {
        self.state.is_cut.send_replace(false);
    }
}

async fn carry(client: TcpStream, server: String, state: Arc<State>) {
    let Ok(server) = TcpStream::connect(server).await else { return };
    let (from_client, to_client) = client.into_split();
    let (from_server, to_server) = server.into_split();
    let there = pass(from_client, to_server, &state, true);
    tokio::join!(there, pass(from_server, to_client, &state, false));
}

async fn pass(mut from: impl AsyncRead + Unpin, mut to: impl AsyncWrite + Unpin, state: &State, is_to_server: bool) {
    let mut buffer = vec![0; 1 << 16];
    while let Ok(length @ 1..) = from.read(&mut buffer).await {
        let bytes = &buffer[..length];
        let holds = |text: &str| bytes.windows(text.len()).any(|window| window == text.as_bytes());
        let is_first = is_to_server && state.cut_at.is_some_and(holds) && !*state.has_cut.borrow();
        if is_first {
            // Other connections pass, so that the test can see what the server does.
            state.has_cut.send_replace(true);
            let mut is_cut = state.is_cut.subscribe();
            is_cut.mark_unchanged();
            // `restore` marks a change.
            let _ = is_cut.changed().await;
        }
        if !is_to_server && *state.has_cut.borrow() {
            state.answers.send_modify(|answers| answers.push_str(&String::from_utf8_lossy(bytes)));
        }
        let _ = state.is_cut.subscribe().wait_for(|is_cut| !is_cut).await;
        if to.write_all(bytes).await.is_err() {
            return;
        }
    }
    let _ = to.shutdown().await;
}
