//! Scenarios: the calls, and the bounds within which the checker tries everything.

mod codes;
mod fence;
mod life;
mod passwords;
mod refresh;
mod sign_in;
mod sign_out;

use std::fmt;

use crate::call::{Flow, Guess, Holder, Presented, Spec};
use crate::id::{KeyName, Kid, Seconds};
use crate::op::{Copies, Op};
use crate::sight::Sight;

/// Some calls, and the bounds of what may go wrong.
///
/// The checker always tries every interleaving; every write whose answer is lost, or that is lost itself or
/// applied at any later time; a crash anywhere; and time that moves on at any moment.
#[derive(Clone, Debug, Default)]
pub struct Scenario {
    /// The name, for the command line and the output.
    pub name: &'static str,
    /// What exists at the start, besides the user.
    pub start: Start,
    /// The instants that the true clock goes through, in seconds.
    pub clock: &'static [Seconds],
    /// How many sends or password attempts a window allows.
    pub limit: Option<u32>,
    /// The calls. Each may start at any time once the code or token that it presents exists.
    pub calls: Vec<Spec>,
    /// How many of the calls are in the quick cut.
    pub quick: usize,
    /// The number of copies of a write, if it isn't 1: 2 is a retry or a duplicate; with 0, the write is
    /// applied and answered as soon as it is sent.
    pub copies: &'static [(Op, u8)],
    /// What must be reachable, so that the scenario proves something.
    pub reaches: Vec<Sight>,
    /// How many wrong guesses an hour allows to the source of all calls.
    pub source_limit: Option<u32>,
    /// Whether the user has a second identity. A sign-in withdraws the code of the other one.
    pub has_second_identity: bool,
}

/// What exists at the start, besides the user.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Start {
    /// Nothing.
    #[default]
    Nothing,
    /// A code that was just issued.
    Code,
    /// A family, whose first token a client has.
    Family,
}

impl Scenario {
    /// Every scenario.
    pub fn all() -> Vec<Self> {
        [
            codes::all(),
            sign_in::all(),
            refresh::all(),
            sign_out::all(),
            fence::all(),
            vec![passwords::tried(), life::whole()],
        ]
        .concat()
    }

    /// The scenario with this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::all().into_iter().find(|scenario| scenario.name == name)
    }

    /// The scenario with fewer calls.
    pub fn quick_cut(mut self) -> Self {
        self.calls.truncate(self.quick);
        self
    }

    pub(crate) fn first_instant(&self) -> Seconds {
        self.clock.first().copied().unwrap_or_default()
    }

    pub(crate) fn copies_of(&self, op: Op) -> u8 {
        let stated = self.copies.iter().find(|(stated, _)| *stated == op);
        // Most scenarios are not about what refused calls and sign-ins clear away.
        let unstated = u8::from(op != Op::DropPointer);
        stated.map_or(unstated, |(_, copies)| *copies).min(Copies::MOST)
    }
}

/// The bounds in words.
impl fmt::Display for Scenario {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let calls: Vec<_> = self.calls.iter().map(ToString::to_string).collect();
        let instants: Vec<_> = self.clock.iter().map(ToString::to_string).collect();
        write!(formatter, "{}; clock {} s", calls.join(", "), instants.join(", "))?;
        for (op, copies) in self.copies {
            match copies {
                0 => write!(formatter, "; {op:?} sure")?,
                _ => write!(formatter, "; {op:?} ×{copies}")?,
            }
        }
        Ok(())
    }
}

impl Spec {
    /// The call on an instance whose clock is ahead of the true one.
    const fn ahead(mut self, seconds: Seconds) -> Self {
        self.skew = seconds;
        self
    }

    const fn of(flow: Flow) -> Self {
        Self { flow, skew: 0, is_second: false }
    }

    /// The call of the user's second identity.
    const fn of_second_identity(mut self) -> Self {
        self.is_second = true;
        self
    }
}

impl fmt::Display for Spec {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.flow {
            Flow::SendOtp(None) => write!(formatter, "send")?,
            Flow::SendOtp(Some(KeyName(name))) => write!(formatter, "send with key {name}")?,
            Flow::VerifyOtp(Guess::Wrong) => write!(formatter, "wrong guess")?,
            Flow::VerifyOtp(Guess::FirstCode) => write!(formatter, "verify")?,
            Flow::VerifyOtp(Guess::CodeOf(place)) => write!(formatter, "verify code {place}")?,
            Flow::RefreshToken(presented) => {
                write!(formatter, "refresh{}", of(presented.token))?;
                if let Some(KeyName(name)) = presented.key {
                    write!(formatter, " with key {name}")?;
                }
            }
            Flow::Logout(token) => write!(formatter, "logout{}", of(token))?,
            Flow::Login { is_right: true } => write!(formatter, "login")?,
            Flow::Login { is_right: false } => write!(formatter, "wrong password")?,
            Flow::Disable => write!(formatter, "disable")?,
            Flow::EndSessions => write!(formatter, "sign-out everywhere")?,
            Flow::Erase => write!(formatter, "erase")?,
            Flow::Fence => write!(formatter, "fence")?,
            Flow::Unlock => write!(formatter, "unlock")?,
        }
        if self.is_second {
            write!(formatter, " (second identity)")?;
        }
        if self.skew == 0 { Ok(()) } else { write!(formatter, " ({:+} s)", self.skew) }
    }
}

fn of(token: Holder) -> String {
    match token {
        Holder::First => String::new(),
        Holder::AnswerOf(place) => format!(" of {place}"),
    }
}

const SEND: Spec = Spec::of(Flow::SendOtp(None));
const WRONG_GUESS: Spec = Spec::of(Flow::VerifyOtp(Guess::Wrong));
const VERIFY: Spec = Spec::of(Flow::VerifyOtp(Guess::FirstCode));
const LOGIN: Spec = Spec::of(Flow::Login { is_right: true });
const WRONG_PASSWORD: Spec = Spec::of(Flow::Login { is_right: false });
const DISABLE: Spec = Spec::of(Flow::Disable);
const SIGN_OUT: Spec = Spec::of(Flow::EndSessions);
const ERASE: Spec = Spec::of(Flow::Erase);
const FENCE: Spec = Spec::of(Flow::Fence);
const UNLOCK: Spec = Spec::of(Flow::Unlock);
const OLD_RING: &[Kid] = &[Kid(0), Kid(1)];
const NEW_RING: &[Kid] = &[Kid(1), Kid(0)];

/// A send with an idempotency key.
const fn send_with_key(name: u8) -> Spec {
    Spec::of(Flow::SendOtp(Some(KeyName(name))))
}

const fn verify_code_of(place: usize) -> Spec {
    Spec::of(Flow::VerifyOtp(Guess::CodeOf(place)))
}

/// A refresh without an idempotency key.
const fn refresh(token: Holder) -> Spec {
    Spec::of(Flow::RefreshToken(Presented { token, key: None, ring: OLD_RING }))
}

/// A refresh with an idempotency key, on an instance with this ring.
const fn refresh_with_key(token: Holder, name: u8, ring: &'static [Kid]) -> Spec {
    Spec::of(Flow::RefreshToken(Presented { token, key: Some(KeyName(name)), ring }))
}

const fn logout(token: Holder) -> Spec {
    Spec::of(Flow::Logout(token))
}
