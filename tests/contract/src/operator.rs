//! `postern`, run as an operator runs it, against the stack that the tests run beside.

use std::{
    env,
    ffi::OsStr,
    fs::File,
    io::Write,
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
};

use serde_json::Value;

/// What a run said, and how it ended.
#[derive(Debug)]
pub struct Ran {
    /// The exit status.
    pub status: i32,
    /// Standard output: results and secrets.
    pub stdout: String,
    /// Standard error: everything else.
    pub stderr: String,
}

impl Ran {
    fn of(output: Output) -> Self {
        let text = |bytes| String::from_utf8(bytes).expect("UTF-8");
        Self {
            status: output.status.code().expect("an end of its own"),
            stdout: text(output.stdout),
            stderr: text(output.stderr),
        }
    }

    /// The same, once it is clear that it was done.
    pub fn done(self) -> Self {
        assert_eq!(self.status, 0, "{}", self.stderr);
        self
    }

    /// Standard output as JSON.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|_| panic!("no JSON: {self:?}"))
    }

    /// Standard output without its line break.
    pub fn line(&self) -> &str {
        self.stdout.trim_end()
    }
}

/// Where it is.
pub fn program() -> PathBuf {
    let test = env::current_exe().expect("a test is a program");
    test.ancestors().nth(2).expect("target/debug/deps/…").join("postern")
}

/// The credentials of the policy that a command needs: an id of the template, as the local stack has them.
pub fn policy(arguments: &[&str]) -> &'static str {
    match arguments.iter().find(|argument| !argument.starts_with('-')) {
        Some(&("keys" | "doctor" | "status")) => "KeyCustodianPolicy",
        Some(&"audit") if arguments.iter().any(|it| ["verify", "seal", "--codes"].contains(it)) => {
            "AuditorPolicy"
        }
        _ => "HelpdeskPolicy",
    }
}

/// It, with nobody at the terminal, and with the rights of an operator.
pub fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(program());
    command.args(arguments).env("AWS_ACCESS_KEY_ID", policy(arguments));
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// Starts it with nobody at the terminal.
pub fn started<V: AsRef<OsStr>>(arguments: &[&str], variables: &[(V, V)]) -> Child {
    let mut command = command(arguments);
    command.envs(variables.iter().map(|(name, value)| (name, value)));
    command.spawn().expect("postern starts")
}

/// Runs it where standard output takes nothing: the device on which every write fails.
pub fn postern_unheard(arguments: &[&str]) -> Ran {
    let full = File::options().write(true).open("/dev/full").expect("Linux");
    ended(command(arguments).stdout(full).spawn().expect("postern starts"))
}

/// Runs it where standard error takes nothing.
pub fn postern_unread(arguments: &[&str]) -> Ran {
    let full = File::options().write(true).open("/dev/full").expect("Linux");
    ended(command(arguments).stderr(full).spawn().expect("postern starts"))
}

/// Waits for one that was started.
pub fn ended(child: Child) -> Ran {
    Ran::of(child.wait_with_output().expect("a child of ours"))
}

/// Runs it.
pub fn postern(arguments: &[&str]) -> Ran {
    ended(started::<&str>(arguments, &[]))
}

/// Runs it with other variables.
pub fn postern_where<V: AsRef<OsStr>>(arguments: &[&str], variables: &[(V, V)]) -> Ran {
    ended(started(arguments, variables))
}

/// Runs it with this on standard input.
pub fn postern_reading(arguments: &[&str], input: &str) -> Ran {
    reading_where::<&str>(arguments, &[], input)
}

/// The same with other variables.
pub fn reading_where<V: AsRef<OsStr>>(
    arguments: &[&str],
    variables: &[(V, V)],
    input: &str,
) -> Ran {
    let mut child = started(arguments, variables);
    let mut stdin = child.stdin.take().expect("a pipe");
    stdin.write_all(input.as_bytes()).expect("it reads");
    drop(stdin);
    ended(child)
}

/// The variables of the stack: addresses, tables and secrets, but neither region nor credentials.
pub fn of_stack() -> Vec<(String, String)> {
    #[expect(clippy::disallowed_methods, reason = "to hand them on to a program")]
    let all = env::vars();
    let is_of_stack = |name: &str| {
        name.starts_with("AWS_ENDPOINT_URL")
            || name.ends_with("_TABLE")
            || name.ends_with("_SECRET")
            || ["SENDER_ADDRESS", "STACK", "AUDIT_LOG_GROUP"].contains(&name)
    };
    all.filter(|(name, _)| is_of_stack(name)).collect()
}

/// Runs it with nothing in its environment but a home, these variables, and instance metadata that nobody
/// answers for: without that one it would ask beyond loopback.
pub fn postern_at_home<V: AsRef<OsStr>>(
    home: &Path,
    arguments: &[&str],
    variables: &[(V, V)],
) -> Ran {
    let mut command = command(arguments);
    command.env_clear().env("HOME", home).env("PATH", "/usr/bin:/bin");
    command.env("AWS_EC2_METADATA_SERVICE_ENDPOINT", "http://127.0.0.1:1");
    command.envs(variables.iter().map(|(name, value)| (name, value)));
    ended(command.spawn().expect("postern starts"))
}

/// An organization of a test's own, by its id.
pub fn organization() -> String {
    let created = postern(&["organization", "create", "--name", "Own Clinic", "--output", "json"]);
    created.done().json()["id"].as_str().expect("an id").to_owned()
}
