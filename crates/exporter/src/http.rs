//! The one port: metrics, health, the API, the board. All of it is read only.
//!
//! Whoever asks costs a connection (`listen`, `connections`), and with some answers memory and time (`answers`): each is bounded, and apart for
//! metrics, for what is evaluated already, for queries and for explanations, so that none keeps another from being answered.

mod access;
mod answers;
mod connections;
mod gate;
mod listen;
mod stream;
mod tls;

use std::{
    any::Any,
    io::ErrorKind,
    net::{Ipv4Addr, SocketAddr},
    sync::{Arc, OnceLock},
};

use ::drift::Drift;
use axum::{
    Json, Router,
    body::Bytes,
    extract::{Query as Pairs, Request, State, rejection::QueryRejection},
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header},
    middleware::{Next, from_fn_with_state},
    response::{IntoResponse, Response},
    routing::get,
};
use serde::Serialize;
use serde_json::json;
use tokio::{net::TcpListener, sync::watch, task::spawn_blocking};
use tower_http::{catch_panic::CatchPanicLayer, compression::CompressionLayer, limit::RequestBodyLimitLayer};

use crate::{
    Board, DriftQuery, NotReady, Query, QueryError, ROWS_AT_MOST, Shown, drift_json,
    explain::{ExplainQuery, Explanation},
    json::{self, Only},
    page,
};
use access::Refused;
use answers::{Lane, Permit, held};
use stream::Streams;

pub use access::{Access, HostName, Token};
pub use gate::{Entry, Gate};
pub use listen::Patience;
pub use tls::{Tls, TlsError};

/// Where the port is, unless configured otherwise: this machine alone can reach it.
pub const DEFAULT_ADDRESS: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 9464);

/// Scrapes answered at the same time.
const SCRAPES_AT_MOST: usize = 16;
/// Answers from what is evaluated already, at the same time.
const LOOKS_AT_MOST: usize = 8;
/// Queries evaluated at the same time, beside the evaluation that is made all the time.
const QUERIES_AT_MOST: usize = 2;
/// Explanations made at the same time: each has the memory of a whole book.
const EXPLANATIONS_AT_MOST: usize = 1;
/// Of the connections that there may be, the part that streams may have: one of so many.
const STREAMS_OF_CONNECTIONS: usize = 4;
/// Bytes of a request's body: nothing here has one.
const REQUEST_BODY: usize = 0;
/// The text format of Prometheus.
const METRICS: &str = "text/plain; version=0.0.4; charset=utf-8";
const JSON: &str = "application/json";

/// What answers the queries of the API; called off the async threads, may take its time.
#[derive(Clone)]
pub struct Queries {
    /// Evaluates.
    pub kpis: Answer<Query, Shown>,
    /// Tells drift.
    pub drift: Answer<DriftQuery, Drift>,
    /// Explains.
    pub explain: Answer<ExplainQuery, Explanation>,
}

/// Answers a kind of query.
pub type Answer<Q, A> = Arc<dyn Fn(Q) -> Result<A, QueryError> + Send + Sync>;

/// What the port serves, and to whom.
#[derive(Clone)]
pub struct Site {
    /// What is shown.
    pub board: Arc<Board>,
    /// What answers queries, once the process has come so far.
    pub queries: Arc<OnceLock<Queries>>,
    /// Who is let in, and how.
    pub gate: Gate,
    /// How long is waited for those who connect.
    pub patience: Patience,
}

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
    queries: Arc<OnceLock<Queries>>,
    gate: Gate,
    scrapes: Lane,
    looks: Lane,
    evaluations: Lane,
    explanations: Lane,
    streams: Streams,
}

/// Takes the port; port 0 takes any that is free.
pub async fn bind(address: SocketAddr) -> Result<TcpListener, ServeError> {
    TcpListener::bind(address).await.map_err(|source| ServeError::Bind { address, source })
}

/// Serves a site until `shutdown` resolves; open requests may then end within a few seconds.
pub async fn serve(listener: TcpListener, site: Site, shutdown: impl Future<Output = ()> + Send + 'static) {
    let Site { board, queries, gate, patience } = site;
    let (close, closing) = watch::channel(false);
    let shutdown = async move {
        shutdown.await;
        // Streams would last for as long as the port waits for answers to end.
        close.send_replace(true);
    };
    listen::listen(listener, gate.clone(), patience, router(board, queries, gate, closing), shutdown).await;
}

