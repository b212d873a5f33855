//! The tests that are to miss a clause.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use serde_json::Value;

use crate::condition::Condition;
use crate::pool;

/// The compiled tests of the package `store` that send conditions.
pub(crate) struct Suite {
    /// First those that are there for races and faults, and of each kind the quick ones first: a
    /// clause is missed by the first that fails.
    tests: Vec<Test>,
}

struct Test {
    executable: PathBuf,
    name: String,
    took: Duration,
    sends: BTreeSet<Condition>,
}

impl Suite {
    /// Compiles them and runs each by itself. They must pass before any clause is taken away.
    pub(crate) fn build() -> anyhow::Result<Self> {
        let mut named = Vec::new();
        for executable in executables()? {
            let names = printed(Command::new(&executable).args(["--list", "--format", "terse"]))?;
            let names = names.lines().filter_map(|line| line.strip_suffix(": test"));
            named.extend(names.map(|name| (executable.clone(), name.to_owned())));
        }
        let mut tests = Vec::new();
        pool::map(
            &named,
            |(executable, name)| Test::record(executable, name),
            |test| {
                tests.push(test);
            },
        )?;
        tests.retain(|test| !test.sends.is_empty());
        ensure!(!tests.is_empty(), "the tests of the package store send no condition");
        tests.sort_by_key(|test| (!test.is_guard(), test.took));
        Ok(Self { tests })
    }

    /// Every condition that the tests send.
    pub(crate) fn conditions(&self) -> BTreeSet<&Condition> {
        self.tests.iter().flat_map(|test| &test.sends).collect()
    }

    /// The first test that fails while one clause is overlooked. Only who sends the condition can.
    pub(crate) fn failure_without(
        &self,
        condition: &Condition,
        clause: &str,
    ) -> anyhow::Result<Option<&str>> {
        let Condition { write, expression } = condition;
        let without = format!("{write}|{expression}|{clause}");
        for test in self.tests.iter().filter(|test| test.sends.contains(condition)) {
            if !test.passes("WORKBENCH_WITHOUT_CLAUSE", without.as_ref())? {
                return Ok(Some(&test.name));
            }
        }
        Ok(None)
    }
}

impl Test {
    /// Runs it, and writes down how long it takes and which conditions it sends.
    fn record(executable: &Path, name: &str) -> anyhow::Result<Self> {
        let test = Self {
            executable: executable.to_owned(),
            name: name.to_owned(),
            took: Duration::ZERO,
            sends: BTreeSet::new(),
        };
        let file = format!("conditions-{}-{}", std::process::id(), name.replace("::", "-"));
        let record = std::env::temp_dir().join(file);
        let start = Instant::now();
        let passes = test.passes("WORKBENCH_RECORD_CONDITIONS", &record)?;
        let took = start.elapsed();
        ensure!(passes, "{name} fails with every clause in its place");
        if !record.exists() {
            return Ok(Self { took, ..test });
        }
        let recorded = std::fs::read_to_string(&record).context("read the recorded conditions")?;
        std::fs::remove_file(&record)?;
        Ok(Self { took, sends: recorded.lines().filter_map(Condition::parse).collect(), ..test })
    }

    /// Whether it passes with a variable set that the workbench knows.
    fn passes(&self, variable: &str, value: &Path) -> anyhow::Result<bool> {
        let mut test = Command::new(&self.executable);
        let printed = printed(test.env(variable, value).args(["--exact", &self.name]))?;
        ensure!(printed.contains("running 1 test\n"), "no test is called {}", self.name);
        ensure!(printed.contains("test result:"), "{} did not run to its end", self.name);
        Ok(printed.contains("test result: ok."))
    }

    /// Whether it is there for races or faults.
    fn is_guard(&self) -> bool {
        self.name.starts_with("races::") || self.name.starts_with("faults::")
    }
}

/// The compiled test targets of the package `store`.
fn executables() -> anyhow::Result<Vec<PathBuf>> {
    // With the features that the whole workspace's tests have, or all would be built once more.
    let built = Command::new("cargo")
        .args(["test", "--workspace", "--no-run", "--message-format=json"])
        .args(targets()?.iter().flat_map(|target| ["--test", target]))
        .output()?;
    ensure!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));
    let messages = String::from_utf8(built.stdout)?;
    let messages = messages.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let tests = messages.filter(|message| message["target"]["kind"][0] == "test");
    Ok(tests.filter_map(|test| test["executable"].as_str().map(PathBuf::from)).collect())
}

/// The names of the test targets. The facts about DynamoDB send conditions, too, but of no write of
/// ours.
fn targets() -> anyhow::Result<Vec<String>> {
    let tests = std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/../store/tests"))?;
    let names = tests.map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned()));
    let names: anyhow::Result<Vec<String>> = names.collect();
    Ok(names?.into_iter().filter(|name| name != "facts").collect())
}

fn printed(command: &mut Command) -> anyhow::Result<String> {
    Ok(String::from_utf8(command.output()?.stdout)?)
}
