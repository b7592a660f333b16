//! Who may ask for what: under which names, with which token.

use std::{fmt, net::IpAddr};

use axum::http::{HeaderMap, HeaderValue, Request, header, uri::Authority};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use subtle::ConstantTimeEq;

/// Who may ask for what.
#[derive(Clone, Debug, Default)]
pub struct Access {
    /// The names that the port goes by, beside addresses and `localhost`.
    pub hosts: Vec<HostName>,
    /// What has to be shown for all but health and metrics; none where nothing has to be.
    pub token: Option<Token>,
    /// Whether explanations are given: they name customers, deals and amounts.
    pub explain: bool,
}

/// The name of a host, in lower case and without a port.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct HostName(String);

impl HostName {
    /// Reads a name such as `kpis.example.com`; none where it is not one.
    pub fn parse(text: &str) -> Option<HostName> {
        let legal = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_');
        let name = text.strip_suffix('.').unwrap_or(text);
        let good = (1..=253).contains(&name.len()) && name.chars().all(legal);
        good.then(|| HostName(name.to_ascii_lowercase()))
    }
}

/// A secret that whoever asks has to know.
#[derive(Clone)]
pub struct Token(String);

impl fmt::Debug for Token {
    /// Without the secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token")
    }
}

impl Token {
    /// Shorter ones can be guessed.
    pub const BYTES_AT_LEAST: usize = 16;

    /// Takes the text of a file, without the end of its line; none where it is too short or cannot stand in a header.
    pub fn parse(text: &str) -> Option<Token> {
        let token = text.trim();
        let good = token.len() >= Token::BYTES_AT_LEAST && token.bytes().all(|b| b.is_ascii_graphic());
        good.then(|| Token(token.to_owned()))
    }

    /// Whether a request shows it: as a bearer, or as the password of any user, which is what browsers can ask for.
    fn is_shown_by(&self, headers: &HeaderMap) -> bool {
        headers.get_all(header::AUTHORIZATION).iter().filter_map(shown).any(|shown| bool::from(shown.as_bytes().ct_eq(self.0.as_bytes())))
    }
}

/// The secret of an `Authorization`.
fn shown(value: &HeaderValue) -> Option<String> {
    let (scheme, rest) = value.to_str().ok()?.split_once(' ')?;
    match scheme.to_ascii_lowercase().as_str() {
        "bearer" => Some(rest.trim().to_owned()),
        "basic" => {
            let pair = String::from_utf8(STANDARD.decode(rest.trim()).ok()?).ok()?;
            pair.split_once(':').map(|(_, password)| password.to_owned())
        }
        _ => None,
    }
}

/// Why a request is not answered.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Refused {
    /// It names no host, or several.
    NoHost,
    /// The port does not go by this name.
    Host(String),
    /// The token is not shown.
    Token,
}

impl Access {
    /// Whether a request may be answered. Health is told to everybody, and under every name.
    pub(super) fn admits<B>(&self, request: &Request<B>) -> Result<(), Refused> {
        let path = request.uri().path();
        if matches!(path, "/healthz" | "/readyz") {
            return Ok(());
        }
        self.knows(&host(request)?)?;
        let is_open = matches!(path, "/metrics" | "/metrics/kpi" | "/metrics/process");
        match &self.token {
            Some(token) if !is_open && !token.is_shown_by(request.headers()) => Err(Refused::Token),
            _ => Ok(()),
        }
    }

    /// A page of another site can have its name lead here (DNS rebinding), and a browser then lets it read the answer. An address
    /// cannot be made to lead elsewhere, so those are all let through: whoever scrapes by the address of a pod needs no configuration.
    fn knows(&self, authority: &Authority) -> Result<(), Refused> {
        let host = authority.host();
        let address = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(host);
        if address.parse::<IpAddr>().is_ok() {
            return Ok(());
        }
        let is_ours = HostName::parse(host).is_some_and(|name| name.0 == "localhost" || name.0.ends_with(".localhost") || self.hosts.contains(&name));
        if is_ours { Ok(()) } else { Err(Refused::Host(host.to_owned())) }
    }
}

