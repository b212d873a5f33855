//! The tests that are to miss a clause.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, ensure};
use serde_json::Value;

use crate::condition::Condition;

/// The compiled tests of the package `store`, and what they send.
pub(crate) struct Suite {
    senders: BTreeMap<Condition, Senders>,
}

/// So many tests run before it is seen whether one of them failed: enough for both cores.
const BATCH: usize = 4;

/// The tests that send a condition, by their executable: no other can miss a clause of it.
type Senders = BTreeMap<PathBuf, BTreeSet<String>>;

impl Suite {
    /// Compiles them and runs them once. They must pass before any clause is taken away.
    pub(crate) fn build() -> anyhow::Result<Self> {
        // With the features that the whole workspace's tests have, or all would be built once more.
        let built = Command::new("cargo")
            .args(["test", "--workspace", "--no-run", "--message-format=json"])
            .args(targets()?.iter().flat_map(|target| ["--test", target]))
            .output()?;
        ensure!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));
        let messages = String::from_utf8(built.stdout)?;
        let executables = messages
            .lines()
            .filter_map(|line| serde_json::from_str::<Value>(line).ok())
            .filter(|message| message["target"]["kind"][0] == "test")
            .filter_map(|message| message["executable"].as_str().map(PathBuf::from));
        let mut senders: BTreeMap<Condition, Senders> = BTreeMap::new();
        for executable in executables {
            for (condition, test) in sent(&executable)? {
                let tests = senders.entry(condition).or_default();
                tests.entry(executable.clone()).or_default().insert(test);
            }
        }
        ensure!(!senders.is_empty(), "the tests of the package store send no condition");
        Ok(Self { senders })
    }

    /// Every condition that the tests send.
    pub(crate) fn conditions(&self) -> impl Iterator<Item = &Condition> {
        self.senders.keys()
    }

    /// A test that fails while one clause is overlooked: one that is there for races and faults, or,
    /// where none of them does, one of the others.
    pub(crate) fn failure_without(
        &self,
        condition: &Condition,
        clause: &str,
    ) -> anyhow::Result<Option<String>> {
        let Condition { write, expression } = condition;
        let without = format!("{write}|{expression}|{clause}");
        for are_guards in [true, false] {
            for (executable, tests) in self.senders.get(condition).into_iter().flatten() {
                let tests = tests.iter().filter(|test| is_guard(test) == are_guards);
                for batch in tests.collect::<Vec<_>>().chunks(BATCH) {
                    let mut command = Command::new(executable);
                    command.env("WORKBENCH_WITHOUT_CLAUSE", &without).arg("--exact").args(batch);
                    if let Some(test) = failures(&mut command)?.into_iter().min() {
                        return Ok(Some(test));
                    }
                }
            }
        }
        Ok(None)
    }
}

/// Whether a test is there for races or faults. They are also the quicker ones to fail.
fn is_guard(test: &str) -> bool {
    test.starts_with("races::") || test.starts_with("faults::")
}

/// The test targets of the package `store`. The facts about DynamoDB send conditions, too, but of no
/// write of ours.
fn targets() -> anyhow::Result<Vec<String>> {
    let tests = std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/../store/tests"))?;
    let names = tests.map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned()));
    let names: anyhow::Result<Vec<String>> = names.collect();
    Ok(names?.into_iter().filter(|name| name != "facts").collect())
}

/// The conditions that an executable's tests send, each with the test.
fn sent(executable: &Path) -> anyhow::Result<Vec<(Condition, String)>> {
    let record = std::env::temp_dir().join(format!("conditions-{}", std::process::id()));
    let failed = failures(Command::new(executable).env("WORKBENCH_RECORD_CONDITIONS", &record))?;
    ensure!(failed.is_empty(), "these fail with every clause in its place: {failed:?}");
    if !record.exists() {
        return Ok(Vec::new());
    }
    let recorded = std::fs::read_to_string(&record).context("read the recorded conditions")?;
    std::fs::remove_file(&record)?;
    let lines = recorded.lines().collect::<BTreeSet<_>>().into_iter();
    let sent = lines.filter_map(|line| {
        let (test, condition) = line.split_once('|')?;
        let (write, expression) = condition.split_once('|')?;
        let condition = Condition { write: write.to_owned(), expression: expression.to_owned() };
        Some((condition, test.to_owned()))
    });
    Ok(sent.collect())
}

fn failures(tests: &mut Command) -> anyhow::Result<Vec<String>> {
    let printed = String::from_utf8(tests.output()?.stdout)?;
    ensure!(printed.contains("test result:"), "the tests did not run to their end");
    ensure!(!printed.contains("running 0 tests"), "no test has that name");
    let names = printed.lines().filter_map(|line| {
        line.strip_prefix("test ")?.strip_suffix(" ... FAILED").map(str::to_owned)
    });
    Ok(names.collect())
}
