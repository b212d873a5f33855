//! Chooses the next call.

use std::time::Duration;

use domain::fence;

use super::World;
use crate::client::Call;

impl World {
    pub(super) fn choose(&mut self) -> Option<Call> {
        match self.rng.u8(..20) {
            0..5 => Some(self.send()),
            5..9 => {
                let newest = self.history.codes.len().checked_sub(1)?;
                let code = if self.rng.u8(..5) == 0 { self.rng.usize(..=newest) } else { newest };
                let digits = self.history.codes[code].digits.clone();
                Some(Call::Verify { digits, code: Some(code) })
            }
            9 => {
                let digits = workbench::portal::another(&self.history.codes.last()?.digits);
                let code = self.history.codes.iter().position(|code| code.digits == digits);
                Some(Call::Verify { digits, code })
            }
            10..17 => self.rightful_refresh(),
            17 => self.stolen_refresh(),
            18 => {
                let family = self.rng.usize(..self.history.families.len().max(1));
                let family_of_token = self.history.families.get_mut(family)?;
                family_of_token.may_end = true;
                let token = self.rng.usize(..family_of_token.tokens.len());
                Some(Call::Logout { family, token })
            }
            _ if self.rng.u8(..6) == 0 => {
                let bound = self.clock.plus(Duration::from_secs(5));
                self.history.bounds.push((bound, None));
                Some(Call::SignOutEverywhere { bound })
            }
            _ if self.rng.u8(..8) == 0 => {
                let bound = self.clock.plus(fence::MARGIN);
                self.history.fences.push((bound, None));
                Some(Call::Fence { bound })
            }
            _ => None,
        }
    }

    /// Half of the sends have a key, and half of these the key of the send before.
    fn send(&mut self) -> Call {
        let (wants_key, repeats) = (self.rng.bool(), self.rng.bool());
        let fresh = format!("send-{:016x}", self.rng.u64(..));
        let known = self.history.send_key.clone().filter(|_| repeats);
        let key = wants_key.then(|| known.unwrap_or(fresh));
        self.history.send_key.clone_from(&key);
        Call::Send { key }
    }

    /// The rightful client presents its current token. A retry has the idempotency key of the first try.
    /// Some clients use a key twice. After a retry without a key, or more than ten minutes later, the family may end.
    fn rightful_refresh(&mut self) -> Option<Call> {
        let count = self.history.families.len();
        let place = self.rng.usize(..count.max(1));
        let key = format!("rotation-{:016x}", self.rng.u64(..));
        let (wants_key, is_constant) = (self.rng.u8(..3) > 0, self.rng.u8(..8) == 0);
        let now = self.clock;
        let family = self.history.families.get_mut(place)?;
        let token = family.current();
        let current = &mut family.tokens[token];
        let key = match &current.first_presented {
            None => {
                let used = family.last_key.as_ref().map(|(key, _)| key.clone());
                let key = used.filter(|_| is_constant).unwrap_or(key);
                let key = wants_key.then_some(key);
                current.first_presented = Some((now, key.clone()));
                key
            }
            Some((first, key)) => {
                let is_safe = key.is_some() && now.since(*first) < Duration::from_mins(9);
                family.may_end |= !is_safe;
                key.clone()
            }
        };
        Some(Call::Refresh { family: place, token, key })
    }

    fn stolen_refresh(&mut self) -> Option<Call> {
        let count = self.history.families.len();
        let place = self.rng.usize(..count.max(1));
        let key = self.rng.bool().then(|| format!("thief-{:016x}", self.rng.u64(..)));
        let family = self.history.families.get_mut(place)?;
        family.may_end = true;
        let token = self.rng.usize(..family.tokens.len());
        Some(Call::Refresh { family: place, token, key })
    }
}
