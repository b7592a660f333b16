//! A pipeline at work: how it starts, and how it drains.

use std::{
    collections::BTreeMap,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, atomic::AtomicBool, mpsc},
    thread::JoinHandle,
    time::{Duration, Instant},
};

use engine::Book;
use exporter::{Board, Phase, Queries};
use model::{Counts, EventType};
use source::{Cluster, Extent, Fetch, Partition, Reader, Start};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use wire::Decoder;

use crate::{
    Failure, Setup,
    dead_letters::DeadLetters,
    drifting::Drifting,
    entities::Entities,
    evaluate::Evaluator,
    explain::Explaining,
    failed::FailedPartitions,
    freshness::Freshness,
    interactions::Interactions,
    letters,
    mailbox::{Lanes, Wanted, mailbox},
    rates::LiveConfig,
    shared::{Shared, is_entity},
    snapshots::{self, Restored, Snapshots},
    stop::Stop,
    view::{BOOK, Views},
    visitors::Visitors,
    watch::Watch,
    worker::{Passing, Worker},
};

/// How long the broker may take to say what the partitions hold.
const ANSWER: Duration = Duration::from_secs(10);
/// How soon one that could not say it is asked again.
const ASK_AGAIN: Duration = Duration::from_millis(200);
/// How often a draining pipeline is looked after.
const LOOK: Duration = Duration::from_millis(20);
/// Records passed on and under way from the interactions' threads to the book's; a thread waits where there are more.
const PASSED_UNDER_WAY: usize = 4096;

/// A pipeline at work.
pub struct Running {
    shared: Arc<Shared>,
    evaluator: Arc<Evaluator>,
    drifting: Arc<Drifting>,
    explaining: Arc<Explaining>,
    live: Arc<LiveConfig>,
    threads: Vec<JoinHandle<()>>,
    failures: UnboundedReceiver<Failure>,
}

impl Running {
    /// Starts reading all topics, from the newest snapshot on, or from their beginning.
    pub fn start(setup: &Setup, cluster: &Arc<dyn Cluster>, board: &Arc<Board>) -> Result<Running, Failure> {
        let names: Vec<&str> = setup.topics.names.iter().map(String::as_str).collect();
        let reader: Arc<dyn Reader> = cluster.reader(&names, Fetch::Ahead)?.into();
        let shared = Arc::new(Shared {
            decoder: Decoder::new(setup.settings.zone.clone(), setup.schemas.clone()),
            dead_letters: DeadLetters::open(cluster, &setup.topics.dead_letters, reader.topics(), board)?,
            views: Views::default(),
            board: Arc::clone(board),
            settings: Arc::new(setup.settings.clone()),
            topics: EventType::ALL.into_iter().map(|of| (setup.topics.of(of).to_owned(), of)).collect(),
            failed: FailedPartitions::new(Arc::clone(board)),
            stop: Stop::default(),
            freshness: Freshness::default(),
            visitors: Arc::new(Visitors::new(crate::now(), &setup.settings)),
            ready: AtomicBool::new(false),
        });
        let restoring = |done, of| board.set_phase(Phase::Restoring(exporter::Progress { done, of }));
        restoring(0, 0);
        let mut store = snapshots::open(setup, reader.topics())?;
        let mut restored = store.as_mut().map(|store| snapshots::restore(store, setup, &restoring)).unwrap_or_default();
        let starts = starts(&*reader, &shared, &restored)?;
        restored.history = restored.history.begun(&**cluster, &starts.beginnings)?;
        restored.is_allowed(setup)?;
        restored.history.tell(setup, board);
        let history = restored.history.piece();
        let live = Arc::new(LiveConfig::new(setup, Arc::clone(board)));
        let evaluator = Arc::new(Evaluator::new(setup, Arc::clone(&live), Arc::clone(&shared)));
        let drifting = Arc::new(Drifting::new(setup, Arc::clone(&live), Arc::clone(&shared)));
        let (failing, failures) = unbounded_channel();
        let mut threads = Threads { handles: Vec::new(), failing };
        let (lanes, wanted) = start_workers(&mut threads, &*reader, &shared, setup, restored, &starts)?;
        let explaining = Arc::new(Explaining::new(Arc::clone(&live), Arc::clone(&shared), wanted.last().cloned()));
        if let (Some(store), Some(configured)) = (store, &setup.snapshots) {
            let snapshots = Snapshots::new(store, configured.every, wanted, history, Arc::clone(&shared));
            threads.start("snapshots", move || {
                snapshots.run();
                Ok(())
            })?;
        }
        board.set_phase(Phase::Reading);
        let watch = Watch::new(reader, Arc::clone(&shared), lanes);
        threads.start("watch", move || watch.run())?;
        let owing = Arc::clone(&shared);
        threads.start("letters", move || {
            letters::run(&owing);
            Ok(())
        })?;
        let each_second = Arc::clone(&evaluator);
        threads.start("evaluate", move || {
            each_second.run();
            Ok(())
        })?;
        let watching = Arc::clone(&drifting);
        threads.start("drift", move || {
            watching.run();
            Ok(())
        })?;
        if live.has_file() {
            let (live, shared) = (Arc::clone(&live), Arc::clone(&shared));
            threads.start("rates", move || {
                live.watch(&shared);
                Ok(())
            })?;
        }
        Ok(Running { shared, evaluator, drifting, explaining, live, threads: threads.handles, failures })
    }

