//! What those who listen are woken by: that something is newly evaluated, or that the process has come to another state.

use tokio::sync::watch;

/// How often there was something new, and whether there will be nothing more.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) struct News {
    /// Rises with each piece of news. Whoever comes late sees the last number alone: nothing queues up.
    pub(crate) number: u64,
    /// The process stops.
    pub(crate) last: bool,
}

/// Where news are told, from any thread and without waiting for anybody.
#[derive(Debug, Default)]
pub(crate) struct Teller(watch::Sender<News>);

impl Teller {
    /// There is something new.
    pub(crate) fn tell(&self) {
        self.0.send_modify(|news| news.number += 1);
    }

    /// There is something new, and it is the last.
    pub(crate) fn tell_last(&self) {
        self.0.send_modify(|news| *news = News { number: news.number + 1, last: true });
    }

    /// Listens from now on.
    pub(crate) fn listen(&self) -> watch::Receiver<News> {
        self.0.subscribe()
    }
}
