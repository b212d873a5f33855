//! The order in which changes are told. The trail has times in whole seconds, and is stored as each table's
//! recorder gets to it; only a chain has the order of an item's changes.

use std::collections::{HashMap, VecDeque};

use domain::audit::image::Tag;
use domain::audit::line::Line;

/// Lines by their time; those of one item and one second in the order of its chain. What was recorded first
/// decides the rest.
pub(crate) fn ordered(mut lines: Vec<Line>) -> Vec<Line> {
    lines.sort_by(|one, other| one.time.cmp(&other.time));
    let mut told = Vec::with_capacity(lines.len());
    for second in lines.chunk_by(|one, other| one.time == other.time) {
        told.extend(chained(second));
    }
    told
}

/// The lines of one second. Each item keeps its places.
fn chained(lines: &[Line]) -> Vec<Line> {
    let mut of_items = HashMap::<Option<&Tag>, Vec<&Line>>::new();
    for line in lines {
        of_items.entry(line.item.as_ref()).or_default().push(line);
    }
    let mut chains: HashMap<_, _> =
        of_items.into_iter().map(|(item, lines)| (item, chain(lines))).collect();
    let mut told = Vec::with_capacity(lines.len());
    for line in lines {
        let next = chains.get_mut(&line.item.as_ref()).and_then(VecDeque::pop_front);
        told.extend(next.cloned());
    }
    told
}

/// An item's lines: each follows the one that left what it found.
fn chain<'l>(mut lines: Vec<&'l Line>) -> VecDeque<&'l Line> {
    let mut chain = VecDeque::with_capacity(lines.len());
    let mut last = None::<&'l Line>;
    while !lines.is_empty() {
        let follows = |line: &&Line| last.is_some_and(|it| line.before == it.after);
        let begins = |line: &&Line| lines.iter().all(|it| it.after != line.before);
        let at = lines.iter().position(follows);
        let at = at.or_else(|| lines.iter().position(begins)).unwrap_or(0);
        let line = lines.remove(at);
        chain.push_back(line);
        last = Some(line);
    }
    chain
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// Its event is what it leaves.
    fn line(second: u8, item: &str, before: &str, after: &str) -> Line {
        let tag = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        serde_json::from_value(json!({
            "audit": 1, "eventId": "e", "time": format!("2026-11-27T08:41:{second:02}.000Z"), "event": after,
            "kind": "OTP", "item": item, "before": tag(before), "after": tag(after), "changed": [],
            "by": "unknown",
        }))
        .unwrap()
    }

    fn told(lines: Vec<Line>) -> String {
        ordered(lines).into_iter().map(|line| line.event).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn lines_of_an_item_stand_as_its_chain_says_wherever_they_were_stored() {
        assert_eq!(
            told(vec![
                line(7, "a", "a2", "a3"),
                line(7, "b", "b0", "b1"),
                line(7, "a", "a1", "a2"),
                line(6, "b", "", "b0"),
                line(7, "a", "", "a1"),
            ]),
            "b0 a1 b1 a2 a3"
        );
    }

    #[test]
    fn an_item_that_comes_back_to_what_it_was_and_a_chain_with_a_gap_lose_no_line() {
        let back = vec![line(1, "a", "x", "y"), line(1, "a", "y", "x"), line(1, "a", "x", "z")];
        assert_eq!(told(back), "y x z");
        let gap = vec![line(1, "a", "p", "q"), line(1, "a", "m", "n"), line(1, "a", "n", "o")];
        assert_eq!(told(gap), "q n o");
    }
}