    /// What answers the queries of the API.
    pub fn queries(&self) -> Queries {
        let (evaluator, drifting, explaining) = (Arc::clone(&self.evaluator), Arc::clone(&self.drifting), Arc::clone(&self.explaining));
        Queries {
            kpis: Arc::new(move |query| evaluator.answer(&query)),
            drift: Arc::new(move |query| drifting.answer(&query)),
            explain: Arc::new(move |query| explaining.answer(query)),
        }
    }

    /// Reads the exchange rates anew, whenever it is asked; a file of no use leaves them as they are.
    pub fn rates_reload(&self) -> Arc<dyn Fn() + Send + Sync> {
        let live = Arc::clone(&self.live);
        Arc::new(move || live.reread())
    }

    /// What ended a thread, when one ends badly.
    pub async fn failure(&mut self) -> Failure {
        // None comes only when every thread has ended, and they end badly or not at all before the drain.
        self.failures.recv().await.unwrap_or_else(|| Failure::failed("all threads of the pipeline have ended"))
    }

    /// Counts the records that have been folded and are shown, whenever it is asked.
    pub fn counter(&self) -> impl Fn() -> u64 + Send + use<> {
        let shared = Arc::clone(&self.shared);
        move || shared.views.counts().values().map(Counts::read).sum()
    }

    /// Stops reading, folds what has been read, and waits until every dead letter is delivered; not longer than until the deadline.
    pub fn drain(self, deadline: Instant) -> Result<(), Failure> {
        self.shared.dead_letters.drain();
        self.shared.stop.set();
        self.explaining.close();
        while self.threads.iter().any(|thread| !thread.is_finished()) {
            if Instant::now() > deadline {
                return Err(Failure::failed("the pipeline did not drain within shutdown_seconds; nothing is lost, the next start reads on"));
            }
            std::thread::sleep(LOOK);
        }
        let partitions = self.shared.views.all().into_iter().flat_map(|view| view.positions.clone());
        self.shared.dead_letters.close(partitions.filter_map(|(partition, _)| self.shared.source(&partition)));
        Ok(())
    }
}

/// Threads, and where they tell what ended them.
pub(crate) struct Threads {
    pub(crate) handles: Vec<JoinHandle<()>>,
    pub(crate) failing: UnboundedSender<Failure>,
}

impl Threads {
    pub(crate) fn start(&mut self, name: &str, work: impl FnOnce() -> Result<(), Failure> + Send + 'static) -> Result<(), Failure> {
        let (failing, thread) = (self.failing.clone(), name.to_owned());
        let told = move || {
            // What the work has in its hands is not looked at again; what it shares is locked, atomic, or replaced as a whole.
            let done = catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|_| Err(panicked(&thread)));
            if let Err(failure) = done {
                // Whoever listened is gone only when the process ends anyway.
                let _ = failing.send(failure);
            }
        };
        let started = std::thread::Builder::new().name(format!("kpistream-{name}")).spawn(told);
        self.handles.push(started.map_err(|error| Failure::failed(format_args!("cannot start a thread: {error}")))?);
        Ok(())
    }
}

