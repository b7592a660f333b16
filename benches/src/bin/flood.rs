//! Writes social and web events as NDJSON: `flood N`.

use std::io::{BufWriter, Write, stdout};

use benches::END;

fn main() -> std::io::Result<()> {
    let n = std::env::args().nth(1).and_then(|n| n.parse().ok()).unwrap_or(500_000);
    let mut out = BufWriter::with_capacity(1 << 20, stdout().lock());
    for event in simulator::flood(1, n, END) {
        out.write_all(&wire::encode::json(&event))?;
        out.write_all(b"\n")?;
    }
    out.flush()
}
