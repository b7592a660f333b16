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
        let address: SocketAddr = values.get("http.address", |text| text.parse().map_err(|_| ""))?.unwrap_or(DEFAULT_ADDRESS);
        let hosts = values.list("http.allowed_hosts", |text| HostName::parse(text).ok_or(""))?.unwrap_or_default();
        let explain = values.get("http.explain", |text| text.parse::<bool>().map_err(|_| ""))?;
        // Whoever is on this machine could read as much from the topics.
        let explain = explain.unwrap_or(address.ip().is_loopback());
        Ok(Http { address, access: Access { hosts, token: token(values)?, explain }, tls: tls(values)? })
    }
}

fn token(values: &Values) -> Result<Option<Token>, ConfigError> {
    let Some(leaf) = values.leaf("http.token_file") else { return Ok(None) };
    let (file, text) = read(leaf)?;
    let what = || format!("it holds no token; give one line of at least {} letters, digits and signs, without blanks", Token::BYTES_AT_LEAST);
    let token = std::str::from_utf8(&text).ok().and_then(Token::parse);
    token.map(Some).ok_or_else(|| leaf.useless(&file, what()))
}

fn tls(values: &Values) -> Result<Option<Tls>, ConfigError> {
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
