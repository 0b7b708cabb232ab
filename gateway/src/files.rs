//! The limit of open files. Each connection takes one.

use crate::settings::Settings;

/// Open files besides connections.
const OTHERS: u64 = 64;

/// Raises the limit of open files as far as possible, and warns if the settings need more.
#[cfg(unix)]
pub fn allow(settings: &Settings) {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

    let Rlimit { maximum, .. } = getrlimit(Resource::Nofile);
    // If this fails, the warning below follows.
    let _ = setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum });
    let wanted = wanted(settings);
    if let Some(limit) = getrlimit(Resource::Nofile).current.filter(|limit| *limit < wanted) {
        tracing::warn!(limit, wanted, "too few open files are allowed: see `ulimit -n`");
    }
}

#[cfg(not(unix))]
pub fn allow(_: &Settings) {}

/// Returns the number of files that all allowed connections take.
#[cfg(unix)]
fn wanted(settings: &Settings) -> u64 {
    let connections = u64::from(settings.limits.connections);
    let proxy = settings.proxy.as_ref();
    let forwarded = proxy.map_or(0, |proxy| connections + u64::from(proxy.max_requests));
    OTHERS + connections + forwarded
}
