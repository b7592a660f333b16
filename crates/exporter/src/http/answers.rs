//! Answers that take memory: few at a time, each counted until its last byte is handed over.

use std::{
    collections::VecDeque,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::{Duration, Instant},
};

use axum::{
    body::Body,
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use http_body::{Frame, SizeHint};
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::timeout,
};

/// How long a request waits for its turn.
const TURN: Duration = Duration::from_secs(2);
/// Requests that wait for their turn; of more, each would keep a connection.
const WAITING_AT_MOST: usize = 16;
/// How long an answer may take to be read, however steadily it is.
const READ_WITHIN: Duration = Duration::from_secs(120);
/// Bytes handed over at a time: so much may lie in the connection when the answer counts as ended.
const CHUNK: usize = 16 << 10;

/// Answers of one kind: so many at a time, and apart from those of other kinds.
pub(super) struct Lane {
    answers: Arc<Semaphore>,
    waiting: Semaphore,
}

/// The right to have one answer made and held in memory.
pub(super) struct Permit(#[allow(dead_code, reason = "held")] OwnedSemaphorePermit);

impl Lane {
    /// So many answers at a time; a few more requests wait for their turn.
    pub(super) fn of(answers: usize) -> Lane {
        Lane { answers: Arc::new(Semaphore::new(answers)), waiting: Semaphore::new(WAITING_AT_MOST) }
    }

    /// A permit, if one is free.
    pub(super) fn at_once(&self) -> Option<Permit> {
        Arc::clone(&self.answers).try_acquire_owned().ok().map(Permit)
    }

    /// A permit, if one is free before long.
    pub(super) async fn in_turn(&self) -> Option<Permit> {
        if let Some(permit) = self.at_once() {
            return Some(permit);
        }
        let _waits = self.waiting.try_acquire().ok()?;
        timeout(TURN, Arc::clone(&self.answers).acquire_owned()).await.ok()?.ok().map(Permit)
    }
}

/// An answer whose permit is held until its last byte is handed over.
pub(super) fn held(permit: Permit, kind: &'static str, parts: impl IntoIterator<Item = Bytes>) -> Response {
    let parts = parts.into_iter().filter(|part| !part.is_empty()).collect();
    let body = Held { parts, read_until: Instant::now() + READ_WITHIN, _permit: permit };
    ([(header::CONTENT_TYPE, HeaderValue::from_static(kind))], Body::new(body)).into_response()
}

struct Held {
    parts: VecDeque<Bytes>,
    read_until: Instant,
    _permit: Permit,
}

impl http_body::Body for Held {
    type Data = Bytes;
    type Error = TooSlow;

    fn poll_frame(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, TooSlow>>> {
        if Instant::now() > self.read_until {
            return Poll::Ready(Some(Err(TooSlow)));
        }
        let Some(part) = self.parts.front_mut() else { return Poll::Ready(None) };
        let chunk = part.split_to(part.len().min(CHUNK));
        if part.is_empty() {
            self.parts.pop_front();
        }
        Poll::Ready(Some(Ok(Frame::data(chunk))))
    }

    fn is_end_stream(&self) -> bool {
        self.parts.is_empty()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.parts.iter().map(|part| part.len() as u64).sum())
    }
}

/// An answer is read too slowly.
#[derive(Debug, thiserror::Error)]
#[error("the answer was not read within {} s", READ_WITHIN.as_secs())]
struct TooSlow;
