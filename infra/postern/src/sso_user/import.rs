//! `postern sso-user import`.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use clap::Args;
use registry::{Change, Roster, SsoImport};
use runtime::clock;
use serde::Serialize;

use crate::failure::{Failure, Result, refused};
use crate::input::{without_byte_order_mark, without_values};
use crate::operator::Operator;
use crate::output::{Output, Record, note};

#[derive(Debug, Args)]
pub(crate) struct Import {
    /// JSON with `clients` and `users`; `-` for standard input
    file: PathBuf,

    /// Gives users who exist the values of the file; what isn't there changes nothing. A new password, or
    /// `"is_active": false`, ends their access tokens. Clients are left as they are
    #[arg(long)]
    update: bool,
}

/// The summary of an import.
#[derive(Default, Serialize)]
#[serde(rename_all = "camelCase")]
struct Summary {
    created: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    updated: Option<u64>,
    already_there: u64,
    refused: u64,
}

impl Record for Summary {
    fn cells(&self) -> Vec<(&'static str, String)> {
        let mut cells = vec![("created", self.created.to_string())];
        cells.extend(self.updated.map(|updated| ("updated", updated.to_string())));
        cells.extend([
            ("already exist", self.already_there.to_string()),
            ("refused", self.refused.to_string()),
        ]);
        cells
    }
}

impl Summary {
    fn add_client(&mut self, change: Change) {
        match change {
            Change::Made => self.created += 1,
            Change::Conflict => self.already_there += 1,
        }
    }

    fn add_user(&mut self, user: &str, import: SsoImport) {
        match import {
            SsoImport::Created => self.created += 1,
            SsoImport::Updated => *self.updated.get_or_insert_default() += 1,
            SsoImport::AlreadyExists => self.already_there += 1,
            SsoImport::IdTaken => {
                self.refuse(user, "this id exists already, with another email address");
            }
            SsoImport::EmailTaken => {
                self.refuse(user, "another user already has this email address");
            }
        }
    }

    fn refuse(&mut self, user: &str, why: &str) {
        self.refused += 1;
        note(format!("{user}: {why}"));
    }
}

impl Import {
    pub(super) async fn run(self, operator: &Operator, output: &Output) -> Result<()> {
        let roster = read(&self.file)?;
        let updated = self.update.then_some(0);
        let (realm, mut summary) = (operator.realm()?, Summary { updated, ..Summary::default() });
        for client in &roster.clients {
            summary.add_client(realm.create_client(client).await?);
        }
        for user in &roster.users {
            let import = realm.import_user(user, self.update, clock::now).await?;
            summary.add_user(&format!("user {}", user.id), import);
        }
        output.record(&summary)?;
        match summary.refused {
            0 => Ok(()),
            1 => refused("1 entry was refused; the others are done"),
            refusals => refused(format!("{refusals} entries were refused; the others are done")),
        }
    }
}

/// Reads and checks the whole file before any entry is created.
fn read(path: &Path) -> Result<Roster> {
    let named =
        |error: &dyn std::fmt::Display| Failure::Usage(format!("{}: {error}", path.display()));
    let mut text = String::new();
    let read = if path == Path::new("-") {
        io::stdin().lock().read_to_string(&mut text)
    } else {
        File::open(path).and_then(|mut file| file.read_to_string(&mut text))
    };
    read.map_err(|error| named(&error))?;
    let text = without_byte_order_mark(text);
    let roster = serde_json::from_str(&text);
    let roster: Roster = roster.map_err(|error| named(&without_values(&error)))?;
    roster.check(clock::now()).map_err(|error| named(&format!("{error:#}")))?;
    Ok(roster)
}
