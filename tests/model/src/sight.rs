//! Sights: what a scenario must be able to reach. A model in which nothing happens would break no
//! invariant either.

use crate::call::{Answer, Flow};
use crate::id::Delivery;
use crate::item::Otp;
use crate::protocol::Protocol;
use crate::world::World;

/// Something that must be true in at least one state.
#[derive(Clone, Copy, Debug)]
pub struct Sight {
    /// The name in the output.
    pub name: &'static str,
    /// Whether it is true in a state.
    pub is_seen: fn(&Protocol, &World) -> bool,
}

pub(crate) const SIGNED_IN: Sight = Sight {
    name: "a user signs in",
    is_seen: |protocol, world| {
        answers(protocol, world)
            .any(|(flow, answer)| matches!((flow, answer), (Flow::VerifyOtp(_), Answer::Tokens(_))))
    },
};

pub(crate) const SIGNED_IN_BY_PASSWORD: Sight = Sight {
    name: "a right password is accepted",
    is_seen: |protocol, world| {
        answers(protocol, world)
            .any(|answered| answered == (Flow::Login { is_right: true }, Answer::Done))
    },
};

pub(crate) const REFUSED: Sight = Sight {
    name: "a guess is refused",
    is_seen: |protocol, world| has_answer(protocol, world, Answer::Refused),
};

pub(crate) const RATE_LIMITED: Sight = Sight {
    name: "a send is over the limit",
    is_seen: |protocol, world| has_answer(protocol, world, Answer::RateLimited),
};

pub(crate) const UNAVAILABLE: Sight = Sight {
    name: "a call stays unresolved",
    is_seen: |protocol, world| has_answer(protocol, world, Answer::Unavailable),
};

pub(crate) const INVALID: Sight = Sight {
    name: "a refresh is refused because of the user",
    is_seen: |protocol, world| has_answer(protocol, world, Answer::Invalid),
};

pub(crate) const ERASED: Sight = Sight {
    name: "an identity leads to no user",
    is_seen: |_, world| world.tables.identity.is_none(),
};

pub(crate) const EXPIRED: Sight = Sight {
    name: "a refresh is too late",
    is_seen: |protocol, world| has_answer(protocol, world, Answer::Expired),
};

pub(crate) const REUSED: Sight = Sight {
    name: "a replay is detected",
    is_seen: |protocol, world| has_answer(protocol, world, Answer::Reused),
};

pub(crate) const REFRESHED: Sight = Sight {
    name: "a token is refreshed",
    is_seen: |protocol, world| {
        answers(protocol, world).any(|(flow, answer)| {
            matches!((flow, answer), (Flow::RefreshToken(_), Answer::Tokens(_)))
        })
    },
};

pub(crate) const RETRY_ANSWERED: Sight = Sight {
    name: "two calls with one key get one answer",
    is_seen: |protocol, world| {
        let keyed = |flow| matches!(flow, Flow::RefreshToken(presented) if presented.key.is_some());
        let tokens: Vec<_> = answers(protocol, world)
            .filter(|(flow, answer)| keyed(*flow) && matches!(answer, Answer::Tokens(_)))
            .map(|(_, answer)| answer)
            .collect();
        tokens.iter().enumerate().any(|(place, answer)| tokens[..place].contains(answer))
    },
};

pub(crate) const KEY_USED: Sight = Sight {
    name: "a key is used for a second rotation",
    is_seen: |protocol, world| has_answer(protocol, world, Answer::KeyUsed),
};

pub(crate) const REPEATED: Sight = Sight {
    name: "a repeated send sends nothing",
    is_seen: |protocol, world| {
        let specs = &protocol.scenario.calls;
        world.ids().any(|first| {
            let flow = specs[first.index()].flow;
            let is_keyed = matches!(flow, Flow::SendOtp(Some(_)));
            let is_last = world.tables.otp.as_ref().is_some_and(|otp| {
                [Delivery::first_of(first), Delivery::repeat_of(first)].contains(&otp.delivery)
            });
            let is_repeated = world.ids().any(|id| {
                let is_done = world.call(id).answer == Some(Answer::Done);
                id != first && specs[id.index()].flow == flow && is_done
            });
            is_keyed && is_last && is_repeated
        })
    },
};

pub(crate) const WITHDRAWN: Sight = Sight {
    name: "a sign-in withdraws the other code",
    is_seen: |_, world| {
        let used_by = |otp: &Otp| otp.used_by;
        let first = world.tables.otp.as_ref().and_then(used_by);
        first.is_some() && first == world.tables.second_otp.as_ref().and_then(used_by)
    },
};

pub(crate) const SIGNED_IN_AFTER_FENCE: Sight = Sight {
    name: "a user signs in after a fence",
    is_seen: |_, world| {
        world.calls.iter().any(|call| {
            call.started_after.is_fenced && matches!(call.answer, Some(Answer::Tokens(_)))
        })
    },
};

pub(crate) const LATE_CODE: Sight = Sight {
    name: "a code arrives after its call ended",
    is_seen: |_, world| {
        let code = world.tables.otp.as_ref().and_then(|otp| otp.code.sender());
        code.is_some_and(|call| world.call(call).answer == Some(Answer::Unavailable))
    },
};

pub(crate) const CODE_REPLACED: Sight = Sight {
    name: "a code is replaced",
    is_seen: |_, world| {
        let code = world.tables.otp.as_ref().map(|otp| otp.code);
        code.is_some_and(|code| world.ledger.has_replaced(code))
    },
};

pub(crate) const LEFT_BEHIND: Sight = Sight {
    name: "a code is used, but no call returns tokens",
    is_seen: |protocol, world| {
        let is_used = world.tables.otp.as_ref().is_some_and(|otp| otp.used_by.is_some());
        let is_answered =
            answers(protocol, world).any(|(_, answer)| matches!(answer, Answer::Tokens(_)));
        is_used && !is_answered
    },
};

pub(crate) const DELETED: Sight = Sight {
    name: "everything was deleted",
    is_seen: |_, world| {
        let tables = &world.tables;
        tables.otp.is_none()
            && tables.families.values().next().is_none()
            && tables.pointers.values().next().is_none()
            && tables.counters.values().next().is_none()
    },
};

fn has_answer(protocol: &Protocol, world: &World, wanted: Answer) -> bool {
    answers(protocol, world).any(|(_, answer)| answer == wanted)
}

fn answers<'a>(
    protocol: &'a Protocol,
    world: &'a World,
) -> impl Iterator<Item = (Flow, Answer)> + use<'a> {
    let specs = protocol.scenario.calls.iter();
    let pairs = specs.zip(&world.calls);
    pairs.filter_map(|(spec, call)| Some((spec.flow, call.answer?)))
}
