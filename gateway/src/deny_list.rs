//! The deny list in files: they are read when they change, and a broken file loses no entry.
//!
//! The last whole content of a file stays until the file is whole again. A file that is missing,
//! emptied, cut off in a line or invalid is reported, and removes no revocation. Entries that
//! vanish from a whole file stay until the file was seen unchanged twice, since a writer may be at
//! work.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, Metadata};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use pubnub_access::revocation::RevocationList;

/// The longest file that is read, in bytes: some 1.4 million fingerprints.
const MAX_FILE: u64 = 64 * 1024 * 1024;

/// The most files in a directory.
const MAX_FILES: usize = 10_000;

/// Distinguishes versions of a file.
#[derive(Debug, Clone, PartialEq)]
struct Stamp {
    modified: Option<SystemTime>,
    length: u64,
    #[cfg(unix)]
    inode: u64,
}

impl Stamp {
    fn of(metadata: &Metadata) -> Self {
        Stamp {
            modified: metadata.modified().ok(),
            length: metadata.len(),
            #[cfg(unix)]
            inode: std::os::unix::fs::MetadataExt::ino(metadata),
        }
    }
}

/// A file as it was last read.
struct Known {
    stamp: Option<Stamp>,
    /// Its entries that count.
    list: RevocationList,
    /// Its newest content, if that lacks entries of `list`.
    shrunk: Option<RevocationList>,
    /// True if the newest content could not be used.
    broken: bool,
}

/// A file or a directory of files.
pub struct DenyListFiles {
    path: PathBuf,
    files: BTreeMap<PathBuf, Known>,
    /// True if the path itself could not be read the last time.
    unreachable: bool,
}

/// The result of looking at the files.
#[derive(Default)]
pub struct Refresh {
    /// The whole list, if it may have changed.
    pub list: Option<RevocationList>,
    /// New problems.
    pub problems: Vec<String>,
    /// The number of files that were read.
    pub read: u64,
}

impl DenyListFiles {
    pub fn new(path: PathBuf) -> Self {
        DenyListFiles { path, files: BTreeMap::new(), unreachable: false }
    }

    /// Reports whether some file's newest content cannot be used.
    pub fn is_broken(&self) -> bool {
        self.unreachable || self.files.values().any(|file| file.broken)
    }

    /// Checks the files, and reads all of them, changed or not.
    pub fn read_again(&mut self) -> Refresh {
        self.files.values_mut().for_each(|known| known.stamp = None);
        self.refresh()
    }

    /// Checks the files, and reads those that changed.
    pub fn refresh(&mut self) -> Refresh {
        let mut refresh = Refresh::default();
        let mut changed = false;
        match members(&self.path) {
            Ok(paths) => {
                self.unreachable = false;
                for (path, known) in &mut self.files {
                    if !paths.contains(path) && !known.broken {
                        known.broken = true;
                        known.stamp = None;
                        let path = path.display();
                        refresh.problems.push(format!("{path} is gone; what it held still counts"));
                    }
                }
                for path in paths {
                    changed |= self.look_at(path, &mut refresh);
                }
            }
            Err(error) => {
                if !std::mem::replace(&mut self.unreachable, true) {
                    let path = self.path.display();
                    refresh
                        .problems
                        .push(format!("cannot look at {path}: {error}; what it held still counts"));
                }
            }
        }
        if changed {
            refresh.list = Some(self.list());
        }
        refresh
    }

