//! The tests that are to miss a clause.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context as _, ensure};
use serde_json::Value;

use crate::condition::Condition;

/// The compiled tests of the package `store`.
pub(crate) struct Suite {
    executables: Vec<PathBuf>,
}

impl Suite {
    /// Compiles them.
    pub(crate) fn build() -> anyhow::Result<Self> {
        let built = Command::new("cargo")
            .args(["test", "-p", "store", "--tests", "--no-run", "--message-format=json"])
            .output()?;
        ensure!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));
        let messages = String::from_utf8(built.stdout)?;
        let executables: Vec<PathBuf> = messages
            .lines()
            .filter_map(|line| serde_json::from_str::<Value>(line).ok())
            .filter(|message| {
                let name = message["target"]["name"].as_str().unwrap_or_default();
                message["target"]["kind"][0] == "test"
                    && ["portal", "password", "sso"].contains(&name)
            })
            .filter_map(|message| message["executable"].as_str().map(PathBuf::from))
            .collect();
        ensure!(!executables.is_empty(), "the package store has no tests");
        Ok(Self { executables })
    }

    /// Every condition that the tests send. They must pass before any clause is taken away.
    pub(crate) fn conditions(&self) -> anyhow::Result<BTreeSet<Condition>> {
        let record = std::env::temp_dir().join(format!("conditions-{}", std::process::id()));
        let failed = self.run("WORKBENCH_RECORD_CONDITIONS", &record.to_string_lossy())?;
        ensure!(failed.is_empty(), "these fail with every clause in its place: {failed:?}");
        let recorded = std::fs::read_to_string(&record).context("read the recorded conditions")?;
        std::fs::remove_file(&record)?;
        let conditions = recorded.lines().filter_map(|line| {
            let (write, expression) = line.split_once('|')?;
            Some(Condition { write: write.to_owned(), expression: expression.to_owned() })
        });
        Ok(conditions.collect())
    }

    /// The tests that fail while one clause is overlooked.
    pub(crate) fn failures_without(
        &self,
        condition: &Condition,
        clause: &str,
    ) -> anyhow::Result<Vec<String>> {
        let Condition { write, expression } = condition;
        self.run("WORKBENCH_WITHOUT_CLAUSE", &format!("{write}|{expression}|{clause}"))
    }

    fn run(&self, variable: &str, value: &str) -> anyhow::Result<Vec<String>> {
        let mut failed = Vec::new();
        for executable in &self.executables {
            let output = Command::new(executable).env(variable, value).output()?;
            let printed = String::from_utf8(output.stdout)?;
            ensure!(printed.contains("test result:"), "the tests did not run to their end");
            let names = printed.lines().filter_map(|line| {
                line.strip_prefix("test ")?.strip_suffix(" ... FAILED").map(str::to_owned)
            });
            failed.extend(names);
        }
        Ok(failed)
    }
}
