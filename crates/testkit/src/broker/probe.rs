//! Whether a broker answers clients: it takes connections some time before it does.

use std::{
    io::{self, Read as _, Write as _},
    net::{Ipv4Addr, SocketAddr, TcpStream},
    time::Duration,
};

/// A Metadata request, version 1, for no topic: size, then api key 3, version 1, correlation 7, client id "kt", an empty array.
const REQUEST: [u8; 20] = [0, 0, 0, 16, 0, 3, 0, 1, 0, 0, 0, 7, 0, 2, b'k', b't', 0, 0, 0, 0];

/// Whether the broker answers, and names itself as a live member of its cluster.
pub(super) fn answers(port: u16) -> bool {
    brokers(port).is_ok_and(|count| count > 0)
}

/// How many brokers the answer names.
fn brokers(port: u16) -> io::Result<u32> {
    let wait = Duration::from_secs(2);
    let mut stream = TcpStream::connect_timeout(&SocketAddr::from((Ipv4Addr::LOCALHOST, port)), wait)?;
    stream.set_read_timeout(Some(wait))?;
    stream.write_all(&REQUEST)?;
    // Size, correlation, count of brokers: 32 bits each.
    let mut head = [0; 12];
    stream.read_exact(&mut head)?;
    let [.., a, b, c, d] = head;
    Ok(u32::from_be_bytes([a, b, c, d]))
}