fn router(board: Arc<Board>, queries: Arc<OnceLock<Queries>>, gate: Gate, closing: watch::Receiver<bool>) -> Router {
    let served = Arc::new(Served {
        board,
        queries,
        gate,
        scrapes: Lane::of(SCRAPES_AT_MOST),
        looks: Lane::of(LOOKS_AT_MOST),
        evaluations: Lane::of(QUERIES_AT_MOST),
        explanations: Lane::of(EXPLANATIONS_AT_MOST),
        streams: Streams::of(connections::at_most() / STREAMS_OF_CONNECTIONS, closing),
    });
    Router::new()
        .route("/", get(page::page))
        .route("/board.js", get(page::script))
        .route("/board.css", get(page::style))
        .route(
            "/metrics",
            get(|State(s): State<Arc<Served>>| metrics(s, |board| vec![board.process_metrics().into(), board.kpi_text(), board.drift_text()])),
        )
        .route("/metrics/kpi", get(|State(s): State<Arc<Served>>| metrics(s, |board| vec![board.kpi_text(), board.drift_text()])))
        .route("/metrics/process", get(|State(s): State<Arc<Served>>| metrics(s, |board| vec![board.process_metrics().into()])))
        .route("/api/v1/kpis", get(kpis))
        .route("/api/v1/drift", get(drift))
        .route("/api/v1/explain", get(explain))
        .route("/api/v1/stream", get(async |State(served): State<Arc<Served>>| stream(&served)))
        .route("/healthz", get(async || "alive\n"))
        .route("/readyz", get(ready))
        .fallback(async || {
            problem(StatusCode::NOT_FOUND, "no such page: try /, /metrics, /readyz, /api/v1/kpis, /api/v1/drift, /api/v1/explain or /api/v1/stream")
        })
        .method_not_allowed_fallback(async || problem(StatusCode::METHOD_NOT_ALLOWED, "only GET is answered here"))
        // Each layer is around those above it.
        .layer(CompressionLayer::new())
        .layer(RequestBodyLimitLayer::new(REQUEST_BODY))
        .layer(CatchPanicLayer::custom(panicked))
        .layer(from_fn_with_state(served.clone(), admitted))
        .with_state(served)
}

/// Turns away whoever may not ask, and marks every answer as not to be kept or guessed at.
async fn admitted(State(served): State<Arc<Served>>, request: Request, next: Next) -> Response {
    let mut response = match served.gate.now().access.admits(&request) {
        Ok(()) => next.run(request).await,
        Err(refused) => turned_away(&refused),
    };
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
}

fn turned_away(refused: &Refused) -> Response {
    match refused {
        Refused::NoHost => problem(StatusCode::BAD_REQUEST, "the request names no host, or several: send one Host header"),
        Refused::Host(name) => {
            let line = format!("this port does not go by the name {name:?}: ask by its address, or name it in http.allowed_hosts");
            problem(StatusCode::MISDIRECTED_REQUEST, &line)
        }
        Refused::Token => {
            let line = "the token of http.token_file is needed: as Authorization: Bearer TOKEN, or as the password of any user";
            let schemes: [(HeaderName, HeaderValue); 1] =
                [(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer realm=\"kpistream\", Basic realm=\"kpistream\", charset=\"UTF-8\""))];
            (schemes, problem(StatusCode::UNAUTHORIZED, line)).into_response()
        }
    }
}

async fn metrics(served: Arc<Served>, halves: fn(&Board) -> Vec<Bytes>) -> Response {
    let Some(permit) = served.scrapes.at_once() else { return busy("too many scrapes at once") };
    // The first scrape of an evaluation writes out tens of thousands of series: not on a thread that others wait for.
    answer(permit, METRICS, "the scrape", move || Ok(halves(&served.board))).await
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
        let Some(permit) = served.looks.in_turn().await else { return busy("too many requests at once") };
        return answer(permit, JSON, "the answer", move || looked_up(&shown, &query)).await;
    }
    let Some(queries) = served.queries.get().cloned() else { return not_ready(&NotReady::Starting) };
    let Some(permit) = served.evaluations.in_turn().await else { return busy("too many queries at once: ask again in a second") };
    answer(permit, JSON, "the evaluation", move || evaluated(&(queries.kpis)(query)?)).await
}

