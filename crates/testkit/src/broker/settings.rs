//! The broker's settings: small, quick to start, on loopback.

use std::{fmt::Write as _, fs, io, net::TcpListener, path::Path};

/// The two ports of a broker that is its own controller.
#[derive(Clone, Copy)]
pub(super) struct Ports {
    pub(super) clients: u16,
    pub(super) controller: u16,
}

/// The file of settings, in the broker's folder.
pub(super) const FILE: &str = "server.properties";

/// The folder of its partitions, in the broker's folder.
pub(super) const DATA: &str = "data";

/// Two ports that are free now; another program may still be faster to take them.
pub(super) fn free_ports() -> io::Result<Ports> {
    let [clients, controller] = free()?;
    Ok(Ports { clients, controller })
}

/// Ports that are free now.
pub(super) fn free<const N: usize>() -> io::Result<[u16; N]> {
    // All are held until the last is chosen, so that they differ.
    let held: Vec<TcpListener> = (0..N).map(|_| TcpListener::bind("127.0.0.1:0")).collect::<Result<_, _>>()?;
    let mut ports = [0; N];
    for (port, listener) in ports.iter_mut().zip(&held) {
        *port = listener.local_addr()?.port();
    }
    Ok(ports)
}

pub(super) fn write(folder: &Path, ports: Ports, more: &[(&str, String)]) -> io::Result<()> {
    let Ports { clients, controller } = ports;
    let own = [
        ("process.roles", "broker,controller".to_owned()),
        ("node.id", "1".to_owned()),
        ("controller.quorum.voters", format!("1@127.0.0.1:{controller}")),
        ("controller.listener.names", "CONTROLLER".to_owned()),
        ("listeners", format!("PLAINTEXT://127.0.0.1:{clients},CONTROLLER://127.0.0.1:{controller}")),
        ("advertised.listeners", format!("PLAINTEXT://127.0.0.1:{clients}")),
        ("inter.broker.listener.name", "PLAINTEXT".to_owned()),
        ("log.dirs", folder.join(DATA).display().to_string()),
        ("auto.create.topics.enable", "false".to_owned()),
        ("group.initial.rebalance.delay.ms", "0".to_owned()),
        // One broker: inner topics can have but one replica, and need few partitions.
        ("offsets.topic.replication.factor", "1".to_owned()),
        ("offsets.topic.num.partitions", "1".to_owned()),
        ("transaction.state.log.replication.factor", "1".to_owned()),
        ("transaction.state.log.min.isr", "1".to_owned()),
        ("transaction.state.log.num.partitions", "1".to_owned()),
        ("share.coordinator.state.topic.replication.factor", "1".to_owned()),
        ("share.coordinator.state.topic.min.isr", "1".to_owned()),
    ];
    let mut text = String::new();
    // Of two settings of one name, Java's properties take the later.
    for (name, value) in own.iter().chain(more) {
        // Writing to a string cannot fail.
        _ = writeln!(text, "{name}={value}");
    }
    fs::write(folder.join(FILE), text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ports_differ_and_settings_of_the_test_come_last() {
        let ports = free_ports().unwrap();
        assert_ne!(ports.clients, ports.controller);
        let folder = tempfile::tempdir().unwrap();
        write(folder.path(), ports, &[("message.max.bytes", "2097152".to_owned())]).unwrap();
        let text = fs::read_to_string(folder.path().join(FILE)).unwrap();
        assert!(text.contains(&format!("advertised.listeners=PLAINTEXT://127.0.0.1:{}\n", ports.clients)), "{text}");
        assert!(text.ends_with("message.max.bytes=2097152\n"), "{text}");
    }
}
