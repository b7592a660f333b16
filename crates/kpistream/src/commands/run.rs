//! `run`: the pipeline against a Kafka cluster.

use std::sync::Arc;

use kafka::{Connection, check_topics, ensure_topics};
use source::Cluster;
use tracing::{info, warn};

use super::{serving::Process, topics};
use pipeline::Running;

use crate::{
    cli::RunArgs,
    config::{Loaded, Reloading},
    failure::Failure,
    logging,
};

/// Runs until a signal, then drains.
pub fn run(args: RunArgs) -> Result<(), Failure> {
    let process = Process::begin()?;
    let layers = args.kafka.layers().with_http(args.http);
    let loaded = Loaded::load(layers.clone())?;
    logging::start(&loaded);
    let connection = loaded.kafka.connection()?;
    // The port first: an instance that cannot be seen need not begin to read.
    let mut serving = process.serve(&loaded)?;
    info!("KPIs at {0}/, metrics at {0}/metrics, how the start goes at {0}/readyz", serving.url());
    let (gate, reloading) = (serving.gate(), Reloading::new(layers)?);
    serving.on_hangup(Arc::new(move || {
        let anew = reloading.read();
        anew.complaints().for_each(|wrong| warn!("{wrong}; this part of the configuration stays as it was, the others are read anew"));
        anew.access.into_iter().for_each(|access| gate.change_access(access));
        anew.tls.into_iter().for_each(|tls| gate.change_tls(tls));
    }));
    let started = serving.start(move |board| {
        look_at_topics(&connection, &loaded)?;
        see_to_dead_letters(&connection, &loaded);
        let cluster: Arc<dyn Cluster> = Arc::new(connection.clone());
        let running = Running::start(&loaded.setup, &cluster, board)?;
        info!("reading {} from {}", loaded.setup.topics.names.join(", "), connection.brokers());
        Ok(running)
    });
    let ended = started.and_then(|()| serving.until_end(None));
    let drained = serving.stop();
    ended.and(drained)
}

/// Says how the topics differ from what they should be; a missing one ends it here, where it can be said what to do.
fn look_at_topics(connection: &Connection, loaded: &Loaded) -> Result<(), Failure> {
    let report = match check_topics(connection, &topics::specs(loaded)) {
        Ok(report) => report,
        Err(
            error @ (kafka::Error::Unreachable { .. } | kafka::Error::Refused { .. } | kafka::Error::Property { .. } | kafka::Error::Client { .. }),
        ) => return Err(error.into()),
        // Whoever may read topics need not be allowed to see how they are configured.
        Err(error) => {
            warn!("how the topics are configured cannot be seen: {error}");
            return Ok(());
        }
    };
    let missing: Vec<&str> = report.missing.iter().map(String::as_str).filter(|topic| *topic != loaded.setup.topics.dead_letters).collect();
    if !missing.is_empty() {
        let missing = missing.join(", ");
        return Err(Failure::failed(format_args!(
            "no topic {missing} at {}: make it with `kpistream topics create`, or correct its name",
            connection.brokers()
        )));
    }
    // How many partitions and replicas there are is the operator's to choose.
    report
        .differences
        .iter()
        .filter(|difference| !matches!(difference.setting, "partitions" | "replication"))
        .for_each(|difference| warn!("{difference}"));
    Ok(())
}

/// Makes the topic of the dead letters where it is missing and may be made. Where not, it is said, and nothing ends: what is refused is
/// kept until the topic is there.
fn see_to_dead_letters(connection: &Connection, loaded: &Loaded) {
    let name = &loaded.setup.topics.dead_letters;
    let spec: Vec<_> = topics::specs(loaded).into_iter().filter(|spec| spec.name == *name).collect();
    match ensure_topics(connection, &spec) {
        Ok(report) if report.missing.is_empty() => {}
        Ok(_) => info!("the topic {name} was missing and is made"),
        Err(error) => warn!(
            "whether there is a topic {name} for dead letters cannot be seen, or it cannot be made: {error}; refused records are kept and hold \
             snapshots back until it can be written: make it with `kpistream topics create`"
        ),
    }
}
