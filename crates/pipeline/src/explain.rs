//! Why a KPI is what it is, of the state as it is now: the book as its thread captures it between two batches, and the views of the rest.

use std::sync::{
    Arc, Mutex, PoisonError,
    mpsc::{self, RecvTimeoutError},
};

use engine::Book;
use explain::Explainer;
use exporter::{
    QueryError,
    explain::{ExplainQuery, Explanation},
};
use kpis::explain::Question;
use panes::Panes;
use pieces::{Piece, Pieces};

use crate::{
    evaluate::instant,
    mailbox::{CAPTURE, Wanted},
    rates::LiveConfig,
    shared::Shared,
};

/// Explains.
pub struct Explaining {
    live: Arc<LiveConfig>,
    shared: Arc<Shared>,
    /// To the book's thread, which ends when nobody can want its state any more: gone once the pipeline drains.
    book: Mutex<Option<Wanted>>,
}

impl Explaining {
    /// Explains by a configuration what the pipeline folds.
    pub fn new(live: Arc<LiveConfig>, shared: Arc<Shared>, book: Option<Wanted>) -> Explaining {
        Explaining { live, shared, book: Mutex::new(book) }
    }

    /// Wants the book no more: its thread may end.
    pub fn close(&self) {
        self.book.lock().unwrap_or_else(PoisonError::into_inner).take();
    }

    /// The answer to a query.
    pub fn answer(&self, query: ExplainQuery) -> Result<Explanation, QueryError> {
        let ExplainQuery { kpi, window, channel, as_of, limit } = query;
        let config = self.live.config();
        let question = Question { kpi, window, channel, as_of: instant(as_of, config.zone()) };
        // The views first: the book, which takes in what is under way before it is captured, has every figure that they passed on.
        let views = self.shared.views.of_interactions();
        let visitors = self.shared.visitors.panes();
        let streams: Vec<&Panes> = views.iter().flat_map(|view| &view.panes).chain([&visitors]).map(|panes| &**panes).collect();
        let book = self.book()?;
        let explainer = Explainer { book: &book, streams: &streams, settings: &self.shared.settings, config: &config };
        Ok(explainer.explain(&question, limit))
    }

    /// The book, restored from its pieces: a copy of its indexes would have the fold wait for it, the pieces are pointers.
    fn book(&self) -> Result<Book, QueryError> {
        let pieces: Pieces = self.captured()?.into_iter().map(|piece| (piece.name().to_owned(), piece.encode())).collect();
        Book::restore(Arc::clone(&self.shared.settings), &pieces).map_err(|error| unavailable(&format!("the entities cannot be looked at: {error}")))
    }

    fn captured(&self) -> Result<Vec<Piece>, QueryError> {
        let (reply, replies) = mpsc::channel();
        // Sent under the lock, so that no sender outlives the closing.
        match &*self.book.lock().unwrap_or_else(PoisonError::into_inner) {
            Some(book) if book.send(reply).is_ok() => {}
            _ => return Err(unavailable("shutting down")),
        }
        match replies.recv_timeout(CAPTURE) {
            Ok(captured) if captured.is_whole => Ok(captured.pieces),
            Ok(_) => Err(unavailable("the entities are torn by a panic: see the failed partitions")),
            Err(RecvTimeoutError::Timeout) => Err(unavailable("the entities are busy being folded: ask again in a minute")),
            Err(RecvTimeoutError::Disconnected) => Err(unavailable("shutting down")),
        }
    }
}

fn unavailable(line: &str) -> QueryError {
    QueryError::Unavailable(line.to_owned())
}
