//! Random histories of one patient against a reference model that fits on a page.

use std::sync::Arc;
use std::time::Duration;

use domain::time::Timestamp;
use proptest::prelude::*;
use proptest_state_machine::{ReferenceStateMachine, StateMachineTest};
use tokio::runtime::Runtime;

use workbench::NOW;
use workbench::portal::{Answer, Portal, another};

/// One step of a history. Numbers choose among what there is, modulo its count.
#[derive(Clone, Debug)]
enum Step {
    Wait(u64),
    Send,
    VerifyRight,
    VerifyWrong,
    Refresh { family: usize, token: usize, idempotently: bool },
    Logout { family: usize, token: usize },
}

#[derive(Clone, Debug)]
struct Code {
    issued_at: Timestamp,
    attempts: usize,
    is_used: bool,
}

impl Code {
    fn is_live(&self, now: Timestamp) -> bool {
        !self.is_used && self.attempts < 3 && now.since(self.issued_at).as_secs() < 300
    }

    fn is_resent(&self, now: Timestamp) -> bool {
        self.is_live(now) && now.since(self.issued_at).as_secs() <= 150
    }
}

#[derive(Clone, Debug)]
struct Family {
    /// Whether the rotation that led to each token was idempotent; the last token is current.
    tokens: Vec<bool>,
    created_at: Timestamp,
    rotated_at: Timestamp,
    is_revoked: bool,
}

/// The reference: what the contract says, without a word about how.
#[derive(Clone, Debug)]
struct Model {
    now: Timestamp,
    code: Option<Code>,
    families: Vec<Family>,
    /// What the last step must be answered with.
    expected: &'static str,
}

impl Model {
    fn verify(&mut self, is_right: bool) -> &'static str {
        let now = self.now;
        let Some(code) = self.code.as_mut().filter(|code| code.is_live(now)) else {
            return "UNAUTHORIZED";
        };
        code.attempts += 1;
        if !is_right {
            return "UNAUTHORIZED";
        }
        code.is_used = true;
        self.families.push(Family {
            tokens: vec![false],
            created_at: now,
            rotated_at: now,
            is_revoked: false,
        });
        "OK"
    }

    fn refresh(&mut self, family: usize, token: usize, idempotently: bool) -> &'static str {
        let now = self.now;
        let Some((family, token)) = self.choose(family, token) else { return "REFRESH_INVALID" };
        let family = &mut self.families[family];
        let day = Duration::from_hours(24);
        let ends_at = family.rotated_at.plus(day * 30).min(family.created_at.plus(day * 90));
        let since_rotation = now.since(family.rotated_at).as_secs();
        let is_idempotent_pair =
            idempotently && family.tokens.get(token + 1).is_some_and(|successor| *successor);
        if family.is_revoked {
            "REFRESH_REUSED"
        } else if now >= ends_at {
            "REFRESH_EXPIRED"
        } else if token + 1 == family.tokens.len() {
            family.tokens.push(idempotently);
            family.rotated_at = now;
            "OK"
        } else if is_idempotent_pair && token + 2 == family.tokens.len() && since_rotation < 600 {
            "OK"
        } else if is_idempotent_pair && token + 3 == family.tokens.len() && since_rotation < 10 {
            "UNAVAILABLE"
        } else {
            family.is_revoked = true;
            "REFRESH_REUSED"
        }
    }

    fn choose(&self, family: usize, token: usize) -> Option<(usize, usize)> {
        let family = family.checked_rem(self.families.len())?;
        Some((family, token % self.families[family].tokens.len()))
    }
}

impl ReferenceStateMachine for Model {
    type State = Self;
    type Transition = Step;

    fn init_state() -> BoxedStrategy<Self> {
        Just(Self { now: NOW, code: None, families: Vec::new(), expected: "OK" }).boxed()
    }

    fn transitions(_: &Self) -> BoxedStrategy<Step> {
        let refresh = (0..3_usize, 0..4_usize, any::<bool>());
        prop_oneof![
            2 => prop_oneof![1..20_u64, 100..400_u64, 1_000_000..3_000_000_u64].prop_map(Step::Wait),
            4 => Just(Step::Send),
            4 => Just(Step::VerifyRight),
            1 => Just(Step::VerifyWrong),
            6 => refresh.prop_map(|(family, token, idempotently)| {
                Step::Refresh { family, token, idempotently }
            }),
            1 => (0..3_usize, 0..4_usize).prop_map(|(family, token)| Step::Logout { family, token }),
        ]
        .boxed()
    }

