//! `publish`: events from files to Kafka.

use crate::{
    cli::{Partitioner, PublishArgs},
    commands::now,
    config::Loaded,
    failure::Failure,
    input::{Blocks, Lines, Parsed, Progress, Stage, relay},
    outgoing::Outgoing,
    output::{Rejections, counted, say},
};

/// Publishes the events of the files; what is no event is named and left out.
pub fn run(args: PublishArgs) -> Result<(), Failure> {
    let loaded = Loaded::load(args.kafka.layers())?;
    let connection = loaded.kafka.connection()?;
    let blocks = Blocks::open(args.input)?;
    let partitioner = match args.partitioner {
        Partitioner::ConsistentRandom => kafka::Partitioner::Crc32,
        Partitioner::Murmur2Random => kafka::Partitioner::Murmur2,
    };
    let outgoing = Outgoing::open(&connection, &loaded.setup.topics, args.encoding, partitioner)?;
    let files = blocks.files().to_vec();
    let progress = Progress::of_files(&files, blocks.read());
    let lines = Lines { zone: &loaded.setup.settings.zone, now: now() };
    let mut sending = Sending { outgoing: &outgoing, progress, rejections: Rejections::default(), sent: 0 };
    let published = relay(blocks, loaded.setup.threads, &lines, [&mut sending]);
    // What was read before a file broke is published, and said to be.
    let delivered = outgoing.flush();
    let Sending { rejections, sent, progress, .. } = sending;
    drop(progress);
    for line in rejections.lines(&files) {
        say(format_args!("{line}"));
    }
    say(format_args!("published {} of {}", counted(outgoing.delivered(), "event"), counted(sent + rejections.total(), "line")));
    published.and(delivered)
}

/// Each line is sent, or noted.
struct Sending<'o> {
    outgoing: &'o Outgoing,
    progress: Progress,
    rejections: Rejections,
    sent: u64,
}

impl Stage<Lines<'_>, Failure> for Sending<'_> {
    fn take(&mut self, lines: &mut Vec<Parsed<'_>>) -> Result<(), Failure> {
        self.progress.show();
        for Parsed { file, line, event } in lines.drain(..) {
            match event {
                Ok(event) => {
                    self.outgoing.send(&event)?;
                    self.sent += 1;
                }
                Err(rejection) => self.rejections.note(file, line, rejection),
            }
        }
        Ok(())
    }
}