/// A thread that ends by a panic ends the process, after what the others still have to do.
fn panicked(thread: &str) -> Failure {
    Failure::failed(format_args!(
        "the thread {thread} has panicked, and the process ends with it: a bug, of which the log says where; start it again"
    ))
}

/// One thread for the book, and for the interactions as many as there are cores, or partitions if those are fewer. The book's is the
/// last of those whose state can be wanted.
fn start_workers(
    threads: &mut Threads,
    reader: &dyn Reader,
    shared: &Arc<Shared>,
    setup: &Setup,
    restored: Restored,
    starts: &Starts,
) -> Result<(Lanes, Vec<Wanted>), Failure> {
    let of_entities = |partition: &&Partition| shared.source(partition).is_some_and(|source| is_entity(source.topic));
    let partitions = reader.partitions();
    let (entities, interactions): (Vec<&Partition>, Vec<&Partition>) = partitions.iter().partition(of_entities);
    let Restored { book, mut streams, visitors, .. } = restored;
    visitors.into_iter().for_each(|visitors| shared.visitors.restore(visitors));
    let book = book.unwrap_or_else(|| Book::new(Arc::clone(&shared.settings), engine::keep_at(crate::now(), &shared.settings)));
    let (passed, arriving) = mpsc::sync_channel(PASSED_UNDER_WAY);

    let (more, inbox, of_book) = mailbox();
    let worker = Worker::new(BOOK, reader.lane(&starts.of(&entities))?, Entities::new(book), Passing::From(arriving), inbox, Arc::clone(shared));
    threads.start("book", move || worker.run())?;

    let (mut lanes, mut wanted) = (Lanes { entities: more, interactions: Vec::new() }, Vec::new());
    let count = setup.threads.min(interactions.len()).max(1);
    for n in 0..count {
        let own: Vec<&Partition> = interactions.iter().skip(n).step_by(count).copied().collect();
        let streams = own.iter().filter_map(|partition| streams.remove_entry(&shared.source(partition)?)).collect();
        let (more, inbox, of_fold) = mailbox();
        let fold = Interactions::new(Arc::clone(&shared.settings), setup.dedup, streams, Arc::clone(&shared.visitors));
        let worker = Worker::new(BOOK + 1 + n, reader.lane(&starts.of(&own))?, fold, Passing::To(passed.clone()), inbox, Arc::clone(shared));
        threads.start(&format!("fold-{n}"), move || worker.run())?;
        lanes.interactions.push((more, own.len()));
        wanted.push(of_fold);
    }
    wanted.push(of_book);
    Ok((lanes, wanted))
}

/// Where the reading of partitions begins.
struct Starts {
    by_partition: BTreeMap<Partition, Start>,
    /// What those hold of which nothing is folded.
    beginnings: Vec<Extent>,
}

impl Starts {
    fn of(&self, partitions: &[&Partition]) -> Vec<(Partition, Start)> {
        partitions
            .iter()
            .filter_map(|partition| self.by_partition.get_key_value(*partition))
            .map(|(partition, start)| (partition.clone(), *start))
            .collect()
    }
}

/// After what is folded of each partition, or with its first record: by its offset, so that what is said to be gone is what is gone.
fn starts(reader: &dyn Reader, shared: &Shared, restored: &Restored) -> Result<Starts, Failure> {
    let next = |partition: &Partition| shared.source(partition).and_then(|source| restored.next(source));
    let new: Vec<Partition> = reader.partitions().into_iter().filter(|partition| next(partition).is_none()).collect();
    let beginnings = extents(reader, &new)?;
    let known = reader.partitions().into_iter().filter_map(|partition| next(&partition).map(|next| (partition, Start::At(next))));
    let by_partition = known.chain(beginnings.iter().map(|extent| (extent.partition.clone(), Start::At(extent.first)))).collect();
    Ok(Starts { by_partition, beginnings })
}

/// What partitions hold; a broker that has just come up may at first not know who leads them.
fn extents(reader: &dyn Reader, partitions: &[Partition]) -> Result<Vec<Extent>, Failure> {
    let deadline = Instant::now() + ANSWER;
    loop {
        match reader.extents(partitions, ANSWER) {
            Err(source::Error::Failed(_)) if Instant::now() < deadline => std::thread::sleep(ASK_AGAIN),
            answer => return Ok(answer?),
        }
    }
}
