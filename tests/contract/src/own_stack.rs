//! A stack in a process of its own, for tests of the stack as a program.

use std::{
    collections::BTreeMap,
    env, fs,
    io::Read,
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Stdio},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU32, Ordering},
    },
    thread::{self, JoinHandle},
};

use serde_json::Value;

use crate::{Stack, environment::optional, eventually};

/// `local-stack`, started by a test, on free ports and with a folder of its own; killed when dropped.
#[derive(Debug)]
pub struct OwnStack {
    process: Child,
    printed: Arc<Mutex<Vec<u8>>>,
    readers: Vec<JoinHandle<()>>,
    /// Where it writes what it would otherwise write to `.local`.
    pub local: Folder,
}

impl OwnStack {
    /// Starts it, with these variables besides the usual ones.
    pub fn start(settings: &[(&str, &str)]) -> Self {
        let local = Folder::new();
        let mut command = Command::new(binary());
        command.env_clear().env("POSTERN_LOCAL", local.path());
        Self::run(command, local, settings)
    }

    /// Starts it in a new folder, without a project and without being told where to write.
    pub fn start_outside(settings: &[(&str, &str)]) -> Self {
        let local = Folder::new();
        let mut command = Command::new(binary());
        command.env_clear().current_dir(local.path());
        Self::run(command, local, settings)
    }

    fn run(mut command: Command, local: Folder, settings: &[(&str, &str)]) -> Self {
        if let Some(folder) = optional("POSTERN_USAGE") {
            command.env("POSTERN_USAGE", folder);
        }
        command
            .env("POSTERN_API_PORT", "0")
            .env("POSTERN_CONSOLE_PORT", "0")
            .env("POSTERN_DYNAMODB_PORT", "0")
            .envs(settings.iter().copied())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut process = command.spawn().expect("local-stack starts");
        let printed = Arc::<Mutex<Vec<u8>>>::default();
        let stdout = process.stdout.take().map(|stdout| collect(stdout, Arc::clone(&printed)));
        let stderr = process.stderr.take().map(|stderr| collect(stderr, Arc::clone(&printed)));
        let readers = stdout.into_iter().chain(stderr).collect();
        Self { process, printed, readers, local }
    }

    /// Waits until it says that it is up.
    pub async fn ready(&self) -> Stack {
        eventually("the stack says that it is up", async || {
            Some(Stack::at(self.address("API")?, self.address("Console")?))
        })
        .await
    }

    /// Where its database answers, once it is up.
    pub fn dynamodb(&self) -> String {
        self.address("DynamoDB").expect("announced with the others")
    }

    /// An address that it has announced, by the name in front of it.
    fn address(&self, name: &str) -> Option<String> {
        let printed = self.printed();
        let mut lines = printed.lines().map(str::split_whitespace);
        let found =
            lines.find_map(|mut words| words.next().filter(|word| *word == name).and(words.next()));
        found.filter(|word| word.starts_with("http://")).map(str::to_owned)
    }

    /// Everything that it and its functions have printed so far.
    pub fn printed(&self) -> String {
        let printed = self.printed.lock().unwrap_or_else(PoisonError::into_inner);
        String::from_utf8_lossy(&printed).into_owned()
    }

    /// The variables that it has written down for tools.
    pub fn variables(&self) -> BTreeMap<String, String> {
        let text = fs::read_to_string(self.local.path().join("env")).expect("POSTERN_LOCAL/env");
        let pairs = text.lines().filter_map(|line| line.split_once('='));
        pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
    }

    /// The same without credentials: an operator has their own.
    pub fn variables_of_operators(&self) -> Vec<(String, String)> {
        let all = self.variables().into_iter();
        all.filter(|(name, _)| !name.starts_with("AWS_ACCESS_KEY")).collect()
    }

    /// One of them.
    pub fn variable(&self, name: &str) -> String {
        let found = self.variables().remove(name);
        found.unwrap_or_else(|| panic!("no {name} among the variables"))
    }

