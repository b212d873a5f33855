//! The history of one seed: its calls, faults and times.

mod choice;
mod conclusion;

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use domain::limits::Limit;
use domain::otp;
use domain::time::Timestamp;
use fastrand::Rng;
use futures_util::future::join_all;
use runtime::event::Change;
use runtime::resources::TableName;
use serde_json::Value;
use store::Due;
use workbench::portal::Portal;
use workbench::{NOW, Plan};

use crate::client::{Call, Done, End};
use crate::crash::Crash;
use crate::faults::Log;
use crate::history::{Code, Family, History, Token};
use crate::run::Run;
use crate::{entropy, faults, judge};

const STEPS: usize = 24;

/// Runs one seed. The time of the runtime passes only while all tasks wait.
pub(crate) fn run(seed: u64) -> anyhow::Result<Run> {
    entropy::seed(seed);
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build()?;
    runtime.block_on(async {
        let mut world = World::new(seed).await?;
        for step in 0..STEPS {
            world.step(step).await?;
        }
        world.conclude().await?;
        Ok(world.run)
    })
}

struct World {
    rng: Rng,
    clock: Timestamp,
    /// Two instances of every function, whose clocks differ.
    instances: Vec<(Arc<Portal>, i64)>,
    history: History,
    network: Plan,
    log: Log,
    run: Run,
}

impl World {
    async fn new(seed: u64) -> anyhow::Result<Self> {
        let mut rng = Rng::with_seed(seed);
        let portal = Portal::limited(if rng.u8(..4) == 0 { 12 } else { 0 }).await;
        let source_limit = (rng.u8(..4) == 0).then(|| rng.u32(3..10));
        let change = |registered: &mut registry::Registered| {
            registered.organization.source_limit = source_limit.and_then(Limit::new);
        };
        let organization = portal.tenant.organization.id.clone();
        portal.bench.organizations()?.update(&organization, change).await?;
        let portal = portal.named("192.0.2.7");
        portal.bench.settle();
        let other = Arc::clone(&portal).named("192.0.2.7");
        let instances = vec![(portal, 0), (other, rng.i64(-2000..=2000))];
        let log = Log::default();
        let network = faults::plan(seed, log.clone());
        let history = History { source_limit, ..History::default() };
        let (clock, run) = (NOW, Run::default());
        Ok(Self { rng, clock, instances, history, network, log, run })
    }

    fn portal(&self) -> &Arc<Portal> {
        &self.instances[0].0
    }

    /// Makes one to three calls in parallel, reads the mail, checks the answers, delivers late writes, and
    /// lets some time pass.
    async fn step(&mut self, step: usize) -> anyhow::Result<()> {
        let calls: Vec<Call> = (0..self.rng.usize(1..=3)).filter_map(|_| self.choose()).collect();
        let network = std::mem::take(&mut self.network);
        self.portal().bench.follow(network);
        let before = self.stored_send().await;
        let running: Vec<_> = calls.into_iter().map(|call| self.start(call, step)).collect();
        let done = join_all(running).await;
        self.network = self.portal().bench.follow(Plan::default());
        self.run.trace.extend(self.log.take());
        let first = self.history.done.len();
        for done in done {
            self.take(done)?;
        }
        self.judge_sends(first, before).await;
        self.read_mail(step).await?;
        self.judge(first).await?;
        if self.rng.bool() {
            let index = self.rng.usize(..8);
            let delivered = self.portal().bench.deliver_late_call(index).await?;
            self.run.late += usize::from(delivered);
            if delivered {
                self.history.repeatable = None;
            }
            self.run.trace.extend(delivered.then(|| "        a late call arrives".to_owned()));
        }
        self.read_mail(step).await?;
        self.pass_time().await
    }

    fn start(&mut self, call: Call, step: usize) -> impl Future<Output = Done> + use<> {
        let (portal, skew) = self.instances[self.rng.usize(..self.instances.len())].clone();
        let now = Timestamp::from_millis(self.clock.millis() + skew);
        let crash_at = (self.rng.u8(..8) == 0).then(|| self.rng.u32(1..40));
        let token = match &call {
            Call::Refresh { family, token, .. } | Call::Logout { family, token } => {
                self.history.families[*family].tokens[*token].text.clone()
            }
            _ => String::new(),
        };
        async move {
            let answer = Crash::new(perform(&portal, &call, &token, now), crash_at).await;
            Done { end: answer.flatten().map_or(End::Crashed, End::Answered), call, now, step }
        }
    }

