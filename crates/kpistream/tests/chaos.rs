//! Instances and a broker under a steady load, and what may happen to them, at moments that a seed chooses; the clock of each is right or
//! wrong. In the end all states are those of one clean fold of the topics, byte for byte, all show the same numbers at one instant, and
//! nothing that was published is missing or counted twice.
//!
//! `KPISTREAM_FAULTS=300 KPISTREAM_SEED=7 cargo test -p kpistream --test chaos -- --nocapture` (`make chaos`); with `KPISTREAM_BLESS=1` the
//! seed's row is written into the table of docs/reliability.md.
#![allow(clippy::unwrap_used, reason = "helpers of tests, which clippy takes for production code")]

mod running;

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    thread,
    time::Duration,
};

use testkit::{broker::Broker, streams::Rng};

use running::{
    Folder, Instance, await_for, await_some,
    clocks::Clocks,
    load::{Load, now},
    shown::shown,
};

/// Faults without an environment that says otherwise.
const FAULTS: u64 = 15;
/// Events published a second, about.
const RATE: u64 = 20_000;
/// Between two faults, at most.
const PAUSE_MS: usize = 1_200;
/// Lines of an instance's log that are shown where the test fails.
const LAST_LINES: usize = 40;
/// How long one that begins at the beginning may take to read all.
const READ_ALL: Duration = Duration::from_secs(600);
/// Where the table of docs/reliability.md stands.
const BEGIN: &str = "<!-- chaos: begin -->\n";
const END: &str = "<!-- chaos: end -->\n";
const NAMES: [&str; 4] = ["a", "b", "c", "d"];
const TOPIC_TOOL: &str = "org.apache.kafka.tools.TopicCommand";
const CONFIG_TOOL: &str = "kafka.admin.ConfigCommand";
const LETTERS: &str = "kpistream.dead-letters";

/// What may happen.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum Fault {
    Kill,
    Terminate,
    Freeze,
    Add,
    Remove,
    BreakSnapshot,
    KillBroker,
    AddPartition,
    RefuseLetters,
}

impl Fault {
    const ALL: [Fault; 9] = {
        use Fault::{Add, AddPartition, BreakSnapshot, Freeze, Kill, KillBroker, RefuseLetters, Remove, Terminate};
        [Kill, Terminate, Freeze, Add, Remove, BreakSnapshot, KillBroker, AddPartition, RefuseLetters]
    };

    /// One of them, some more often than others.
    fn any(chance: &mut Rng) -> Fault {
        use Fault::{Add, AddPartition, BreakSnapshot, Freeze, Kill, KillBroker, RefuseLetters, Remove, Terminate};
        chance.pick(&[
            Kill,
            Kill,
            Kill,
            Kill,
            Terminate,
            Terminate,
            Freeze,
            Freeze,
            Add,
            Remove,
            BreakSnapshot,
            BreakSnapshot,
            KillBroker,
            AddPartition,
            RefuseLetters,
            RefuseLetters,
        ])
    }
}

fn environment(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(default)
}

/// The broker and the instances.
struct Field {
    broker: Broker,
    folder: Folder,
    running: BTreeMap<&'static str, Instance>,
    clocks: Clocks,
    /// By how many seconds the clock of each is ahead.
    ahead: BTreeMap<&'static str, i64>,
    partitions: u32,
    letters: Letters,
    /// It was deleted once, with what lay there.
    letters_lost: bool,
}

/// The topic of the dead letters.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Letters {
    /// As it should be.
    Well,
    /// It takes nothing.
    TooSmall,
    /// It is deleted.
    Gone,
}

impl Field {
    /// Starts an instance, by whatever clock it may have.
    fn start(&mut self, name: &'static str) {
        let (ahead, clock) = self.clocks.any();
        self.ahead.insert(name, ahead);
        let clock = clock.iter().map(|(name, value)| (*name, value.as_str()));
        let environment = [("KPISTREAM_SNAPSHOTS__EVERY", "1s"), ("KPISTREAM_SNAPSHOTS__INSTANCE", name)];
        let environment: Vec<(&str, &str)> = environment.into_iter().chain(clock).collect();
        let instance = Instance::start_logging(&self.folder, self.broker.bootstrap(), &environment, &format!("{name}.log"));
        self.running.insert(name, instance);
    }

    /// Ends an instance well, and starts it again.
    fn restart(&mut self, name: &'static str) {
        let instance = self.running.remove(name).unwrap();
        await_some("life", || instance.get("/healthz"));
        assert_eq!(instance.terminate().0, Some(0), "{name} drains");
        self.start(name);
    }

