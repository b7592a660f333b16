//! The connections of the port: taken in, bounded in number and in time, served, and closed in the end.

use std::{
    future::Future,
    io::ErrorKind,
    pin::{Pin, pin},
    sync::Arc,
    task::{Context, Poll},
    time::{Duration, Instant},
};

use axum::{
    Router,
    body::{Body, Bytes},
    http::Request,
};
use http_body::{Frame, SizeHint};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    server::graceful::{GracefulShutdown, Watcher},
};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::{TcpListener, TcpStream},
    time::{sleep, timeout},
};
use tokio_io_timeout::TimeoutStream;
use tokio_rustls::TlsAcceptor;
use tower::Service;
use tracing::{debug, warn};

use super::{
    connections::{Connections, Seat, at_most},
    gate::Gate,
    tls::Tls,
};

/// How the port treats those who connect.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Patience {
    /// For the whole of a request's head, the handshake before it, and the time between two requests.
    pub request: Duration,
    /// For whoever reads nothing of an answer.
    pub write: Duration,
    /// For open requests, once the process drains.
    pub drain: Duration,
}

impl Default for Patience {
    fn default() -> Patience {
        Patience { request: Duration::from_secs(10), write: Duration::from_secs(10), drain: Duration::from_secs(5) }
    }
}

/// Bytes of a connection that are buffered: a request's head is no longer, and no more of an answer waits there.
const BUFFER: usize = 64 << 10;
/// How soon connections are accepted again where that failed.
const TRY_AGAIN: Duration = Duration::from_millis(100);
/// What is said to those for whom there is no place.
const FULL: &[u8] = b"HTTP/1.1 503 Service Unavailable\r\nRetry-After: 1\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";

/// Serves until `shutdown` resolves, and then lets open requests end.
pub(super) async fn listen(listener: TcpListener, gate: Gate, patience: Patience, router: Router, shutdown: impl Future<Output = ()>) {
    let (connections, at_most, graceful) = (Connections::default(), at_most(), GracefulShutdown::new());
    let mut shutdown = pin!(shutdown);
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = &mut shutdown => break,
        };
        let stream = match accepted {
            Ok((stream, _)) => stream,
            Err(error) if matches!(error.kind(), ErrorKind::ConnectionAborted | ErrorKind::ConnectionReset | ErrorKind::ConnectionRefused) => {
                continue;
            }
            Err(error) => {
                // Mostly that there are no file descriptors left.
                warn!("a connection cannot be accepted: {error}");
                connections.make_room();
                sleep(TRY_AGAIN).await;
                continue;
            }
        };
        let Some(place) = connections.place(at_most, Instant::now()) else {
            // Whoever does not hear it is turned away all the same.
            let _ = stream.try_write(FULL);
            continue;
        };
        let place = Arc::new(place);
        let tls = gate.now().tls.map(|Tls(config)| TlsAcceptor::from(config));
        let one = Connection { place: Arc::clone(&place), tls, patience, router: router.clone(), watcher: graceful.watcher() };
        place.is_served_by(tokio::spawn(one.serve(stream)).abort_handle());
    }
    drop(listener);
    // What is open after that goes with the process.
    let _ = timeout(patience.drain, graceful.shutdown()).await;
}

struct Connection {
    place: Arc<Seat>,
    tls: Option<TlsAcceptor>,
    patience: Patience,
    router: Router,
    watcher: Watcher,
}

impl Connection {
    async fn serve(self, stream: TcpStream) {
        // Answers are written in large pieces; the last one is not to wait for an acknowledgement.
        let _ = stream.set_nodelay(true);
        let mut stream = TimeoutStream::new(stream);
        stream.set_write_timeout(Some(self.patience.write));
        let stream = Box::pin(stream);
        match &self.tls {
            None => self.answer(stream).await,
            Some(tls) => match timeout(self.patience.request, tls.accept(stream)).await {
                Ok(Ok(stream)) => self.answer(stream).await,
                Ok(Err(error)) => debug!("no TLS with a client: {error}"),
                Err(_) => debug!("no TLS with a client: it did not answer in time"),
            },
        }
    }

    async fn answer(self, stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static) {
        let Connection { place, router, patience, watcher, .. } = self;
        let answer = service_fn(move |request: Request<Incoming>| {
            place.answers();
            let answered = router.clone().call(request.map(Body::new));
            let place = Arc::clone(&place);
            async move { answered.await.map(|answer| answer.map(|body| Whole { body, _answered: Answered(place) })) }
        });
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(patience.request)
            .max_buf_size(BUFFER)
            .serve_connection(TokioIo::new(stream), answer);
        if let Err(error) = watcher.watch(connection).await {
            debug!("a connection ended: {error}");
        }
    }
}

/// The body of an answer, until the end of which its connection does not wait for a request.
struct Whole {
    body: Body,
    _answered: Answered,
}

struct Answered(Arc<Seat>);

impl Drop for Answered {
    fn drop(&mut self) {
        self.0.waits(Instant::now());
    }
}

impl http_body::Body for Whole {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
