//! The table `http`: where the port is, who may ask for what, and by which certificate.

use std::{net::SocketAddr, path::PathBuf};

use exporter::{Access, DEFAULT_ADDRESS, HostName, Tls, Token};

use super::{
    error::ConfigError,
    plain,
    values::{Leaf, Values},
};

/// The HTTP port.
#[derive(Clone, Debug)]
pub struct Http {
    /// Where it is.
    pub address: SocketAddr,
    /// Who may ask for what.
    pub access: Access,
    /// Its certificate; without one it is plain HTTP.
    pub tls: Option<Tls>,
}

impl Http {
    /// Reads the table.
    pub fn read(values: &Values) -> Result<Http, ConfigError> {
        Ok(Http { address: address(values)?, access: access(values)?, tls: tls(values)? })
    }
}

fn address(values: &Values) -> Result<SocketAddr, ConfigError> {
    Ok(values.get("http.address", |text| text.parse().map_err(|_| ""))?.unwrap_or(DEFAULT_ADDRESS))
}

/// Who may ask for what.
pub fn access(values: &Values) -> Result<Access, ConfigError> {
    let hosts = values.list("http.allowed_hosts", |text| HostName::parse(text).ok_or(""))?.unwrap_or_default();
    let explain = values.get("http.explain", |text| text.parse::<bool>().map_err(|_| ""))?;
    // Whoever is on this machine could read as much from the topics.
    let explain = match explain {
        Some(explain) => explain,
        None => address(values)?.ip().is_loopback(),
    };
    Ok(Access { hosts, token: token(values)?, explain })
}

fn token(values: &Values) -> Result<Option<Token>, ConfigError> {
    let Some(leaf) = values.leaf("http.token_file") else { return Ok(None) };
    let (file, text) = read(leaf)?;
    let what = || format!("it holds no token; give one line of at least {} letters, digits and signs, without blanks", Token::BYTES_AT_LEAST);
    let token = std::str::from_utf8(&text).ok().and_then(Token::parse);
    token.map(Some).ok_or_else(|| leaf.useless(&file, what()))
}

/// The certificate; none where it is plain HTTP.
pub fn tls(values: &Values) -> Result<Option<Tls>, ConfigError> {
    match (values.leaf("http.tls_certificate"), values.leaf("http.tls_key")) {
        (None, None) => Ok(None),
        (Some(certificate), None) => Err(certificate.refused("http.tls_key is missing beside it")),
        (None, Some(key)) => Err(key.refused("http.tls_certificate is missing beside it")),
        (Some(certificate), Some(key)) => {
            let ((file, chain), (_, secret)) = (read(certificate)?, read(key)?);
            Tls::new(&chain, &secret).map(Some).map_err(|error| certificate.useless(&file, error))
        }
    }
}

fn read(leaf: &Leaf) -> Result<(PathBuf, Vec<u8>), ConfigError> {
    let file = leaf.file()?;
    let bytes = std::fs::read(&file).map_err(|error| leaf.useless(&file, plain(&error)))?;
    Ok((file, bytes))
}

#[cfg(test)]
mod tests {
    use std::{fs, time::Duration};

    use crate::config::{ConfigError, Layers, Loaded};

    fn load(settings: &[(&str, &str)]) -> Result<Loaded, ConfigError> {
        let environment = settings.iter().map(|(name, value)| (format!("KPISTREAM_{name}"), (*value).to_owned())).collect();
        Loaded::load(Layers { environment, ..Layers::default() })
    }

    #[test]
    fn what_names_customers_is_off_where_others_reach_the_port() {
        for (settings, explains) in [
            (&[][..], true),
            (&[("HTTP__ADDRESS", "[::1]:0")], true),
            (&[("HTTP__ADDRESS", "0.0.0.0:9464")], false),
            (&[("HTTP__ADDRESS", "10.0.0.1:9464"), ("HTTP__EXPLAIN", "true")], true),
            (&[("HTTP__EXPLAIN", "false")], false),
        ] {
            assert_eq!(load(settings).unwrap().http.access.explain, explains, "{settings:?}");
        }
    }

    #[test]
    fn names_and_spans_are_read_and_secrets_are_never_printed() {
        let file = std::env::temp_dir().join(format!("kpistream-token-{}", std::process::id()));
        fs::write(&file, "a-secret-of-some-length\n").unwrap();
        let loaded = load(&[
            ("HTTP__ALLOWED_HOSTS", "KPIs.example.com, kpistream.monitoring.svc"),
            ("HTTP__TOKEN_FILE", file.to_str().unwrap()),
            ("SHUTDOWN_SECONDS", "7"),
        ]);
        fs::remove_file(&file).unwrap();
        let loaded = loaded.unwrap();
        assert_eq!((loaded.http.access.hosts.len(), loaded.http.access.token.is_some(), loaded.shutdown), (2, true, Duration::from_secs(7)));
        assert!(!format!("{loaded:?}").contains("a-secret"), "{loaded:?}");
        assert_eq!(load(&[]).unwrap().shutdown, Duration::from_secs(25));
    }

    #[test]
    fn what_is_wrong_is_said_in_a_line() {
        for (name, value, line) in [
            ("HTTP__TLS_CERTIFICATE", "c.pem", "http.tls_key is missing beside it"),
            ("HTTP__TLS_KEY", "k.pem", "http.tls_certificate is missing beside it"),
            ("HTTP__TOKEN_FILE", "nowhere", "nowhere: no such file"),
            ("HTTP__EXPLAIN", "yes", "give true or false"),
            ("HTTP__ALLOWED_HOSTS", "localhost:9464", "\"localhost:9464\" is not one"),
            ("SHUTDOWN_SECONDS", "0", "a whole number from 1 to 3600"),
        ] {
            let error = load(&[(name, value)]).unwrap_err().to_string();
            assert!(error.contains(line) && !error.contains('\n'), "{error}");
        }
    }
}