    /// Records a call in the history.
    fn take(&mut self, done: Done) -> anyhow::Result<()> {
        self.run.calls += 1;
        self.run.answered += usize::from(!done.end.is_unknown());
        self.run.trace.push(format!(
            "step {:2} at {}: {:?} → {}",
            done.step,
            done.now,
            done.call,
            done.end.code()
        ));
        let tokens = match &done.end {
            End::Answered(answer) if answer.body.get("refreshToken").is_some() => Some(answer),
            _ => None,
        };
        match (&done.call, tokens) {
            (Call::Verify { .. }, Some(answer)) => {
                self.run.signed_in += 1;
                self.history.families.push(Family {
                    created_at: done.now,
                    sid: sid(&answer.access_token())?,
                    tokens: vec![token(answer.refresh_token(), done.now)],
                    last_key: None,
                    ended_in: None,
                    may_end: false,
                });
            }
            (Call::Refresh { family, token: presented, key }, Some(answer)) => {
                self.run.rotated += 1;
                let text = answer.refresh_token();
                let family = &mut self.history.families[*family];
                if let Some(key) = key {
                    family.last_key = Some((key.clone(), *presented));
                }
                let known = family.tokens.iter().position(|token| token.text == text);
                let place = known.unwrap_or(family.tokens.len());
                if known.is_none() {
                    family.tokens.push(token(text, done.now));
                }
                match &mut family.tokens[*presented].successor {
                    Some(successor) if *successor != place => {
                        self.run.violations.push("I4 one token was exchanged for two".to_owned());
                    }
                    successor => *successor = Some(place),
                }
            }
            (Call::SignOutEverywhere { bound } | Call::Fence { bound }, _)
                if done.end.code() == "OK" =>
            {
                let History { bounds, fences, .. } = &mut self.history;
                let is_fence = matches!(done.call, Call::Fence { .. });
                for (set, acknowledged) in if is_fence { fences } else { bounds } {
                    if set == bound {
                        *acknowledged = Some(done.step);
                    }
                }
            }
            _ => {}
        }
        if let Call::Logout { family, .. } | Call::Refresh { family, .. } = done.call
            && judge::ends_family(&done)
        {
            let family = &mut self.history.families[family];
            family.ended_in = family.ended_in.or(Some(done.step));
            family.may_end = true;
        }
        self.history.done.push(done);
        Ok(())
    }

    /// Reads the stored code, if it is a new one.
    async fn read_mail(&mut self, step: usize) -> anyhow::Result<()> {
        let portal = Arc::clone(self.portal());
        let Ok(item) = portal.challenge().await else { return Ok(()) };
        let Some(due) = Due::of(&Change { new: Some(item), old: None })? else { return Ok(()) };
        let otp_id = due.otp_id.as_str().to_owned();
        let attempts = self.history.attempts.entry(otp_id.clone()).or_default();
        attempts.extend(due.code.attempts.iter().map(|nonce| nonce.as_str().to_owned()));
        if attempts.len() > 3 {
            self.run.violations.push("I1 a fourth attempt was counted".to_owned());
        }
        if self.history.codes.iter().any(|code| code.otp_id == otp_id) {
            return Ok(());
        }
        let expires_at = due.code.expires_at;
        let issued_at = Timestamp::from_millis(expires_at.millis() - 300_000);
        let digits = portal.code(issued_at).await;
        self.history.codes.push(Code { otp_id, digits, issued_at, expires_at, known_since: step });
        Ok(())
    }

    /// The stored send: its id, and the attempts that its code has left. A used code counts as good.
    async fn stored_send(&self) -> Option<(String, usize)> {
        let item = self.portal().challenge().await.ok()?;
        let send_id = item.get("sendId")?.as_s().ok()?.clone();
        let due = Due::of(&Change { new: Some(item), old: None }).ok()?;
        let margin = self.clock.plus(Duration::from_secs(5));
        let left = due.map_or(otp::MAX_ATTEMPTS, |due| {
            let code = due.code;
            let is_fenced = self.history.may_be_fenced(code.expires_at.minus(otp::LIFETIME));
            let is_over = code.expires_at <= margin || is_fenced;
            if is_over { 0 } else { otp::MAX_ATTEMPTS.saturating_sub(code.attempts.len()) }
        });
        Some((send_id, left))
    }

