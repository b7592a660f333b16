//! `run`: the pipeline against a Kafka cluster.

use kafka::{Connection, check_topics};
use tracing::{info, warn};

use super::{serving::Port, topics};
use crate::{
    cli::RunArgs,
    config::{Loaded, Topics},
    failure::Failure,
    logging,
};

/// Runs until a signal, then drains.
pub fn run(args: RunArgs) -> Result<(), Failure> {
    let loaded = Loaded::load(args.kafka.layers().with_http(args.http))?;
    logging::start(&loaded);
    let connection = loaded.kafka.connection()?;
    // The port first: an instance that cannot be seen need not begin to read.
    let port = Port::take(&loaded)?;
    look_at_topics(&connection, &loaded.topics)?;
    let mut serving = port.start(&loaded, &connection)?;
    info!("reading {} from {}", loaded.topics.names.join(", "), connection.brokers());
    info!("KPIs at http://{0}/, metrics at http://{0}/metrics", serving.address());
    let ended = serving.until_end(None);
    info!("draining");
    let drained = serving.stop();
    ended.and(drained)
}

/// Says how the topics differ from what they should be; a missing one ends it here, where it can be said what to do.
fn look_at_topics(connection: &Connection, topics: &Topics) -> Result<(), Failure> {
    let report = match check_topics(connection, &topics::specs(topics)) {
        Ok(report) => report,
        Err(error @ (kafka::Error::Unreachable { .. } | kafka::Error::Property { .. } | kafka::Error::Client { .. })) => return Err(error.into()),
        // Whoever may read topics need not be allowed to see how they are configured.
        Err(error) => {
            warn!("how the topics are configured cannot be seen: {error}");
            return Ok(());
        }
    };
    if !report.missing.is_empty() {
        let missing = report.missing.join(", ");
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
