//! One tenant, one member, and all handlers of the surface in one process.

use runtime::resources::TableName;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use domain::id::UserId;
use domain::identifier::Username;
use domain::limits::{Limit, PASSWORD_ATTEMPTS};
use domain::organization::Organization;
use domain::password::{Hasher, Password, PasswordHash};
use domain::time::Timestamp;
use domain::user::User;
use registry::Creation;
use runtime::event::Verdict;
use runtime::http::{HttpEvent, Request};
use serde_json::{Value, json};
use workbench::{Answer, Workbench};

/// One hour, as deployed.
pub(crate) const LIFETIME: Duration = Duration::from_hours(1);
pub(crate) use workbench::NOW;

pub(crate) const USERNAME: &str = "josé@example.com";
pub(crate) const PASSWORD: &str = " correct horse ";
/// Of "password", made by the reference implementation with parameters of its own.
pub(crate) const OUTDATED: &str =
    "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4";
pub(crate) struct Deployment {
    pub(crate) bench: Workbench,
    pub(crate) organization: Organization,
    pub(crate) member: User,
    login: password_login::State,
    account: password_account::State,
    logout: password_logout::State,
    authorizer: password_authorizer::State,
    cookie_authorizer: password_cookie_authorizer::State,
}

/// What is to be unusual.
#[derive(Clone, Copy, Default)]
pub(crate) struct Setting {
    /// Attempts per quarter of an hour; 0 stands for the highest number.
    pub(crate) attempts: u32,
    pub(crate) cookie: bool,
    /// The end of a sandbox.
    pub(crate) ends_at: Option<Timestamp>,
}

impl Deployment {
    pub(crate) async fn start() -> Arc<Self> {
        Self::with(Setting::default()).await
    }

    pub(crate) async fn limited(attempts: u32) -> Arc<Self> {
        Self::with(Setting { attempts, ..Setting::default() }).await
    }

    pub(crate) async fn with(setting: Setting) -> Arc<Self> {
        Self::over(Workbench::start().await.unwrap(), setting).await.unwrap()
    }

    /// The same deployment seen by another organization, with a member of the same name.
    pub(crate) async fn neighbour(&self) -> Arc<Self> {
        Self::over(self.bench.clone(), Setting::default()).await.unwrap()
    }

    /// The same organization and member behind fresh instances of every function.
    pub(crate) fn another_instance(&self) -> Arc<Self> {
        let (organization, member) = (self.organization.clone(), self.member.clone());
        Arc::new(Self::instance(self.bench.clone(), organization, member).unwrap())
    }

    async fn over(bench: Workbench, setting: Setting) -> anyhow::Result<Arc<Self>> {
        let tenant = match setting.ends_at {
            Some(_) => bench.sandbox(setting.ends_at).await?,
            None => bench.tenant(None).await?,
        };
        let organization = Organization {
            password_attempts: Limit::new(setting.attempts).unwrap_or(PASSWORD_ATTEMPTS.highest()),
            password_cookie: setting.cookie,
            ..tenant.organization
        };
        bench.organizations()?.save(&organization).await?;
        let member = User {
            organization: organization.id.clone(),
            id: UserId::random(),
            email: None,
            phone: None,
            username: Some(Username::parse(USERNAME)?),
            password: Some(Hasher::new().hash(&Password::parse(PASSWORD)?)),
            role: "PATIENT".into(),
            access_role: "MEMBER".into(),
            locale: None,
            disabled: false,
            sessions_valid_after: None,
        };
        create(&bench, &member).await?;
        Self::instance(bench, organization, member).map(Arc::new)
    }

    fn instance(
        bench: Workbench,
        organization: Organization,
        member: User,
    ) -> anyhow::Result<Self> {
        Ok(Self {
            login: password_login::State::new(&bench.function("password-login")?)?,
            account: password_account::State::new(&bench.function("password-account")?)?,
            logout: password_logout::State::new(&bench.function("password-logout")?)?,
            authorizer: password_authorizer::State::new(&bench.function("password-authorizer")?)?,
            cookie_authorizer: password_cookie_authorizer::State::new(
                &bench.function("password-cookie-authorizer")?,
            )?,
            bench,
            organization,
            member,
        })
    }

    pub(crate) async fn log_in(&self, now: Timestamp) -> Answer {
        self.try_password(PASSWORD, now).await
    }

    pub(crate) async fn try_password(&self, password: &str, now: Timestamp) -> Answer {
        self.try_as(self.organization.id.as_str(), USERNAME, password, now).await
    }

