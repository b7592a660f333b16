//! The one port: metrics, health, the API, the board. All of it is read only.

use std::{
    io::ErrorKind,
    net::{Ipv4Addr, SocketAddr},
    sync::Arc,
    time::Duration,
};

use axum::{
    Json, Router,
    extract::{Query as Pairs, Request, State, rejection::QueryRejection},
    http::{HeaderValue, StatusCode, header},
    middleware::{Next, from_fn_with_state},
    response::{IntoResponse, Response},
    routing::get,
};
use serde_json::json;
use tokio::{net::TcpListener, sync::Semaphore, task::spawn_blocking, time::sleep};

use crate::{
    Board, NotReady, Query, QueryError, ROWS_AT_MOST, Shown,
    json::{self, Only},
    page,
};

/// Where the port is, unless configured otherwise: this machine alone can reach it.
pub const DEFAULT_ADDRESS: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 9464);

/// Requests answered at the same time.
const REQUESTS_AT_MOST: usize = 64;
/// Queries evaluated at the same time, beside the evaluation made twice a second.
const QUERIES_AT_MOST: usize = 2;
/// How long open requests may still take once the process drains.
const DRAIN: Duration = Duration::from_secs(5);
/// The text format of Prometheus.
const METRICS: &str = "text/plain; version=0.0.4; charset=utf-8";

/// Evaluates a query of the API; called off the async threads, may take its time.
pub type Queries = Arc<dyn Fn(Query) -> Result<Shown, QueryError> + Send + Sync>;

/// Why the port does not serve.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The address cannot be listened on.
    #[error("cannot listen on {address}: {}", what_to_do(.source))]
    Bind {
        /// The address.
        address: SocketAddr,
        /// Why.
        source: std::io::Error,
    },
    /// Connections can no longer be accepted.
    #[error("the HTTP port failed: {0}")]
    Serve(#[from] std::io::Error),
}

fn what_to_do(source: &std::io::Error) -> String {
    match source.kind() {
        ErrorKind::AddrInUse => "the port is taken; stop the program that has it, or configure another address".to_owned(),
        ErrorKind::PermissionDenied => "not allowed; configure a port of 1024 or above".to_owned(),
        ErrorKind::AddrNotAvailable => "this machine has no such address; configure one that it has, such as 127.0.0.1:9464".to_owned(),
        _ => format!("{source}; configure another address"),
    }
}

struct Served {
    board: Arc<Board>,
    queries: Queries,
    requests: Semaphore,
    evaluations: Arc<Semaphore>,
}

/// Takes the port; port 0 takes any that is free.
pub async fn bind(address: SocketAddr) -> Result<TcpListener, ServeError> {
    TcpListener::bind(address).await.map_err(|source| ServeError::Bind { address, source })
}

