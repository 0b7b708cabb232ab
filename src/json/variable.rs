//! Variables in place of a token: texts of values that are not tokens.

/// A value that a program wrote into a request in place of a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Variable {
    /// `undefined`, `null`, `None`.
    Missing,
    /// `[object Promise]`, `<coroutine object ...>`.
    Promise,
    /// `[object Object]`, `Optional("...")`.
    Object,
    /// `${token}`, `{{token}}`.
    Template,
}

/// The texts of missing values, in lower case.
const MISSING: [&str; 13] = [
    "undefined",
    "null",
    "none",
    "nil",
    "nan",
    "false",
    "true",
    "(null)",
    "<null>",
    "<nil>",
    "%!s(<nil>)",
    "undefined token",
    "no_token",
];

/// Words in the texts of unfinished work, in lower case.
const PROMISES: [&str; 9] = [
    "[object promise]",
    "[object asyncfunction]",
    "promise {",
    "<coroutine",
    "<future",
    "task`1[",
    "future<",
    "completablefuture",
    "deferred",
];

/// The beginnings of the texts of objects, in lower case.
const OBJECTS: [&str; 9] = [
    "[object ",
    "optional(",
    "optional[",
    "some(",
    "{\"",
    "<function",
    "function ",
    "java.lang.",
    "instance of",
];

impl Variable {
    /// Recognises a variable in the decoded text of a credential.
    pub(super) fn of(text: &str) -> Option<Self> {
        let text = text.trim().to_lowercase();
        // Some clients write a space as `+`.
        let text = text.replace('+', " ");
        let between = |open: &str, close: &str| {
            text.strip_prefix(open).and_then(|text| text.strip_suffix(close)).is_some()
        };
        if MISSING.contains(&&*text) {
            Some(Variable::Missing)
        } else if PROMISES.iter().any(|promise| text.contains(promise)) {
            Some(Variable::Promise)
        } else if OBJECTS.iter().any(|object| text.starts_with(object)) {
            Some(Variable::Object)
        } else if between("${", "}")
            || between("{{", "}}")
            || between("#{", "}")
            || between("<%", "%>")
            || between("%", "%")
            || between("{", "token}")
            || is_shell_variable(&text)
            || text.starts_with("your") && text.contains("token")
        {
            Some(Variable::Template)
        } else {
            None
        }
    }

    /// Returns a description of the value.
    pub(super) fn what(self) -> &'static str {
        match self {
            Variable::Missing => "a missing value",
            Variable::Promise => "a promise that was not awaited",
            Variable::Object => "an object, whose token was not taken out of it",
            Variable::Template => "a template that was not filled in",
        }
    }
}

/// Reports whether a text is a shell variable, such as `$TOKEN`.
fn is_shell_variable(text: &str) -> bool {
    text.strip_prefix('$').is_some_and(|name| {
        !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_are_distinguished_from_tokens_keys_and_masked_credentials() {
        let cases = [
            ("undefined", Some(Variable::Missing)),
            ("None", Some(Variable::Missing)),
            ("NULL", Some(Variable::Missing)),
            ("(null)", Some(Variable::Missing)),
            ("[object Promise]", Some(Variable::Promise)),
            ("[object+Promise]", Some(Variable::Promise)),
            ("<coroutine object get_token at 0x7f>", Some(Variable::Promise)),
            ("System.Threading.Tasks.Task`1[System.String]", Some(Variable::Promise)),
            ("Instance of 'Future<String>'", Some(Variable::Promise)),
            ("[object Object]", Some(Variable::Object)),
            ("Optional(\"p0F2AkF0\")", Some(Variable::Object)),
            ("{\"token\":\"p0F2\"}", Some(Variable::Object)),
            ("${token}", Some(Variable::Template)),
            ("{{pubnub_token}}", Some(Variable::Template)),
            ("$TOKEN", Some(Variable::Template)),
            ("%TOKEN%", Some(Variable::Template)),
            ("YOUR_TOKEN_HERE", Some(Variable::Template)),
            ("p0F2AkF0GmWWz2xDdHRsDw", None),
            ("my-auth-key", None),
            ("nullable", None),
            ("[REDACTED]", None),
            ("<redacted>", None),
            ("xxxx", None),
            ("", None),
        ];
        for (text, expected) in cases {
            assert_eq!(Variable::of(text), expected, "{text}");
        }
    }
}
