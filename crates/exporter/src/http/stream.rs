//! `/api/v1/stream`: server-sent events that say when something is newly evaluated, and why nothing is.
//!
//! They carry no KPI: whoever listens asks for what it shows. So a stream costs a few bytes a second, has no queue, and one that is read
//! slowly holds nothing but its own place.

use std::{convert::Infallible, sync::Arc, time::Duration};

use axum::{
    http::{HeaderName, HeaderValue},
    response::{
        IntoResponse, Response,
        sse::{Event, Sse},
    },
};
use futures_util::stream::unfold;
use serde_json::json;
use tokio::{
    sync::watch,
    time::{Instant, sleep, sleep_until},
};

use super::answers::{Lane, Permit};
use crate::{Board, NotReady, news::News};

/// Between two events of a stream at least: whoever asks after each for what it shows asks no more often.
const PACE: Duration = Duration::from_secs(1);
/// Between two events at most: whoever hears nothing for longer has lost the connection.
const ALIVE: Duration = Duration::from_secs(5);
/// How long a stream lasts; then it is asked for anew, under the rules of then.
const LASTS: Duration = Duration::from_secs(600);
/// How soon a browser comes back that has lost its stream.
const COME_BACK: Duration = Duration::from_secs(2);

/// The places of streams, and the end of all.
pub(super) struct Streams {
    places: Lane,
    closing: watch::Receiver<bool>,
}

impl Streams {
    /// So many at a time; all end once `closing` holds.
    pub(super) fn of(places: usize, closing: watch::Receiver<bool>) -> Streams {
        Streams { places: Lane::of(places), closing }
    }

    /// A stream of what the board has to say; none where all places are taken.
    pub(super) fn open(&self, board: &Arc<Board>) -> Option<Response> {
        let listener = Listener {
            news: board.news(),
            board: Arc::clone(board),
            closing: self.closing.clone(),
            until: Instant::now() + LASTS,
            said: None,
            _place: self.places.at_once()?,
        };
        let events = unfold(listener, |mut listener| async move { Some((Ok::<_, Infallible>(listener.next().await?), listener)) });
        // A proxy that gathers an answer before it hands it on would hand on nothing.
        let unbuffered = [(HeaderName::from_static("x-accel-buffering"), HeaderValue::from_static("no"))];
        Some((unbuffered, Sse::new(events)).into_response())
    }
}

/// One who listens.
struct Listener {
    board: Arc<Board>,
    news: watch::Receiver<News>,
    closing: watch::Receiver<bool>,
    until: Instant,
    said: Option<Said>,
    _place: Permit,
}

/// The last that was said, and when.
#[derive(Clone, Copy)]
struct Said {
    number: u64,
    at: Instant,
    ready: bool,
}

impl Listener {
    /// The next event; none at the end.
    async fn next(&mut self) -> Option<Event> {
        let mut ending = self.news.clone();
        tokio::select! {
            biased;
            _ = ending.wait_for(|news| news.last) => return None,
            _ = self.closing.wait_for(|closing| *closing) => return None,
            () = sleep_until(self.until) => return None,
            () = due(self.said, &mut self.news) => {}
        }
        let news = *self.news.borrow_and_update();
        let shown = self.board.shown();
        let before = self.said.replace(Said { number: news.number, at: Instant::now(), ready: shown.is_ok() });
        match shown {
            Ok(shown) => {
                let is_known = before.is_some_and(|before| before.ready && before.number == news.number);
                let name = if is_known { "alive" } else { "evaluated" };
                Some(event(name, &json!({ "as_of": shown.evaluation.as_of.to_string() }).to_string(), before))
            }
            Err(NotReady::Draining) => None,
            Err(why) => Some(event("not_ready", &why.json().to_string(), before)),
        }
    }
}

/// Waits until something is to be said: at once at the beginning, then what is new, else that the stream is alive.
async fn due(said: Option<Said>, news: &mut watch::Receiver<News>) {
    let Some(said) = said else { return };
    tokio::select! {
        // Whoever told the news is gone only with the process.
        _ = news.changed() => sleep_until(said.at + PACE).await,
        () = sleep(ALIVE) => {}
    }
}

fn event(name: &str, line: &str, before: Option<Said>) -> Event {
    let event = Event::default().event(name).data(line);
    if before.is_none() { event.retry(COME_BACK) } else { event }
}