/// The rows asked for of what is evaluated already.
fn looked_up(shown: &Shown, query: &Query) -> Result<Vec<Bytes>, QueryError> {
    let only = Only { windows: &query.windows, totals: true, channels: !query.by.is_empty() };
    bounded(shown.evaluation.rows.iter().filter(|row| only.wants(row)).count())?;
    bytes(&json::json(&shown.evaluation, &shown.events).only(only))
}

fn evaluated(shown: &Shown) -> Result<Vec<Bytes>, QueryError> {
    bounded(shown.evaluation.rows.len())?;
    bytes(&json::json(&shown.evaluation, &shown.events))
}

fn bounded(rows: usize) -> Result<(), QueryError> {
    let line = || format!("the answer has {rows} rows, the limit is {ROWS_AT_MOST}: ask for fewer windows, a later from, or less by");
    if rows > ROWS_AT_MOST { Err(QueryError::Bad(line())) } else { Ok(()) }
}

async fn drift(State(served): State<Arc<Served>>, pairs: Parameters) -> Response {
    let query = match decoded(pairs).and_then(|pairs| DriftQuery::parse(&pairs)) {
        Ok(query) => query,
        Err(error) => return failed(&error),
    };
    let shown = match served.board.drift() {
        Ok(shown) => shown,
        Err(why) => return not_ready(&why),
    };
    let with_steps = query.steps;
    let told = move |drift: &Drift| bytes(&drift_json(drift).with_steps(with_steps));
    if query.is_of_now() {
        let Some(permit) = served.looks.in_turn().await else { return busy("too many requests at once") };
        return answer(permit, JSON, "the answer", move || told(&shown)).await;
    }
    let Some(queries) = served.queries.get().cloned() else { return not_ready(&NotReady::Starting) };
    let Some(permit) = served.evaluations.in_turn().await else { return busy("too many queries at once: ask again in a second") };
    answer(permit, JSON, "the evaluation", move || told(&(queries.drift)(query)?)).await
}

async fn explain(State(served): State<Arc<Served>>, pairs: Parameters) -> Response {
    if !served.gate.now().access.explain {
        let line = "explanations name customers and amounts, so they are off where others can reach the port: turn them on by http.explain = true";
        return problem(StatusCode::FORBIDDEN, line);
    }
    let query = match decoded(pairs).and_then(|pairs| ExplainQuery::parse(&pairs)) {
        Ok(query) => query,
        Err(error) => return failed(&error),
    };
    if let Err(why) = served.board.shown() {
        return not_ready(&why);
    }
    let Some(queries) = served.queries.get().cloned() else { return not_ready(&NotReady::Starting) };
    // None waits: each has a book's memory, and takes seconds.
    let Some(permit) = served.explanations.at_once() else { return busy("another explanation is being made: ask again in a second") };
    answer(permit, JSON, "the explanation", move || bytes(&(queries.explain)(query)?)).await
}

/// A stream lasts, so none waits for a place.
fn stream(served: &Served) -> Response {
    match served.board.shown() {
        Err(why @ NotReady::Draining) => not_ready(&why),
        _ => served.streams.open(&served.board).unwrap_or_else(|| busy("too many streams at once: poll /api/v1/kpis, or come again later")),
    }
}

fn bytes(answer: &impl Serialize) -> Result<Vec<Bytes>, QueryError> {
    let text = serde_json::to_vec(answer).map_err(|error| QueryError::Unavailable(format!("the answer cannot be written: {error}")))?;
    Ok(vec![text.into()])
}

/// Has an answer made off the async threads, and holds its permit to its end; one that panics ends that answer alone.
async fn answer(permit: Permit, kind: &'static str, what: &str, make: impl FnOnce() -> Result<Vec<Bytes>, QueryError> + Send + 'static) -> Response {
    // The permit goes along: a client that hangs up does not bring the end of the work forward.
    match spawn_blocking(move || make().map(|parts| held(permit, kind, parts))).await {
        Ok(Ok(response)) => response,
        Ok(Err(error)) => failed(&error),
        Err(error) if error.is_panic() => {
            tracing::error!("{what} failed by a fault of the program, which the lines before say; all else goes on");
            problem(StatusCode::INTERNAL_SERVER_ERROR, &format!("{what} failed by a fault of the program, which its log says"))
        }
        Err(_) => busy("shutting down"),
    }
}

fn panicked(_: Box<dyn Any + Send>) -> Response {
    problem(StatusCode::INTERNAL_SERVER_ERROR, "the request failed by a fault of the program, which its log says")
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
