//! A port of a test of its own, and what is asked of it over a socket.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may stop where its own input is wrong")]

use std::{
    io::{Read, Write},
    net::{SocketAddr, TcpStream},
    sync::{Arc, OnceLock},
    time::Duration,
};

use drift::Drift;
use exporter::{
    Access, Board, DriftQuery, Gate, Patience, Queries, Query, QueryError, Shown, Site, Tls, bind,
    explain::{ExplainQuery, Explanation},
    serve,
};
use serde_json::Value;
use tokio::{runtime::Runtime, sync::oneshot, task::JoinHandle};

/// How long anything is waited for.
pub const LONG: Duration = Duration::from_secs(20);

/// A port that serves a board, until dropped.
pub struct Port {
    pub runtime: Runtime,
    pub address: SocketAddr,
    pub board: Arc<Board>,
    pub gate: Gate,
    pub stop: Option<oneshot::Sender<()>>,
    pub served: Option<JoinHandle<()>>,
}

pub struct Answer {
    pub status: u16,
    pub head: String,
    pub body: String,
}

/// What a port is like, where it is not as usual.
#[derive(Default)]
pub struct Like {
    pub access: Access,
    pub tls: Option<Tls>,
    pub patience: Patience,
}

impl Port {
    /// One of this machine alone, where explanations are given.
    pub fn of(board: Board, queries: Queries) -> Port {
        Port::like(board, queries, Like { access: Access { explain: true, ..Access::default() }, ..Like::default() })
    }

    pub fn like(board: Board, queries: Queries, Like { access, tls, patience }: Like) -> Port {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        let (stop, stopped) = oneshot::channel();
        let listener = runtime.block_on(bind("127.0.0.1:0".parse().unwrap())).unwrap();
        let (address, board) = (listener.local_addr().unwrap(), Arc::new(board));
        let (queries, gate) = (Arc::new(OnceLock::from(queries)), Gate::new(access, tls));
        let site = Site { board: Arc::clone(&board), queries, gate: gate.clone(), patience };
        let served = runtime.spawn(serve(listener, site, async { stopped.await.unwrap_or(()) }));
        Port { runtime, address, board, gate, stop: Some(stop), served: Some(served) }
    }

    /// A connection on which nothing is sent yet.
    pub fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(self.address).unwrap();
        stream.set_read_timeout(Some(LONG)).unwrap();
        stream
    }

    /// Sends a request with these header lines beside its host, and reads the answer to its end.
    pub fn request(&self, method: &str, path: &str, headers: &str) -> Answer {
        self.raw(&format!("{method} {path} HTTP/1.1\r\nHost: localhost\r\n{headers}Connection: close\r\n\r\n"))
    }

    /// Sends bytes, and reads the answer to its end.
    pub fn raw(&self, request: &str) -> Answer {
        let mut stream = self.connect();
        stream.write_all(request.as_bytes()).unwrap();
        answer(stream)
    }

    pub fn ask(&self, method: &str, path: &str) -> Answer {
        self.request(method, path, "")
    }

    pub fn get(&self, path: &str) -> Answer {
        self.ask("GET", path)
    }

    /// The one line of an error.
    pub fn error(&self, path: &str) -> (u16, String) {
        let answer = self.get(path);
        let value: Value = serde_json::from_str(&answer.body).unwrap_or_else(|_| panic!("{path} gives no JSON: {}", answer.body));
        let line = value["error"].as_str().unwrap().to_owned();
        assert!(!line.contains('\n'), "{line}");
        (answer.status, line)
    }
}

/// Reads an answer to its end.
pub fn answer(mut stream: impl Read) -> Answer {
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).unwrap();
    let text = String::from_utf8_lossy(&bytes);
    let (head, body) = text.split_once("\r\n\r\n").unwrap_or_else(|| panic!("no answer: {text:?}"));
    Answer { status: head[9..12].parse().unwrap(), head: head.to_lowercase(), body: body.to_owned() }
}

/// Answers evaluations alone.
pub fn evaluating(kpis: impl Fn(Query) -> Result<Shown, QueryError> + Send + Sync + 'static) -> Queries {
    Queries { kpis: Arc::new(kpis), ..none() }
}

/// Answers questions about drift alone.
pub fn drifts(drift: impl Fn(DriftQuery) -> Result<Drift, QueryError> + Send + Sync + 'static) -> Queries {
    Queries { drift: Arc::new(drift), ..none() }
}

/// Answers explanations alone.
pub fn explaining(explain: impl Fn(ExplainQuery) -> Result<Explanation, QueryError> + Send + Sync + 'static) -> Queries {
    Queries { explain: Arc::new(explain), ..none() }
}

fn none() -> Queries {
    Queries {
        kpis: Arc::new(|_| panic!("nothing is to be evaluated")),
        drift: Arc::new(|_| panic!("no drift is to be told")),
        explain: Arc::new(|_| panic!("nothing is to be explained")),
    }
}

pub fn refusing() -> Queries {
    evaluating(|_| Err(QueryError::Bad("window: \"5d\" is not known".to_owned())))
}

/// An explanation of nothing.
pub fn explanation(query: &ExplainQuery) -> Explanation {
    Explanation {
        kpi: query.kpi.name(),
        variant: query.kpi.variant(),
        window: query.window.as_str().to_owned(),
        channel: query.channel.clone(),
        as_of: super::AS_OF,
        time_zone: "UTC".to_owned(),
        currency: "EUR".parse().unwrap(),
        row: None,
        notes: vec![],
        parts: vec![],
    }
}
