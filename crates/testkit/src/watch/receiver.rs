//! Who is told: takes the Alertmanager's webhooks and keeps them.

use std::{
    io::{self, BufRead, BufReader, Read as _, Write as _},
    net::{TcpListener, TcpStream},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    thread::{self, JoinHandle},
};

use serde_json::Value;

/// Bytes of a notification at most.
const BYTES: u64 = 1 << 20;

/// What was told.
#[derive(Clone, Debug)]
pub struct Notification {
    /// To whom: the path of the webhook, such as `/marketing-page`.
    pub to: String,
    /// What the Alertmanager sent: `status`, and `alerts` with `labels` and `annotations`.
    pub body: Value,
}

/// Takes webhooks until it is dropped.
pub struct Receiver {
    address: String,
    told: Arc<Mutex<Vec<Notification>>>,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Notification {
    /// The name that all its alerts have, where it is grouped so.
    pub fn alert(&self) -> &str {
        self.body["groupLabels"]["alertname"].as_str().unwrap_or_default()
    }

    /// `firing`, or `resolved` where all of them are.
    pub fn status(&self) -> &str {
        self.body["status"].as_str().unwrap_or_default()
    }

    /// Its alerts.
    pub fn alerts(&self) -> &[Value] {
        self.body["alerts"].as_array().map_or(&[], Vec::as_slice)
    }
}

impl Receiver {
    /// Starts one.
    pub fn start() -> io::Result<Receiver> {
        Receiver::telling(|_| ())
    }

    /// The same, which tells of each notification as it comes.
    pub fn telling(tell: impl Fn(&Notification) + Send + 'static) -> io::Result<Receiver> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let address = listener.local_addr()?.to_string();
        let (told, stop) = (Arc::new(Mutex::new(Vec::new())), Arc::new(AtomicBool::new(false)));
        let (keep, stopping) = (Arc::clone(&told), Arc::clone(&stop));
        let thread = thread::spawn(move || {
            for stream in listener.incoming() {
                if stopping.load(Ordering::Acquire) {
                    return;
                }
                // Of one connection at a time: the Alertmanager waits for its answer.
                if let Some(notification) = stream.ok().and_then(|stream| taken(&stream).ok()) {
                    tell(&notification);
                    keep.lock().unwrap_or_else(PoisonError::into_inner).push(notification);
                }
            }
        });
        Ok(Receiver { address, told, stop, thread: Some(thread) })
    }

    /// The beginning of its URLs.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// All that was told so far.
    pub fn told(&self) -> Vec<Notification> {
        self.told.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// What was told of an alert, in order: to whom, and whether it fires.
    pub fn told_of(&self, alert: &str) -> Vec<Notification> {
        self.told().into_iter().filter(|notification| notification.alert() == alert).collect()
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Release);
        // So that it looks.
        _ = TcpStream::connect(&self.address);
        self.thread.take().map(JoinHandle::join);
    }
}

/// Reads one request and answers it.
fn taken(stream: &TcpStream) -> io::Result<Notification> {
    let mut reader = BufReader::new(stream.take(BYTES));
    let (mut line, mut to, mut length) = (String::new(), String::new(), 0);
    while reader.read_line(&mut line)? > 2 {
        if to.is_empty() {
            to = line.split(' ').nth(1).unwrap_or_default().to_owned();
        }
        if let Some((name, value)) = line.split_once(':').filter(|(name, _)| name.eq_ignore_ascii_case("content-length")) {
            length = value.trim().parse().map_err(|_| io::Error::other(format!("{name}: {value}")))?;
        }
        line.clear();
    }
    let mut body = vec![0; usize::try_from(u64::min(length, BYTES)).unwrap_or_default()];
    reader.read_exact(&mut body)?;
    let mut answer = stream;
    answer.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")?;
    Ok(Notification { to, body: serde_json::from_slice(&body)? })
}
