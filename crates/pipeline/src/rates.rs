//! The settings of the KPIs while an instance runs: as they were configured, with the exchange rates as their file has them now.
//!
//! Rates hold for ten days, so a file that is read once makes every foreign amount undefined within two weeks. It is looked at every few
//! seconds and read anew when it has changed; one that is of no use leaves the rates as they are, and is told of once.

use std::{
    fs::{self, Metadata},
    os::unix::fs::MetadataExt,
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError, RwLock},
    time::{Duration, Instant, SystemTime},
};

use exporter::{Board, RatesState};
use kpis::{Config, Rates};
use model::Millis;
use tracing::{info, warn};

use crate::{Setup, now, plain, shared::Shared};

/// How often the file is looked at.
const LOOK_EVERY: Duration = Duration::from_secs(2);

/// The settings of the KPIs as they are now.
pub struct LiveConfig {
    config: RwLock<Arc<Config>>,
    file: Option<Mutex<RatesFile>>,
    board: Arc<Board>,
}

/// The file of the rates, and what was seen of it.
struct RatesFile {
    path: PathBuf,
    /// What was read last, whether it was of use or not; none: nothing yet by us.
    read: Option<Stamp>,
    /// What the last look saw.
    seen: Option<Stamp>,
}

/// By what a changed file is told from one that is as it was.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Stamp {
    /// It is there.
    File { modified: Option<SystemTime>, size: u64, inode: u64 },
    /// It is not, or cannot be looked at.
    Gone,
}

impl LiveConfig {
    /// The settings that were setup.
    pub fn new(setup: &Setup, board: Arc<Board>) -> LiveConfig {
        let file = setup.rates_file.clone().map(|path| Mutex::new(RatesFile { path, read: None, seen: None }));
        let live = LiveConfig { config: RwLock::new(Arc::new(setup.kpis.clone())), file, board };
        if live.file.is_some() {
            live.tell(&setup.kpis.rates, Some(now()), false);
        }
        live
    }

    /// The settings as they are now.
    pub fn config(&self) -> Arc<Config> {
        Arc::clone(&self.config.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Whether there is a file that can change.
    pub fn has_file(&self) -> bool {
        self.file.is_some()
    }

    /// Reads the file if it has changed, and looks the same as at the look before: one that is being written is left alone.
    fn look(&self) {
        self.read_where(|file, stamp| {
            let is_settled = file.seen.replace(stamp) == Some(stamp);
            is_settled && file.read != Some(stamp)
        });
    }

    /// Reads the file now, changed or not: as on SIGHUP.
    pub fn reread(&self) {
        self.read_where(|_, _| true);
    }

    fn read_where(&self, is_wanted: impl FnOnce(&mut RatesFile, Stamp) -> bool) {
        let Some(file) = &self.file else { return };
        let mut file = file.lock().unwrap_or_else(PoisonError::into_inner);
        let stamp = Stamp::of(fs::metadata(&file.path));
        if !is_wanted(&mut file, stamp) {
            return;
        }
        let shown = file.path.display();
        match fs::read_to_string(&file.path).map_err(|error| plain(&error)).and_then(|text| Rates::parse(&text).map_err(|error| error.to_string())) {
            Ok(rates) => {
                let until = rates.last_date().map_or("without a rate".to_owned(), |day| format!("up to {day}"));
                self.tell(&rates, Some(now()), false);
                if self.replace(rates) {
                    info!("exchange rates read anew from {shown}, {until}");
                }
            }
            Err(why) => {
                warn!("{shown}: {why}; the exchange rates read before stay in use, correct the file");
                self.tell(&self.config().rates, None, true);
            }
        }
        file.read = Some(stamp);
    }

    /// Puts other rates in force; whether they are others.
    fn replace(&self, rates: Rates) -> bool {
        let current = self.config();
        if current.rates == rates {
            return false;
        }
        let mut config = Config::clone(&current);
        config.rates = rates;
        *self.config.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(config);
        true
    }

    fn tell(&self, rates: &Rates, read_at: Option<Millis>, is_refused: bool) {
        self.board.set_rates(RatesState { last_date: rates.last_date(), read_at, is_refused });
    }

    /// Looks at the file until the pipeline stops.
    pub(super) fn watch(&self, shared: &Shared) {
        self.look();
        while shared.stop.sleep_until(Instant::now() + LOOK_EVERY) {
            self.look();
        }
    }
}

impl Stamp {
    fn of(found: std::io::Result<Metadata>) -> Stamp {
        found.map_or(Stamp::Gone, |found| Stamp::File { modified: found.modified().ok(), size: found.len(), inode: found.ino() })
    }
}

#[cfg(test)]
mod tests {
    use exporter::Build;
    use model::{Currency, Day, Micros};

    use super::*;

    struct Folder(PathBuf);

    impl Folder {
        fn new() -> Folder {
            let path = std::env::temp_dir().join(format!("kpistream-rates-{}-{:?}", std::process::id(), std::thread::current().id()));
            fs::create_dir_all(&path).unwrap();
            Folder(path)
        }

        fn write(&self, rates: &str) {
            fs::write(self.0.join("rates.csv"), rates).unwrap();
        }
    }

    impl Drop for Folder {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0);
        }
    }

    fn live(folder: &Folder) -> LiveConfig {
        let file = folder.0.join("rates.csv");
        let mut setup = Setup::of(model::Settings::default());
        setup.kpis.rates = Rates::parse(&fs::read_to_string(&file).unwrap()).unwrap();
        setup.rates_file = Some(file);
        LiveConfig::new(&setup, Arc::new(Board::new(Build { version: "1", revision: "1" }, [])))
    }

    /// What 6 dollars of 2026-03-10 are in euro.
    fn six_dollars(live: &LiveConfig) -> Option<i128> {
        let config = live.config();
        let on = Day::parse("2026-03-10").unwrap();
        config.rates.convert(Micros(6), "USD".parse().unwrap(), Currency::EUR, on).ok().map(|amount| amount.0)
    }

    #[test]
    fn a_changed_file_is_read_once_it_has_settled() {
        let folder = Folder::new();
        folder.write("Date,USD\n2026-03-02,1\n");
        let live = live(&folder);
        folder.write("Date,USD\n2026-03-10,2.0\n");
        live.look();
        assert_eq!(six_dollars(&live), Some(6), "it may still be written");
        live.look();
        assert_eq!(six_dollars(&live), Some(3));
        assert!(live.board.process_metrics().contains("kpistream_rates_last_date_timestamp_seconds 1773100800"));
    }

    #[test]
    fn a_file_of_no_use_leaves_the_rates_as_they_are() {
        let folder = Folder::new();
        folder.write("Date,USD\n2026-03-10,3\n");
        let live = live(&folder);
        for bad in ["Date,USD\n2026-03-11", "Date,USD\n2026-03-11,0\n", "Date,USD\n", ""] {
            folder.write(bad);
            live.reread();
            assert_eq!(six_dollars(&live), Some(2), "{bad:?}");
            assert!(live.board.process_metrics().contains("kpistream_rates_refused 1"), "{bad:?}");
        }
        fs::remove_file(folder.0.join("rates.csv")).unwrap();
        live.look();
        live.look();
        assert_eq!(six_dollars(&live), Some(2));
        assert!(live.board.process_metrics().contains("kpistream_rates_refused 1"));
        folder.write("Date,USD\n2026-03-10,6\n");
        live.look();
        live.look();
        assert_eq!(six_dollars(&live), Some(1));
        assert!(live.board.process_metrics().contains("kpistream_rates_refused 0"));
    }
}
