//! A pipeline with its HTTP port, from start to drain: what `run` and `demo` have in common.
//!
//! The port answers from the first moment, and the process listens to signals before that: the start may take minutes, and whoever
//! probes, ends or reloads the process meanwhile is heard.

use std::{
    future::pending,
    net::SocketAddr,
    process::exit,
    sync::{Arc, OnceLock},
    thread,
    time::{Duration, Instant},
};

use exporter::{Board, Build, Gate, Patience, Phase, Queries, Site, bind, serve};
use pipeline::Running;
use tokio::{
    runtime::{Builder, Runtime},
    sync::oneshot,
    task::JoinHandle,
    time::{sleep_until, timeout_at},
};
use tracing::{info, warn};

use super::signals::{Reload, Signals};
use crate::{config::Loaded, failure::Failure};

/// The least that the port may take to close.
const CLOSE: Duration = Duration::from_secs(1);
/// How long after its time whatever still drains is cut off.
const GRACE: Duration = Duration::from_secs(2);

/// A process that listens to signals, before anything else is begun.
pub struct Process {
    runtime: Runtime,
    signals: Signals,
}

/// A port that is served, and the pipeline behind it, once that is started.
pub struct Serving {
    process: Process,
    running: Option<Running>,
    address: SocketAddr,
    is_secure: bool,
    gate: Gate,
    board: Arc<Board>,
    queries: Arc<OnceLock<Queries>>,
    close: oneshot::Sender<()>,
    server: JoinHandle<()>,
    /// How long the end may take.
    shutdown: Duration,
}

impl Process {
    /// Begins.
    pub fn begin() -> Result<Process, Failure> {
        let runtime = Builder::new_multi_thread().worker_threads(2).enable_all().build();
        let runtime = runtime.map_err(|error| Failure::failed(format_args!("cannot start: {error}")))?;
        let signals = Signals::listen(&runtime)?;
        Ok(Process { runtime, signals })
    }

    /// Takes the port and serves it.
    pub fn serve(self, loaded: &Loaded) -> Result<Serving, Failure> {
        let http = loaded.http.clone();
        let listener = self.runtime.block_on(bind(http.address)).map_err(Failure::failed)?;
        let address = listener.local_addr().map_err(|error| Failure::failed(format_args!("cannot listen on {}: {error}", http.address)))?;
        let build = Build { version: env!("CARGO_PKG_VERSION"), revision: env!("BUILD_REVISION") };
        let board = Arc::new(Board::new(build, loaded.setup.topics.names.iter().map(String::as_str)));
        let (is_secure, queries) = (http.tls.is_some(), Arc::default());
        let gate = Gate::new(http.access, http.tls);
        let site = Site { board: Arc::clone(&board), queries: Arc::clone(&queries), gate: gate.clone(), patience: Patience::default() };
        let (close, closing) = oneshot::channel();
        let shutdown = async {
            // Sent, or dropped with the process: both mean to close.
            let _ = closing.await;
        };
        let server = self.runtime.spawn(serve(listener, site, shutdown));
        Ok(Serving { process: self, running: None, address, is_secure, gate, board, queries, close, server, shutdown: loaded.shutdown })
    }
}

impl Serving {
    /// Where HTTP is served.
    pub fn url(&self) -> String {
        format!("{}://{}", if self.is_secure { "https" } else { "http" }, self.address)
    }

    /// Who is let in, and how.
    pub fn gate(&self) -> Gate {
        self.gate.clone()
    }

    /// Has a pipeline started, and waits until it is, or until the process is told to end.
    pub fn start(&mut self, begin: impl FnOnce(&Arc<Board>) -> Result<Running, Failure> + Send + 'static) -> Result<(), Failure> {
        let (tell, told) = oneshot::channel();
        let board = Arc::clone(&self.board);
        let starting = move || {
            // Whoever listened is gone only when the process ends anyway.
            let _ = tell.send(begin(&board));
        };
        let spawned = thread::Builder::new().name("kpistream-start".to_owned()).spawn(starting);
        spawned.map_err(|error| Failure::failed(format_args!("cannot start a thread: {error}")))?;
        let Process { runtime, signals } = &self.process;
        let started = runtime.block_on(async {
            tokio::select! {
                started = told => Some(started.unwrap_or_else(|_| Err(Failure::failed("the start has failed by a fault of the program")))),
                () = signals.ended() => None,
            }
        });
        let Some(running) = started.transpose()? else { return Ok(()) };
        // It is the first: nothing else sets them.
        let _ = self.queries.set(running.queries());
        self.on_hangup(running.rates_reload());
        self.running = Some(running);
        Ok(())
    }

    /// The pipeline; none where the process was told to end before it was started.
    pub fn running(&self) -> Option<&Running> {
        self.running.as_ref()
    }

    /// What more is to be read anew on SIGHUP.
    pub fn on_hangup(&self, reload: Reload) {
        self.process.signals.on_hangup(reload);
    }

    /// Serves until a signal, until something fails, or for so long.
    pub fn until_end(&mut self, after: Option<Duration>) -> Result<(), Failure> {
        let (Process { runtime, signals }, Some(running)) = (&self.process, &mut self.running) else { return Ok(()) };
        runtime.block_on(async {
            let time_is_up = async {
                match after {
                    Some(after) => tokio::time::sleep(after).await,
                    None => pending().await,
                }
            };
            tokio::select! {
                () = signals.ended() => Ok(()),
                () = time_is_up => Ok(()),
                failure = running.failure() => Err(failure.into()),
            }
        })
    }

    /// Says that it is no longer ready, drains the pipeline and closes the port.
    pub fn stop(self) -> Result<(), Failure> {
        let Serving { process: Process { runtime, signals }, running, board, close, server, shutdown, .. } = self;
        board.set_phase(Phase::Draining);
        info!("draining");
        let deadline = signals.deadline(shutdown);
        runtime.spawn(async move {
            sleep_until((deadline + GRACE).into()).await;
            warn!("not drained within shutdown_seconds: ended all the same; nothing is lost, the next start reads on from the last snapshot");
            exit(1);
        });
        // A start that is not done has folded nothing that would have to be kept.
        let drained = running.map_or(Ok(()), |running| running.drain(deadline));
        // Whoever is gone needs no closing.
        let _ = close.send(());
        let close_by = deadline.max(Instant::now() + CLOSE);
        let _ = runtime.block_on(async { timeout_at(close_by.into(), server).await });
        runtime.shutdown_background();
        Ok(drained?)
    }
}
