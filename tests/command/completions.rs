//! Completions, computed by the shells themselves.

use std::io::Write;
use std::process::{Command, Stdio};

use crate::support::run;

/// A typed line, some of the offered words, and a word that is not offered.
const CASES: [(&str, &[&str], &str); 7] = [
    ("pubnub-access in", &["inspect"], "check"),
    ("pubnub-access check --oper", &["--operation"], "--channel"),
    ("pubnub-access check --operation pub", &["publish"], "subscribe"),
    ("pubnub-access lint --allow ttl_", &["ttl_long", "ttl_short", "ttl_zero"], "no_permissions"),
    ("pubnub-access lint --format s", &["sarif"], "json"),
    ("pubnub-access check --precedence explicit-else-", &["explicit-else-any"], "union"),
    ("pubnub-access redact --n", &["--names"], "--format"),
];

/// Completes a line with the completions of a script, one a line.
const BASH: &str = r#"
source "$1"
COMP_WORDS=($2)
COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
complete=$(complete -p pubnub-access)
complete=${complete#*-F }
"${complete%% *}" pubnub-access "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}"
printf '%s\n' "${COMPREPLY[@]}"
"#;

const FISH: &str = r#"
source $argv[1]
complete -C $argv[2]
"#;

/// Runs in a terminal, since zsh completes nowhere else, and prints the candidates instead of
/// showing them. The marks are written in two parts, so that an echo of these lines is none.
const ZSH: &str = r#"
zmodload zsh/zpty
zpty inner zsh -f -i
zpty -w inner "PROMPT=; stty -echo; autoload -Uz compinit; compinit -u -D; source ${(q)1}"
zpty -w inner '
compadd() {
    if [[ ${@[1,(i)(-|--)]} == *-(O|A|D)\ * ]]; then builtin compadd "$@"; return; fi
    typeset -a found
    builtin compadd -A found "$@"
    print -l -- "<"${^found}">"
}
finish() { print "<<e""nd>>"; exit }
comppostfuncs=(finish)
bindkey "^I" complete-word
print "<<re""ady>>"'
zpty -r inner line '*<<ready>>*'
zpty -w -n inner "$2"$'\t'
zpty -r inner line '*<<end>>*'
print -r -- "$line"
"#;

/// Returns the words that a shell offers; `None` if the shell is not installed, which is an error
/// in CI.
fn completed(shell: &str, arguments: &[&str], script: &str, typed: &str) -> Option<String> {
    let name = format!("pubnub-access-{shell}-{}", std::process::id());
    let path = std::env::temp_dir().join(name);
    std::fs::write(&path, run(&["completions", shell]).stdout).unwrap();
    let mut command = Command::new(shell);
    command.args(arguments);
    if shell == "fish" {
        command.arg(script);
    } else {
        command.args([script, shell]);
    }
    let child = command
        .arg(&path)
        .arg(typed)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn();
    let Ok(child) = child else {
        let in_ci = std::env::var("CI").is_ok_and(|value| value == "true");
        assert!(!in_ci, "{shell} is not installed");
        let _ = writeln!(std::io::stderr(), "skipped: {shell} is not installed");
        return None;
    };
    let output = child.wait_with_output().unwrap();
    std::fs::remove_file(&path).unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(errors.trim().is_empty(), "{shell}: {errors}");
    Some(String::from_utf8_lossy(&output.stdout).into_owned())
}

fn completes(shell: &str, arguments: &[&str], script: &str) {
    for (typed, offered, other) in CASES {
        let Some(found) = completed(shell, arguments, script, typed) else { return };
        for candidate in offered {
            assert!(found.contains(candidate), "{shell}: {typed}: {candidate} in {found:?}");
        }
        assert!(!found.contains(other), "{shell}: {typed}: {other} in {found:?}");
    }
}

#[test]
fn bash_completes_commands_flags_and_values() {
    completes("bash", &["--norc", "-c"], BASH);
}

#[test]
fn zsh_completes_commands_flags_and_values() {
    completes("zsh", &["-f", "-c"], ZSH);
}

#[test]
fn fish_completes_commands_flags_and_values() {
    completes("fish", &["--no-config", "-c"], FISH);
}
