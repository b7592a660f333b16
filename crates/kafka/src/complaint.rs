//! What librdkafka complains of while it tries to reach a broker, and what to do about it.

use std::time::{Duration, Instant};

use rdkafka::error::RDKafkaErrorCode;

use crate::Error;

/// A failure to connect, in librdkafka's words.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Complaint {
    code: RDKafkaErrorCode,
    /// `ssl://kafka:9093/bootstrap: SSL handshake failed: ...`
    reason: String,
    at: Instant,
}

/// Where librdkafka's own advice begins; ours knows what the keys are called here.
const ADVICE: &[&str] =
    &[": broker certificate could not be verified", ": client SSL authentication", ": requesting ApiVersion", ": verify that", ": connecting to a"];

/// What kind of answer there was, where there was one.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Refusal {
    /// The broker's certificate does not hold.
    Certificate,
    /// It is that of another host.
    HostName,
    /// The broker does not take the certificate of this client, or wants one.
    OwnCertificate,
    /// The broker does not take name and password, or the mechanism.
    Login,
    /// The broker does not speak TLS.
    Plaintext,
    /// The broker hangs up on whoever does not speak TLS or does not log in.
    HangsUp,
}

impl Complaint {
    pub(crate) fn new(code: RDKafkaErrorCode, reason: &str) -> Complaint {
        // How long the connection had been in which state is of no use to who reads it.
        let reason = reason.split(" (after ").next().unwrap_or(reason).to_owned();
        Complaint { code, reason, at: Instant::now() }
    }

    /// Whether it is no older than that.
    pub(crate) fn is_within(&self, age: Duration) -> bool {
        self.at.elapsed() <= age
    }

    /// How much it tells: nothing of the broker, that it hangs up, or why.
    pub(crate) fn tells(&self) -> u8 {
        match self.refusal() {
            None => 0,
            Some(Refusal::HangsUp) => 1,
            Some(_) => 2,
        }
    }

    /// librdkafka's words, without its advice.
    fn fact(&self) -> String {
        let end = ADVICE.iter().filter_map(|advice| self.reason.find(advice)).min();
        self.reason.get(..end.unwrap_or(self.reason.len())).unwrap_or_default().to_owned()
    }

    /// What the broker has against us, where the words tell.
    pub(crate) fn refusal(&self) -> Option<Refusal> {
        let says = |words: &[&str]| words.iter().any(|words| self.reason.contains(words));
        if self.code == RDKafkaErrorCode::Authentication || says(&["SASL authentication error", "SASL mechanism handshake failed"]) {
            Some(Refusal::Login)
        } else if says(&["certificate verify failed", "certificate could not be verified"]) {
            Some(Refusal::Certificate)
        } else if says(&["alert", "client SSL authentication might be required"]) {
            Some(Refusal::OwnCertificate)
        } else if says(&["PLAINTEXT broker listener", "wrong version number", "packet length too long", "record layer failure"]) {
            Some(Refusal::Plaintext)
        } else if says(&["security.protocol", "Disconnected", "closed by peer"]) {
            Some(Refusal::HangsUp)
        } else {
            None
        }
    }
}

impl Refusal {
    /// Whether to try again is of no use. A broker also hangs up while it starts or ends.
    pub(crate) fn is_final(self) -> bool {
        !matches!(self, Refusal::Plaintext | Refusal::HangsUp)
    }

    fn what(self) -> &'static str {
        match self {
            Refusal::Certificate => "has a certificate that is not trusted",
            Refusal::HostName => "has a certificate of another host name",
            Refusal::OwnCertificate => "does not accept this client's certificate",
            Refusal::Login => "refuses the login",
            Refusal::Plaintext => "does not answer in TLS",
            Refusal::HangsUp => "closes the connection",
        }
    }

    fn advice(self) -> &'static str {
        match self {
            Refusal::Certificate => {
                "give the CA that has signed it as ssl.ca.location (or by ssl.ca.pem_file), or have it renewed where it has expired"
            }
            Refusal::HostName => "give the brokers, there and in their advertised.listeners, by a name that is in their certificates",
            Refusal::OwnCertificate => "give one that it trusts, by ssl.certificate.location and ssl.key.location",
            Refusal::Login => "correct sasl.username, sasl.password (or sasl.password_file) and sasl.mechanism",
            Refusal::Plaintext => "set security.protocol to plaintext or sasl_plaintext, or give the brokers' TLS port",
            Refusal::HangsUp => {
                // Where it has nothing to say before it does so, it may be any of these.
                "see that it is well, which security.protocol its port wants (ssl or sasl_ssl where it speaks TLS, plaintext or \
                 sasl_plaintext where it does not), and whether it wants a client's certificate that it trusts (ssl.certificate.location)"
            }
        }
    }
}

/// The error of brokers that did not answer, or not as they should.
pub(crate) fn error(brokers: &str, waited: Duration, complaint: Option<&Complaint>, refusal: Option<Refusal>) -> Error {
    match (complaint, refusal) {
        (Some(complaint), Some(refusal)) => {
            Error::Refused { brokers: brokers.to_owned(), what: refusal.what(), why: complaint.fact(), advice: refusal.advice() }
        }
        _ => {
            let why = complaint.map_or_else(|| "no answer".to_owned(), |complaint| complaint.reason.clone());
            Error::Unreachable { brokers: brokers.to_owned(), seconds: waited.as_secs(), why }
        }
    }
}
