//! The stream of news: what it says and when, how many there may be, and how they end.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may stop where its own input is wrong")]

mod common;

use std::{
    io::{BufRead, BufReader, Write},
    net::TcpStream,
    time::{Duration, Instant},
};

use common::{
    board,
    port::{LONG, Like, Port, answer, refusing},
    rich,
};
use exporter::{Access, Board, Build, Patience, Phase, Shown};
use model::Millis;
use serde_json::Value;

/// Places of streams, where the process may have a thousand files open.
const PLACES: usize = 64;

/// Who would wait for minutes, where streams did not end by themselves.
fn patient() -> Like {
    let span = Duration::from_secs(600);
    Like { access: Access::default(), tls: None, patience: Patience { request: span, write: span, drain: span } }
}

struct Stream(BufReader<TcpStream>);

impl Stream {
    fn open(port: &Port) -> Stream {
        let mut stream = port.connect();
        write!(stream, "GET /api/v1/stream HTTP/1.1\r\nHost: localhost\r\nAccept-Encoding: gzip\r\nConnection: close\r\n\r\n").unwrap();
        Stream(BufReader::new(stream))
    }

    fn head(&mut self) -> String {
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            assert_ne!(self.0.read_line(&mut head).unwrap(), 0, "no whole head: {head}");
        }
        head.to_lowercase()
    }

    /// The name and the JSON of the next event; none at the end.
    fn next(&mut self) -> Option<(String, Value)> {
        let mut name = String::new();
        loop {
            let mut line = String::new();
            if self.0.read_line(&mut line).unwrap() == 0 {
                return None;
            }
            if let Some(said) = line.strip_prefix("event: ") {
                said.trim().clone_into(&mut name);
            }
            if let Some(data) = line.strip_prefix("data: ") {
                return Some((name, serde_json::from_str(data).unwrap()));
            }
        }
    }

    fn as_of(&mut self, name: &str) -> String {
        let (said, data) = self.next().expect("it goes on");
        assert_eq!(said, name, "{data}");
        data["as_of"].as_str().unwrap().to_owned()
    }
}

/// An evaluation of so many events, made so many seconds after the first.
fn evaluated(seconds: i64, accepted: u64) -> Shown {
    let mut shown = rich();
    shown.evaluation.as_of = Millis(shown.evaluation.as_of.0 + seconds * 1000);
    shown.events.accepted = accepted;
    shown
}

#[test]
fn it_says_when_something_is_newly_evaluated_and_else_that_it_is_alive() {
    let port = Port::of(board(evaluated(0, 1)), refusing());
    let mut stream = Stream::open(&port);
    let head = stream.head();
    assert!(head.starts_with("http/1.1 200") && head.contains("content-type: text/event-stream") && head.contains("no-store"), "{head}");
    assert!(!head.contains("content-encoding"), "what is gathered to be compressed is not said at once: {head}");
    let first = stream.as_of("evaluated");
    assert_eq!(first, port.board.shown().unwrap().evaluation.as_of.to_string());
    port.board.publish(evaluated(1, 2));
    let second = stream.as_of("evaluated");
    assert!(second > first);
    // The same numbers at a later instant are no news.
    let same = port.board.shown().unwrap();
    let mut later = Shown::clone(&same);
    later.evaluation.as_of = Millis(later.evaluation.as_of.0 + 1000);
    port.board.publish(later);
    assert!(stream.as_of("alive") > second);
}

#[test]
fn it_says_why_nothing_is_evaluated_and_when_that_ends() {
    let port = Port::of(Board::new(Build { version: "1", revision: "abc" }, []), refusing());
    let mut stream = Stream::open(&port);
    let mut state = || {
        let (name, data) = stream.next().unwrap();
        (name, data["state"].as_str().map(str::to_owned))
    };
    assert_eq!(state(), ("not_ready".to_owned(), Some("starting".to_owned())));
    port.board.set_phase(Phase::Reading);
    assert_eq!(state(), ("not_ready".to_owned(), Some("catching_up".to_owned())));
    port.board.publish(rich());
    port.board.set_ready(true);
    assert_eq!(state(), ("evaluated".to_owned(), None));
}

