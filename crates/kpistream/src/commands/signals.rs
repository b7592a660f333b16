//! What the process is told from outside: to end, to end at once, to read anew what may have changed.

use std::{
    process::exit,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use tokio::{
    runtime::Runtime,
    signal::unix::{Signal, SignalKind, signal},
    sync::watch,
    task::spawn_blocking,
};
use tracing::{info, warn};

use crate::failure::Failure;

/// What SIGHUP has read anew.
pub type Reload = Arc<dyn Fn() + Send + Sync>;

/// What the process has been told. From the first moment on, so that no signal ends it but as it should.
pub struct Signals {
    /// Since when it is to end.
    ending: watch::Receiver<Option<Instant>>,
    hangups: Arc<Mutex<Hangups>>,
}

#[derive(Default)]
struct Hangups {
    reloads: Vec<Reload>,
    /// One has come: what is to be read anew from later on may have been read before it.
    heard: bool,
}

/// What ends the process: SIGTERM or SIGINT.
struct Ends {
    terminate: Signal,
    interrupt: Signal,
}

impl Ends {
    /// The exit code of a process that such a signal ends.
    async fn next(&mut self) -> i32 {
        let code = |kind: SignalKind| 128 + kind.as_raw_value();
        tokio::select! {
            _ = self.terminate.recv() => code(SignalKind::terminate()),
            _ = self.interrupt.recv() => code(SignalKind::interrupt()),
        }
    }
}

impl Signals {
    /// Listens from now on.
    pub fn listen(runtime: &Runtime) -> Result<Signals, Failure> {
        let _inside = runtime.enter();
        let failed = |error| Failure::failed(format_args!("cannot listen for signals: {error}"));
        let heard = |kind| signal(kind).map_err(failed);
        let mut ends = Ends { terminate: heard(SignalKind::terminate())?, interrupt: heard(SignalKind::interrupt())? };
        let mut hangup = heard(SignalKind::hangup())?;
        let (end, ending) = watch::channel(None);
        runtime.spawn(async move {
            ends.next().await;
            end.send_replace(Some(Instant::now()));
            let code = ends.next().await;
            warn!("told to end a second time: ended at once; nothing is lost, the next start reads on from the last snapshot");
            exit(code);
        });
        let hangups: Arc<Mutex<Hangups>> = Arc::default();
        let heard = Arc::clone(&hangups);
        runtime.spawn(async move {
            while hangup.recv().await.is_some() {
                let heard = Arc::clone(&heard);
                // Files are read: not on a thread that others wait for.
                let _ = spawn_blocking(move || hung_up(&heard)).await;
            }
        });
        Ok(Signals { ending, hangups })
    }

    /// Waits until the process is told to end.
    pub async fn ended(&self) {
        // That nobody can tell any more comes only with the end of the runtime.
        let _ = self.ending.clone().wait_for(Option::is_some).await;
    }

    /// When the process is to be gone, if it has `within` from when it was told to end, or from now.
    pub fn deadline(&self, within: Duration) -> Instant {
        self.ending.borrow().unwrap_or_else(Instant::now) + within
    }

    /// What more is to be read anew on SIGHUP; one that came before is made good.
    pub fn on_hangup(&self, reload: Reload) {
        let heard = {
            let mut hangups = self.hangups.lock().unwrap_or_else(PoisonError::into_inner);
            hangups.reloads.push(Arc::clone(&reload));
            hangups.heard
        };
        if heard {
            reload();
        }
    }
}

fn hung_up(hangups: &Mutex<Hangups>) {
    info!("SIGHUP: what may change is read anew");
    let reloads = {
        let mut hangups = hangups.lock().unwrap_or_else(PoisonError::into_inner);
        hangups.heard = true;
        hangups.reloads.clone()
    };
    reloads.iter().for_each(|reload| reload());
}
