//! How long it takes to store and to restore a state of 200 MB in a local folder: `cargo run --release -p snapshots --example restore`.

use std::{collections::BTreeMap, error::Error, sync::Arc, time::Instant};

use snapshots::{Line, Objects, Offsets, Piece};

const PIECES: u64 = 2000;
const PIECE_BYTES: usize = 100_000;

/// Something like a state: identities that do not compress, and numbers that do.
fn piece(seed: u64) -> Vec<u8> {
    let mut random = seed;
    let mut bytes = Vec::with_capacity(PIECE_BYTES + 40);
    while bytes.len() < PIECE_BYTES {
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        bytes.extend_from_slice(&random.to_be_bytes());
        bytes.extend_from_slice(&(random % 1000).to_le_bytes());
        bytes.extend_from_slice(b"campaign");
        bytes.extend_from_slice(&(bytes.len() as u64).to_le_bytes());
    }
    bytes
}

fn main() -> Result<(), Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let store = Arc::new(Objects::open(&folder.path().to_string_lossy())?);
    let state: BTreeMap<String, Vec<u8>> = (0..PIECES).map(|n| (format!("leads/{n}"), piece(n))).collect();
    let bytes: usize = state.values().map(Vec::len).sum();
    println!("state: {} pieces, {:.0} MB", state.len(), bytes as f64 / 1e6);

    let mut line = Line::open(store.clone(), "0a", "a")?;
    for (what, changed) in [("all", 1), ("1 in 100", 100)] {
        let pieces: Vec<Piece<'_>> = state.keys().enumerate().map(|(n, name)| Piece { name, changed: n % changed == 0 }).collect();
        let start = Instant::now();
        let stored = line.store(&Offsets::new(), &pieces, &|name| state.get(name).cloned().unwrap_or_default())?;
        let (written, took) = (stored.bytes_written as f64 / 1e6, start.elapsed());
        println!("store, {what} changed: {took:.1?}, {written:.1} MB in {} pieces written", stored.pieces_written);
    }
    for _ in 0..3 {
        let start = Instant::now();
        let found = Line::open(store.clone(), "0a", "b")?.newest(&[])?;
        let took = start.elapsed();
        let same = found.snapshot.is_some_and(|snapshot| snapshot.pieces == state);
        println!("restore: {took:.1?}, {}", if same { "the same" } else { "ANOTHER STATE" });
    }
    Ok(())
}
