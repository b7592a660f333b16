//! What the interactions of 25 months take, by how many partitions they came: memory, and the snapshot. The visitors of a day and channel are
//! kept once, so that they take the same for any number; cells are sums of a partition each.

use std::{collections::BTreeMap, error::Error, process::Command, sync::Arc, time::Duration};

use benches::{END, resident_bytes, table, timed};
use engine::keep_at;
use model::{Day, Minute, Settings, digest::text64};
use panes::{Dims, DimsId, Measure, Panes, dims::Tuple};
use pieces::{Mark, Piece};
use snapshots::{Line, Objects, Offsets};

const PARTITIONS: [usize; 3] = [4, 32, 128];
const CHANNELS: u64 = 20;
const MINUTES: i64 = 26 * 60;
/// One in so many converts.
const CONVERTING: u64 = 20;
/// Visits after which a partition hands its visitors over: a running one does so when it is captured, or has many.
const HANDED_OVER: u64 = 1 << 18;

/// The interactions as an instance holds them.
struct State {
    partitions: Vec<(Panes, Vec<DimsId>)>,
    shared: Panes,
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let visitors: u64 = arguments.next().map_or(Ok(100_000), |text| text.parse())?;
    match arguments.next() {
        // Each in a process of its own: what another has freed is not given back to the system.
        Some(partitions) => measure(partitions.parse()?, visitors),
        None => {
            println!("interactions of 25 months, {CHANNELS} channels, {visitors} visitors a day, each in any partition:");
            println!(
                "{:>10} {:>13} {:>18} {:>16} {:>7} {:>13} {:>18}",
                "partitions", "resident", "of it visitors", "snapshot", "pieces", "restored in", "1000 visits later"
            );
            let mut resident = Vec::new();
            for partitions in PARTITIONS {
                let output = Command::new(std::env::current_exe()?).args([visitors.to_string(), partitions.to_string()]).output()?;
                if !output.status.success() {
                    return Err(format!("{partitions} partitions: {}", String::from_utf8_lossy(&output.stderr)).into());
                }
                let row = String::from_utf8(output.stdout)?;
                print!("{row}");
                resident.push(row.split_whitespace().nth(1).unwrap_or_default().parse()?);
            }
            let what = format!("memory of 25 months of interactions, {CHANNELS} channels, {visitors} visitors a day");
            Ok(table::flat(&what, "4, 32, 128 partitions", "MB", &resident)?)
        }
    }
}

fn measure(partitions: usize, visitors: u64) -> Result<(), Box<dyn Error>> {
    let before = resident_bytes()?;
    let mut state = State::new(partitions);
    let last = Settings::default().zone.day_of(END);
    let first = state.shared.keep().days_from;
    (first.0..=last.0).for_each(|day| state.visits(Day(day), visitors));
    state.minutes();
    state.hand_over();
    let resident = resident_bytes()? - before;
    let of_visitors = state.shared.visitors_bytes();

    let folder = std::env::temp_dir().join(format!("kpistream-partitions-bench-{}", std::process::id()));
    let measured = state.stored(folder.to_str().ok_or("the temporary folder has no name in UTF-8")?, last);
    std::fs::remove_dir_all(&folder)?;
    let (snapshot, pieces, took, written) = measured?;
    let mb = |bytes: f64| format!("{:.0} MB", bytes / 1e6);
    println!(
        "{partitions:>10} {:>13} {:>18} {:>16} {pieces:>7} {:>13} {:>18}",
        mb(resident as f64),
        mb(of_visitors as f64),
        mb(snapshot as f64),
        format!("{took:.1?}"),
        mb(written as f64)
    );
    Ok(())
}

impl State {
    fn new(partitions: usize) -> State {
        let keep = keep_at(END, &Settings::default());
        let empty = || {
            let mut panes = Panes::new(keep);
            let channels = (0..CHANNELS).map(|n| panes.dims_id(Dims::new(&format!("channel-{n}"), "(none)", "(none)"))).collect();
            (panes, channels)
        };
        State { partitions: (0..partitions).map(|_| empty()).collect(), shared: Panes::new(keep) }
    }