    /// Starts one that goes on from nothing, by a clock that is right.
    fn start_clean(&self) -> Instance {
        Instance::start_logging(&self.folder, self.broker.bootstrap(), &[("KPISTREAM_SNAPSHOTS__URL", "none")], "clean.log")
    }

    /// Those that run, chosen from by a number.
    fn some(&self, chance: &mut Rng) -> &'static str {
        let names: Vec<&'static str> = self.running.keys().copied().collect();
        chance.pick(&names)
    }

    /// Starts again what ended because no broker was there when it started, as whatever runs it would; nothing else may end one.
    fn supervise(&mut self) {
        let ended: Vec<&'static str> = self.running.iter_mut().filter_map(|(name, instance)| instance.has_ended().then_some(*name)).collect();
        for name in ended {
            let log = fs::read_to_string(self.folder.0.join(format!("{name}.log"))).unwrap();
            let last = log.lines().last().unwrap_or_default();
            // One that is killed while it is first spoken with hangs up.
            let is_of_broker = ["no broker answers", "cannot be reached", "closes the connection"].iter().any(|words| last.contains(words));
            assert!(is_of_broker, "{name} ended: {last}");
            self.start(name);
        }
    }

    fn apply(&mut self, fault: Fault, chance: &mut Rng) {
        match fault {
            Fault::Kill => {
                let name = self.some(chance);
                self.running.remove(name).unwrap().kill();
                self.start(name);
            }
            Fault::Terminate => self.restart(self.some(chance)),
            Fault::Freeze => {
                let frozen = self.running.get(self.some(chance)).unwrap();
                frozen.signal("-STOP");
                thread::sleep(Duration::from_millis(chance.below(1500) as u64));
                frozen.signal("-CONT");
            }
            Fault::Add => {
                if let Some(name) = NAMES.into_iter().find(|name| !self.running.contains_key(name)) {
                    self.start(name);
                }
            }
            Fault::Remove if self.running.len() > 2 => {
                let name = self.some(chance);
                self.running.remove(name).unwrap().kill();
            }
            Fault::Remove => {}
            Fault::BreakSnapshot => self.break_a_snapshot(chance),
            Fault::KillBroker => {
                self.broker.kill();
                thread::sleep(Duration::from_millis(chance.below(1000) as u64));
                self.broker.restart().unwrap_or_else(|error| panic!("{error}"));
            }
            Fault::AddPartition if self.partitions < 6 => {
                self.partitions += 1;
                let count = self.partitions.to_string();
                self.broker.tool(TOPIC_TOOL, &["--alter", "--topic", "web-visit", "--partitions", &count]).unwrap_or_else(|error| panic!("{error}"));
            }
            Fault::AddPartition => {}
            Fault::RefuseLetters if self.letters != Letters::Well => self.mend_letters(),
            // Rarely gone: what lay there is gone with it.
            Fault::RefuseLetters if chance.below(5) == 0 => {
                self.tool(TOPIC_TOOL, &["--delete", "--topic", LETTERS]);
                self.letters = Letters::Gone;
                self.letters_lost = true;
            }
            Fault::RefuseLetters => {
                self.configure_letters("--add-config", "max.message.bytes=40");
                self.letters = Letters::TooSmall;
            }
        }
    }

    fn mend_letters(&mut self) {
        match self.letters {
            Letters::Well => {}
            Letters::TooSmall => self.configure_letters("--delete-config", "max.message.bytes"),
            Letters::Gone => _ = self.folder.run(&format!("topics create --brokers {}", self.broker.bootstrap())),
        }
        self.letters = Letters::Well;
    }

    fn configure_letters(&self, how: &str, what: &str) {
        // One that an instance is making anew just now is there in a moment.
        await_some("the topic of the dead letters", || {
            self.broker.tool(CONFIG_TOOL, &["--alter", "--entity-type", "topics", "--entity-name", LETTERS, how, what]).ok()
        });
    }

    fn tool(&self, class: &str, arguments: &[&str]) {
        self.broker.tool(class, arguments).unwrap_or_else(|error| panic!("{error}"));
    }

    /// Cuts or flips a manifest or a segment, whosever and however old.
    fn break_a_snapshot(&self, chance: &mut Rng) {
        let mut files = files(self.folder.0.join("kpistream-snapshots"));
        files.sort();
        let Some(file) = files.get(chance.below(files.len())) else { return };
        // It may be removed, by the instance that it belongs to, while it is being broken.
        let Ok(mut bytes) = fs::read(file) else { return };
        if chance.below(2) == 0 {
            bytes.truncate(chance.below(bytes.len()));
        } else if let Some(at) = bytes.len().checked_sub(1).map(|last| chance.below(last + 1)) {
            bytes[at] ^= 1 << chance.below(8);
        }
        if file.exists() {
            let _ = fs::write(file, bytes);
        }
    }
}

