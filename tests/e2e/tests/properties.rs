//! The laws, on generated streams: fold = reference, any interleaving gives the same state, a clone goes on as the original.
//!
//! `KPISTREAM_CASES=100000 cargo test -p e2e --release --test properties` tries more; `KPISTREAM_SEED=7` begins elsewhere.

use std::collections::BTreeMap;

use e2e::{Log, Product};
use testkit::{
    compare, compare_regardless_of_order, reference,
    streams::{Case, shrink},
};

fn from_environment(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().map_or(default, |text| text.parse().unwrap_or_else(|_| panic!("{name}={text} is not a number")))
}

/// The seeds to try, `share` of the whole number in `KPISTREAM_CASES`.
fn seeds(share: u64) -> std::ops::Range<u64> {
    let first = from_environment("KPISTREAM_SEED", 0);
    first..first + from_environment("KPISTREAM_CASES", 10_000) / share
}

/// Tries every seed on two threads; a failure is shrunk and shown.
fn hold(seeds: std::ops::Range<u64>, differences: impl Fn(&Case) -> Vec<String> + Sync) {
    let middle = seeds.start + (seeds.end - seeds.start) / 2;
    let try_all = |seeds: std::ops::Range<u64>| {
        for seed in seeds {
            let case = Case::generate(seed);
            if !differences(&case).is_empty() {
                let small = shrink(case, |case| !differences(case).is_empty());
                let found = differences(&small);
                panic!("{small}--- {} differences\n{}", found.len(), found.iter().take(8).cloned().collect::<Vec<_>>().join("\n"));
            }
        }
    };
    std::thread::scope(|scope| {
        scope.spawn(|| try_all(seeds.start..middle));
        try_all(middle..seeds.end);
    });
}

fn product_report(case: &Case) -> serde_json::Value {
    let mut product = Product::new(&case.options);
    product.fold_inputs(&[&case.input()]);
    product.report(&case.options)
}

#[test]
fn the_fold_equals_the_reference() {
    hold(seeds(1), |case| compare(&product_report(case), &reference::report(&[&case.input()], &case.options)));
}

/// KPI E1
#[test]
fn effects_add_up_to_the_change() {
    hold(seeds(10), |case| {
        let mut case = case.clone();
        case.options.windows = ["7d", "previous_7d", "30d", "previous_30d", "this_month", "last_month_to_date"].map(str::to_owned).to_vec();
        case.options.by = vec![vec!["channel".to_owned()]];
        let report = product_report(&case);
        let rows = || report["kpis"].as_array().into_iter().flatten().filter(|row| row["channel"].is_null());
        let mut moved: BTreeMap<[String; 4], Option<(f64, f64)>> = BTreeMap::new();
        for effect in report["effects"].as_array().into_iter().flatten() {
            let own = effect["mix_effect"].as_f64().zip(effect["rate_effect"].as_f64());
            let sum = moved.entry(["kpi", "variant", "window", "before"].map(|name| effect[name].to_string())).or_insert(Some((0.0, 0.0)));
            *sum = sum.zip(own).map(|((sum, size), (mix, rate))| (sum + mix + rate, size + mix.abs() + rate.abs()));
        }
        let mut found = Vec::new();
        for ([kpi, variant, window, before], sum) in moved {
            let name = |row: &serde_json::Value| ["kpi", "variant", "window"].map(|field| row[field].to_string());
            let row = |window: &str| rows().find(|row| name(row) == [&kpi, &variant, window].map(str::to_owned));
            let (Some((sum, size)), Some(now), Some(then)) = (sum, row(&window), row(&before)) else { continue };
            let value = |row: &serde_json::Value| row["value"].as_f64().unwrap_or(f64::NAN);
            // Each channel's amounts are rounded by themselves: of little money that shows.
            let is_little = [now, then].iter().any(|row| row["denominator"].as_f64().is_none_or(|below| below < 1.0));
            let (change, size) = (value(now) - value(then), size + value(now).abs() + value(then).abs());
            let is_same = (change - sum).abs() <= 1e-4 + 1e-7 * size;
            if !is_little && !is_same {
                found.push(format!("{kpi} {variant} {window}: effects add up to {sum}, it moved by {change}"));
            }
        }
        found
    });
}

#[test]
fn order_and_repetition_do_not_matter() {
    hold(seeds(5), |case| compare_regardless_of_order(&product_report(&case.shuffled(case.seed + 1)), &product_report(case)));
}

