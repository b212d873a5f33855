//! What a row does: it creates a user, updates one, or says what either would do.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use anyhow::ensure;
use domain::id::OrganizationId;
use domain::user::User;
use registry::{Creation, Organizations, Update, Users};
use runtime::clock;
use runtime::outage::{FailedCall, is_unavailable};
use store::user_item::Stored;
use tokio::time::Instant;

use super::row::Row;
use crate::failure::Result;

/// The first pause of a call that AWS throttled; each further one is twice as long, up to the longest.
const FIRST_PAUSE: Duration = Duration::from_millis(200);
const LONGEST_PAUSE: Duration = Duration::from_secs(20);
/// How often a row is tried: for about ten minutes.
const ATTEMPTS: u32 = 36;

/// How often the organization is read: a deletion of it that begins meanwhile ends the import.
const INTERVAL: Duration = Duration::from_secs(2);

/// The outcome of a row.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    Created,
    Updated,
    /// The user exists, and nothing was changed.
    AlreadyExists,
    Bad(String),
}

/// How rows are applied.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mode {
    /// Users who exist are left as they are.
    Create,
    /// Users who exist get the values of their rows.
    Update,
}

pub(super) struct Importer<'i> {
    pub(super) users: &'i Users,
    pub(super) organizations: &'i Organizations,
    /// When the organization was read last.
    pub(super) read_at: Mutex<Instant>,
    pub(super) organization: &'i OrganizationId,
    pub(super) mode: Mode,
    /// Set if nothing is written. Then it has the lines of the users who would be created, by the hashes
    /// of what identifies them.
    pub(super) check: Option<Mutex<HashMap<u64, u64>>>,
    /// How often AWS throttled.
    pub(super) throttled: AtomicU64,
}

