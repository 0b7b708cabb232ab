//! The log: lines on standard error, with a limit for each kind and second, written by a separate
//! thread.
//!
//! A flood of requests writes a bounded number of lines. A reader that stops, or a full disk,
//! blocks nobody: lines are then dropped and counted.

use std::collections::HashMap;
use std::io::{self, Write};
use std::sync::mpsc::{SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tracing_subscriber::filter::Targets;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

use crate::metrics::Metrics;
use crate::settings::LogSettings;
use crate::values::LogFormat;

/// The most lines that wait to be written.
const QUEUE: usize = 1024;

const WINDOW: Duration = Duration::from_secs(1);

/// Limits the lines of each kind.
#[derive(Clone)]
pub struct Log {
    rate: u32,
    kinds: Arc<Mutex<HashMap<&'static str, Window>>>,
    metrics: Metrics,
}

struct Window {
    start: Instant,
    written: u32,
    suppressed: u64,
}

impl Log {
    pub fn new(settings: LogSettings, metrics: Metrics) -> Self {
        Log { rate: settings.rate, kinds: Arc::default(), metrics }
    }

    /// Reports whether another line of this kind may be written. Otherwise counts it.
    pub fn admits(&self, kind: &'static str) -> bool {
        let now = Instant::now();
        let mut kinds = self.kinds.lock().unwrap_or_else(PoisonError::into_inner);
        let window = kinds.entry(kind).or_insert(Window { start: now, written: 0, suppressed: 0 });
        if now.duration_since(window.start) >= WINDOW {
            (window.start, window.written) = (now, 0);
        }
        let admitted = window.written < self.rate;
        if admitted {
            window.written += 1;
        } else {
            window.suppressed += 1;
            self.metrics.suppressed_line();
        }
        admitted
    }

    /// Logs the number of suppressed lines of each kind, every second.
    pub async fn report_suppressed(self) {
        let mut ticks = tokio::time::interval(WINDOW);
        loop {
            ticks.tick().await;
            let mut kinds = self.kinds.lock().unwrap_or_else(PoisonError::into_inner);
            for (kind, window) in kinds.iter_mut().filter(|(_, window)| window.suppressed > 0) {
                let suppressed = std::mem::take(&mut window.suppressed);
                tracing::info!(kind, suppressed, "more lines of this kind");
            }
        }
    }
}

/// Starts the log. It shows only events of the gateway, since those of dependencies may contain
/// what clients send.
pub fn start(settings: LogSettings, metrics: &Metrics) {
    let ours = Targets::new().with_target("pubnub_access_gateway", settings.level);
    let writer = Queue::start(metrics.clone());
    let layer = tracing_subscriber::fmt::layer().with_ansi(false).log_internal_errors(false);
    let registry = tracing_subscriber::registry().with(ours);
    match settings.format {
        LogFormat::Text => registry.with(layer.with_writer(writer)).init(),
        LogFormat::Json => {
            registry.with(layer.json().flatten_event(true).with_writer(writer)).init();
        }
    }
}

/// Lines on their way to standard error.
#[derive(Clone)]
struct Queue {
    lines: SyncSender<Vec<u8>>,
    metrics: Metrics,
}

impl Queue {
    fn start(metrics: Metrics) -> Self {
        let (lines, waiting) = sync_channel::<Vec<u8>>(QUEUE);
        let of_writer = metrics.clone();
        std::thread::spawn(move || {
            for line in waiting {
                if io::stderr().write_all(&line).is_err() {
                    of_writer.lost_line();
                }
            }
        });
        Queue { lines, metrics }
    }
}

impl Write for Queue {
    /// Takes a whole line, since the layer writes each event at once.
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        if self.lines.try_send(line.to_vec()).is_err() {
            self.metrics.lost_line();
        }
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for Queue {
    type Writer = Queue;

    fn make_writer(&self) -> Queue {
        self.clone()
    }
}
