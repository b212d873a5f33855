//! Which crate may depend on which: `functions → surfaces → store → runtime → domain`, and
//! `infra → registry → store`.

#![expect(clippy::unwrap_used, reason = "a workspace that can't be read is a failed test")]

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use serde::Deserialize;

/// What each shared crate may depend on, of this workspace.
const LAYERS: [(&str, &[&str]); 5] = [
    ("domain", &[]),
    ("runtime", &["domain"]),
    ("store", &["domain", "runtime"]),
    ("surfaces", &["domain", "runtime", "store"]),
    ("registry", &["domain", "runtime", "store"]),
];

/// What a function may depend on, of this workspace.
const FUNCTION: [&str; 4] = ["domain", "runtime", "store", "surfaces"];

#[derive(Deserialize)]
struct Metadata {
    packages: Vec<Package>,
}

#[derive(Deserialize)]
struct Package {
    name: String,
    manifest_path: String,
    dependencies: Vec<Dependency>,
}

#[derive(Deserialize)]
struct Dependency {
    name: String,
    kind: Option<String>,
    /// Set for a crate of this workspace.
    path: Option<String>,
}

/// The crates of this workspace that each of them depends on outside of its own tests.
struct Workspace {
    dependencies: BTreeMap<String, BTreeSet<String>>,
    functions: Vec<String>,
}

impl Workspace {
    fn read() -> Self {
        let cargo = Command::new(env!("CARGO"))
            .args(["metadata", "--no-deps", "--offline", "--format-version", "1"])
            .output()
            .unwrap();
        let metadata: Metadata = serde_json::from_slice(&cargo.stdout).unwrap();
        let is_function = |package: &&Package| package.manifest_path.contains("/functions/");
        let functions = metadata.packages.iter().filter(is_function);
        Self {
            functions: functions.map(|package| package.name.clone()).collect(),
            dependencies: metadata.packages.into_iter().map(Package::dependencies).collect(),
        }
    }

    /// Everything that a crate is linked with, of this workspace.
    fn tree(&self, name: &str) -> BTreeSet<String> {
        let (mut tree, mut next) = (BTreeSet::new(), vec![name.to_owned()]);
        while let Some(name) = next.pop() {
            let new = self.dependencies[&name].iter().filter(|one| tree.insert((*one).clone()));
            next.extend(new.cloned());
        }
        tree
    }
}

impl Package {
    fn dependencies(self) -> (String, BTreeSet<String>) {
        let is_linked = |dependency: &Dependency| dependency.kind.as_deref() != Some("dev");
        let ours = self.dependencies.into_iter().filter(|one| one.path.is_some() && is_linked(one));
        (self.name, ours.map(|dependency| dependency.name).collect())
    }
}

#[test]
fn no_function_can_do_what_only_operators_may() {
    let workspace = Workspace::read();
    assert!(workspace.functions.len() >= 18, "{:?}", workspace.functions);
    let allowed = BTreeSet::from(FUNCTION.map(str::to_owned));
    for function in &workspace.functions {
        let tree = workspace.tree(function);
        assert!(tree.is_subset(&allowed), "{function} is linked with {tree:?}");
    }
}

#[test]
fn each_shared_crate_depends_only_on_those_below_it() {
    let workspace = Workspace::read();
    for (name, allowed) in LAYERS {
        let allowed: BTreeSet<String> = allowed.iter().map(|&name| name.to_owned()).collect();
        let dependencies = &workspace.dependencies[name];
        assert!(dependencies.is_subset(&allowed), "{name} depends on {dependencies:?}");
    }
}

#[test]
fn the_local_stack_is_not_linked_with_the_command_line_nor_with_a_function() {
    let workspace = Workspace::read();
    for name in ["local-stack", "postern"] {
        let tree = workspace.tree(name);
        let other = if name == "postern" { "local-stack" } else { "postern" };
        let forbidden = workspace.functions.iter().map(String::as_str).chain([other]);
        for forbidden in forbidden {
            assert!(!tree.contains(forbidden), "{name} is linked with {forbidden}");
        }
    }
}