#[test]
fn every_interleaving_of_the_partitions_gives_the_same_state() {
    hold(seeds(5), |case| {
        let log = partitioned(case);
        let [one, other] = [1, 2].map(|seed| interleaved(case, &log, seed));
        let mut found = Vec::new();
        if one.canonical() != other.canonical() {
            found.push(format!("{:?}\n{:?}", one.canonical(), other.canonical()));
        }
        if one.counts().read() != other.counts().read() || one.counts().rejected != other.counts().rejected {
            found.push(format!("{:?} {:?}", one.counts(), other.counts()));
        }
        found
    });
}

#[test]
fn a_clone_goes_on_as_the_original() {
    hold(seeds(10), |case| {
        let lines: Vec<&str> = case.lines.iter().map(|line| line.trim_start_matches('\u{feff}')).collect();
        let mut product = Product::new(&case.options);
        let fold = |product: &mut Product, from: usize, to: usize| {
            for (offset, line) in lines.iter().enumerate().take(to).skip(from).filter(|(_, line)| !line.trim().is_empty()) {
                product.fold(0, offset as i64, line.as_bytes());
            }
        };
        let cut = case.seed as usize % (lines.len() + 1);
        fold(&mut product, 0, cut);
        let (before, mut clone) = (product.canonical(), product.clone());
        fold(&mut product, cut, lines.len());
        let untouched = clone.canonical() == before;
        fold(&mut clone, cut, lines.len());
        let same = clone.canonical() == product.canonical() && clone.counts() == product.counts();
        if untouched && same { Vec::new() } else { vec![format!("cut at {cut}: clone untouched {untouched}, same end {same}")] }
    });
}

/// After a crash the log is read from before the snapshot: what is in it already is passed over.
#[test]
fn a_restored_snapshot_goes_on_as_the_original() {
    hold(seeds(10), |case| {
        let log: Log = BTreeMap::from([(0, case.lines.clone())]);
        let end = case.lines.len();
        let cut = case.seed as usize % (end + 1);
        let mut product = Product::new(&case.options);
        fold_range(&mut product, &log, 0..cut);
        let mut restored = match product.restored() {
            Ok(restored) => restored,
            Err(error) => return vec![error.to_string()],
        };
        let same_then = restored.canonical() == product.canonical() && restored.counts() == product.counts();
        fold_range(&mut product, &log, cut..end);
        fold_range(&mut restored, &log, cut / 2..end);
        let same = restored.canonical() == product.canonical() && restored.counts() == product.counts();
        if same_then && same { Vec::new() } else { vec![format!("cut at {cut}: same then {same_then}, same in the end {same}")] }
    });
}

fn fold_range(product: &mut Product, log: &Log, range: std::ops::Range<usize>) {
    for (partition, lines) in log {
        for (offset, line) in lines.iter().enumerate().take(range.end).skip(range.start) {
            let line = line.trim_start_matches('\u{feff}').trim();
            if !line.is_empty() {
                product.fold(*partition, offset as i64, line.as_bytes());
            }
        }
    }
}

/// The lines over three partitions, some twice: copies of a line lie in one partition.
fn partitioned(case: &Case) -> Log {
    let mut log: Log = BTreeMap::new();
    for line in &case.shuffled(case.seed + 2).lines {
        let partition = line.bytes().map(u32::from).sum::<u32>() % 3;
        log.entry(partition as i32).or_default().push(line.clone());
    }
    log
}

/// Folds a log in one of its interleavings.
fn interleaved(case: &Case, log: &Log, seed: u64) -> Product {
    let mut product = Product::partitioned(&case.options);
    let mut next: BTreeMap<i32, usize> = log.keys().map(|partition| (*partition, 0)).collect();
    let mut random = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ case.seed;
    while let Some(partition) = pick(&next, &mut random) {
        let offset = next[&partition];
        match log[&partition].get(offset) {
            Some(line) if line.trim().is_empty() => {}
            Some(line) => product.fold(partition, offset as i64, line.trim().as_bytes()),
            None => {
                next.remove(&partition);
                continue;
            }
        }
        next.insert(partition, offset + 1);
    }
    product
}

fn pick(next: &BTreeMap<i32, usize>, random: &mut u64) -> Option<i32> {
    *random ^= *random << 13;
    *random ^= *random >> 7;
    *random ^= *random << 17;
    next.keys().nth(*random as usize % next.len().max(1)).copied()
}
