//! Those who connect and do harm: half a request, an answer that nobody reads, more of them than there is room for.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may stop where its own input is wrong")]

mod common;

use std::{
    io::{ErrorKind, Read, Write},
    net::TcpStream,
    sync::{Mutex, mpsc},
    time::{Duration, Instant},
};

use common::{
    board, evaluation, group,
    port::{LONG, Like, Port, answer, evaluating, refusing},
    rich, row,
};
use exporter::{Access, Patience, Shown};
use kpis::{Kpi, Number};

/// Half of what a request's head is.
const HALF: &[u8] = b"GET /metrics HTTP/1.1\r\nHost: localhost\r\nX-Half";
/// An answer that does not fit into what a connection holds.
const ROWS: usize = 60_000;

fn patience(milliseconds: u64) -> Patience {
    let span = Duration::from_millis(milliseconds);
    Patience { request: span, write: span, drain: span }
}

fn large() -> Shown {
    let one = row(Kpi::Leads, "large", 30, &group(None, None), Ok(Number::Count(1)));
    Shown { evaluation: evaluation(vec![one; ROWS]), events: Default::default() }
}

fn asked(port: &Port, path: &str) -> TcpStream {
    let mut stream = port.connect();
    write!(stream, "GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").unwrap();
    stream
}

/// Polls until something is so.
fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    let deadline = Instant::now() + LONG;
    while !is_so() {
        assert!(Instant::now() < deadline, "{what}: not in time");
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// Reads what there is of an answer's first line, and no more.
fn status(stream: &mut TcpStream) -> u16 {
    let mut line = [0; 12];
    stream.read_exact(&mut line).unwrap();
    std::str::from_utf8(&line[9..12]).unwrap().parse().unwrap()
}

#[test]
fn half_sent_requests_however_many_keep_nobody_from_an_answer() {
    // So patient that none of them ends by time.
    let port = Port::like(board(rich()), refusing(), Like { patience: patience(600_000), ..Like::default() });
    let mut half: Vec<TcpStream> = Vec::new();
    for n in 0..600 {
        let mut stream = port.connect();
        // Its place may have been given to another already.
        let _ = stream.write_all(HALF);
        half.push(stream);
        if n % 50 == 0 {
            for path in ["/healthz", "/metrics/process", "/api/v1/kpis?window=30d"] {
                assert_eq!(port.get(path).status, 200, "{path} with {n} half-sent requests");
            }
        }
    }
    assert_eq!(port.get("/healthz").status, 200);
    let is_closed = |stream: &TcpStream| {
        stream.set_nonblocking(true).unwrap();
        let read = (&*stream).read(&mut [0; 1]);
        !matches!(read, Err(error) if error.kind() == ErrorKind::WouldBlock)
    };
    until("the eldest are closed", || half.iter().filter(|stream| !is_closed(stream)).count() <= 256);
    assert!(!is_closed(half.last().unwrap()), "and not the latest");
}

#[test]
fn a_request_that_does_not_come_and_a_connection_that_idles_are_closed() {
    let port = Port::like(board(rich()), refusing(), Like { patience: patience(200), ..Like::default() });
    let mut silent = port.connect();
    assert_eq!(silent.read(&mut [0; 1]).unwrap(), 0, "nothing was sent");
    let mut half = port.connect();
    half.write_all(HALF).unwrap();
    let mut said = Vec::new();
    half.read_to_end(&mut said).unwrap();
    assert!(said.is_empty() || said.starts_with(b"HTTP/1.1 408"), "{}", String::from_utf8_lossy(&said));
    // One that goes on letter by letter has no more time.
    let mut slow = port.connect();
    until("it is closed", || {
        std::thread::sleep(Duration::from_millis(20));
        slow.write_all(b"G").is_err()
    });
    let mut idle = port.connect();
    idle.write_all(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n").unwrap();
    assert_eq!(answer(&mut idle).status, 200, "the answer, and then the end of the connection");
}

#[test]
fn large_answers_that_nobody_reads_are_few_and_others_are_answered() {
    let (begun, begins) = mpsc::channel();
    let begun = Mutex::new(begun);
    let queries = evaluating(move |_| {
        begun.lock().unwrap().send(()).unwrap();
        Ok(large())
    });
    let port = Port::like(board(rich()), queries, Like { patience: patience(600_000), ..Like::default() });
    let path = "/api/v1/kpis?window=large";
    let mut unread = [asked(&port, path), asked(&port, path)];
    for stream in &mut unread {
        begins.recv_timeout(LONG).unwrap();
        assert_eq!(status(stream), 200);
    }
    // Their permits are theirs until they are read: whoever comes now waits for a turn that does not come, and makes no answer.
    let mut refused: Vec<TcpStream> = (0..30).map(|_| asked(&port, path)).collect();
    for (path, holds) in [("/healthz", "alive"), ("/metrics", "kpistream_leads"), ("/api/v1/kpis?window=30d", "\"as_of\"")] {
        assert!(port.get(path).body.contains(holds), "{path}");
    }
    for stream in &mut refused {
        let answer = answer(stream);
        assert_eq!((answer.status, answer.head.contains("retry-after: 1")), (503, true), "{}", answer.head);
    }
    assert!(begins.try_recv().is_err(), "nothing was evaluated for those who were refused");
    // One is read: another may come.
    let [first, _second] = &mut unread;
    let mut rest = Vec::new();
    first.read_to_end(&mut rest).unwrap();
    assert!(rest.len() > ROWS * 100);
    let mut next = asked(&port, path);
    assert_eq!(status(&mut next), 200);
}

#[test]
fn an_answer_that_nobody_reads_is_given_up() {
    let port = Port::like(board(rich()), evaluating(|_| Ok(large())), Like { patience: patience(300), ..Like::default() });
    let path = "/api/v1/kpis?window=large";
    let _unread = [asked(&port, path), asked(&port, path)];
    until("there is room for another", || port.get(path).status == 200);
}

#[test]
fn unread_scrapes_hold_the_places_of_scrapes_alone() {
    let rows = (0..50).flat_map(|n| {
        let group = group(Some(&format!("{n:02}{}", "x".repeat(250))), None);
        let windows: Vec<String> = (0..200).map(|w| format!("window-{w}")).collect();
        windows.into_iter().map(move |window| row(Kpi::Leads, &window, 30, &group, Ok(Number::Count(1)))).collect::<Vec<_>>()
    });
    let shown = Shown { evaluation: evaluation(rows.collect()), events: Default::default() };
    let port = Port::like(board(shown), refusing(), Like { patience: patience(600_000), ..Like::default() });
    let mut unread: Vec<TcpStream> = (0..16).map(|_| asked(&port, "/metrics")).collect();
    unread.iter_mut().for_each(|stream| assert_eq!(status(stream), 200));
    let answer = port.get("/metrics");
    assert_eq!((answer.status, answer.head.contains("retry-after: 1")), (503, true));
    assert_eq!(port.get("/healthz").status, 200);
    assert_eq!(port.get("/readyz").status, 200);
    assert_eq!(port.get("/api/v1/kpis").status, 200);
}

#[test]
fn a_slow_query_keeps_nobody_from_metrics() {
    let (go_on, waits) = mpsc::channel::<()>();
    let waits = Mutex::new(waits);
    let queries = evaluating(move |_| {
        // Gone with the test.
        let _ = waits.lock().unwrap().recv();
        Ok(rich())
    });
    let port = Port::of(board(rich()), queries);
    let slow: Vec<TcpStream> = (0..40).map(|_| asked(&port, "/api/v1/kpis?by=segment")).collect();
    for path in ["/metrics", "/metrics/kpi", "/metrics/process", "/healthz", "/readyz", "/", "/api/v1/kpis"] {
        assert_eq!(port.get(path).status, 200, "{path}");
    }
    drop(go_on);
    let answered = slow.into_iter().map(|stream| answer(stream).status).filter(|status| *status == 200).count();
    assert!(answered >= 2, "those that were begun are answered");
}

#[test]
fn a_request_is_short_and_has_no_body() {
    let port = Port::of(board(rich()), refusing());
    let mut long = port.connect();
    // The connection may be gone before all is sent, and the answer with it.
    let sent = write!(long, "GET /healthz HTTP/1.1\r\nHost: localhost\r\nX-Long: {}\r\n\r\n", "x".repeat(1_000_000));
    let mut said = Vec::new();
    let read = long.read_to_end(&mut said);
    let said = String::from_utf8_lossy(&said);
    assert!(said.starts_with("HTTP/1.1 431") || said.is_empty() && (sent.is_err() || read.is_err()), "{said}");
    assert_eq!(port.request("GET", "/metrics", "Content-Length: 1000000\r\n").status, 413);
    assert_eq!(port.request("GET", "/metrics", "Content-Length: 0\r\n").status, 200);
}

#[test]
fn whoever_takes_gzip_gets_it() {
    let port = Port::of(board(rich()), refusing());
    let plain = port.get("/metrics/kpi");
    assert!(!plain.head.contains("content-encoding") && plain.head.contains(&format!("content-length: {}", plain.body.len())));
    for path in ["/metrics/kpi", "/api/v1/kpis", "/"] {
        let mut stream = port.connect();
        write!(stream, "GET {path} HTTP/1.1\r\nHost: localhost\r\nAccept-Encoding: gzip\r\nConnection: close\r\n\r\n").unwrap();
        let answer = answer(stream);
        assert!(answer.head.contains("content-encoding: gzip") && answer.head.contains("vary: accept-encoding"), "{path}: {}", answer.head);
        assert!(answer.body.chars().count() < port.get(path).body.len() * 2 / 3, "{path}");
    }
}

#[test]
fn explanations_are_off_unless_turned_on() {
    let port = Port::like(board(rich()), refusing(), Like { access: Access::default(), ..Like::default() });
    let line = "explanations name customers and amounts, so they are off where others can reach the port: turn them on by http.explain = true";
    assert_eq!(port.error("/api/v1/explain?kpi=leads&window=7d"), (403, line.to_owned()));
}