    /// Checks one file. Returns whether the list may have changed.
    fn look_at(&mut self, path: PathBuf, refresh: &mut Refresh) -> bool {
        let known = self.files.entry(path.clone()).or_insert_with(|| Known {
            stamp: None,
            list: RevocationList::new(),
            shrunk: None,
            broken: false,
        });
        let before = fs::metadata(&path).and_then(|metadata| {
            // Reading a pipe would block.
            let other = || std::io::Error::other("it is neither a file nor a directory");
            metadata.is_file().then(|| Stamp::of(&metadata)).ok_or_else(other)
        });
        if let (Ok(stamp), Some(seen)) = (&before, &known.stamp)
            && stamp == seen
        {
            // Unchanged since it was read, so the entries that it lost are removed.
            return known.shrunk.take().map(|list| known.list = list).is_some();
        }
        let result = before.and_then(|stamp| Ok((stamp, read(&path)?)));
        let list = match result {
            Ok((stamp, text)) => {
                refresh.read += 1;
                known.stamp = Some(stamp);
                parse(&text)
            }
            Err(error) => {
                // An unreadable file is tried again, and reported once.
                known.stamp = None;
                Err(error.to_string())
            }
        };
        match list {
            Ok(list) => {
                known.broken = false;
                let new: BTreeSet<_> = list.iter().collect();
                let grew = known.list.iter().all(|entry| new.contains(&entry));
                let seen_before = known.shrunk.as_ref() == Some(&list);
                if grew || seen_before {
                    known.list = list;
                    known.shrunk = None;
                } else {
                    list.iter().for_each(|(fingerprint, expires_at)| {
                        known.list.revoke_fingerprint(fingerprint, expires_at);
                    });
                    known.shrunk = Some(list);
                }
                true
            }
            Err(error) => {
                if !std::mem::replace(&mut known.broken, true) || known.stamp.is_some() {
                    let path = path.display();
                    refresh.problems.push(format!("{path}: {error}; what it held before counts"));
                }
                false
            }
        }
    }

    /// Returns the entries of all files that count.
    fn list(&self) -> RevocationList {
        let mut all = RevocationList::new();
        for (fingerprint, expires_at) in self.files.values().flat_map(|known| known.list.iter()) {
            all.revoke_fingerprint(fingerprint, expires_at);
        }
        all
    }

    /// Drops the entries of missing or broken files that expired before `now`, in Unix seconds. The
    /// entries of whole files stay, so that a clock that is ahead for a moment removes nothing.
    pub fn forget_expired(&mut self, now: u64) {
        self.files.values_mut().filter(|known| known.broken).for_each(|known| {
            known.list.forget_expired(now);
        });
    }
}

/// Returns the files at a path: the path itself, or the files of a directory except hidden and
/// temporary ones.
fn members(path: &Path) -> std::io::Result<Vec<PathBuf>> {
    if !fs::metadata(path)?.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let mut paths = Vec::new();
    for entry in fs::read_dir(path)? {
        let entry = entry?;
        let name = entry.file_name();
        let name = name.to_string_lossy();
        let skipped = name.starts_with('.') || name.ends_with('~') || name.ends_with(".tmp");
        if skipped || !fs::metadata(entry.path()).is_ok_and(|metadata| metadata.is_file()) {
            continue;
        }
        if paths.len() == MAX_FILES {
            return Err(std::io::Error::other(format!("it has more than {MAX_FILES} files")));
        }
        paths.push(entry.path());
    }
    if paths.is_empty() {
        // A mount may be missing.
        let what = "it has no files; write one with a comment line (`# none`) for an empty list";
        return Err(std::io::Error::other(what));
    }
    paths.sort();
    Ok(paths)
}

fn read(path: &Path) -> std::io::Result<String> {
    let mut text = String::new();
    fs::File::open(path)?.take(MAX_FILE + 1).read_to_string(&mut text)?;
    if text.len() as u64 > MAX_FILE {
        return Err(std::io::Error::other(format!("it is longer than {MAX_FILE} bytes")));
    }
    Ok(text)
}

/// Reads a whole file. An empty file without even a comment was probably emptied by mistake, and a
/// file whose last line has no line feed is probably being written.
fn parse(text: &str) -> Result<RevocationList, String> {
    if text.trim().is_empty() {
        return Err("it is empty; write a comment line (`# none`) for an empty list".to_owned());
    }
    if !text.ends_with('\n') {
        return Err("its last line does not end: half of it may be missing".to_owned());
    }
    text.parse().map_err(|error: pubnub_access::revocation::RevocationError| error.to_string())
}
