//! The port, end to end over a socket.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may stop where its own input is wrong")]

mod common;

use std::{
    net::TcpStream,
    sync::{Arc, Mutex, mpsc},
    time::Duration,
};

use common::{
    board, evaluation, group,
    port::{Port, evaluating, explaining, explanation, refusing},
    rich, row,
};
use exporter::{Board, Build, NotReady, Partition, Phase, Progress, Query, QueryError, ROWS_AT_MOST, Shown, bind, explain::ExplainQuery};
use kpis::{Kpi, Number, explain::WindowName};
use model::{Day, When};
use serde_json::Value;

#[test]
fn every_page_is_there_with_its_type() {
    let port = Port::of(board(rich()), refusing());
    for (path, kind, holds) in [
        ("/", "text/html", "board.js"),
        ("/board.js", "text/javascript", "/api/v1/kpis"),
        ("/board.css", "text/css", "--"),
        ("/metrics", "text/plain; version=0.0.4", "kpistream_leads{"),
        ("/metrics/kpi", "text/plain; version=0.0.4", "kpistream_leads{"),
        ("/metrics/process", "text/plain; version=0.0.4", "kpistream_events_total"),
        ("/healthz", "text/plain", "alive"),
        ("/readyz", "text/plain", "ready"),
        ("/api/v1/kpis", "application/json", "\"as_of\""),
    ] {
        let answer = port.get(path);
        assert_eq!(answer.status, 200, "{path}");
        assert!(answer.head.contains(&format!("content-type: {kind}")), "{path}: {}", answer.head);
        assert!(answer.body.contains(holds), "{path}");
    }
    assert!(!port.get("/metrics/kpi").body.contains("kpistream_events_total"));
    assert!(!port.get("/metrics/process").body.contains("kpistream_leads{"));
    let page = port.get("/");
    assert!(page.head.contains("content-security-policy: default-src 'none'"));
    assert!(["src=\"http", "href=\"http", "url(", "//cdn"].iter().all(|s| !page.body.contains(s)), "the page asks no other host");
}

