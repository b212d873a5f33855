//! IAM: each function has credentials of its own, and may do what its role in the template allows; operators have those
//! of a managed policy. A denied call gets AWS's error, and a line on the stack's output.
//!
//! An access key id names its role by the role's id in the template. Signatures are not checked: the stack shows what a
//! role may do, it protects nothing from programs on this machine.

#[cfg(test)]
mod agreement;
pub(crate) mod caller;
pub(crate) mod calls;
mod condition;
pub(crate) mod journal;
mod pattern;
mod policy;
pub(crate) mod request;
mod unused;
mod usage;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use anyhow::Result;

use crate::dynamodb::client::ACCESS_KEY;
use crate::output::Output;
use crate::template::{Role, Template, arn};
use journal::{Entry, Folder, Journal};
use policy::{Decision, Statement, decide};
use request::Request;
use usage::Usage;

/// The prefix of condition keys for the tags of the caller's role.
const PRINCIPAL_TAG: &str = "aws:PrincipalTag/";

/// All roles, and what they did.
pub(crate) struct Permissions {
    roles: BTreeMap<String, Principal>,
    /// Of tables' streams. They only deny.
    stream_policies: Vec<Statement>,
    output: Arc<Output>,
    usage: Mutex<Usage>,
    denied: Mutex<Vec<String>>,
    journal: Option<Mutex<Journal>>,
}

struct Principal {
    role: Role,
    statements: Vec<Statement>,
}

/// Why a call is refused.
#[derive(Debug)]
pub(crate) enum Refusal {
    /// No role has this access key.
    UnknownKey,
    /// AWS's message.
    Denied(String),
}

impl Permissions {
    pub(crate) fn new(template: &Template, output: Arc<Output>) -> Result<Self> {
        let mut roles = BTreeMap::new();
        for role in &template.roles {
            let mut statements = Vec::new();
            for policy in &role.policies {
                statements.extend(Statement::read(&policy.name, &policy.document)?);
            }
            roles.insert(role.id.clone(), Principal { role: role.clone(), statements });
        }
        let mut stream_policies = Vec::new();
        for policy in &template.stream_policies {
            stream_policies.extend(Statement::read(&policy.name, &policy.document)?);
        }
        let (usage, denied) = (Mutex::default(), Mutex::default());
        Ok(Self { roles, stream_policies, output, usage, denied, journal: None })
    }

    /// Writes what roles use into this folder, too.
    pub(crate) fn writing_to(self, folder: &Path) -> Result<Self> {
        Ok(Self { journal: Some(Mutex::new(Journal::open(folder)?)), ..self })
    }

    /// Adds what other stacks wrote into this folder.
    pub(crate) fn read(&self, folder: &Folder) -> Result<()> {
        for entry in folder.read()? {
            match entry {
                Entry::Used { right, keys } => drop(lock(&self.usage).note(right, &keys)),
                Entry::Denied(line) => lock(&self.denied).push(line),
            }
        }
        Ok(())
    }

    /// Checks that the owner of an access key has all these rights.
    pub(crate) fn authorize(&self, key: &str, requests: &[Request]) -> Result<(), Refusal> {
        // The developer, who may do everything, like the stack itself.
        if key == ACCESS_KEY {
            return Ok(());
        }
        let principal = self.roles.get(key).ok_or(Refusal::UnknownKey)?;
        let mut allowed = Vec::new();
        for request in requests {
            let mut request = request.clone();
            for (name, value) in &principal.role.tags {
                request.context.insert(format!("{PRINCIPAL_TAG}{name}"), [value.clone()]);
            }
            let reason = match self.decide(principal, &request) {
                Decision::Allowed(statements) => {
                    allowed.push((request, statements));
                    continue;
                }
                Decision::Denied(policy) => format!("with an explicit deny in {policy}"),
                Decision::NotAllowed => {
                    format!("because no identity-based policy allows the {} action", request.action)
                }
            };
            return Err(Refusal::Denied(self.deny(&principal.role, &request, &reason)));
        }
        for (request, statements) in allowed {
            let news = lock(&self.usage).add(key, &principal.statements, &statements, &request);
            for (right, keys) in news {
                self.write(&Entry::Used { right, keys });
            }
        }
        Ok(())
    }

    fn write(&self, entry: &Entry) {
        let Some(journal) = &self.journal else { return };
        if let Err(error) = lock(journal).write(entry) {
            self.output.line(&format!("{error:#}"));
        }
    }

    fn decide(&self, principal: &Principal, request: &Request) -> Decision {
        match decide(&self.stream_policies, request) {
            Decision::Denied(policy) => Decision::Denied(policy),
            Decision::Allowed(_) | Decision::NotAllowed => decide(&principal.statements, request),
        }
    }

    fn deny(&self, role: &Role, request: &Request, reason: &str) -> String {
        let Request { action, resource, .. } = request;
        let kinds = calls::dynamodb::kinds(request);
        let line = format!("DENIED {}: {action} on {resource}{kinds}, {reason}", role.id);
        self.output.line(&line);
        if role.is_function {
            self.write(&Entry::Denied(line.clone()));
            lock(&self.denied).push(line);
        }
        let user = arn::session(&role.id);
        format!(
            "User: {user} is not authorized to perform: {action} on resource: {resource} {reason}"
        )
    }

    /// The calls of functions that were denied so far: their roles lack something.
    pub(crate) fn denied(&self) -> Vec<String> {
        lock(&self.denied).clone()
    }

    /// The rights that nothing used so far, and that are not meant to be unused.
    pub(crate) fn unused(&self) -> Vec<String> {
        let usage = lock(&self.usage);
        let of_role = |(id, principal): (&String, &Principal)| {
            usage.unused(id, &principal.statements, |policy| principal.role.is_of_sam(policy))
        };
        let found: Vec<_> = self.roles.iter().flat_map(of_role).collect();
        unused::but_exceptions(&found)
    }
}

impl Role {
    fn is_of_sam(&self, policy: &str) -> bool {
        self.policies.iter().any(|own| own.is_of_sam && own.name == policy)
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