    /// Calls its database with all rights.
    pub async fn by_hand(&self, stack: &Stack, operation: &str, input: &Value) -> Value {
        let target = format!("DynamoDB_20120810.{operation}");
        let key = self.variable("AWS_ACCESS_KEY_ID");
        let url = self.variable("AWS_ENDPOINT_URL_DYNAMODB");
        let answer = stack.aws_as(&key, &url, &target, input).await;
        assert_eq!(answer.status, 200, "{target}: {}", answer.text());
        answer.json()
    }

    /// Every process that it has started, and those that they have.
    pub fn children(&self) -> Vec<Process> {
        let all = Process::all();
        let mut family = vec![self.process.id()];
        let mut children = Vec::new();
        while let Some(parent) = family.pop() {
            for child in all.iter().filter(|process| process.parent == parent) {
                family.push(child.id);
                children.push(*child);
            }
        }
        children
    }

    /// Sends it a signal, such as `TERM`.
    pub fn signal(&self, name: &str) {
        let id = self.process.id().to_string();
        let sent = Command::new("sh").args(["-c", "kill -s $0 $1", name, &id]).status();
        assert!(sent.is_ok_and(|status| status.success()), "{name} reaches {id}");
    }

    /// Waits until it has ended, and until nobody can print in its place any more.
    pub async fn ended(&mut self) -> ExitStatus {
        let status = eventually("the stack ends", async || {
            self.process.try_wait().expect("a child of ours")
        });
        let status = status.await;
        eventually("its output ends", async || {
            self.readers.iter().all(JoinHandle::is_finished).then_some(())
        })
        .await;
        status
    }
}

impl Drop for OwnStack {
    fn drop(&mut self) {
        // An error means that it has ended already, as most tests want it to.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// `target/debug/local-stack`, next to the folder that this test's binary is in.
fn binary() -> PathBuf {
    let test = env::current_exe().expect("a test is a program");
    let folder = test.ancestors().nth(2).expect("target/debug/deps/…");
    folder.join("local-stack")
}

fn collect(mut pipe: impl Read + Send + 'static, printed: Arc<Mutex<Vec<u8>>>) -> JoinHandle<()> {
    thread::spawn(move || {
        let mut chunk = [0; 4096];
        while let Ok(length @ 1..) = pipe.read(&mut chunk) {
            let mut printed = printed.lock().unwrap_or_else(PoisonError::into_inner);
            printed.extend_from_slice(&chunk[..length]);
        }
    })
}

/// A process, told from a later one with the same id by when it was started.
#[derive(Clone, Copy, Debug)]
pub struct Process {
    /// Its id.
    pub id: u32,
    parent: u32,
    started: u64,
    is_zombie: bool,
}

impl Process {
    /// Whether it no longer runs; one that nobody has waited for yet does not run either.
    pub fn is_gone(&self) -> bool {
        Self::read(self.id).is_none_or(|now| now.started != self.started || now.is_zombie)
    }

    fn all() -> Vec<Self> {
        let entries = fs::read_dir("/proc").expect("Linux").flatten();
        let ids = entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
        ids.filter_map(Self::read).collect()
    }

    /// The fields after the name, which is in parentheses and may hold anything: see proc(5).
    fn read(id: u32) -> Option<Self> {
        let stat = fs::read_to_string(format!("/proc/{id}/stat")).ok()?;
        let fields: Vec<_> = stat.rsplit_once(')')?.1.split_whitespace().collect();
        Some(Self {
            id,
            parent: fields.get(1)?.parse().ok()?,
            started: fields.get(19)?.parse().ok()?,
            is_zombie: fields.first() == Some(&"Z"),
        })
    }
}

/// A folder that is removed with everything in it.
#[derive(Debug)]
pub struct Folder(PathBuf);

impl Folder {
    /// Makes an empty one.
    #[expect(clippy::new_without_default, reason = "it makes a folder, nothing that is a default")]
    pub fn new() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let path = env::temp_dir().join(format!("postern-{}-{count}", std::process::id()));
        fs::create_dir(&path).expect("a new folder");
        Self(path)
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// Where it is, for a variable.
    pub fn text(&self) -> &str {
        self.0.to_str().expect("a path in UTF-8")
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // What is left in a temporary folder harms nobody.
        let _ = fs::remove_dir_all(&self.0);
    }
}
