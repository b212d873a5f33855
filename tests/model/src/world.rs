//! One state of the whole system: the clock, the tables, the calls, and the ledger.

use domain::token::refresh;

use crate::call::{Answer, Call, Holder};
use crate::id::{CallId, Code, Delivery, FamilyId, Seconds, Tally, Token, seconds};
use crate::item::{FamilyItem, Identity, Live, Otp, Pointer, Tables, User};
use crate::ledger::Ledger;
use crate::scenario::{Scenario, Start};
use crate::time;

/// A state. The checker compares and hashes it, so everything in it is small.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct World {
    /// The index of the true time in the scenario's list of instants.
    pub(crate) instant: u8,
    pub(crate) tables: Tables,
    pub(crate) calls: Vec<Call>,
    pub(crate) ledger: Ledger,
}

impl World {
    /// The first state of a scenario.
    pub(crate) fn at_start(scenario: &Scenario) -> Self {
        let mut world = Self {
            instant: 0,
            tables: Tables {
                user: Some(User::default()),
                identity: Some(Identity::default()),
                ..Tables::default()
            },
            calls: vec![Call::default(); scenario.calls.len()],
            ledger: Ledger::default(),
        };
        let now = scenario.first_instant();
        match scenario.start {
            Start::Nothing => {}
            Start::Code => world.start_with_code(now),
            Start::Family => world.start_with_family(now),
        }
        world
    }

    fn start_with_code(&mut self, now: Seconds) {
        let expires_at = now + time::CODE_LIFETIME;
        self.tables.otp = Some(Otp {
            code: Code::FIRST,
            issued_at: now,
            delivery: Delivery::FIRST,
            live: Some(Live { expires_at, attempts: Tally::default() }),
            used_by: None,
            keyed: None,
            ttl: Some(expires_at + time::CODE_RETENTION),
            by: None,
        });
        self.ledger.store_code(Code::FIRST, false);
    }

    fn start_with_family(&mut self, now: Seconds) {
        let ends_at = now + seconds(refresh::ABSOLUTE_LIFETIME);
        let ttl = Some(ends_at + time::SESSION_RETENTION);
        let pointer = Pointer { family: FamilyId::FIRST, created_at: now, ends_at, ttl, by: None };
        let family = FamilyItem {
            current: Some(Token::FIRST),
            expires_at: time::slides_to(now, ends_at),
            ttl,
            ..FamilyItem::GHOST
        };
        self.tables.families.put(FamilyId::FIRST, family);
        self.tables.pointers.put(Token::FIRST, pointer);
    }

    pub(crate) fn call(&self, id: CallId) -> &Call {
        &self.calls[id.index()]
    }

    pub(crate) fn call_mut(&mut self, id: CallId) -> &mut Call {
        &mut self.calls[id.index()]
    }

    /// The token, once a client has it.
    pub(crate) fn token(&self, holder: Holder) -> Option<Token> {
        match holder {
            Holder::First => Some(Token::FIRST),
            Holder::AnswerOf(place) => match self.calls.get(place)?.answer? {
                Answer::Tokens(token) => Some(token),
                _ => None,
            },
        }
    }

    pub(crate) fn ids(&self) -> impl Iterator<Item = CallId> + use<> {
        (0..u8::try_from(self.calls.len()).unwrap_or(u8::MAX)).map(CallId)
    }
}
