//! No two files of a crate import each other, directly or round a corner: each can be read before
//! those that use it.

#![expect(clippy::unwrap_used, reason = "a source that can't be read is a failed test")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use syn::visit::{self, Visit};

/// A module's path from the crate's root, e.g. `["token", "refresh"]`.
type Module = Vec<String>;

/// The modules of a crate, one per file.
struct Crate {
    files: BTreeMap<Module, syn::File>,
    /// What a module re-exports: its own name for an item, and the path that it comes from.
    exports: BTreeMap<(Module, String), Module>,
}

/// All paths of one file, from the crate's root.
struct Paths<'m> {
    module: &'m Module,
    found: Vec<Module>,
    exported: Vec<Module>,
}

impl Paths<'_> {
    fn of<'m>(module: &'m Module, file: &syn::File) -> Paths<'m> {
        let mut paths = Paths { module, found: Vec::new(), exported: Vec::new() };
        paths.visit_file(file);
        paths
    }

    /// A path as it is written, from the crate's root; `None` when it leads out of the crate.
    fn resolve(&self, path: &[String]) -> Option<Module> {
        let (first, rest) = path.split_first()?;
        let parent = || self.module.split_last().map(|(_, parent)| parent.to_vec());
        let base = match first.as_str() {
            "crate" => Vec::new(),
            "self" => self.module.clone(),
            "super" => parent()?,
            _ => return None,
        };
        Some([base, rest.to_vec()].concat())
    }
}

impl<'f> Visit<'f> for Paths<'_> {
    fn visit_item_use(&mut self, item: &'f syn::ItemUse) {
        let mut leaves = Vec::new();
        collect(&item.tree, &mut Vec::new(), &mut leaves);
        let resolved: Vec<_> = leaves.iter().filter_map(|path| self.resolve(path)).collect();
        if matches!(item.vis, syn::Visibility::Inherited) {
            self.found.extend(resolved);
        } else {
            self.exported.extend(resolved);
        }
    }

    fn visit_path(&mut self, path: &'f syn::Path) {
        let segments: Vec<_> = path.segments.iter().map(|one| one.ident.to_string()).collect();
        self.found.extend(self.resolve(&segments));
        visit::visit_path(self, path);
    }

    /// `pub(crate)` imports nothing.
    fn visit_vis_restricted(&mut self, _: &'f syn::VisRestricted) {}

    /// What tests import is not the product's.
    fn visit_item_mod(&mut self, item: &'f syn::ItemMod) {
        if item.ident != "tests" {
            visit::visit_item_mod(self, item);
        }
    }
}

/// The paths of a `use`, one per name.
fn collect(tree: &syn::UseTree, prefix: &mut Module, leaves: &mut Vec<Module>) {
    match tree {
        syn::UseTree::Path(path) => {
            prefix.push(path.ident.to_string());
            collect(&path.tree, prefix, leaves);
            prefix.pop();
        }
        syn::UseTree::Group(group) => {
            group.items.iter().for_each(|tree| collect(tree, prefix, leaves));
        }
        syn::UseTree::Name(name) if name.ident == "self" => leaves.push(prefix.clone()),
        syn::UseTree::Name(name) => {
            leaves.push([prefix.clone(), vec![name.ident.to_string()]].concat());
        }
        syn::UseTree::Rename(name) => {
            leaves.push([prefix.clone(), vec![name.ident.to_string()]].concat());
        }
        syn::UseTree::Glob(_) => leaves.push(prefix.clone()),
    }
}

impl Crate {
    fn read(source: &Path) -> Self {
        let mut files = BTreeMap::new();
        read_folder(source, &mut Vec::new(), &mut files);
        let mut exports = BTreeMap::new();
        for (module, file) in &files {
            for path in Paths::of(module, file).exported {
                if let Some(name) = path.last().cloned() {
                    exports.insert((module.clone(), name), path);
                }
            }
        }
        Self { files, exports }
    }

    /// The file that a path leads to: where its item is, not where it is re-exported.
    fn file_of(&self, path: &Module) -> Module {
        let mut path = path.clone();
        for _ in 0..10 {
            let mut module = path.clone();
            while !self.files.contains_key(&module) && module.pop().is_some() {}
            let name = path.get(module.len()).cloned().unwrap_or_default();
            match self.exports.get(&(module.clone(), name)) {
                Some(target) if *target != path => path.clone_from(target),
                _ => return module,
            }
        }
        path
    }

    /// Which files each file imports.
    fn imports(&self) -> BTreeMap<Module, BTreeSet<Module>> {
        let imports = |(module, file): (&Module, &syn::File)| {
            let found = Paths::of(module, file).found;
            let targets = found.iter().map(|path| self.file_of(path));
            let others: BTreeSet<_> = targets.filter(|target| target != module).collect();
            (module.clone(), others)
        };
        self.files.iter().map(imports).collect()
    }
}

fn read_folder(folder: &Path, module: &mut Module, files: &mut BTreeMap<Module, syn::File>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let stem = path.file_stem().unwrap().to_str().unwrap().to_owned();
        if path.is_dir() {
            module.push(stem);
            read_folder(&path, module, files);
            module.pop();
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let is_own = ["lib", "main", "mod", "handler"].contains(&stem.as_str());
            let mut name = module.clone();
            // A function's library is its handler; other crates' modules may have that name.
            if !is_own || (stem == "handler" && path.with_file_name("lib.rs").exists()) {
                name.push(stem);
            }
            let text = fs::read_to_string(&path).unwrap();
            files.entry(name).or_insert_with(|| syn::parse_file(&text).unwrap());
        }
    }
}

/// A circle of files that can be reached from here, if there is one.
fn circle(
    imports: &BTreeMap<Module, BTreeSet<Module>>,
    way: &mut Vec<Module>,
    done: &mut BTreeSet<Module>,
) -> Option<Vec<Module>> {
    let here = way.last()?.clone();
    for next in imports.get(&here).into_iter().flatten() {
        if let Some(start) = way.iter().position(|module| module == next) {
            return Some(way[start..].to_vec());
        }
        if done.contains(next) {
            continue;
        }
        way.push(next.clone());
        let found = circle(imports, way, done);
        if found.is_some() {
            return found;
        }
        way.pop();
    }
    done.insert(here);
    None
}

fn product() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    ["functions", "shared", "infra"]
        .iter()
        .flat_map(|folder| fs::read_dir(root.join(folder)).unwrap())
        .map(|entry| entry.unwrap().path().join("src"))
        .filter(|source| source.is_dir())
        .collect()
}

#[test]
fn no_file_of_the_product_is_in_a_circle_of_imports() {
    let sources = product();
    assert!(sources.len() >= 25, "{sources:?}");
    for source in sources {
        let imports = Crate::read(&source).imports();
        let mut done = BTreeSet::new();
        for module in imports.keys() {
            let found = circle(&imports, &mut vec![module.clone()], &mut done);
            assert_eq!(found, None, "{}", source.display());
        }
    }
}