    /// I15: a step whose sends all repeat the newest one changes no delivery.
    async fn judge_sends(&mut self, first: usize, before: Option<(String, usize)>) {
        let done = &self.history.done[first..];
        if done.iter().any(|done| matches!(done.call, Call::Fence { .. })) {
            self.history.repeatable = None;
        }
        let sends = self.history.done[first..].iter();
        let sends = sends.filter_map(|done| match &done.call {
            Call::Send { key } => Some((key.clone(), done.now, done.end.code() == "OK")),
            _ => None,
        });
        let sends: Vec<_> = sends.collect();
        let Some((key, now, _)) = sends.first().cloned() else { return };
        let is_one_key = sends.iter().all(|(other, _, _)| key.is_some() && *other == key);
        let is_repetition = self.history.repeatable.as_ref().is_some_and(|(newest, at)| {
            let is_soon = now.since(*at) < Duration::from_mins(10) - Duration::from_secs(5);
            is_one_key && key.as_ref() == Some(newest) && is_soon
        });
        let after = self.stored_send().await;
        let verifies = self.history.done[first..].iter();
        let verifies = verifies.filter(|done| matches!(done.call, Call::Verify { .. })).count();
        let id = |send: &Option<(String, usize)>| send.as_ref().map(|(id, _)| id.clone());
        // The network may have lost the reading before the step. Then the send is the one that was seen last.
        let last = id(&before).or_else(|| self.history.last_send.take());
        let is_delivered = last != id(&after);
        self.history.last_send = id(&after);
        if is_repetition && is_delivered && before.is_some_and(|(_, left)| left > verifies) {
            self.run.violations.push("I15 a repeated send sent again".to_owned());
        }
        if is_repetition && sends.iter().all(|(_, _, is_ok)| *is_ok) {
            self.run.repeated += sends.len();
            return;
        }
        // A send whose live code is used meanwhile delivers nothing, and so there is nothing to repeat.
        let is_certain = is_one_key && is_delivered && sends.iter().all(|(_, _, is_ok)| *is_ok);
        self.history.repeatable = key.filter(|_| is_certain).map(|key| (key, now));
    }

    async fn judge(&mut self, first: usize) -> anyhow::Result<()> {
        for place in first..self.history.done.len() {
            self.run.violations.extend(judge::judge(&self.history, place));
            let done = &self.history.done[place];
            if let (Call::Refresh { family, .. }, "REFRESH_REUSED") = (&done.call, done.end.code())
            {
                let sid = self.history.families[*family].sid.clone();
                if !self.is_over(&sid).await? {
                    let violation = "I7 REFRESH_REUSED before the revocation was durable";
                    self.run.violations.push(violation.to_owned());
                }
            }
        }
        Ok(())
    }

    async fn is_over(&self, sid: &str) -> anyhow::Result<bool> {
        let rows = self.portal().bench.scan(TableName::Sessions).await?;
        let pk = format!("FAM#{sid}");
        let family = rows.iter().find(|row| row["pk"]["S"] == pk.as_str());
        Ok(family.is_none_or(|row| row["revokedAt"].is_object()))
    }

    /// Lets time pass: mostly seconds, sometimes enough for a code, a retry or a family to expire. TTL may
    /// delete expired items.
    async fn pass_time(&mut self) -> anyhow::Result<()> {
        let millis = match self.rng.u8(..40) {
            0..24 => self.rng.u64(1..2_000),
            24..34 => self.rng.u64(2_000..60_000),
            34..37 => self.rng.u64(60_000..400_000),
            37 => self.rng.u64(400_000..90_000_000),
            _ => self.rng.u64(90_000_000..3_000_000_000),
        };
        self.clock = self.clock.plus(Duration::from_millis(millis));
        if self.rng.u8(..4) == 0 {
            for table in [TableName::Challenges, TableName::Sessions] {
                self.portal().bench.expire(table, self.clock).await?;
            }
        }
        Ok(())
    }
}

fn token(text: String, issued_at: Timestamp) -> Token {
    Token { text, issued_at, successor: None, first_presented: None }
}

/// The family's id in an access token. The claim is for audit; a client doesn't need it.
fn sid(access_token: &str) -> anyhow::Result<String> {
    let payload = access_token.split('.').nth(1).context("no payload")?;
    let claims: Value = serde_json::from_slice(&workbench::base64url(payload)?)?;
    Ok(claims["sid"].as_str().context("no sid")?.to_owned())
}

async fn perform(
    portal: &Portal,
    call: &Call,
    token: &str,
    now: Timestamp,
) -> Option<workbench::portal::Answer> {
    Some(match call {
        Call::Send { key: None } => portal.send(now).await,
        Call::Send { key: Some(key) } => portal.send_idempotently(key, now).await,
        Call::Verify { digits, .. } => portal.verify(digits, now).await,
        Call::Refresh { key: None, .. } => portal.refresh(token, now).await,
        Call::Refresh { key: Some(key), .. } => portal.refresh_idempotently(token, key, now).await,
        Call::Logout { .. } => portal.logout(token, now).await,
        Call::SignOutEverywhere { bound } => {
            let user = &portal.patient.user;
            let users = registry::Users::new(&portal.bench.aws).ok()?;
            users.end_sessions(&user.organization, &user.id, *bound).await.ok()?;
            workbench::portal::Answer::ok()
        }
        Call::Fence { bound } => {
            let now = bound.minus(domain::fence::MARGIN);
            let fences = registry::Fences::new(&portal.bench.aws).ok()?;
            fences.organization(&portal.tenant.organization.id, || now).await.ok()??;
            workbench::portal::Answer::ok()
        }
    })
}
