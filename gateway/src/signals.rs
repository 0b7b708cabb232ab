//! Signals: SIGTERM and SIGINT end the gateway, SIGHUP reloads.

use std::io;
use std::sync::Arc;

use tokio::sync::{Notify, watch};

/// The effects of signals.
pub struct Signals {
    /// Turns true when the process is asked to end.
    pub stopped: watch::Receiver<bool>,
    /// Notified to reload.
    pub reload: Arc<Notify>,
}

impl Signals {
    #[cfg(unix)]
    pub fn listen() -> io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        let (mut terminate, mut interrupt, mut hangup) = (
            signal(SignalKind::terminate())?,
            signal(SignalKind::interrupt())?,
            signal(SignalKind::hangup())?,
        );
        let (stop, stopped) = watch::channel(false);
        let reload = Arc::new(Notify::new());
        let asked = Arc::clone(&reload);
        tokio::spawn(async move {
            loop {
                tokio::select! {
                    _ = terminate.recv() => break,
                    _ = interrupt.recv() => break,
                    _ = hangup.recv() => asked.notify_one(),
                }
            }
            stop.send_replace(true);
        });
        Ok(Signals { stopped, reload })
    }

    #[cfg(not(unix))]
    pub fn listen() -> io::Result<Self> {
        let (stop, stopped) = watch::channel(false);
        tokio::spawn(async move {
            let _ = tokio::signal::ctrl_c().await;
            stop.send_replace(true);
        });
        Ok(Signals { stopped, reload: Arc::default() })
    }
}
