//! Whether librdkafka takes a connection's properties, without a broker.

use rdkafka::{ClientConfig, producer::BaseProducer};

use crate::{
    Connection, Error,
    context::Context,
    native::Consumer,
    producer::{self, Deliveries},
    reader,
};

impl Connection {
    /// Whether librdkafka takes the properties together, and the files they name: a client that reads and one that sends are made
    /// with them, and connect to nothing.
    pub fn try_out(&self) -> Result<(), Error> {
        let without_brokers = |mut config: ClientConfig| {
            config.remove("bootstrap.servers");
            config
        };
        let _: Consumer = without_brokers(reader::config(self)).create_with_context(Context::quiet()).map_err(|error| self.unmade(error))?;
        let sender = without_brokers(producer::config(self)).create_with_context::<_, BaseProducer<Deliveries>>(Deliveries::quiet());
        sender.map(|_| ()).map_err(|error| self.unmade(error))
    }
}