    /// The visits of a day, one of each visitor.
    fn visits(&mut self, day: Day, visitors: u64) {
        for n in 0..visitors {
            let hash = text64(&format!("{}/{n}", day.0));
            let at = (hash >> 20) as usize % self.partitions.len();
            let Some((panes, channels)) = self.partitions.get_mut(at) else { continue };
            let Some(dims) = channels.get((hash % CHANNELS) as usize).copied() else { continue };
            let is_converting = (hash >> 40).is_multiple_of(CONVERTING);
            panes.add_to_day(day, Tuple::Known(dims), &[(Measure::Visits, 1), (Measure::KnownActions, i128::from(is_converting))]);
            let exact_limit = panes.keep().exact_visitors;
            if let Some(seen) = panes.visitors_mut(day) {
                seen.insert(dims, hash, is_converting, exact_limit);
            }
            if n % HANDED_OVER == HANDED_OVER - 1 {
                self.hand_over();
            }
        }
        self.hand_over();
    }

    /// The minutes that are kept, all channels in each.
    fn minutes(&mut self) {
        for minute in END.minute().0 - MINUTES + 1..=END.minute().0 {
            for (panes, channels) in &mut self.partitions {
                channels.iter().for_each(|dims| panes.add_to_minute(Minute(minute), *dims, &[(Measure::Visits, 1)]));
            }
        }
    }

    fn hand_over(&mut self) {
        self.partitions.iter_mut().for_each(|(panes, _)| self.shared.take_visitors_of(panes));
    }

    fn captured(&self) -> Vec<Piece> {
        let mut pieces = Vec::new();
        self.partitions.iter().enumerate().for_each(|(n, (panes, _))| panes.capture(&format!("web-visit/{n}/panes"), &mut pieces));
        self.shared.capture("visitors", &mut pieces);
        pieces
    }

    /// Stores a snapshot, another after a few more visits of the last day, and restores: the bytes, how many pieces, how long the restore
    /// took, and the bytes of the second.
    fn stored(&mut self, url: &str, last: Day) -> Result<(u64, usize, Duration, u64), Box<dyn Error>> {
        let open = || -> Result<Line, Box<dyn Error>> { Ok(Line::open(Arc::new(Objects::open(url)?), "be7c", "a")?) };
        let mut line = open()?;
        let captured = self.captured();
        let first = store(&mut line, &captured, None)?;
        let marks: Vec<(String, Mark)> = captured.iter().map(|piece| (piece.name().to_owned(), piece.mark())).collect();
        drop(captured);
        self.visits(last, 1000);
        let second = store(&mut line, &self.captured(), Some(&marks.into_iter().collect()))?;
        let (restored, took) = timed(|| -> Result<(), Box<dyn Error>> {
            let pieces = open()?.newest(&[])?.snapshot.ok_or("no snapshot is found")?.pieces;
            (0..self.partitions.len()).try_for_each(|n| Panes::restore(&format!("web-visit/{n}/panes"), &pieces).map(drop))?;
            Panes::restore("visitors", &pieces)?;
            Ok(())
        });
        restored?;
        Ok((first.bytes_written, first.pieces, took, second.bytes_written))
    }
}

fn store(line: &mut Line, captured: &[Piece], marks: Option<&BTreeMap<String, Mark>>) -> Result<snapshots::Stored, Box<dyn Error>> {
    let by_name: BTreeMap<&str, &Piece> = captured.iter().map(|piece| (piece.name(), piece)).collect();
    let changed = |piece: &Piece| marks.and_then(|marks| marks.get(piece.name())).is_none_or(|mark| !piece.is_unchanged_since(mark));
    let listed: Vec<snapshots::Piece<'_>> = by_name.values().map(|piece| snapshots::Piece { name: piece.name(), changed: changed(piece) }).collect();
    Ok(line.store(&Offsets::new(), &listed, &|name| by_name.get(name).map(|piece| piece.encode()).unwrap_or_default())?)
}
