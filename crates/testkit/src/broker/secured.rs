//! A broker with a listener for each way to be reached in safety, and one whose certificate is another host's.

use super::{
    Authority, Broker, BrokerError, Certificates, TRIES, fetch,
    settings::{self, Ports},
};

/// Who may log in.
pub const USER: &str = "kpistream";
/// By what.
pub const PASSWORD: &str = "correct-horse";

/// A broker that speaks TLS on all ports but the one it is started by.
pub struct Secured {
    /// The broker; its own address is in plain text, for whoever prepares a test.
    pub broker: Broker,
    /// Where the certificates lie.
    pub certificates: Certificates,
    /// The authority that has signed the broker's certificates, and whose clients it trusts.
    pub authority: Authority,
    /// `host:port` of TLS.
    pub tls: String,
    /// `host:port` of TLS for clients that have a certificate.
    pub mutual: String,
    /// `host:port` of TLS for who logs in by SCRAM-SHA-512.
    pub scram: String,
    /// `host:port` of TLS with a certificate for `kafka.example` alone.
    pub elsewhere: String,
}

impl Secured {
    /// Starts one and waits until it answers.
    pub fn start() -> Result<Secured, BrokerError> {
        let jars = fetch()?;
        let certificates = Certificates::new()?;
        let authority = certificates.authority("authority")?;
        let here = certificates.signed("broker", "127.0.0.1", &authority)?.together.display().to_string();
        let elsewhere = certificates.signed("elsewhere", "kafka.example", &authority)?.together.display().to_string();
        let user = format!("SCRAM-SHA-512=[name={USER},password={PASSWORD}]");
        let mut tries = 1;
        loop {
            let ports = settings::free()?;
            match Broker::try_start(&jars, |own| properties(own, ports, [&here, &elsewhere], &authority), &["--add-scram", &user]) {
                Err(BrokerError::Broken { log, .. }) if tries < TRIES && log.contains("Address already in use") => tries += 1,
                broker => {
                    let [tls, mutual, scram, elsewhere] = ports.map(|port| format!("127.0.0.1:{port}"));
                    return Ok(Secured { broker: broker?, certificates, authority, tls, mutual, scram, elsewhere });
                }
            }
        }
    }
}

/// The settings of the listeners, over those of a plain broker.
fn properties(own: Ports, ports: [u16; 4], [here, elsewhere]: [&str; 2], authority: &Authority) -> Vec<(&'static str, String)> {
    let (Ports { clients: plain, controller }, [tls, mutual, scram, other]) = (own, ports);
    let address = |name: &str, port: u16| format!("{name}://127.0.0.1:{port}");
    let clients =
        [address("PLAINTEXT", plain), address("SSL", tls), address("MUTUAL", mutual), address("SASL_SSL", scram), address("ELSEWHERE", other)];
    let clients = clients.join(",");
    vec![
        ("listeners", format!("{clients},{}", address("CONTROLLER", controller))),
        ("advertised.listeners", clients),
        ("listener.security.protocol.map", "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,SSL:SSL,MUTUAL:SSL,SASL_SSL:SASL_SSL,ELSEWHERE:SSL".to_owned()),
        ("ssl.keystore.type", "PEM".to_owned()),
        ("ssl.keystore.location", here.to_owned()),
        ("ssl.truststore.type", "PEM".to_owned()),
        ("ssl.truststore.location", authority.certificate.display().to_string()),
        ("listener.name.mutual.ssl.client.auth", "required".to_owned()),
        ("listener.name.elsewhere.ssl.keystore.type", "PEM".to_owned()),
        ("listener.name.elsewhere.ssl.keystore.location", elsewhere.to_owned()),
        ("sasl.enabled.mechanisms", "SCRAM-SHA-512".to_owned()),
        ("listener.name.sasl_ssl.scram-sha-512.sasl.jaas.config", "org.apache.kafka.common.security.scram.ScramLoginModule required;".to_owned()),
    ]
}
