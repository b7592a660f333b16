//! A pipeline with its HTTP port, from start to drain: what `run` and `demo` have in common.

use std::{future::pending, net::SocketAddr, sync::Arc, time::Duration};

use exporter::{Board, Build, bind, serve};
use kafka::Connection;
use tokio::{
    net::TcpListener,
    runtime::{Builder, Runtime},
    signal::unix::{SignalKind, signal},
    sync::oneshot,
    task::JoinHandle,
};

use crate::{config::Loaded, failure::Failure, pipeline::Running};

/// How long the port may take to close.
const CLOSE: Duration = Duration::from_secs(10);

/// A pipeline that serves.
pub struct Serving {
    runtime: Runtime,
    running: Running,
    address: SocketAddr,
    close: oneshot::Sender<()>,
    server: JoinHandle<Result<(), exporter::ServeError>>,
}

/// A port that is taken, and what will be shown on it.
pub struct Port {
    runtime: Runtime,
    listener: TcpListener,
    address: SocketAddr,
}

impl Port {
    /// Takes the port, before anything else is begun.
    pub fn take(loaded: &Loaded) -> Result<Port, Failure> {
        let runtime = Builder::new_multi_thread().worker_threads(2).enable_all().build();
        let runtime = runtime.map_err(|error| Failure::failed(format_args!("cannot start: {error}")))?;
        let listener = runtime.block_on(bind(loaded.http)).map_err(Failure::failed)?;
        let address = listener.local_addr().map_err(|error| Failure::failed(format_args!("cannot listen on {}: {error}", loaded.http)))?;
        Ok(Port { runtime, listener, address })
    }

    /// Starts the pipeline and serves it.
    pub fn start(self, loaded: &Loaded, connection: &Connection) -> Result<Serving, Failure> {
        let Port { runtime, listener, address } = self;
        let board = Arc::new(Board::new(Build { version: env!("CARGO_PKG_VERSION") }, loaded.topics.names.iter().map(String::as_str)));
        let running = Running::start(loaded, connection, &board)?;
        let (close, closing) = oneshot::channel();
        let shutdown = async {
            // Sent, or dropped with the process: both mean to close.
            let _ = closing.await;
        };
        let server = runtime.spawn(serve(listener, board, running.queries(), shutdown));
        Ok(Serving { runtime, running, address, close, server })
    }
}

impl Serving {
    /// Where HTTP is served.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The pipeline.
    pub fn running(&self) -> &Running {
        &self.running
    }

    /// Serves until a signal, until something fails, or for so long.
    pub fn until_end(&mut self, after: Option<Duration>) -> Result<(), Failure> {
        let Serving { runtime, running, server, .. } = self;
        runtime.block_on(async {
            let failed = |error| Failure::failed(format_args!("cannot listen for signals: {error}"));
            let mut terminate = signal(SignalKind::terminate()).map_err(failed)?;
            let mut interrupt = signal(SignalKind::interrupt()).map_err(failed)?;
            let time_is_up = async {
                match after {
                    Some(after) => tokio::time::sleep(after).await,
                    None => pending().await,
                }
            };
            tokio::select! {
                _ = terminate.recv() => Ok(()),
                _ = interrupt.recv() => Ok(()),
                () = time_is_up => Ok(()),
                failure = running.failure() => Err(failure),
                ended = server => Err(match ended {
                    Ok(Err(error)) => Failure::failed(error),
                    _ => Failure::failed("the HTTP port has closed"),
                }),
            }
        })
    }

    /// Drains the pipeline and closes the port.
    pub fn stop(self) -> Result<(), Failure> {
        let Serving { runtime, running, close, server, .. } = self;
        let drained = running.drain();
        // Whoever is gone needs no closing.
        let _ = close.send(());
        let closed = runtime.block_on(async { tokio::time::timeout(CLOSE, server).await });
        runtime.shutdown_timeout(Duration::from_secs(1));
        drained?;
        match closed {
            Ok(Ok(Err(error))) => Err(Failure::failed(error)),
            _ => Ok(()),
        }
    }
}
