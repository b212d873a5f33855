//! Who made a change, read from an item before and after it, as the audit trail reads it from the stream.

use crate::id::{CallId, Tally};
use crate::invariant::Invariant;
use crate::item::{FamilyItem, Identity, Otp, Pointer, Tables, User};
use crate::op::Op;
use crate::run::Run;

/// The attribute `by`: the call that wrote the item, and which of its writes it was. A call may write an
/// item twice, and what comes in between may leave `by` as it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Author {
    pub(crate) call: CallId,
    pub(crate) op: Op,
}

/// A change of one item.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Change {
    /// The call that the item names as its author; `None` if it names no call.
    by: Option<CallId>,
    /// Whether nothing but an author was changed.
    is_phantom: bool,
}

/// A copy of a write was applied, perhaps. Each change is this call's, by what its item says, and a copy that
/// changes nothing else names no other author. Variants that break other invariants are not judged by this
/// one: most of them break it, too.
pub(crate) fn on_applied(run: &mut Run<'_>, before: &Tables) {
    if !run.protocol.judges_authors() || *before == run.world.tables {
        return;
    }
    let is_right = |change: Change| change.by == Some(run.id) && !change.is_phantom;
    if !changes(before, &run.world.tables).all(is_right) {
        run.world.ledger.breaks(Invariant::I18);
    }
}

/// The changes between two images of the tables. Counters need no authors. No command deletes the item of
/// a user or of a code: the model does, to see what happens to what led there.
fn changes<'t>(old: &'t Tables, new: &'t Tables) -> impl Iterator<Item = Change> + 't {
    let codes = [false, true].map(|is_second| code(old.otp(is_second), new.otp(is_second)));
    let families = old.families.join(&new.families).map(|(old, new)| family(old, new));
    let pointers = old.pointers.join(&new.pointers).map(|(old, new)| pointer(old, new));
    let others = [
        user(old.user.as_ref(), new.user.as_ref()),
        identity(old.identity.as_ref(), new.identity.as_ref()),
        fence(old, new),
    ];
    codes.into_iter().chain(families).chain(pointers).chain(others).flatten()
}

fn code(old: Option<&Otp>, new: Option<&Otp>) -> Option<Change> {
    let found = new.filter(|_| old != new)?;
    let tally = |otp: Option<&Otp>| {
        otp.and_then(|otp| otp.live.as_ref()).map_or(Tally::default(), |live| live.attempts)
    };
    let by = signed(old.and_then(|old| old.by), found.by);
    let by = by.or_else(|| tally(old).only_difference(tally(new)));
    let unsigned = |otp: &Otp| Otp { by: None, ..otp.clone() };
    Some(Change { by, is_phantom: old.map(unsigned) == new.map(unsigned) })
}

fn family(old: Option<&FamilyItem>, new: Option<&FamilyItem>) -> Option<Change> {
    let found = new.filter(|_| old != new)?;
    let revoked_by = old.and_then(|old| old.revoked_by);
    let by = signed(old.and_then(|old| old.by), found.by);
    let by = by.or(found.revoked_by.filter(|_| revoked_by != found.revoked_by));
    let unsigned =
        |family: &FamilyItem| FamilyItem { by: None, revoked_by: None, ..family.clone() };
    Some(Change { by, is_phantom: old.map(unsigned) == new.map(unsigned) })
}

/// Whoever put a pointer drops it.
fn pointer(old: Option<&Pointer>, new: Option<&Pointer>) -> Option<Change> {
    let named = if new.is_some() { new } else { old };
    let by = named.and_then(|pointer| pointer.by).map(|by| by.call);
    (old != new).then_some(Change { by, is_phantom: false })
}

fn user(old: Option<&User>, new: Option<&User>) -> Option<Change> {
    let found = new.filter(|_| old != new)?;
    let unsigned = |user: &User| User { by: None, ..*user };
    let is_phantom = old.map(unsigned) == new.map(unsigned);
    Some(Change { by: signed(old.and_then(|old| old.by), found.by), is_phantom })
}

/// A deletion is that of the command that marked the item for it.
fn identity(old: Option<&Identity>, new: Option<&Identity>) -> Option<Change> {
    let marked = |identity: Option<&Identity>| identity.and_then(|identity| identity.deleted_by);
    let by = if new.is_some() { marked(new) } else { marked(old) };
    let is_phantom = new.is_some() && marked(old).is_some();
    (old != new).then_some(Change { by, is_phantom })
}

fn fence(old: &Tables, new: &Tables) -> Option<Change> {
    let is_changed = (old.valid_after, old.fenced_by) != (new.valid_after, new.fenced_by);
    let is_phantom = old.valid_after == new.valid_after;
    is_changed.then_some(Change { by: signed(old.fenced_by, new.fenced_by), is_phantom })
}

/// The call in `by`, if this write set it: a write that doesn't set it leaves the one before.
fn signed(old: Option<Author>, new: Option<Author>) -> Option<CallId> {
    new.filter(|_| old != new).map(|by| by.call)
}
