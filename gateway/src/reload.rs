//! Reloads, at SIGHUP and after a file changed.

use std::fs::OpenOptions;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use tokio::sync::Notify;
use tokio::time::sleep;

use crate::deny_list::DenyListFiles;
use crate::options::{Arguments, Options};
use crate::rules::{Decider, unix_time};
use crate::settings::{DecisionSettings, RELOADABLE, Settings};
use crate::tls::Certificate;

/// The files that are checked for changes.
pub struct Reloader {
    pub decider: Arc<Decider>,
    pub deny_list: Option<DenyListFiles>,
    pub certificate: Option<Arc<Certificate>>,
    pub certificate_files: Files,
    pub config_files: Files,
    pub config: Option<PathBuf>,
    /// Flags and environment, which do not change.
    pub given: Options,
    /// All settings as last loaded.
    pub loaded: Options,
    pub interval: Duration,
    /// Notified at SIGHUP.
    pub asked: Arc<Notify>,
}

impl Reloader {
    /// Runs until the process ends.
    pub async fn run(mut self) {
        loop {
            let asked = tokio::select! {
                () = self.asked.notified() => true,
                () = sleep(self.interval), if !self.interval.is_zero() => false,
            };
            // Files are read on a thread that may block.
            let result = tokio::task::spawn_blocking(move || {
                if self.config_files.are_due(asked) {
                    self.reload_settings();
                }
                if self.certificate_files.are_due(asked) {
                    self.reload_certificate();
                }
                self.reload_deny_list(asked);
                self
            });
            match result.await {
                Ok(next) => self = next,
                Err(_) => return tracing::error!("reloading ended: restart the gateway"),
            }
        }
    }

    fn reload_settings(&mut self) {
        let options = self.given.clone().with_file(self.config.as_deref());
        let checked = options.and_then(|options| match Settings::new(&options) {
            Ok(_) => Ok(options),
            Err(problems) => Err(problems.join("; ")),
        });
        match checked {
            Ok(options) => {
                for name in options.differences(&self.loaded) {
                    if RELOADABLE.contains(&name) {
                        tracing::warn!(setting = name, "setting changed");
                    } else {
                        tracing::warn!(setting = name, "setting takes a restart to change");
                    }
                }
                self.decider.set_settings(DecisionSettings::new(&options));
                self.loaded = options;
                self.decider.metrics.reloaded("settings", true);
            }
            Err(error) => {
                // An error of TOML spans several lines.
                let error = error.split_whitespace().collect::<Vec<_>>().join(" ");
                tracing::error!(%error, "settings not reloaded; the old ones stay");
                self.decider.metrics.reloaded("settings", false);
            }
        }
    }

    fn reload_certificate(&self) {
        let Some(certificate) = &self.certificate else { return };
        let result = certificate.reload();
        self.decider.metrics.reloaded("certificate", result.is_ok());
        match result {
            Ok(()) => tracing::warn!("certificate loaded"),
            Err(error) => tracing::error!(%error, "certificate not reloaded; the old one stays"),
        }
    }

    fn reload_deny_list(&mut self, asked: bool) {
        let Some(files) = &mut self.deny_list else { return };
        files.forget_expired(unix_time().saturating_sub(self.decider.clock_tolerance()));
        let refresh = if asked { files.read_again() } else { files.refresh() };
        let metrics = &self.decider.metrics;
        for problem in &refresh.problems {
            tracing::error!("deny list: {problem}");
            metrics.reloaded("deny_list", false);
        }
        if let Some(list) = refresh.list {
            tracing::warn!(entries = list.len(), "deny list loaded");
            self.decider.set_deny_list(Arc::new(list));
            metrics.reloaded("deny_list", true);
        } else if asked && refresh.problems.is_empty() {
            tracing::warn!("deny list unchanged");
        }
        metrics.deny_list_seen(files.is_broken());
    }
}

/// Files, with the time of change and the length of each.
pub struct Files {
    paths: Vec<PathBuf>,
    seen: Stamps,
    loaded: Stamps,
}

type Stamps = Vec<Option<(SystemTime, u64)>>;

impl Files {
    /// Records the state of the files when they are loaded.
    pub fn new(paths: Vec<PathBuf>) -> Self {
        let now = stamps(&paths);
        Files { paths, seen: now.clone(), loaded: now }
    }

    /// Checks the files, and reports whether to load them again.
    ///
    /// After a change, a writer may still be at work, so the change waits for the next check.
    fn are_due(&mut self, asked: bool) -> bool {
        let now = stamps(&self.paths);
        let due = asked || (now != self.loaded && now == self.seen);
        if due {
            self.loaded.clone_from(&now);
        }
        self.seen = now;
        due
    }
}

fn stamps(paths: &[PathBuf]) -> Stamps {
    let stamp = |path: &PathBuf| {
        let metadata = std::fs::metadata(path).ok()?;
        Some((metadata.modified().ok()?, metadata.len()))
    };
    paths.iter().map(stamp).collect()
}

/// Checked settings, with the problems of the deny list that they name.
pub struct Checked {
    pub options: Options,
    pub settings: Settings,
    pub deny_list_problems: Vec<String>,
}

/// Checks the settings and the files that they name, or returns all their problems.
pub fn check(arguments: &Arguments) -> Result<Checked, Vec<String>> {
    let options = arguments
        .options
        .clone()
        .with_file(arguments.config.as_deref())
        .map_err(|problem| vec![problem])?;
    let settings = Settings::new(&options)?;
    let mut problems = Vec::new();
    if let Some(proxy) = &settings.proxy {
        let shown = proxy.tls.as_ref().and_then(|(chain, key)| Certificate::load(chain, key).err());
        problems.extend(shown.map(|error| format!("tls-certificate: {error}")));
        let trusted = crate::tls::client(proxy.upstream_ca.as_deref()).err();
        problems.extend(trusted.map(|error| format!("upstream-ca: {error}")));
        let noted = proxy.learn.as_ref().and_then(|learn| unwritable(&learn.file));
        problems.extend(noted);
    }
    if !problems.is_empty() {
        return Err(problems);
    }
    let read = settings.deny_list.clone().map(|path| DenyListFiles::new(path).refresh().problems);
    let deny_list_problems =
        read.into_iter().flatten().map(|problem| format!("deny-list: {problem}")).collect();
    Ok(Checked { options, settings, deny_list_problems })
}

/// Returns the reason why a file of observations cannot be written, without creating the file.
fn unwritable(path: &Path) -> Option<String> {
    let error = OpenOptions::new().append(true).open(path).err()?;
    let directory = path.parent().filter(|parent| !parent.as_os_str().is_empty());
    let creatable = directory.is_none_or(Path::is_dir);
    let problem = format!("learn: {}: {error}", path.display());
    (error.kind() != ErrorKind::NotFound || !creatable).then_some(problem)
}
