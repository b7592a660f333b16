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
    http::{HeaderMap, HeaderValue, StatusCode, header},
    middleware::{Next, from_fn_with_state},
    response::{IntoResponse, Response},
    routing::get,
};
use serde_json::json;
use tokio::{
    net::TcpListener,
    sync::{OwnedSemaphorePermit, Semaphore},
    task::spawn_blocking,
    time::sleep,
};

use crate::{
    Board, NotReady, Query, QueryError, ROWS_AT_MOST, Shown,
    explain::{ExplainQuery, Explanation},
    json::{self, Only},
    page,
};

/// Where the port is, unless configured otherwise: this machine alone can reach it.
pub const DEFAULT_ADDRESS: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 9464);

/// Requests answered at the same time.
const REQUESTS_AT_MOST: usize = 64;
/// Queries evaluated at the same time, beside the evaluation made twice a second.
const QUERIES_AT_MOST: usize = 2;
/// Explanations made at the same time: each has the memory of a whole book.
const EXPLANATIONS_AT_MOST: usize = 1;
/// How long open requests may still take once the process drains.
const DRAIN: Duration = Duration::from_secs(5);
/// The text format of Prometheus.
const METRICS: &str = "text/plain; version=0.0.4; charset=utf-8";

/// What answers the queries of the API; called off the async threads, may take its time.
#[derive(Clone)]
pub struct Queries {
    /// Evaluates.
    pub kpis: Answer<Query, Shown>,
    /// Explains.
    pub explain: Answer<ExplainQuery, Explanation>,
}

/// Answers a kind of query.
pub type Answer<Q, A> = Arc<dyn Fn(Q) -> Result<A, QueryError> + Send + Sync>;

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
    explanations: Arc<Semaphore>,
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
    let served = Arc::new(Served {
        board,
        queries,
        requests: Semaphore::new(REQUESTS_AT_MOST),
        evaluations: Arc::new(Semaphore::new(QUERIES_AT_MOST)),
        explanations: Arc::new(Semaphore::new(EXPLANATIONS_AT_MOST)),
    });
    Router::new()
        .route("/", get(page::page))
        .route("/board.js", get(page::script))
        .route("/board.css", get(page::style))
        .route("/metrics", get(|State(s): State<Arc<Served>>| metrics(s, Board::metrics)))
        .route("/metrics/kpi", get(|State(s): State<Arc<Served>>| metrics(s, Board::kpi_metrics)))
        .route("/metrics/process", get(|State(s): State<Arc<Served>>| metrics(s, Board::process_metrics)))
        .route("/api/v1/kpis", get(kpis))
        .route("/api/v1/explain", get(explain))
        .fallback(async || problem(StatusCode::NOT_FOUND, "no such page: try /, /metrics, /readyz, /api/v1/kpis or /api/v1/explain"))
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

/// The state in a line, or as JSON for whoever accepts that.
async fn ready(State(served): State<Arc<Served>>, headers: HeaderMap) -> Response {
    let ready = served.board.shown();
    let status = if ready.is_ok() { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    let wants_json = headers.get_all(header::ACCEPT).iter().any(|kinds| kinds.to_str().is_ok_and(|kinds| kinds.contains("application/json")));
    match ready {
        Ok(_) if wants_json => Json(json!({ "ready": true, "state": "ready" })).into_response(),
        Err(why) if wants_json => (status, Json(why.json())).into_response(),
        Ok(_) => "ready\n".into_response(),
        Err(why) => (status, format!("not ready: {why}\n")).into_response(),
    }
}

/// The parameters of a request, where they can be decoded.
type Parameters = Result<Pairs<Vec<(String, String)>>, QueryRejection>;

fn decoded(pairs: Parameters) -> Result<Vec<(String, String)>, QueryError> {
    let Ok(Pairs(pairs)) = pairs else { return Err(QueryError::Bad("the query string cannot be decoded: encode it as a URL".to_owned())) };
    Ok(pairs)
}

async fn kpis(State(served): State<Arc<Served>>, pairs: Parameters) -> Response {
    let query = match decoded(pairs).and_then(|pairs| Query::parse(&pairs)) {
        Ok(query) => query,
        Err(error) => return failed(&error),
    };
    let shown = match served.board.shown() {
        Ok(shown) => shown,
        Err(why) => return not_ready(&why),
    };
    if query.is_of_now(|window| shown.evaluation.rows.iter().any(|row| *row.window == *window)) {
        let only = Only { windows: &query.windows, totals: true, channels: !query.by.is_empty() };
        return Json(json::json(&shown.evaluation, &shown.events).only(only)).into_response();
    }
    // Few at a time.
    let Ok(permit) = served.evaluations.clone().acquire_owned().await else { return busy("shutting down") };
    let queries = served.queries.kpis.clone();
    answer(permit, "the evaluation failed", move || evaluated(&queries(query)?)).await
}

fn evaluated(shown: &Shown) -> Result<Response, QueryError> {
    let rows = shown.evaluation.rows.len();
    if rows > ROWS_AT_MOST {
        let line = format!("the answer has {rows} rows, the limit is {ROWS_AT_MOST}: ask for fewer windows, a later from, or less by");
        return Err(QueryError::Bad(line));
    }
    Ok(Json(json::json(&shown.evaluation, &shown.events)).into_response())
}

async fn explain(State(served): State<Arc<Served>>, pairs: Parameters) -> Response {
    let query = match decoded(pairs).and_then(|pairs| ExplainQuery::parse(&pairs)) {
        Ok(query) => query,
        Err(error) => return failed(&error),
    };
    if let Err(why) = served.board.shown() {
        return not_ready(&why);
    }
    // None waits: those who would, would keep the port's requests from others.
    let Ok(permit) = served.explanations.clone().try_acquire_owned() else { return busy("another explanation is being made: ask again in a second") };
    let queries = served.queries.explain.clone();
    answer(permit, "the explanation failed", move || Ok(Json(queries(query)?).into_response())).await
}

/// Has an answer made and written out, off the async threads.
async fn answer(permit: OwnedSemaphorePermit, failure: &str, make: impl FnOnce() -> Result<Response, QueryError> + Send + 'static) -> Response {
    let made = spawn_blocking(move || {
        // Held to the end, which a client that hangs up does not bring forward.
        let _permit = permit;
        make()
    });
    match made.await {
        Ok(Ok(response)) => response,
        Ok(Err(error)) => failed(&error),
        Err(_) => busy(failure),
    }
}

fn failed(error: &QueryError) -> Response {
    match error {
        QueryError::Bad(line) => problem(StatusCode::BAD_REQUEST, line),
        QueryError::Unavailable(line) => busy(line),
    }
}

fn not_ready(why: &NotReady) -> Response {
    busy(&format!("not ready: {why}"))
}

fn busy(line: &str) -> Response {
    ([(header::RETRY_AFTER, "1")], problem(StatusCode::SERVICE_UNAVAILABLE, line)).into_response()
}

fn problem(status: StatusCode, line: &str) -> Response {
    (status, Json(json!({ "error": line }))).into_response()
}
