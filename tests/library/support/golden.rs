//! Files that the code generates: compared by the tests, or rewritten if `PUBNUB_ACCESS_REWRITE` is
//! set.

use std::path::Path;

/// Compares a file of the project with its expected contents.
pub fn compare(path: &str, expected: &str) {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    if std::env::var_os("PUBNUB_ACCESS_REWRITE").is_some() {
        std::fs::write(&file, expected).unwrap();
    }
    let found = std::fs::read_to_string(&file)
        .unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    for (line, (found, expected)) in found.lines().zip(expected.lines()).enumerate() {
        assert_eq!(
            found,
            expected,
            "{path}, line {}: PUBNUB_ACCESS_REWRITE=1 rewrites the file",
            line + 1
        );
    }
    assert_eq!(found, expected, "{path}: PUBNUB_ACCESS_REWRITE=1 rewrites the file");
}
