//! Certificates for tests, made as the test begins.

use std::{
    fs,
    path::{Path, PathBuf},
};

use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, KeyUsagePurpose};
use tempfile::TempDir;

use super::BrokerError;

/// A folder of certificates, which goes with it.
pub struct Certificates(TempDir);

/// Who signs, and what is to be trusted to trust it.
pub struct Authority {
    issuer: Issuer<'static, KeyPair>,
    /// Its certificate, a PEM file.
    pub certificate: PathBuf,
}

/// A certificate and its key, as PEM files.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Identity {
    /// The certificate.
    pub certificate: PathBuf,
    /// Its key, without a password.
    pub key: PathBuf,
    /// Both in one file, as Kafka takes them.
    pub together: PathBuf,
}

impl Certificates {
    /// None yet.
    pub fn new() -> Result<Certificates, BrokerError> {
        Ok(Certificates(TempDir::with_prefix("kpistream-certificates-")?))
    }

    /// Where they lie.
    pub fn folder(&self) -> &Path {
        self.0.path()
    }

    /// A certificate authority.
    pub fn authority(&self, name: &str) -> Result<Authority, BrokerError> {
        let (key, mut params) = (KeyPair::generate()?, CertificateParams::default());
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        let certificate = self.write(name, "pem", &params.self_signed(&key)?.pem())?;
        Ok(Authority { issuer: Issuer::new(params, key), certificate })
    }

    /// A certificate for a host, by its name or address, signed by an authority.
    pub fn signed(&self, name: &str, host: &str, by: &Authority) -> Result<Identity, BrokerError> {
        let (key, mut params) = (KeyPair::generate()?, CertificateParams::new([host.to_owned()])?);
        params.distinguished_name.push(DnType::CommonName, name);
        let (certificate, key) = (params.signed_by(&key, &by.issuer)?.pem(), key.serialize_pem());
        Ok(Identity {
            together: self.write(name, "store.pem", &format!("{key}{certificate}"))?,
            certificate: self.write(name, "pem", &certificate)?,
            key: self.write(name, "key", &key)?,
        })
    }

    fn write(&self, name: &str, ending: &str, text: &str) -> Result<PathBuf, BrokerError> {
        let file = self.folder().join(format!("{name}.{ending}"));
        fs::write(&file, text)?;
        Ok(file)
    }
}
