//! The system's clock, and the local stack's, which a developer can move.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::time::Duration;

use domain::time::Timestamp;

use crate::config::Config;

/// The file of the local stack that says by how many milliseconds its clock is ahead.
static STACK: OnceLock<PathBuf> = OnceLock::new();

/// The current time. Read once per event, then passed on.
pub fn now() -> Timestamp {
    let ahead = STACK.get().map(|file| ahead(file)).unwrap_or_default();
    system().plus(ahead)
}

#[expect(clippy::disallowed_methods, reason = "the one sanctioned reading of the clock")]
fn system() -> Timestamp {
    let since_epoch =
        std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    Timestamp::from_millis(0).plus(since_epoch)
}

/// Takes the time from the local stack, if it runs this function.
pub(crate) fn follow(config: &Config) {
    if let Some(file) = file_of_stack(config) {
        // A second call changes nothing.
        let _ = STACK.set(file.into());
    }
}

/// The file, if the local stack runs this function; `None` in Lambda, whoever sets `POSTERN_CLOCK` there:
/// the address of the Runtime API is a variable that Lambda reserves. Its value is host and port, never
/// a URL, which this stack and `cargo lambda watch` need for their paths.
fn file_of_stack(config: &Config) -> Option<&str> {
    let runs_locally = config.optional("AWS_LAMBDA_RUNTIME_API")?.starts_with("http://");
    config.optional("POSTERN_CLOCK").filter(|_| runs_locally)
}

/// Without a readable file the stack is gone, and so will be this process.
fn ahead(file: &Path) -> Duration {
    let text = std::fs::read_to_string(file).unwrap_or_default();
    Duration::from_millis(text.trim().parse().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(runtime_api: &str) -> Option<String> {
        let variables =
            [("POSTERN_CLOCK", "/clock"), ("AWS_LAMBDA_RUNTIME_API", runtime_api), ("A", "b")];
        let config: Config = variables
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .into_iter()
            .collect();
        file_of_stack(&config).map(str::to_owned)
    }

    #[test]
    fn only_the_local_stack_can_move_the_clock() {
        let local = "http://127.0.0.1:9001/runtime/portal-me/00000000-0000-4000-8000-000000000000";
        assert_eq!(file(local).as_deref(), Some("/clock"));
        // Lambda's addresses: on demand, with SnapStart, and through the proxy of a layer.
        for of_lambda in
            ["127.0.0.1:9001", "169.254.100.1:9001", "sandbox:9001", "127.0.0.1:9009", ""]
        {
            assert_eq!(file(of_lambda), None, "{of_lambda}");
        }
    }

    #[test]
    fn the_file_says_by_how_much_the_clock_is_ahead() {
        let path = std::env::temp_dir().join(format!("postern-clock-test-{}", std::process::id()));
        let read = |text: &str| {
            std::fs::write(&path, text).unwrap();
            ahead(&path).as_millis()
        };
        assert_eq!(["21600000", "0\n", "", "-5", "6h"].map(read), [21_600_000, 0, 0, 0, 0]);
        std::fs::remove_file(&path).unwrap();
        assert_eq!(ahead(&path), Duration::ZERO);
    }
}
