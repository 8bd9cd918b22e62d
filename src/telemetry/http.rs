//! Serves `/livez`, `/readyz` and `/metrics`.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::IntoResponse;
use axum::routing::get;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use super::health::Health;
use super::http_connections::{HttpLimits, answer_all};
use super::metrics::Metrics;

/// A server that answers until it is told to stop.
#[derive(Debug)]
pub struct HttpServer {
    /// The address that it listens on: a port of 0 has become a real one.
    pub address: SocketAddr,
    /// Ends once the server has stopped.
    pub task: JoinHandle<()>,
}

/// What the answers are made from.
#[derive(Debug, Clone)]
pub struct Sources {
    pub health: Health,
    pub metrics: Arc<Metrics>,
}

/// Serves on `address` until `stopped` ends.
///
/// # Errors
/// The address can't be listened on.
pub async fn serve(
    address: SocketAddr,
    sources: Sources,
    limits: HttpLimits,
    stopped: impl Future<Output = ()> + Send + 'static,
) -> std::io::Result<HttpServer> {
    let listener = TcpListener::bind(address).await?;
    let routes = Router::new()
        .route("/livez", get(|| async { "ok\n" }))
        .route("/readyz", get(readyz))
        .route("/metrics", get(text_metrics))
        .with_state(sources);
    let address = listener.local_addr()?;
    let task = tokio::spawn(answer_all(listener, routes, limits, stopped));
    Ok(HttpServer { address, task })
}

async fn readyz(State(sources): State<Sources>) -> (StatusCode, &'static str) {
    if sources.health.is_ready() {
        (StatusCode::OK, "ok\n")
    } else {
        (
            StatusCode::SERVICE_UNAVAILABLE,
            "the DatabaseSchemas have not been listed yet, and no other replica is known to lead; is the CRD installed?\n",
        )
    }
}

async fn text_metrics(State(sources): State<Sources>) -> impl IntoResponse {
    const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    match sources.metrics.encode() {
        Ok(text) => (StatusCode::OK, [(header::CONTENT_TYPE, OPEN_METRICS)], text),
        Err(error) => (StatusCode::INTERNAL_SERVER_ERROR, [(header::CONTENT_TYPE, "text/plain")], error.to_string()),
    }
}
