//! What librdkafka says while we are connected to a cluster.

use std::{
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use rdkafka::{
    ClientContext,
    config::RDKafkaLogLevel,
    consumer::ConsumerContext,
    error::{KafkaError, RDKafkaErrorCode},
};

use crate::complaint::{Complaint, Refusal};

/// How long a broker is waited for before it counts as down.
pub(crate) const PATIENCE: Duration = Duration::from_secs(10);

/// How long the first answer is waited for before it is looked whether the brokers refuse us; then twice as long each time.
pub(crate) const FIRST_LOOK: Duration = Duration::from_secs(1);

/// How long a complaint of librdkafka's speaks for why nothing answers: it says the same again only every 30 seconds.
const RECENT: Duration = Duration::from_secs(40);

/// Takes librdkafka's log lines to ours, and keeps its last complaint for the error that may follow.
#[derive(Default)]
pub(crate) struct Context {
    complaint: Mutex<Option<Complaint>>,
    /// A broker has answered. Until one has, what is complained of becomes the error of whoever waits for it, and is said once.
    is_open: AtomicBool,
    is_quiet: bool,
}

impl Context {
    /// One that logs nothing.
    pub(crate) fn quiet() -> Context {
        Context { is_quiet: true, ..Context::default() }
    }

    /// A broker has answered.
    pub(crate) fn opened(&self) {
        self.is_open.store(true, Ordering::Relaxed);
    }

    /// Whether a broker has answered.
    pub(crate) fn has_opened(&self) -> bool {
        self.is_open.load(Ordering::Relaxed)
    }

    /// What librdkafka last complained of, if it is not long ago.
    pub(crate) fn complaint(&self) -> Option<Complaint> {
        let complaint = self.complaint.lock().unwrap_or_else(PoisonError::into_inner);
        complaint.clone().filter(|complaint| complaint.is_within(RECENT))
    }

    /// Whether brokers have refused us for what will not pass.
    pub(crate) fn is_refused(&self) -> bool {
        self.complaint().as_ref().and_then(Complaint::refusal).is_some_and(Refusal::is_final)
    }

    fn keep(&self, complaint: Complaint) {
        let mut kept = self.complaint.lock().unwrap_or_else(PoisonError::into_inner);
        // Of several brokers one may be down and the others refuse us: that is for us to put right.
        let says_more = kept.as_ref().is_some_and(|kept| kept.is_within(RECENT) && kept.tells() > complaint.tells());
        if !says_more {
            *kept = Some(complaint);
        }
    }
}

impl ClientContext for Context {
    fn log(&self, level: RDKafkaLogLevel, fac: &str, line: &str) {
        use RDKafkaLogLevel as Level;
        let is_open = self.has_opened();
        if fac == "FAIL" {
            // A connection that the broker closes is no error to librdkafka, but may be why there is no answer.
            self.keep(Complaint::new(RDKafkaErrorCode::BrokerTransportFailure, line.split_once("]: ").map_or(line, |(_, line)| line)));
        }
        match level {
            _ if self.is_quiet => {}
            // Comes as an error too.
            Level::Error if fac == "FAIL" => tracing::debug!(target: "kafka", fac, "{line}"),
            // Such as that the broker trusts none of our certificates: it ends in an error.
            Level::Warning if matches!(fac, "FAIL" | "SSL") && !is_open => tracing::debug!(target: "kafka", fac, "{line}"),
            Level::Emerg | Level::Alert | Level::Critical | Level::Error => tracing::error!(target: "kafka", fac, "{line}"),
            Level::Warning => tracing::warn!(target: "kafka", fac, "{line}"),
            Level::Notice | Level::Info | Level::Debug => tracing::debug!(target: "kafka", fac, "{line}"),
        }
    }

    fn error(&self, error: KafkaError, reason: &str) {
        match self.has_opened() {
            _ if self.is_quiet => {}
            true => tracing::warn!(target: "kafka", "{reason}"),
            false => tracing::debug!(target: "kafka", "{reason}"),
        }
        // "all brokers are down" says less than the failure that came before it.
        if let Some(code) = error.rdkafka_error_code().filter(|code| *code != RDKafkaErrorCode::AllBrokersDown) {
            self.keep(Complaint::new(code, reason));
        }
    }
}

impl ConsumerContext for Context {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_tells_more_is_kept() {
        let context = Context::default();
        let hear = |reason| {
            context.keep(Complaint::new(RDKafkaErrorCode::BrokerTransportFailure, reason));
            context.complaint().and_then(|kept| kept.refusal())
        };
        assert_eq!(hear("Connect to ipv4#127.0.0.1:1 failed"), None);
        assert_eq!(hear("Disconnected: SSL connection closed by peer"), Some(Refusal::HangsUp));
        assert_eq!(hear("SSL handshake failed: wrong version number"), Some(Refusal::Plaintext));
        assert_eq!(hear("Disconnected: SSL connection closed by peer"), Some(Refusal::Plaintext));
        assert_eq!(hear("SSL handshake failed: certificate verify failed"), Some(Refusal::Certificate));
    }
}
