//! What of the configuration may change while the process runs. Each part is read anew by itself: what is wrong in one holds back no other.

use std::sync::{Mutex, PoisonError};

use exporter::{Access, Tls};

use super::{error::ConfigError, http, layers::Layers, values::Values};

/// The parts that may change, of some layers.
pub struct Reloading {
    layers: Layers,
    /// As they were last right: where files are named that are read anew even if the rest is wrong by now.
    values: Mutex<Values>,
}

/// What was read anew; an error leaves its part as it was.
pub struct Anew {
    /// The layers together.
    pub layers: Result<(), ConfigError>,
    /// Who may ask for what on the port.
    pub access: Result<Access, ConfigError>,
    /// The port's certificate.
    pub tls: Result<Option<Tls>, ConfigError>,
}

impl Reloading {
    /// Of layers that are right at the moment.
    pub fn new(layers: Layers) -> Result<Reloading, ConfigError> {
        Ok(Reloading { values: Mutex::new(layers.clone().read()?), layers })
    }

    /// Reads all parts anew.
    pub fn read(&self) -> Anew {
        let mut values = self.values.lock().unwrap_or_else(PoisonError::into_inner);
        let layers = self.layers.clone().read().map(|read| *values = read);
        Anew { layers, access: http::access(&values), tls: http::tls(&values) }
    }
}

impl Anew {
    /// What is wrong, part by part.
    pub fn complaints(&self) -> impl Iterator<Item = &ConfigError> {
        [self.layers.as_ref().err(), self.access.as_ref().err(), self.tls.as_ref().err()].into_iter().flatten()
    }
}