impl Importer<'_> {
    /// Applies the row of a line. If AWS throttles, it waits, and tries again: that is safe, because a
    /// row that was applied before changes nothing.
    pub(super) async fn apply(&self, line: u64, row: &Row) -> Result<Outcome> {
        // With one id in all attempts, so that the second recognises what the first created.
        let user = row.user(self.organization);
        let mut pause = FIRST_PAUSE;
        let mut attempt = 1;
        loop {
            let outcome = match &self.check {
                None => self.write(row, &user, attempt > 1).await,
                Some(lines) => self.foresee(line, row, lines).await,
            };
            match outcome {
                Err(error) if attempt < ATTEMPTS && may_be_repeated(&error) => {
                    self.throttled.fetch_add(1, Ordering::Relaxed);
                    tokio::time::sleep(pause).await;
                    pause = (pause * 2).min(LONGEST_PAUSE);
                    attempt += 1;
                }
                outcome => return Ok(outcome?),
            }
        }
    }

    /// Ends the import once the organization is being deleted.
    async fn require_organization(&self) -> anyhow::Result<()> {
        {
            let mut read_at = self.read_at.lock().unwrap_or_else(PoisonError::into_inner);
            if read_at.elapsed() < INTERVAL {
                return Ok(());
            }
            *read_at = Instant::now();
        }
        let found = self.organizations.find(self.organization).await?;
        let is_there = found.is_some_and(|registered| !registered.deleting);
        ensure!(is_there, "organization {} is being deleted", self.organization);
        Ok(())
    }

    async fn write(&self, row: &Row, user: &User, is_repeated: bool) -> anyhow::Result<Outcome> {
        self.require_organization().await?;
        if self.mode == Mode::Update {
            match only(self.existing(row).await?, row) {
                Ok(None) => {}
                Ok(Some(found)) => return self.update(row, &found).await,
                Err(why) => return Ok(Outcome::Bad(why)),
            }
        }
        Ok(match self.users.create(user, clock::now()).await? {
            Creation::Created => Outcome::Created,
            Creation::AlreadyExists(found) if is_repeated && found.id == user.id => {
                Outcome::Created
            }
            Creation::AlreadyExists(_) => Outcome::AlreadyExists,
            Creation::IdTaken => {
                Outcome::Bad(format!("user {} already exists, with other identifiers", user.id))
            }
            Creation::IdentifierTaken { by, kind } => {
                Outcome::Bad(format!("user {by} already has this {kind}"))
            }
            Creation::Conflict => {
                let why = "another operator was creating the same user at the same time; run the \
                           import again";
                Outcome::Bad(why.to_owned())
            }
        })
    }

    async fn update(&self, row: &Row, found: &Stored) -> anyhow::Result<Outcome> {
        let before = &found.user;
        let updated = self.users.update(found, |user| row.apply(user), clock::now()).await?;
        let user = match updated {
            Update::Updated(user) => user,
            Update::NotFound => {
                return Ok(Outcome::Bad(format!("user {} was deleted meanwhile", before.id)));
            }
            Update::IdentifierTaken { by, kind } => {
                return Ok(Outcome::Bad(format!("user {by} already has this {kind}")));
            }
        };
        if user.password != before.password || (user.disabled && !before.disabled) {
            // Sessions that were started with the old password, or before, must end.
            self.users.sign_out(self.organization, &user.id, clock::now).await?;
        }
        Ok(if *user == *before { Outcome::AlreadyExists } else { Outcome::Updated })
    }

    /// What the row would do, after those before it.
    async fn foresee(
        &self,
        line: u64,
        row: &Row,
        lines: &Mutex<HashMap<u64, u64>>,
    ) -> anyhow::Result<Outcome> {
        let existing = self.existing(row).await?;
        let shared: Vec<_> = row.shared().iter().map(hash).collect();
        let mut lines = lines.lock().unwrap_or_else(PoisonError::into_inner);
        let earlier: Vec<_> = shared.iter().filter_map(|it| lines.get(it).copied()).collect();
        let distinct: BTreeSet<_> = earlier.iter().collect();
        let outcome = match (only(existing, row), distinct.first()) {
            (Err(why), _) => Outcome::Bad(why),
            (Ok(Some(found)), None) => self.foresee_with(row, &found.user),
            (Ok(None), None) => Outcome::Created,
            (Ok(None), Some(_)) if self.mode == Mode::Update && distinct.len() == 1 => {
                Outcome::Updated
            }
            (Ok(None), Some(_)) if earlier.len() == shared.len() && distinct.len() == 1 => {
                Outcome::AlreadyExists
            }
            (Ok(_), Some(earlier)) => {
                Outcome::Bad(format!("line {earlier} already has one of its identifiers"))
            }
        };
        if matches!(outcome, Outcome::Created | Outcome::Updated) {
            for identifier in shared {
                lines.entry(identifier).or_insert(line);
            }
        }
        Ok(outcome)
    }

    fn foresee_with(&self, row: &Row, found: &User) -> Outcome {
        let theirs = found.identifiers();
        let has_all = row.identifiers().iter().all(|identifier| theirs.contains(identifier));
        let mut updated = found.clone();
        row.apply(&mut updated);
        match self.mode {
            Mode::Update if updated != *found => Outcome::Updated,
            Mode::Create if !has_all => {
                Outcome::Bad(format!("user {} already has one of its identifiers", found.id))
            }
            Mode::Update | Mode::Create => Outcome::AlreadyExists,
        }
    }

    /// The users who have the id or an identifier of the row.
    async fn existing(&self, row: &Row) -> anyhow::Result<Vec<Stored>> {
        let mut found = BTreeMap::new();
        if let Some(id) = &row.id {
            let stored = self.users.find(self.organization, id).await?;
            found.extend(stored.map(|stored| (id.clone(), stored)));
        }
        for identifier in row.identifiers() {
            let identity =
                self.users.identity(self.organization, &identifier, clock::now()).await?;
            let owner = self.users.owner(self.organization, &identity).await?;
            found.extend(owner.map(|stored| (stored.user.id.clone(), stored)));
        }
        Ok(found.into_values().collect())
    }
}

/// The only user whom a row is about, if there is one.
fn only(mut found: Vec<Stored>, row: &Row) -> std::result::Result<Option<Stored>, String> {
    let Some(last) = found.pop() else { return Ok(None) };
    if let Some(other) = found.pop() {
        return Err(format!(
            "its identifiers belong to several users, {} and {}",
            other.user.id, last.user.id
        ));
    }
    if row.id.as_ref().is_some_and(|id| *id != last.user.id) {
        return Err(format!("user {} has its identifiers, with another id", last.user.id));
    }
    Ok(Some(last))
}

fn hash(text: &String) -> u64 {
    let mut hasher = DefaultHasher::new();
    text.hash(&mut hasher);
    hasher.finish()
}

/// Whether AWS throttled, or the fate of a write is unknown. No answer at all ends the import: see its
/// exit status.
fn may_be_repeated(error: &anyhow::Error) -> bool {
    is_unavailable(error) && error.downcast_ref::<FailedCall>().is_none_or(FailedCall::is_throttled)
}