#[test]
fn streams_have_places_of_their_own() {
    let port = Port::like(board(rich()), refusing(), patient());
    let mut streams: Vec<Stream> = (0..PLACES).map(|_| Stream::open(&port)).collect();
    streams.iter_mut().for_each(|stream| assert!(stream.head().starts_with("http/1.1 200")));
    let line = "too many streams at once: poll /api/v1/kpis, or come again later";
    assert_eq!(port.error("/api/v1/stream"), (503, line.to_owned()));
    for path in ["/", "/metrics", "/healthz", "/readyz", "/api/v1/kpis?window=30d"] {
        assert_eq!(port.get(path).status, 200, "{path}");
    }
    streams.pop();
    // Whoever has hung up is found out by the next that is said.
    let deadline = Instant::now() + LONG;
    let mut accepted = 0;
    loop {
        accepted += 1;
        port.board.publish(evaluated(0, accepted));
        if Stream::open(&port).head().starts_with("http/1.1 200") {
            return;
        }
        assert!(Instant::now() < deadline, "a place that is left is free again");
        std::thread::sleep(Duration::from_millis(50));
    }
}

#[test]
fn streams_end_with_the_port_at_once_read_or_not() {
    let mut port = Port::like(board(rich()), refusing(), patient());
    let mut streams: Vec<Stream> = (0..8).map(|_| Stream::open(&port)).collect();
    for stream in &mut streams[..4] {
        assert!(stream.head().starts_with("http/1.1 200"));
        stream.as_of("evaluated");
    }
    port.stop.take().unwrap().send(()).unwrap();
    let served = port.served.take().unwrap();
    let ended = port.runtime.block_on(async { tokio::time::timeout(LONG, served).await });
    ended.expect("it does not wait for streams").unwrap();
    streams[..4].iter_mut().for_each(|stream| assert!(stream.next().is_none()));
}

#[test]
fn streams_end_once_the_process_drains_and_none_begins() {
    let port = Port::like(board(rich()), refusing(), patient());
    let mut stream = Stream::open(&port);
    stream.head();
    stream.as_of("evaluated");
    port.board.set_phase(Phase::Draining);
    assert!(stream.next().is_none());
    assert_eq!(port.error("/api/v1/stream"), (503, "not ready: draining".to_owned()));
}

#[test]
fn whoever_reads_slowly_holds_nobody_and_finds_the_latest() {
    let port = Port::like(board(rich()), refusing(), patient());
    let mut unread: Vec<Stream> = (0..PLACES).map(|_| Stream::open(&port)).collect();
    let slow = &mut unread[0];
    slow.head();
    slow.as_of("evaluated");
    for n in 1..=5_000 {
        port.board.publish(evaluated(n, n.unsigned_abs()));
    }
    assert_eq!(port.get("/api/v1/kpis?window=30d").status, 200);
    let latest = evaluated(5_000, 0).evaluation.as_of.to_string();
    let heard: Vec<String> = std::iter::repeat_with(|| slow.as_of("evaluated")).take_while(|as_of| *as_of != latest).collect();
    assert!(heard.len() < 100, "5,000 evaluations are not told one by one: {}", heard.len());
}

#[test]
fn a_stream_is_asked_for_like_all_else() {
    let token = exporter::Token::parse("0123456789abcdef");
    let port = Port::like(board(rich()), refusing(), Like { access: Access { token, ..Access::default() }, ..Like::default() });
    assert_eq!(port.get("/api/v1/stream").status, 401);
    let mut asked = port.connect();
    write!(asked, "HEAD /api/v1/stream HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer 0123456789abcdef\r\nConnection: close\r\n\r\n").unwrap();
    assert_eq!(answer(asked).status, 200);
}
