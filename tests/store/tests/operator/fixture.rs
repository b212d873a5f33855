//! One organization, and users as an operator sees them.
//!
//! What can't be set up ends the test that wanted it.
#![expect(clippy::unwrap_used, reason = "a fixture that cannot be set up is a failed test")]

use runtime::resources::TableName;
use std::collections::BTreeMap;
use std::sync::Arc;

use domain::id::{OrganizationId, UserId};
use domain::identifier::{Email, Identifier, Phone};
use domain::secret::Secret;
use domain::user::User;
use registry::{Creation, Update, Users};
use runtime::config::Config;
use tokio::sync::Notify;
use workbench::portal::Portal;
use workbench::{Fault, NOW, Plan, Workbench};

/// From here on waiting for others takes no time, but where a real DynamoDB is waited for, too.
pub(crate) fn hurry() {
    if Config::from_environment().optional("AWS_ENDPOINT_URL_DYNAMODB").is_none() {
        tokio::time::pause();
    }
}

/// An organization of its own.
#[derive(Clone)]
pub(crate) struct Desk {
    pub(crate) bench: Workbench,
    pub(crate) organization: OrganizationId,
}

impl Desk {
    pub(crate) async fn open() -> Self {
        let bench = Workbench::start().await.unwrap();
        let organization = bench.tenant(None).await.unwrap().organization.id;
        Self { bench, organization }
    }

    pub(crate) fn users(&self) -> Users {
        self.bench.users().unwrap()
    }

    /// A new user with these addresses: an email, and a number if it starts with `+`.
    pub(crate) fn user(&self, identifiers: &[&str]) -> User {
        let phone = identifiers.iter().find(|text| text.starts_with('+'));
        let email = identifiers.iter().find(|text| text.contains('@'));
        User {
            organization: self.organization.clone(),
            id: UserId::random(),
            email: email.map(|email| Email::parse(email).unwrap()),
            phone: phone.map(|phone| Phone::parse(phone).unwrap()),
            username: None,
            password: None,
            role: "patient".into(),
            access_role: "patient".into(),
            locale: None,
            disabled: false,
            sessions_valid_after: None,
        }
    }

    pub(crate) async fn create(&self, user: &User) -> anyhow::Result<Creation> {
        self.users().create(user, NOW).await
    }

    pub(crate) async fn move_to(&self, user: &User, email: &str) -> anyhow::Result<Update> {
        move_to(&self.bench, user, email).await
    }

    /// Whom an address leads to, as at a sign-in.
    pub(crate) async fn owner(&self, email: &str) -> Option<UserId> {
        let (users, email) = (self.users(), Identifier::Email(Email::parse(email).unwrap()));
        let identity = users.identity(&self.organization, &email, NOW).await.unwrap();
        let owner = users.owner(&self.organization, &identity).await.unwrap();
        owner.map(|owner| owner.user.id)
    }

    /// The user as stored now.
    pub(crate) async fn stored(&self, user: &User) -> Option<User> {
        let stored = self.users().find(&user.organization, &user.id).await.unwrap();
        stored.map(|stored| stored.user)
    }

    /// Runs a call until its `nth` write, from 0, which it doesn't make any more. Whether it was cut off.
    pub(crate) async fn cut_off<T>(&self, nth: usize, call: impl Future<Output = T>) -> bool {
        let (mut writes, reached) = (0, Arc::new(Notify::new()));
        let signal = Arc::clone(&reached);
        self.bench.follow(Plan::new(move |operation| {
            if !operation.is_write() {
                return Fault::None;
            }
            writes += 1;
            if writes <= nth {
                return Fault::None;
            }
            signal.notify_one();
            Fault::Silence
        }));
        let was_cut_off = tokio::select! {
            _ = call => false,
            () = reached.notified() => true,
        };
        self.bench.follow(Plan::default());
        was_cut_off
    }

    /// What each identity's pointer names, and which users list it.
    pub(crate) async fn ownership(&self) -> BTreeMap<String, (Option<String>, Vec<String>)> {
        let mut ownership = BTreeMap::<String, (Option<String>, Vec<String>)>::new();
        for item in self.bench.scan(TableName::Users).await.unwrap() {
            let pk = item["pk"]["S"].as_str().unwrap();
            let last = pk.rsplit('#').next().unwrap().to_owned();
            if pk.starts_with("IDENT#") {
                let user = item["userId"]["S"].as_str().unwrap().to_owned();
                ownership.entry(last).or_default().0 = Some(user);
            } else if let Some(listed) = item["identities"]["M"].as_object() {
                for identity in listed.keys() {
                    ownership.entry(identity.clone()).or_default().1.push(last.clone());
                }
            }
        }
        ownership
    }

    /// Nobody shares an identifier, and whoever lists one is reached by it.
    pub(crate) async fn assert_sound(&self, what: &str) {
        for (identity, (pointer, listed)) in self.ownership().await {
            assert!(listed.len() <= 1, "{what}: {identity} is listed by {listed:?}");
            if let Some(owner) = listed.first() {
                assert_eq!(pointer.as_ref(), Some(owner), "{what}: {identity} leads elsewhere");
            }
        }
    }
}

/// Moves a user to another address.
pub(crate) async fn move_to(bench: &Workbench, user: &User, email: &str) -> anyhow::Result<Update> {
    let email = Email::parse(email).unwrap();
    bench.update(user, |user| user.email = Some(email.clone())).await
}

/// Moves a portal's patient to another address.
pub(crate) async fn moved(portal: &Portal, email: &str) {
    let moved = move_to(&portal.bench, &portal.patient.user, email).await.unwrap();
    assert!(matches!(moved, Update::Updated(_)), "{moved:?}");
}

/// Whether an API key leads to an organization.
pub(crate) async fn leads(bench: &Workbench, key: &Secret) -> bool {
    let organizations = store::Organizations::new(&bench.aws).unwrap();
    organizations.find_by_api_key(&key.digest()).await.unwrap().is_some()
}