/// Where the test fails, what the instances said last is said.
impl Drop for Field {
    fn drop(&mut self) {
        for log in files(self.folder.0.clone()).into_iter().filter(|file| thread::panicking() && file.extension().is_some_and(|of| of == "log")) {
            let text = fs::read_to_string(&log).unwrap_or_default();
            let lines: Vec<&str> = text.lines().collect();
            println!("{}:\n{}", log.display(), lines[lines.len().saturating_sub(LAST_LINES)..].join("\n"));
        }
    }
}

fn files(folder: PathBuf) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    entries.flat_map(|entry| if entry.path().is_dir() { files(entry.path()) } else { vec![entry.path()] }).collect()
}

/// The sum of a family that an instance shows.
fn sum_of(instance: &Instance, family: &str) -> Option<u64> {
    let (_, metrics) = instance.get("/metrics/process")?;
    let series = metrics.lines().filter(|line| line.strip_prefix(family).is_some_and(|rest| rest.starts_with('{')));
    Some(series.filter_map(|line| line.rsplit(' ').next()?.parse::<f64>().ok()).sum::<f64>() as u64)
}

/// How many records an instance shows that it has read.
fn read_by(instance: &Instance) -> Option<u64> {
    sum_of(instance, "kpistream_events_total")
}

/// How many cells were compared, of what `verify` says.
fn cells_of(said: &str) -> &str {
    said.split(", ").find_map(|part| part.strip_suffix(" cells")).unwrap_or(said)
}

/// Writes the row of a seed into the table of docs/reliability.md, where that is asked for.
fn document(seed: u64, row: &str) {
    println!("{row}");
    if std::env::var_os("KPISTREAM_BLESS").is_none() {
        return;
    }
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/reliability.md");
    let text = fs::read_to_string(&path).unwrap();
    let (before, rest) = text.split_once(BEGIN).unwrap_or_else(|| panic!("docs/reliability.md has no line {BEGIN}"));
    let (table, after) = rest.split_once(END).unwrap_or_else(|| panic!("docs/reliability.md has no line {END}"));
    let seed_of = |row: &str| row.trim_start_matches('|').split('|').next().and_then(|cell| cell.trim().parse::<u64>().ok());
    let (heads, rows): (Vec<&str>, Vec<&str>) = table.lines().partition(|line| seed_of(line).is_none());
    let mut rows: Vec<&str> = rows.into_iter().filter(|row| seed_of(row) != Some(seed)).chain([row]).collect();
    rows.sort_by_key(|row| seed_of(row));
    let table = heads.into_iter().chain(rows).collect::<Vec<_>>().join("\n");
    fs::write(&path, format!("{before}{BEGIN}{table}\n{END}{after}")).unwrap();
}

