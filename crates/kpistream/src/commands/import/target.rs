//! Where imported events go.

use std::{
    fs::{self, File},
    io::{self, BufWriter, Write, stdout},
    path::Path,
};

use import::Outcome;

use crate::{
    cli::Encoding,
    config::{Loaded, plain},
    failure::Failure,
    outgoing::Outgoing,
    output::{counted, say},
};

/// Events that a dry run shows.
const SHOWN: usize = 5;

fn lines(out: &mut impl Write, outcome: &Outcome, most: usize) -> io::Result<()> {
    for imported in outcome.events.iter().take(most) {
        out.write_all(&imported.json())?;
        out.write_all(b"\n")?;
    }
    out.flush()
}

fn total(outcome: &Outcome) -> String {
    counted(outcome.events.len() as u64, "event")
}

/// Shows the first events.
pub fn first(outcome: &Outcome) -> Result<(), Failure> {
    lines(&mut BufWriter::new(stdout().lock()), outcome, SHOWN)?;
    say(format_args!("dry run: {} would be written, of which the first {} are shown", total(outcome), outcome.events.len().min(SHOWN)));
    Ok(())
}

/// Writes the events to standard output.
pub fn stdout_lines(outcome: &Outcome) -> Result<(), Failure> {
    Ok(lines(&mut BufWriter::with_capacity(1 << 16, stdout().lock()), outcome, usize::MAX)?)
}

/// Writes the events to a file, whole or not at all.
pub fn file(path: &Path, outcome: &Outcome) -> Result<(), Failure> {
    let wrong = |error: io::Error| Failure::failed(format_args!("cannot write {}: {}", path.display(), plain(&error)));
    let mut partial = path.as_os_str().to_owned();
    partial.push(".partial");
    let partial = Path::new(&partial);
    let written = File::create(partial).and_then(|file| {
        lines(&mut BufWriter::with_capacity(1 << 16, &file), outcome, usize::MAX)?;
        fs::rename(partial, path)
    });
    written.map_err(|error| {
        // What is left of it is of no use; where it cannot be taken away, it says by its name what it is.
        let _ = fs::remove_file(partial);
        wrong(error)
    })?;
    say(format_args!("{}: {}", path.display(), total(outcome)));
    Ok(())
}

/// Publishes the events.
pub fn publish(loaded: &Loaded, encoding: Encoding, outcome: &Outcome) -> Result<(), Failure> {
    let connection = loaded.kafka.connection()?;
    let outgoing = Outgoing::open(&connection, &loaded.setup.topics, encoding, kafka::Partitioner::Crc32)?;
    let sent = outcome.events.iter().try_for_each(|imported| outgoing.send(&imported.event));
    let delivered = outgoing.flush();
    say(format_args!("published {} of {}", outgoing.delivered(), total(outcome)));
    sent.and(delivered)
}