    pub(crate) async fn try_as(
        &self,
        organization: &str,
        username: &str,
        password: &str,
        now: Timestamp,
    ) -> Answer {
        let body = json!({"username": username, "password": password}).to_string();
        let headers = json!({"organization": organization, "content-type": "application/json"});
        self.send_login(&json!({"headers": headers, "body": body}), now).await
    }

    /// A login with headers and body as given.
    pub(crate) async fn send_login(&self, event: &Value, now: Timestamp) -> Answer {
        let request = request(&at("patient", event));
        Answer::of(
            workbench::called("password-login", password_login::handle(&self.login, request, now))
                .await,
        )
    }

    pub(crate) async fn send_login_to(&self, api: &str, event: &Value, now: Timestamp) -> Answer {
        let request = request(&at(api, event));
        Answer::of(
            workbench::called("password-login", password_login::handle(&self.login, request, now))
                .await,
        )
    }

    pub(crate) async fn account(&self, token: &str, now: Timestamp) -> Answer {
        self.send_account("patient", &self.with_bearer(token), now).await
    }

    pub(crate) async fn send_account(&self, api: &str, event: &Value, now: Timestamp) -> Answer {
        let request = request(&at(api, event));
        Answer::of(
            workbench::called(
                "password-account",
                password_account::handle(&self.account, request, now),
            )
            .await,
        )
    }

    pub(crate) async fn log_out(&self) -> Answer {
        let organization = self.organization.id.as_str();
        let headers = json!({"headers": {"organization": organization}});
        let request = request(&at("patient", &headers));
        Answer::of(
            workbench::called(
                "password-logout",
                password_logout::handle(&self.logout, request, NOW),
            )
            .await,
        )
    }

    pub(crate) async fn authorize(&self, event: &Value, now: Timestamp) -> Verdict {
        let request = serde_json::from_value(event.clone()).unwrap();
        workbench::called(
            "password-authorizer",
            password_authorizer::handle(&self.authorizer, request, now),
        )
        .await
        .unwrap()
    }

    /// The verdict of the authorizer that takes cookies.
    pub(crate) async fn authorize_cookie(&self, event: &Value, now: Timestamp) -> Verdict {
        let (state, request) =
            (&self.cookie_authorizer, serde_json::from_value(event.clone()).unwrap());
        workbench::called(
            "password-cookie-authorizer",
            password_cookie_authorizer::handle(state, request, now),
        )
        .await
        .unwrap()
    }

    /// An event with the organization's header and a token in the header for tokens.
    pub(crate) fn with_bearer(&self, token: &str) -> Value {
        let organization = self.organization.id.as_str();
        json!({"headers": {"organization": organization, "authorization": format!("Bearer {token}")}})
    }

    /// The same with the token in the cookie.
    pub(crate) fn with_cookie(&self, token: &str) -> Value {
        let organization = self.organization.id.as_str();
        let cookies = ["theme=dark".to_owned(), format!("__Host-postern-patient={token}")];
        json!({"headers": {"organization": organization}, "cookies": cookies})
    }

    /// Another member of the organization.
    pub(crate) async fn add(&self, username: &str, password: Option<PasswordHash>) -> User {
        let username = Some(Username::parse(username).unwrap());
        let user = User { id: UserId::random(), username, password, ..self.member.clone() };
        create(&self.bench, &user).await.unwrap();
        user
    }

    /// The member's hash as it is stored now.
    pub(crate) async fn stored_hash(&self, user: &User) -> PasswordHash {
        let users = self.bench.users().unwrap();
        let user = users.find(&user.organization, &user.id).await.unwrap();
        user.context("gone").unwrap().user.password.unwrap()
    }

    /// Nonces counted in all windows.
    pub(crate) async fn counted(&self) -> usize {
        let rows = self.bench.scan(TableName::Challenges).await.unwrap();
        rows.iter().filter_map(|row| row["seen"]["SS"].as_array()).map(Vec::len).sum()
    }
}

async fn create(bench: &Workbench, user: &User) -> anyhow::Result<()> {
    let creation = bench.users()?.create(user, NOW).await?;
    anyhow::ensure!(creation == Creation::Created, "a fresh user is new");
    Ok(())
}

fn at(api: &str, event: &Value) -> Value {
    let mut event = event.clone();
    event["pathParameters"] = json!({"api": api});
    event
}

fn request(event: &Value) -> Request {
    serde_json::from_value::<HttpEvent>(event.clone()).unwrap().into_request()
}

pub(crate) fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}
