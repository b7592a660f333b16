//! `publish`: events from files to Kafka.

use crate::{
    cli::{Partitioner, PublishArgs},
    commands::now,
    config::Loaded,
    failure::Failure,
    input::{Blocks, Parsed, Progress, relay},
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
    let (now, zone) = (now(), &loaded.setup.settings.zone);
    let mut rejections = Rejections::default();
    let mut sent = 0u64;
    let published = relay(
        blocks,
        loaded.setup.threads,
        |line| wire::read_line(line, zone, now),
        |lines| -> Result<(), Failure> {
            progress.show();
            for Parsed { file, line, event } in lines {
                match event {
                    Ok(event) => {
                        outgoing.send(&event)?;
                        sent += 1;
                    }
                    Err(rejection) => rejections.note(file, line, rejection),
                }
            }
            Ok(())
        },
    );
    // What was read before a file broke is published, and said to be.
    let delivered = outgoing.flush();
    drop(progress);
    for line in rejections.lines(&files) {
        say(format_args!("{line}"));
    }
    say(format_args!("published {} of {}", counted(outgoing.delivered(), "event"), counted(sent + rejections.total(), "line")));
    published.and(delivered)
}
