//! The tests that are to strike a write, and to miss a clause.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use serde_json::Value;

use crate::fault::Strike;
use crate::pool;
use crate::write::Write;

/// The compiled tests of the package `store-tests` that write.
pub(crate) struct Suite {
    /// First those that are there for races and faults, and of each kind the quick ones first: a
    /// clause is missed by the first that fails.
    tests: Vec<Test>,
}

struct Test {
    executable: PathBuf,
    name: String,
    /// With its target, e.g. `portal::races::many_sends_at_once_leave_one_code`.
    path: String,
    took: Duration,
    /// With what happened to each: `None`, or a fault.
    writes: BTreeMap<Write, BTreeSet<String>>,
}

impl Suite {
    /// Compiles them and runs each by itself. They must pass before any clause is taken away.
    pub(crate) fn build() -> anyhow::Result<Self> {
        let mut tests = Vec::new();
        for (target, executable) in executables()? {
            let names = printed(Command::new(&executable).args(["--list", "--format", "terse"]))?;
            let names: Vec<_> =
                names.lines().filter_map(|line| line.strip_suffix(": test")).collect();
            let record = |name: &&str| Test::record(&target, &executable, name);
            pool::map(&names, record, |test| tests.push(test))?;
        }
        tests.retain(|test| !test.writes.is_empty());
        ensure!(!tests.is_empty(), "the tests of the package store-tests write nothing");
        tests.sort_by_key(|test| (!test.is_guard(), test.took));
        Ok(Self { tests })
    }

    /// Every write that the tests send.
    pub(crate) fn writes(&self) -> BTreeSet<&Write> {
        self.tests.iter().flat_map(|test| test.writes.keys()).collect()
    }

    /// The tests that strike a write, but for those that do so at random.
    pub(crate) fn strikes(&self, write: &Write) -> Vec<Strike<'_>> {
        let tests = self.tests.iter().filter(|test| !test.name.starts_with("races::"));
        let strikes = tests.filter_map(|test| {
            let faults = test.writes.get(write)?.iter().map(String::as_str);
            Some((test.path.as_str(), faults.collect()))
        });
        strikes.collect()
    }

    /// The first test that fails while one clause is overlooked. Only who sends the write can.
    pub(crate) fn failure_without(
        &self,
        write: &Write,
        clause: &str,
    ) -> anyhow::Result<Option<&str>> {
        let without = format!("{}|{}|{clause}", write.name, write.condition);
        for test in self.tests.iter().filter(|test| test.writes.contains_key(write)) {
            if !test.passes("WORKBENCH_WITHOUT_CLAUSE", without.as_ref())? {
                return Ok(Some(&test.path));
            }
        }
        Ok(None)
    }
}

impl Test {
    /// Runs it, and writes down how long it takes and what it writes.
    fn record(target: &str, executable: &Path, name: &str) -> anyhow::Result<Self> {
        let test = Self {
            executable: executable.to_owned(),
            name: name.to_owned(),
            path: format!("{target}::{name}"),
            took: Duration::ZERO,
            writes: BTreeMap::new(),
        };
        let file = format!("writes-{}-{}", std::process::id(), test.path.replace("::", "-"));
        let record = std::env::temp_dir().join(file);
        let start = Instant::now();
        let passes = test.passes("WORKBENCH_RECORD_WRITES", &record)?;
        let took = start.elapsed();
        ensure!(passes, "{} fails with every clause in its place", test.path);
        if !record.exists() {
            return Ok(Self { took, ..test });
        }
        let recorded = std::fs::read_to_string(&record).context("read the recorded writes")?;
        std::fs::remove_file(&record)?;
        let mut writes: BTreeMap<_, BTreeSet<_>> = BTreeMap::new();
        for line in recorded.lines() {
            let (write, fault) = Write::parse(line).context("no line of the workbench's")?;
            writes.entry(write).or_default().insert(fault.to_owned());
        }
        Ok(Self { took, writes, ..test })
    }

    /// Whether it passes with a variable set that the workbench knows.
    fn passes(&self, variable: &str, value: &Path) -> anyhow::Result<bool> {
        let mut test = Command::new(&self.executable);
        // What is recorded is read within the call that writes, and unoptimised futures are large.
        test.env(variable, value).env("RUST_MIN_STACK", "8388608").args(["--exact", &self.name]);
        let printed = printed(&mut test)?;
        ensure!(printed.contains("running 1 test\n"), "no test is called {}", self.path);
        ensure!(printed.contains("test result:"), "{} did not run to its end", self.path);
        Ok(printed.contains("test result: ok."))
    }

    /// Whether it is there for races or faults.
    fn is_guard(&self) -> bool {
        self.name.starts_with("races::") || self.name.starts_with("faults::")
    }
}

/// The test targets of the package `store-tests` and what they were compiled to.
fn executables() -> anyhow::Result<Vec<(String, PathBuf)>> {
    // With the features that the whole workspace's tests have, or all would be built once more.
    let built = Command::new("cargo")
        .args(["test", "--workspace", "--no-run", "--message-format=json"])
        .args(targets()?.iter().flat_map(|target| ["--test", target]))
        .output()?;
    ensure!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));
    let messages = String::from_utf8(built.stdout)?;
    let messages = messages.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let tests = messages.filter(|message| message["target"]["kind"][0] == "test");
    let executables = tests.filter_map(|test| {
        let target = test["target"]["name"].as_str()?.to_owned();
        Some((target, PathBuf::from(test["executable"].as_str()?)))
    });
    Ok(executables.collect())
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
