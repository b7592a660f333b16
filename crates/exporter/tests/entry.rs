//! Who is let in: by which name, with which token, and over TLS.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may stop where its own input is wrong")]

mod common;

use std::{io::Write, net::TcpStream, sync::Arc};

use common::{
    board,
    port::{Answer, Like, Port, answer, refusing},
    rich,
};
use exporter::{Access, HostName, Tls, Token};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned, crypto::ring::default_provider, pki_types::CertificateDer};

const SECRET: &str = "a-secret-of-some-length";

fn with(access: Access) -> Port {
    Port::like(board(rich()), refusing(), Like { access, ..Like::default() })
}

fn named(port: &Port, path: &str, host: &str) -> Answer {
    port.raw(&format!("GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"))
}

#[test]
fn a_name_that_is_not_ours_is_told_what_to_do() {
    let port = with(Access { hosts: HostName::parse("kpis.example.com").into_iter().collect(), ..Access::default() });
    for path in ["/", "/metrics", "/api/v1/kpis", "/nope"] {
        let answer = named(&port, path, "evil.example:9464");
        let line = r#"{"error":"this port does not go by the name \"evil.example\": ask by its address, or name it in http.allowed_hosts"}"#;
        assert_eq!((answer.status, answer.body.as_str()), (421, line), "{path}");
    }
    for host in ["localhost:9464", "10.0.0.7:9464", "[::1]", "kpis.example.com"] {
        assert_eq!(named(&port, "/metrics", host).status, 200, "{host}");
    }
    assert_eq!(named(&port, "/healthz", "evil.example").status, 200);
    assert_eq!(named(&port, "/readyz", "evil.example").status, 200);
    assert_eq!(port.raw("GET /metrics HTTP/1.1\r\nConnection: close\r\n\r\n").status, 400);
}

#[test]
fn the_token_is_wanted_for_all_but_health_and_metrics() {
    let port = with(Access { token: Token::parse(SECRET), ..Access::default() });
    for path in ["/healthz", "/readyz", "/metrics", "/metrics/kpi", "/metrics/process"] {
        assert_eq!(port.get(path).status, 200, "{path}");
    }
    for path in ["/", "/board.js", "/api/v1/kpis", "/api/v1/explain?kpi=leads&window=7d", "/nope"] {
        let answer = port.get(path);
        assert_eq!(answer.status, 401, "{path}");
        assert!(answer.head.contains("www-authenticate: bearer"), "{}", answer.head);
        assert!(!answer.body.contains(SECRET));
    }
    let shown = |token: &str| port.request("GET", "/api/v1/kpis", &format!("Authorization: Bearer {token}\r\n")).status;
    assert_eq!((shown(SECRET), shown("another-of-some-length"), shown("")), (200, 401, 401));
}

#[test]
fn rules_may_change_while_the_port_is_served() {
    let port = with(Access::default());
    assert_eq!(port.get("/api/v1/kpis").status, 200);
    port.gate.change_access(Access { token: Token::parse(SECRET), ..Access::default() });
    assert_eq!(port.get("/api/v1/kpis").status, 401);
}

/// A certificate of its own for localhost, with its key, as PEM.
fn certificate() -> (String, String) {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    (made.cert.pem(), made.signing_key.serialize_pem())
}

fn trusting(certificate: &str) -> ClientConfig {
    use rustls::pki_types::pem::PemObject;
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_slice(certificate.as_bytes()).unwrap()).unwrap();
    let versions = ClientConfig::builder_with_provider(Arc::new(default_provider())).with_safe_default_protocol_versions().unwrap();
    versions.with_root_certificates(roots).with_no_client_auth()
}

#[test]
fn over_tls_the_certificate_is_shown_and_plain_http_gets_nothing() {
    let (chain, key) = certificate();
    let tls = Tls::new(chain.as_bytes(), key.as_bytes()).unwrap();
    let port = Port::like(board(rich()), refusing(), Like { tls: Some(tls), ..Like::default() });
    let secure = |client: ClientConfig, stream: TcpStream| {
        StreamOwned::new(ClientConnection::new(Arc::new(client), "localhost".try_into().unwrap()).unwrap(), stream)
    };
    let mut stream = secure(trusting(&chain), port.connect());
    stream.write_all(b"GET /metrics/kpi HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").unwrap();
    let said = answer(&mut stream);
    assert_eq!((said.status, said.body.contains("kpistream_leads{")), (200, true));
    let mut doubting = secure(trusting(&certificate().0), port.connect());
    assert!(doubting.write_all(b"GET / HTTP/1.1\r\n\r\n").is_err(), "another's certificate is not ours");
    let mut plain = port.connect();
    plain.write_all(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n").unwrap();
    let mut said = Vec::new();
    let _ = std::io::Read::read_to_end(&mut plain, &mut said);
    assert!(!said.starts_with(b"HTTP/"), "{}", String::from_utf8_lossy(&said));
}

#[test]
fn a_certificate_of_no_use_is_said_in_a_line() {
    let ((chain, key), (_, other)) = (certificate(), certificate());
    let said = |chain: &str, key: &str| Tls::new(chain.as_bytes(), key.as_bytes()).unwrap_err().to_string();
    assert!(said("", &key).starts_with("no certificate in it can be read"));
    assert!(said(&chain, &chain).starts_with("no private key in it can be read"));
    assert!(said(&chain, &other).starts_with("certificate and key cannot be used together"));
}