#[test]
fn whatever_happens_all_states_are_that_of_the_log() {
    let (faults, seed) = (environment("KPISTREAM_FAULTS", FAULTS), environment("KPISTREAM_SEED", 1));
    let broker = Broker::start().unwrap_or_else(|error| panic!("{error}"));
    let folder = Folder::new("chaos");
    folder.run(&format!("topics create --brokers {}", broker.bootstrap()));
    let clocks = Clocks::new(&folder.0, seed);
    let mut field = Field {
        broker,
        folder,
        running: BTreeMap::new(),
        clocks,
        ahead: BTreeMap::new(),
        partitions: 4,
        letters: Letters::Well,
        letters_lost: false,
    };
    NAMES.into_iter().take(3).for_each(|name| field.start(name));
    for instance in field.running.values() {
        await_some("readiness", || instance.get("/readyz").filter(|(status, _)| *status == 200));
    }
    let load = Load::start(field.broker.bootstrap(), seed, RATE);

    let mut chance = Rng::new(seed);
    let mut applied: BTreeMap<Fault, u64> = BTreeMap::new();
    for n in 0..faults {
        thread::sleep(Duration::from_millis(chance.below(PAUSE_MS) as u64));
        field.supervise();
        let fault = Fault::any(&mut chance);
        println!("fault {n}: {fault:?}");
        field.apply(fault, &mut chance);
        *applied.entry(fault).or_default() += 1;
    }
    let published = load.end();
    field.mend_letters();
    field.supervise();
    println!("seed {seed}: {published} events, {applied:?}");
    // A bit that was flipped in a segment spoils every snapshot that still has a piece there; who starts writes all pieces anew.
    let names: Vec<&str> = field.running.keys().copied().collect();
    names.into_iter().for_each(|name| field.restart(name));

    for (name, instance) in &field.running {
        let within =
            |read: u64| assert!(read <= published, "{name}: {read} of {published}: some are counted twice; see its log in {:?}", field.folder.0);
        await_some(&format!("{name} has read all"), || read_by(instance).inspect(|read| within(*read)).filter(|read| *read == published));
        await_some(&format!("{name} is ready"), || instance.get("/readyz").filter(|(status, _)| *status == 200));
        await_some(&format!("{name} owes no dead letter"), || sum_of(instance, "kpistream_dead_letters_undelivered").filter(|owed| *owed == 0));
    }
    // Every refused record has its letter, whoever has written it.
    let refused = field.running.values().find_map(|instance| sum_of(instance, "kpistream_dead_letters_total")).unwrap();
    let list = field.folder.run(&format!("dead-letters list --brokers {}", field.broker.bootstrap()));
    let letters = String::from_utf8_lossy(&list.stdout).lines().count() as u64;
    assert!(letters == refused || field.letters_lost && letters < refused, "{letters} dead letters of {refused} refused records");
    all_show_the_same(&field, published);
    let names: Vec<&str> = field.running.keys().copied().collect();
    for (name, instance) in std::mem::take(&mut field.running) {
        assert_eq!(instance.terminate().0, Some(0), "{name} drains");
    }
    // Each wrote its last snapshot: they are compared with what a fold of the whole log makes, line by line, without what the clock that is
    // the farthest ahead has had forgotten.
    let at = format!("--now {}", field.clocks.latest());
    let brokers = field.broker.bootstrap();
    let dump = |from: &str| String::from_utf8(field.folder.run(&format!("state --brokers {brokers} {from} {at}")).stdout).unwrap();
    let clean = dump("--rebuild");
    assert!(clean.lines().count() > 100, "{clean}");
    let mut equal = String::new();
    for name in &names {
        let own = dump(&format!("--instance {name}"));
        let differing: Vec<(&str, &str)> = own.lines().zip(clean.lines()).filter(|(own, clean)| own != clean).collect();
        let lines = (own.lines().count(), clean.lines().count());
        assert!(own == clean, "{name}, seed {seed}: {lines:?} lines, {} differ, such as {:?}", differing.len(), differing.first());
        // The same fold might be wrong twice: the naive reference is other code.
        let verified = field.folder.command(&format!("verify --brokers {brokers} --instance {name}")).output().unwrap();
        let said = String::from_utf8_lossy(&verified.stdout);
        assert!(verified.status.success() && said.starts_with("equal: "), "{name}, seed {seed}: {said}");
        println!("{name}: {said}");
        equal = said.trim_end().to_owned();
    }
    let times = |fault: &Fault| applied.get(fault).copied().unwrap_or_default().to_string();
    let row = [seed.to_string(), published.to_string()].into_iter().chain(Fault::ALL.iter().map(times)).chain([field.clocks.wrong().to_string()]);
    document(seed, &format!("| {} | {} | {} |", row.collect::<Vec<_>>().join(" | "), names.len(), cells_of(&equal)));
}

/// Whatever their clocks, all instances show at one instant what one does that has just read everything by a right clock.
fn all_show_the_same(field: &Field, published: u64) {
    let clean = field.start_clean();
    await_for(READ_ALL, "the clean one has read all", || read_by(&clean).filter(|read| *read == published));
    await_some("the clean one is ready", || clean.get("/readyz").filter(|(status, _)| *status == 200));
    for at in [now(), now().plus(-8 * 86_400_000)] {
        let wanted = shown(&clean, at);
        for (name, instance) in &field.running {
            let ahead = field.ahead[name];
            let alike = shown(instance, at).agrees_with(&wanted).unwrap_or_else(|why| panic!("{name}, {ahead} s ahead, at {at}: {why}"));
            println!("{name}, {ahead} s ahead, at {at}: {alike} rows alike");
            assert!(alike > 100, "{name} at {at}: only {alike} rows");
        }
    }
    assert_eq!(clean.terminate().0, Some(0), "the clean one drains");
}