/// The one host that a request names; that of an absolute target counts before the header.
fn host<B>(request: &Request<B>) -> Result<Authority, Refused> {
    if let Some(authority) = request.uri().authority() {
        return Ok(authority.clone());
    }
    let mut named = request.headers().get_all(header::HOST).iter();
    let (Some(host), None) = (named.next(), named.next()) else { return Err(Refused::NoHost) };
    let authority = host.to_str().ok().filter(|host| !host.contains('@')).and_then(|host| host.parse().ok());
    authority.ok_or(Refused::NoHost)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "0123456789abcdef";

    fn asked(path: &str, headers: &[(&str, &str)]) -> Request<()> {
        let mut request = Request::builder().uri(path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        request.body(()).unwrap_or_default()
    }

    #[test]
    fn addresses_and_names_of_this_machine_are_let_through_and_others_only_where_configured() {
        let access = Access { hosts: HostName::parse("KPIs.example.com").into_iter().collect(), ..Access::default() };
        for (host, admitted) in [
            ("127.0.0.1:9464", true),
            ("127.0.0.1", true),
            ("[::1]:9464", true),
            ("10.1.2.3:9464", true),
            ("[fd00::7]", true),
            ("localhost:9464", true),
            ("LOCALHOST", true),
            ("board.localhost", true),
            ("kpis.example.com", true),
            ("kpis.Example.com.:443", true),
            ("example.com", false),
            ("evil.kpis.example.com", false),
            ("localhost.evil.example", false),
            ("evillocalhost", false),
            ("127.0.0.1.evil.example", false),
            ("127.0.0.1@evil.example", false),
            ("evil.example#127.0.0.1", false),
            ("", false),
        ] {
            assert_eq!(access.admits(&asked("/metrics", &[("host", host)])).is_ok(), admitted, "{host}");
        }
        assert_eq!(access.admits(&asked("/metrics", &[])), Err(Refused::NoHost));
        assert_eq!(access.admits(&asked("/metrics", &[("host", "localhost"), ("host", "evil.example")])), Err(Refused::NoHost));
        let absolute = asked("http://evil.example/metrics", &[("host", "localhost")]);
        assert_eq!(access.admits(&absolute), Err(Refused::Host("evil.example".to_owned())));
        assert_eq!(access.admits(&asked("/healthz", &[("host", "evil.example")])), Ok(()));
    }

    #[test]
    fn the_token_is_asked_for_but_not_for_health_and_metrics() {
        let access = Access { token: Token::parse(&format!("{SECRET}\n")), ..Access::default() };
        let with = |path, authorization: &str| access.admits(&asked(path, &[("host", "localhost"), ("authorization", authorization)]));
        for path in ["/metrics", "/metrics/kpi", "/metrics/process", "/healthz", "/readyz"] {
            assert_eq!(with(path, "none"), Ok(()), "{path}");
        }
        let basic = |pair: &str| format!("Basic {}", STANDARD.encode(pair));
        for path in ["/", "/board.js", "/api/v1/kpis", "/api/v1/explain", "/api/v1/stream", "/nope", "/metrics/", "//metrics"] {
            for wrong in
                ["", "none", SECRET, "Bearer", "Bearer 0123456789abcdeg", "Bearer 0123456789abcde", "Basic !", &basic(SECRET), &basic("any:")]
            {
                assert_eq!(with(path, wrong), Err(Refused::Token), "{path} {wrong}");
            }
            for right in [&format!("Bearer {SECRET}"), &format!("bearer  {SECRET}"), &basic(&format!("any:{SECRET}"))] {
                assert_eq!(with(path, right), Ok(()), "{path} {right}");
            }
        }
    }

    #[test]
    fn a_token_is_long_enough_and_stands_in_a_header() {
        for (text, good) in [(SECRET, true), ("0123456789abcde", false), ("", false), ("0123456789 abcdef", false), ("0123456789abcdéf", false)] {
            assert_eq!(Token::parse(text).is_some(), good, "{text}");
        }
        assert_eq!(format!("{:?}", Token::parse(SECRET)), "Some(Token)");
    }
}