    fn apply(mut model: Self, step: &Step) -> Self {
        // No two steps share a millisecond: a clock that stands still has its own tests.
        model.now = model.now.plus(Duration::from_millis(1));
        let now = model.now;
        model.expected = match *step {
            Step::Wait(seconds) => {
                model.now = now.plus(Duration::from_secs(seconds));
                "OK"
            }
            Step::Send => {
                if !model.code.as_ref().is_some_and(|code| code.is_resent(now)) {
                    model.code = Some(Code { issued_at: now, attempts: 0, is_used: false });
                }
                "OK"
            }
            Step::VerifyRight => model.verify(true),
            Step::VerifyWrong => model.verify(false),
            Step::Refresh { family, token, idempotently } => {
                model.refresh(family, token, idempotently)
            }
            Step::Logout { family, token } => {
                if let Some((family, _)) = model.choose(family, token) {
                    model.families[family].is_revoked = true;
                }
                "OK"
            }
        };
        model
    }
}

/// The handlers, and what their clients hold.
struct Clients {
    runtime: Runtime,
    portal: Arc<Portal>,
    code: String,
    families: Vec<Vec<String>>,
}

impl Clients {
    fn call(&mut self, step: &Step, before: &[Vec<String>], now: Timestamp) -> Answer {
        let (runtime, portal) = (&self.runtime, &self.portal);
        let token = |family: usize, token: usize| {
            let family = &before[family.checked_rem(before.len())?];
            Some(family[token % family.len()].clone())
        };
        match *step {
            Step::Wait(_) => Answer::ok(),
            Step::Send => runtime.block_on(async {
                let answer = portal.send(now).await;
                self.code = portal.code(now).await;
                answer
            }),
            Step::VerifyRight => runtime.block_on(portal.verify(&self.code, now)),
            Step::VerifyWrong => runtime.block_on(portal.verify(&another(&self.code), now)),
            Step::Refresh { family, token: index, idempotently } => {
                let presented = token(family, index).unwrap_or_else(|| "of-nobody".into());
                let key = format!("rotation-of-{}", &presented[..8]);
                runtime.block_on(async {
                    if idempotently {
                        portal.refresh_idempotently(&presented, &key, now).await
                    } else {
                        portal.refresh(&presented, now).await
                    }
                })
            }
            Step::Logout { family, token: index } => {
                let presented = token(family, index).unwrap_or_else(|| "of-nobody".into());
                runtime.block_on(portal.logout(&presented, now))
            }
        }
    }

    fn keep(&mut self, step: &Step, answer: &Answer) {
        if answer.body.get("refreshToken").is_none() {
            return;
        }
        let token = answer.refresh_token();
        match *step {
            Step::Refresh { family, .. } => {
                let family = family % self.families.len();
                if !self.families[family].contains(&token) {
                    self.families[family].push(token);
                }
            }
            _ => self.families.push(vec![token]),
        }
    }
}

impl StateMachineTest for Clients {
    type SystemUnderTest = Self;
    type Reference = Model;

    fn init_test(_: &Model) -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let portal = runtime.block_on(Portal::start());
        Self { runtime, portal, code: "000000".into(), families: Vec::new() }
    }

    fn apply(mut clients: Self, model: &Model, step: Step) -> Self {
        let before = clients.families.clone();
        let answer = clients.call(&step, &before, model.now);
        assert_eq!(answer.code(), model.expected, "{step:?}");
        clients.keep(&step, &answer);
        clients
    }

    fn check_invariants(clients: &Self, model: &Model) {
        let held: Vec<usize> = clients.families.iter().map(Vec::len).collect();
        let expected: Vec<usize> =
            model.families.iter().map(|family| family.tokens.len()).collect();
        assert_eq!(held, expected, "tokens that were handed out");
    }
}

proptest_state_machine::prop_state_machine! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_history_is_answered_as_the_reference_says(sequential 1..30 => Clients);
}
