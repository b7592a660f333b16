//! Laws over inputs that nobody sends on purpose: mutations of good ones from a seed, and all that was ever found, kept as files.
//!
//! One function serves `cargo test` (a few thousand cases), CI (`KPISTREAM_FUZZ_SECONDS=60`) and a long search
//! (`KPISTREAM_FUZZ_CASES=10000000`). It runs on the stable toolchain and needs no instrumentation: what guides it is that its mutations
//! know the forms of JSON, of numbers and of lengths.

use std::{
    fs,
    panic::{AssertUnwindSafe, catch_unwind, resume_unwind},
    path::PathBuf,
    time::{Duration, Instant},
};

use crate::streams::Rng;

mod mutate;

/// The longest input: as long as a message may be, and some bytes more.
const LONGEST: usize = (1 << 20) + 64;
/// What one input may take, on a machine that does much else meanwhile.
const PATIENCE: Duration = Duration::from_secs(20);

/// Inputs of a kind, and where those are kept that were found to break a law.
pub struct Fuzz {
    /// The folder of the kept inputs.
    pub kept: PathBuf,
    /// Cases where the environment says nothing.
    pub cases: u64,
    /// What mutations begin with.
    pub seeds: Vec<Vec<u8>>,
}

impl Fuzz {
    /// Holds a law over the kept inputs, the seeds, and mutations of them all.
    ///
    /// # Panics
    /// Where an input breaks the law, by a panic or by taking too long: it is first written to the folder of those kept.
    pub fn hold(&self, law: impl Fn(&[u8])) {
        let kept = self.kept();
        let all: Vec<&[u8]> = kept.iter().chain(&self.seeds).map(Vec::as_slice).collect();
        all.iter().for_each(|input| self.hold_one(input, &law));
        if all.is_empty() {
            return;
        }
        let mut rng = Rng::new(from_environment("KPISTREAM_SEED").unwrap_or(1));
        let (cases, seconds) = (from_environment("KPISTREAM_FUZZ_CASES"), from_environment("KPISTREAM_FUZZ_SECONDS"));
        let until = Instant::now() + Duration::from_secs(seconds.unwrap_or(0));
        let most = cases.unwrap_or(if seconds.is_some() { u64::MAX } else { self.cases });
        let (begun, mut tried) = (Instant::now(), 0);
        while tried < most && (seconds.is_none() || tried % 16 != 0 || Instant::now() < until) {
            tried += 1;
            let mut input = rng.pick(&all).to_vec();
            for _ in 0..=rng.below(4) {
                mutate::mutate(&mut input, &all, &mut rng);
            }
            input.truncate(LONGEST);
            self.hold_one(&input, &law);
        }
        println!("{}: {tried} cases in {} s", self.kept.display(), begun.elapsed().as_secs());
    }

    fn hold_one(&self, input: &[u8], law: &impl Fn(&[u8])) {
        let begun = Instant::now();
        let end = catch_unwind(AssertUnwindSafe(|| law(input)));
        let took = begun.elapsed();
        if end.is_ok() && took < PATIENCE {
            return;
        }
        let name = input.iter().fold(0xcbf2_9ce4_8422_2325u64, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3));
        let file = self.kept.join(format!("{name:016x}"));
        let written = fs::create_dir_all(&self.kept).and_then(|()| fs::write(&file, input));
        eprintln!("{} breaks the law after {took:?} ({written:?}): {}", file.display(), shown(input));
        match end {
            Err(panic) => resume_unwind(panic),
            Ok(()) => panic!("an input of {} bytes took {took:?}", input.len()),
        }
    }

    fn kept(&self) -> Vec<Vec<u8>> {
        let mut files: Vec<PathBuf> = fs::read_dir(&self.kept).into_iter().flatten().flatten().map(|entry| entry.path()).collect();
        files.sort();
        files.iter().filter_map(|file| fs::read(file).ok()).collect()
    }
}

fn shown(input: &[u8]) -> String {
    input.get(..400).unwrap_or(input).escape_ascii().to_string()
}

fn from_environment(name: &str) -> Option<u64> {
    let text = std::env::var(name).ok()?;
    Some(text.parse().unwrap_or_else(|_| panic!("{name}={text} is not a number")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_breaks_a_law_is_kept_and_tried_again() {
        let folder = tempfile::tempdir().unwrap_or_else(|error| panic!("{error}"));
        let fuzz = Fuzz { kept: folder.path().join("kept"), cases: 200_000, seeds: vec![b"{\"a\":1}".to_vec()] };
        let law = |input: &[u8]| assert!(!input.windows(3).any(|w| w == b"[[["));
        assert!(catch_unwind(AssertUnwindSafe(|| fuzz.hold(law))).is_err());
        let again = Fuzz { seeds: Vec::new(), ..fuzz };
        assert_eq!(again.kept().len(), 1);
        assert!(catch_unwind(AssertUnwindSafe(|| again.hold(law))).is_err());
    }
}