#[test]
fn what_is_not_there_or_not_get_says_so_in_json() {
    let port = Port::of(board(rich()), refusing());
    assert_eq!(
        port.error("/nope"),
        (404, "no such page: try /, /metrics, /readyz, /api/v1/kpis, /api/v1/drift, /api/v1/explain or /api/v1/stream".to_owned())
    );
    for method in ["POST", "DELETE", "PUT"] {
        let answer = port.ask(method, "/metrics");
        assert_eq!((answer.status, answer.body.as_str()), (405, r#"{"error":"only GET is answered here"}"#));
    }
}

#[test]
fn an_instance_that_is_not_ready_is_alive_and_says_why() {
    let port = Port::of(Board::new(Build { version: "1", revision: "abc" }, []), refusing());
    assert_eq!(port.get("/healthz").status, 200);
    let ready = port.get("/readyz");
    assert_eq!((ready.status, ready.body.as_str()), (503, "not ready: starting\n"));
    for path in ["/api/v1/kpis", "/api/v1/explain?kpi=leads&window=7d"] {
        assert_eq!(port.error(path), (503, "not ready: starting".to_owned()));
    }
    assert_eq!(port.get("/metrics/kpi").body, "");
    assert!(port.get("/metrics").body.contains("kpistream_build_info"));
}

#[test]
fn readiness_is_told_as_it_is_in_words_and_as_json() {
    let port = Port::of(Board::new(Build { version: "1", revision: "abc" }, ["ad-spend"]), refusing());
    let state = || {
        let (line, json) = (port.get("/readyz"), port.request("GET", "/readyz", "Accept: application/json\r\n"));
        assert_eq!(line.status, json.status);
        let json: Value = serde_json::from_str(&json.body).unwrap();
        (line.status, json["state"].as_str().unwrap().to_owned(), line.body.trim_end().to_owned(), json)
    };
    let (status, word, line, _) = state();
    assert_eq!((status, word.as_str(), line.as_str()), (503, "starting", "not ready: starting"));
    port.board.set_phase(Phase::Restoring(Progress { done: 5, of: 20 }));
    let (_, word, line, json) = state();
    assert_eq!((word.as_str(), &json["bytes_read"], &json["bytes"]), ("restoring", &5.into(), &20.into()));
    assert_eq!(line, "not ready: restoring the state: 5 of 20 bytes of the snapshot are read");
    port.board.set_phase(Phase::Reading);
    port.board.set_partition("ad-spend", 3, Partition { lag: 12, ..Partition::default() });
    let (_, word, line, json) = state();
    assert_eq!((word.as_str(), &json["lag"]), ("catching_up", &12.into()));
    assert_eq!(line, "not ready: catching up with the broker: 12 records behind");
    port.board.publish(rich());
    port.board.set_ready(true);
    let (status, word, line, json) = state();
    assert_eq!((status, word.as_str(), line.as_str(), &json["ready"]), (200, "ready", "ready", &true.into()));
    port.board.set_partition("ad-spend", 3, Partition { failed: Some("topic_deleted"), ..Partition::default() });
    let (status, word, line, json) = state();
    assert_eq!((status, word.as_str(), line.as_str()), (503, "partition_failed", "not ready: partition failed: ad-spend/3 (topic_deleted)"));
    assert_eq!(json["failed"][0]["topic"], "ad-spend");
    port.board.set_phase(Phase::Draining);
    let (status, word, ..) = state();
    assert_eq!((status, word.as_str()), (503, "draining"));
    assert_eq!(port.board.shown().err(), Some(NotReady::Draining));
}

#[test]
fn what_is_evaluated_each_second_is_served_from_that() {
    let port = Port::of(board(rich()), evaluating(|_| panic!("nothing is to be evaluated anew")));
    let rows = |path: &str| -> Vec<Value> {
        let value: Value = serde_json::from_str(&port.get(path).body).unwrap();
        value["kpis"].as_array().unwrap().clone()
    };
    let kpis = Kpi::ALL.len();
    assert_eq!(rows("/api/v1/kpis").len(), kpis * 6, "totals in six windows");
    assert_eq!(rows("/api/v1/kpis?window=30d&window=7d").len(), kpis * 2);
    let by_channel = rows("/api/v1/kpis?window=30d&by=channel");
    assert_eq!(by_channel.len(), kpis * 5);
    assert!(by_channel.iter().all(|row| row["campaign"].is_null() && row["window"] == "30d"));
}

#[test]
fn what_is_not_is_asked_of_the_evaluation() {
    let asked: Arc<Mutex<Vec<Query>>> = Arc::default();
    let seen = asked.clone();
    let queries = evaluating(move |query| {
        seen.lock().unwrap().push(query);
        Ok(rich())
    });
    let port = Port::of(board(rich()), queries);
    for path in [
        "?as_of=2026-03-01",
        "?as_of=2026-03-01T10:00:00%2B01:00",
        "?as_of=2026-03-01T10:00:00+01:00",
        "?window=all",
        "?period=week&from=2026-01-01",
        "?by=channel,campaign",
        "?by=segment",
    ] {
        assert_eq!(port.get(&format!("/api/v1/kpis{path}")).status, 200, "{path}");
    }
    let asked = asked.lock().unwrap();
    assert_eq!(asked.len(), 7);
    assert_eq!(asked[1], asked[2], "a + that was not encoded is a +");
    assert_eq!((&asked[4].periods[..], asked[4].from.is_some()), (&["week".to_owned()][..], true));
    assert!(asked[5].by[0].channel && asked[5].by[0].campaign && !asked[5].by[0].segment);
}

#[test]
fn a_bad_query_gets_one_clear_line() {
    let port = Port::of(board(rich()), refusing());
    let endless = format!("window={}", "x".repeat(200));
    let many = (0..40).map(|n| format!("window=w{n}")).collect::<Vec<_>>().join("&");
    for (query, line) in [
        ("windows=7d", "unknown parameter \"windows\": use as_of, window, period, from or by"),
        ("as_of=yesterday", "as_of: \"yesterday\" is not an RFC 3339 time with an offset, nor a date"),
        ("as_of=1900-01-01", "as_of: \"1900-01-01\" is outside the years 1990 to 9999"),
        ("as_of=2026-01-01&as_of=2026-01-02", "as_of: given more than once"),
        ("period=year", "period: \"year\" is none of day, week, month, quarter"),
        ("from=2026-01-01", "from: needs a period, whose first row it chooses"),
        ("by=owner", "by: \"owner\" is not made of channel, campaign, segment"),
        ("by=channel,channel", "by: \"channel,channel\" names a dimension twice"),
        ("window=%0A", "window: \"\\n\" is no window, such as 30d or this_month"),
        ("window=5d", "window: \"5d\" is not known"),
        (&endless, "\"window\": longer than 128 bytes"),
        (&many, "window: given more than 32 times"),
    ] {
        assert_eq!(port.error(&format!("/api/v1/kpis?{query}")), (400, line.to_owned()));
    }
}

#[test]
fn an_evaluation_that_is_too_large_or_fails_is_refused() {
    let queries = evaluating(|query| match query.windows.first().map(String::as_str) {
        Some("large") => {
            let one = row(Kpi::Leads, "large", 30, &group(None, None), Ok(Number::Count(1)));
            Ok(Shown { evaluation: evaluation(vec![one; ROWS_AT_MOST + 1]), events: Default::default() })
        }
        Some("busy") => Err(QueryError::Unavailable("shutting down".to_owned())),
        _ => panic!("an evaluation that fails"),
    });
    let port = Port::of(board(rich()), queries);
    let (status, line) = port.error("/api/v1/kpis?window=large");
    assert_eq!((status, line.starts_with("the answer has 200001 rows, the limit is 200000")), (400, true), "{line}");
    assert_eq!(port.error("/api/v1/kpis?window=busy"), (503, "shutting down".to_owned()));
    let fault = "the evaluation failed by a fault of the program, which its log says";
    assert_eq!(port.error("/api/v1/kpis?window=panic"), (500, fault.to_owned()));
    assert_eq!(port.get("/healthz").status, 200);
}

#[test]
fn an_explanation_is_asked_for_by_name() {
    let asked: Arc<Mutex<Vec<ExplainQuery>>> = Arc::default();
    let seen = asked.clone();
    let queries = explaining(move |query| {
        seen.lock().unwrap().push(query.clone());
        Ok(explanation(&query))
    });
    let port = Port::of(board(rich()), queries);
    let answer = port.get("/api/v1/explain?kpi=cac&variant=paid&window=2026-03&channel=paid_search&as_of=2026-03-31&limit=7");
    let expected = r#"{"kpi":"cac","variant":"paid","window":"2026-03","channel":"paid_search","as_of":"2026-03-30T09:00:00Z","time_zone":"UTC","currency":"EUR","window_start":null,"window_end":null,"value":null,"reason":null,"numerator":null,"denominator":null,"sample_size":null,"target":null,"attainment":null,"pace":null,"projected":null,"notes":[],"parts":[]}"#;
    assert_eq!((answer.status, answer.body.as_str()), (200, expected));
    assert_eq!(port.get("/api/v1/explain?kpi=leads&window=all").status, 200);
    let asked = asked.lock().unwrap();
    assert_eq!((asked[0].as_of, asked[0].limit), (Some(When::On(Day::parse("2026-03-31").unwrap())), 7));
    let defaults = ExplainQuery { kpi: Kpi::Leads, window: WindowName::parse("all").unwrap(), channel: None, as_of: None, limit: 50 };
    assert_eq!(asked[1], defaults);
}

#[test]
fn what_cannot_be_explained_gets_one_clear_line() {
    let port = Port::of(board(rich()), explaining(|_| panic!("it is refused before")));
    let endless = format!("channel={}", "x".repeat(1025));
    for (query, line) in [
        ("", "kpi: name one, such as kpi=cac&variant=paid"),
        ("kpi=leads", "window: name one, such as 30d, last_month, all or 2026-03"),
        ("kpi=cac&window=7d", "cac has several variants: use one of blended, paid"),
        ("kpi=cac&variant=gross&window=7d", "cac has no variant \"gross\": use one of blended, paid"),
        ("kpi=leads&variant=paid&window=7d", "leads has no variants: leave it out"),
        ("kpi=leads&kpi=mqls&window=7d", "kpi: given more than once"),
        ("kpi=leads&window=7d&windows=30d", "unknown parameter \"windows\": use kpi, variant, window, channel, as_of or limit"),
        ("kpi=leads&window=7d&as_of=yesterday", "as_of: \"yesterday\" is not an RFC 3339 time with an offset, nor a date"),
        ("kpi=leads&window=7d&limit=0", "limit: \"0\" is no number from 1 to 10000"),
        ("kpi=leads&window=7d&limit=10001", "limit: \"10001\" is no number from 1 to 10000"),
        ("kpi=leads&window=7d&limit=%2B-1", "limit: \"+-1\" is no number from 1 to 10000"),
        (&endless, "\"channel\": longer than 1024 bytes"),
    ] {
        assert_eq!(port.error(&format!("/api/v1/explain?{query}")), (400, line.to_owned()));
    }
    for (query, start) in [
        ("kpi=leadz&window=7d", "unknown KPI \"leadz\": use one of leads, mqls, "),
        ("kpi=leads&window=8d", "unknown window \"8d\": use one of 1h, 24h, "),
        ("kpi=leads&window=2026", "unknown window \"2026\": use one of 1h, 24h, "),
    ] {
        let (status, line) = port.error(&format!("/api/v1/explain?{query}"));
        assert!(status == 400 && line.starts_with(start), "{line}");
    }
}

#[test]
fn one_explanation_is_made_at_a_time_and_one_that_fails_is_said() {
    let (begun, begins) = mpsc::channel();
    let (go_on, waits) = mpsc::channel::<()>();
    let waits = Mutex::new(waits);
    let queries = explaining(move |query| {
        assert_ne!(query.kpi, Kpi::Mqls, "an explanation that fails");
        begun.send(()).unwrap();
        waits.lock().unwrap().recv().unwrap();
        Ok(explanation(&query))
    });
    let port = Port::of(board(rich()), queries);
    let path = "/api/v1/explain?kpi=leads&window=7d";
    std::thread::scope(|scope| {
        let first = scope.spawn(|| port.get(path).status);
        begins.recv_timeout(Duration::from_secs(20)).unwrap();
        assert_eq!(port.error(path), (503, "another explanation is being made: ask again in a second".to_owned()));
        assert_eq!(port.get("/api/v1/kpis").status, 200, "others are answered meanwhile");
        go_on.send(()).unwrap();
        assert_eq!(first.join().unwrap(), 200);
    });
    assert_eq!(
        port.error("/api/v1/explain?kpi=mqls&window=7d"),
        (500, "the explanation failed by a fault of the program, which its log says".to_owned())
    );
    go_on.send(()).unwrap();
    assert_eq!(port.get(path).status, 200, "one that failed is not in the way of the next");
}

#[test]
fn it_ends_when_told_to_even_with_connections_open() {
    let mut port = Port::of(board(rich()), refusing());
    let _idle = TcpStream::connect(port.address).unwrap();
    assert_eq!(port.get("/healthz").status, 200);
    port.stop.take().unwrap().send(()).unwrap();
    let served = port.served.take().unwrap();
    let ended = port.runtime.block_on(async { tokio::time::timeout(Duration::from_secs(15), served).await });
    ended.expect("it ends in time").unwrap();
}

#[test]
fn a_port_that_is_taken_is_said_in_one_line() {
    let port = Port::of(board(rich()), refusing());
    let error = port.runtime.block_on(bind(port.address)).unwrap_err();
    assert_eq!(
        error.to_string(),
        format!("cannot listen on {}: the port is taken; stop the program that has it, or configure another address", port.address)
    );
}