/// Serves the board until `shutdown` resolves; open requests may then end within a few seconds.
pub async fn serve(
    listener: TcpListener,
    board: Arc<Board>,
    queries: Queries,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> Result<(), ServeError> {
    let (draining, mut drained) = tokio::sync::watch::channel(());
    let server = axum::serve(listener, router(board, queries)).with_graceful_shutdown(async move {
        shutdown.await;
        drop(draining);
    });
    tokio::select! {
        ended = server.into_future() => Ok(ended?),
        () = async { while drained.changed().await.is_ok() {}; sleep(DRAIN).await } => Ok(()),
    }
}

fn router(board: Arc<Board>, queries: Queries) -> Router {
    let (requests, evaluations) = (Semaphore::new(REQUESTS_AT_MOST), Arc::new(Semaphore::new(QUERIES_AT_MOST)));
    let served = Arc::new(Served { board, queries, requests, evaluations });
    Router::new()
        .route("/", get(page::page))
        .route("/board.js", get(page::script))
        .route("/board.css", get(page::style))
        .route("/metrics", get(|State(s): State<Arc<Served>>| metrics(s, Board::metrics)))
        .route("/metrics/kpi", get(|State(s): State<Arc<Served>>| metrics(s, Board::kpi_metrics)))
        .route("/metrics/process", get(|State(s): State<Arc<Served>>| metrics(s, Board::process_metrics)))
        .route("/api/v1/kpis", get(kpis))
        .fallback(async || problem(StatusCode::NOT_FOUND, "no such page: try /, /metrics, /readyz or /api/v1/kpis"))
        .method_not_allowed_fallback(async || problem(StatusCode::METHOD_NOT_ALLOWED, "only GET is answered here"))
        .layer(from_fn_with_state(served.clone(), bounded))
        // After the layer: a busy instance is still alive, and says so.
        .route("/healthz", get(async || "alive\n"))
        .route("/readyz", get(ready))
        .with_state(served)
}

/// Refuses what comes while too many requests are open, and marks every answer as not to be kept or guessed at.
async fn bounded(State(served): State<Arc<Served>>, request: Request, next: Next) -> Response {
    let Ok(_permit) = served.requests.try_acquire() else { return busy("too many requests at once") };
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
}

async fn metrics(served: Arc<Served>, half: fn(&Board) -> String) -> Response {
    // The first scrape of an evaluation writes out tens of thousands of series: not on a thread that others wait for.
    match spawn_blocking(move || half(&served.board)).await {
        Ok(text) => ([(header::CONTENT_TYPE, METRICS)], text).into_response(),
        Err(_) => busy("the metrics could not be made"),
    }
}

async fn ready(State(served): State<Arc<Served>>) -> Response {
    match served.board.shown() {
        Ok(_) => "ready\n".into_response(),
        Err(why) => (StatusCode::SERVICE_UNAVAILABLE, format!("not ready: {why}\n")).into_response(),
    }
}

async fn kpis(State(served): State<Arc<Served>>, pairs: Result<Pairs<Vec<(String, String)>>, QueryRejection>) -> Response {
    let Ok(Pairs(pairs)) = pairs else { return problem(StatusCode::BAD_REQUEST, "the query string cannot be decoded: encode it as a URL") };
    let query = match Query::parse(&pairs) {
        Ok(query) => query,
        Err(error) => return failed(&error),
    };
    let shown = match served.board.shown() {
        Ok(shown) => shown,
        Err(why) => return not_ready(why),
    };
    if query.is_of_now(|window| shown.evaluation.rows.iter().any(|row| *row.window == *window)) {
        let only = Only { windows: &query.windows, totals: true, channels: !query.by.is_empty() };
        return Json(json::json(&shown.evaluation, &shown.events).only(only)).into_response();
    }
    evaluate(&served, query).await.unwrap_or_else(|error| failed(&error))
}

/// Has a query evaluated and its answer written out, few at a time.
async fn evaluate(served: &Served, query: Query) -> Result<Response, QueryError> {
    let unavailable = |line: &str| QueryError::Unavailable(line.to_owned());
    let Ok(permit) = served.evaluations.clone().acquire_owned().await else { return Err(unavailable("shutting down")) };
    let queries = served.queries.clone();
    let answer = spawn_blocking(move || {
        // Held to the end, which a client that hangs up does not bring forward.
        let _permit = permit;
        let shown = queries(query)?;
        let rows = shown.evaluation.rows.len();
        if rows > ROWS_AT_MOST {
            let line = format!("the answer has {rows} rows, the limit is {ROWS_AT_MOST}: ask for fewer windows, a later from, or less by");
            return Err(QueryError::Bad(line));
        }
        Ok(Json(json::json(&shown.evaluation, &shown.events)).into_response())
    });
    answer.await.map_err(|_| unavailable("the evaluation failed"))?
}

fn failed(error: &QueryError) -> Response {
    match error {
        QueryError::Bad(line) => problem(StatusCode::BAD_REQUEST, line),
        QueryError::Unavailable(line) => busy(line),
    }
}

fn not_ready(why: NotReady) -> Response {
    busy(&format!("not ready: {why}"))
}

fn busy(line: &str) -> Response {
    ([(header::RETRY_AFTER, "1")], problem(StatusCode::SERVICE_UNAVAILABLE, line)).into_response()
}

fn problem(status: StatusCode, line: &str) -> Response {
    (status, Json(json!({ "error": line }))).into_response()
}
