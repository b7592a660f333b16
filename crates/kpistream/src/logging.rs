//! What the process logs, on standard error.

use std::io::{IsTerminal, stderr};

use tracing::Level;
use tracing_subscriber::{filter::LevelFilter, fmt, prelude::*};

use crate::config::{Loaded, LogFormat, LogLevel};

/// Logs from now on, as configured.
pub fn start(loaded: &Loaded) {
    let level = match loaded.log_level {
        LogLevel::Error => Level::ERROR,
        LogLevel::Warn => Level::WARN,
        LogLevel::Info => Level::INFO,
        LogLevel::Debug => Level::DEBUG,
        LogLevel::Trace => Level::TRACE,
    };
    let layer = fmt::layer().with_writer(stderr).with_target(false);
    let registry = tracing_subscriber::registry().with(LevelFilter::from_level(level));
    // A second start would be a fault of ours, and harmless.
    let _ = match loaded.log_format {
        LogFormat::Json => registry.with(layer.json()).try_init(),
        LogFormat::Text => registry.with(layer.with_ansi(stderr().is_terminal())).try_init(),
    };
    crate::panics::log();
}
