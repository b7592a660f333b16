//! Who is let in and how, as it is configured now: it may change while the port is served.

use std::sync::{Arc, PoisonError, RwLock};

use super::{access::Access, tls::Tls};

/// The way in, shared by the port and by whoever changes it.
#[derive(Clone, Debug, Default)]
pub struct Gate(Arc<RwLock<Entry>>);

/// Who may ask for what, and by which certificate; without one it is plain HTTP.
#[derive(Clone, Debug, Default)]
pub struct Entry {
    /// Who may ask for what.
    pub access: Arc<Access>,
    /// The certificate.
    pub tls: Option<Tls>,
}

impl Gate {
    /// A gate.
    pub fn new(access: Access, tls: Option<Tls>) -> Gate {
        Gate(Arc::new(RwLock::new(Entry { access: Arc::new(access), tls })))
    }

    /// Has other rules for requests from now on.
    pub fn change_access(&self, access: Access) {
        self.0.write().unwrap_or_else(PoisonError::into_inner).access = Arc::new(access);
    }

    /// Has another certificate on new connections.
    pub fn change_tls(&self, tls: Option<Tls>) {
        self.0.write().unwrap_or_else(PoisonError::into_inner).tls = tls;
    }

    /// The rules now.
    pub fn now(&self) -> Entry {
        self.0.read().unwrap_or_else(PoisonError::into_inner).clone()
    }
}
