use serde_json::{Value, json};

use super::chains::{Broken, Chains};
use super::seals::{Seals, Wrong};
use super::state;
use crate::audit::hour::Hour;
use crate::audit::image::{Image, Tag};
use crate::audit::line::Line;
use crate::audit::seal::{HourOfLines, Seal};
use crate::audit::table::AuditedTable;
use crate::encoding;
use crate::key::{KeyBytes, KeyRing};
use crate::time::Timestamp;
use crate::token::signing_ring::SigningRing;

const TABLE: AuditedTable = AuditedTable::Organizations;
const NOW: Timestamp = Timestamp::from_seconds(1_700_000_000);

/// A table of one kind of item, with the trail that its stream gives.
struct World {
    key: KeyBytes,
    lines: Vec<String>,
    items: Vec<(String, Image)>,
}

impl World {
    /// Three items with five changes each, one after the other; the second is deleted at the end.
    fn new() -> Self {
        let json = format!(r#"{{"kid":"k","key":"{}"}}"#, encoding::base64url(&[7; 66]));
        let key = serde_json::from_str::<KeyRing>(&json).unwrap().current.bytes;
        let mut world = Self { key, lines: Vec::new(), items: Vec::new() };
        for change in 0..5 {
            for pk in ["ORG#a", "ORG#b", "ORG#c"] {
                world.write(pk, json!({"value": {"S": change.to_string()}}));
            }
        }
        world.delete("ORG#b");
        world
    }

    fn write(&mut self, pk: &str, mut image: Value) {
        image["pk"] = json!({ "S": pk });
        let image = image.as_object().unwrap().clone();
        let old = self.items.iter().position(|(it, _)| it == pk).map(|at| self.items.remove(at).1);
        self.record(pk, old.as_ref(), Some(&image));
        self.items.push((pk.to_owned(), image));
    }

    fn delete(&mut self, pk: &str) {
        let at = self.items.iter().position(|(it, _)| it == pk).unwrap();
        let (_, old) = self.items.remove(at);
        self.record(pk, Some(&old), None);
    }

    fn record(&mut self, pk: &str, old: Option<&Image>, new: Option<&Image>) {
        let record = json!({
            "eventID": format!("e{}", self.lines.len()),
            "dynamodb": {
                "ApproximateCreationDateTime": NOW.seconds(), "Keys": {"pk": {"S": pk}},
                "OldImage": old, "NewImage": new,
            },
        });
        let line = Line::of(Some(TABLE), &record, &self.key);
        assert!(line.item.is_some(), "{record}");
        self.lines.push(serde_json::to_string(&line).unwrap());
    }

    /// How many chains have no beginning, and how many no end; and the items that no line left so.
    fn verify(&self) -> (usize, usize, usize) {
        let chains = self.read();
        let strange = self.read_tables(chains);
        (strange.0.broken(Broken::Beginning, NOW), strange.0.broken(Broken::End, NOW), strange.1)
    }

    fn read(&self) -> Chains {
        let mut chains = Chains::default();
        for line in &self.lines {
            chains.line(line);
        }
        chains
    }

    fn read_tables(&self, mut chains: Chains) -> (Chains, usize) {
        chains.begin_tables();
        let is_strange = |(pk, image): &&(String, Image)| {
            let content = Tag::of_image(&self.key, image).unwrap();
            !chains.item(&Tag::of_item(&self.key, TABLE, pk), &content)
        };
        let strange = self.items.iter().filter(is_strange).count();
        (chains, strange)
    }
}

#[test]
fn a_whole_trail_has_no_findings_whatever_its_order_and_repetitions() {
    let mut world = World::new();
    assert_eq!(world.verify(), (0, 0, 0));
    let repeated = world.lines[3..9].to_vec();
    world.lines.extend(repeated);
    world.lines.reverse();
    assert_eq!(world.verify(), (0, 0, 0));
    assert_eq!((world.read().counts.lines, world.read().counts.repeated), (16, 6));
}

#[test]
fn a_line_that_was_removed_is_found_wherever_it_stood() {
    for at in 0..16 {
        let mut world = World::new();
        world.lines.remove(at);
        assert_ne!(world.verify(), (0, 0, 0), "line {at}");
    }
}

#[test]
fn a_line_that_was_edited_in_its_chain_is_found() {
    for at in 0..16 {
        for name in ["before", "after", "item"] {
            let mut world = World::new();
            let mut line: Value = serde_json::from_str(&world.lines[at]).unwrap();
            if line[name].is_null() {
                continue;
            }
            line[name] = json!("AAAAAAAAAAAAAAAAAAAAAA");
            world.lines[at] = line.to_string();
            assert_ne!(world.verify(), (0, 0, 0), "{name} of line {at}");
        }
    }
}

#[test]
fn a_line_that_was_inserted_is_found() {
    for at in 0..16 {
        let mut world = World::new();
        let mut line: Value = serde_json::from_str(&world.lines[at]).unwrap();
        line["eventId"] = json!("another");
        world.lines.push(line.to_string());
        assert_ne!(world.verify(), (0, 0, 0), "line {at}");
    }
}

#[test]
fn a_chain_that_was_cut_at_its_end_is_found() {
    for kept in 1..5 {
        let mut world = World::new();
        let of_a = |line: &&String| line.contains(r#""organization":"a""#);
        let kept: Vec<_> = world.lines.iter().filter(of_a).take(kept).cloned().collect();
        world.lines.retain(|line| !of_a(&line) || kept.contains(line));
        assert_eq!(world.verify(), (0, 1, 1));
    }
}

#[test]
fn an_item_that_was_changed_created_or_deleted_without_a_line_is_found() {
    let mut changed = World::new();
    changed.items[0].1["value"] = json!({"S": "by hand"});
    assert_eq!(changed.verify(), (0, 1, 1));
    let mut created = World::new();
    created.items.push(("ORG#d".to_owned(), Image::new()));
    assert_eq!(created.verify(), (0, 0, 1));
    let mut deleted = World::new();
    deleted.items.remove(0);
    assert_eq!(deleted.verify(), (0, 1, 0));
}

/// Said in docs/audit.md: before its hour is sealed, whoever may delete log streams and items can erase
/// an item with all of its lines.
#[test]
fn an_item_that_was_erased_with_its_whole_history_is_not_found_by_chains_and_is_by_the_seal() {
    let mut world = World::new();
    let ring = SigningRing::first().unwrap();
    let seal = Seal::sign(Hour::of(NOW), &hour_of(&world.lines), None, &ring, NOW).unwrap();
    world.items.retain(|(pk, _)| pk != "ORG#a");
    world.lines.retain(|line| !line.contains(r#""organization":"a""#));
    assert_eq!(world.verify(), (0, 0, 0));
    let found = Seals::default().hour_of(Hour::of(NOW), Some(&seal), &hour_of(&world.lines));
    assert_eq!(found, [Wrong::OtherLines]);
}

#[test]
fn an_item_that_expired_may_be_gone_or_new_again_and_no_other_may() {
    let mut world = World::new();
    let expiring =
        |value: &str, at: i64| json!({"value": {"S": value}, "ttl": {"N": at.to_string()}});
    world.write("ORG#d", expiring("1", NOW.seconds()));
    world.write("ORG#e", expiring("1", NOW.seconds() + 1));
    world.items.retain(|(pk, _)| pk != "ORG#d");
    assert_eq!(world.verify(), (0, 0, 0));
    world.write("ORG#d", expiring("2", NOW.seconds()));
    assert_eq!(world.verify(), (0, 0, 0));
    world.items.retain(|(pk, _)| pk != "ORG#e");
    assert_eq!(world.verify(), (0, 1, 0));
}

#[test]
fn a_change_while_the_tables_are_read_is_no_finding() {
    let mut world = World::new();
    let (mut chains, strange) = world.read_tables(world.read());
    assert_eq!(strange, 0);
    world.write("ORG#a", json!({"value": {"S": "later"}}));
    chains.line(world.lines.last().unwrap());
    assert_eq!((chains.broken(Broken::Beginning, NOW), chains.broken(Broken::End, NOW)), (0, 0));
}

#[test]
fn a_second_reading_names_the_lines_at_which_chains_break() {
    let mut world = World::new();
    let removed = world.lines.remove(6);
    let removed: Value = serde_json::from_str(&removed).unwrap();
    let (chains, _) = world.read_tables(world.read());
    let found: Vec<_> = world
        .lines
        .iter()
        .filter_map(|line| {
            Some((chains.breaks_at(line, NOW)?, serde_json::from_str(line).unwrap()))
        })
        .collect::<Vec<(_, Value)>>();
    let [(end, left), (beginning, follows)] = <[_; 2]>::try_from(found).unwrap();
    assert_eq!((end, &left["after"]), (Broken::End, &removed["before"]));
    assert_eq!((beginning, &follows["before"]), (Broken::Beginning, &removed["after"]));
}

#[test]
fn a_verification_goes_on_from_its_bytes() {
    let world = World::new();
    let (first, second) = world.lines.split_at(7);
    let mut chains = Chains::default();
    for line in first {
        chains.line(line);
    }
    let ring = SigningRing::first().unwrap();
    let seal = Seal::sign(Hour::of(NOW), &hour_of(first), None, &ring, NOW).unwrap();
    let mut seals = Seals::default();
    assert_eq!(seals.hour_of(Hour::of(NOW), Some(&seal), &hour_of(first)), []);
    let bytes = state::write(&chains, &seals);
    let (mut chains, again) = state::read(&bytes).unwrap();
    assert_eq!(again, seals);
    // Lines that come again are recognised, too.
    first[3..].iter().chain(second).for_each(|line| chains.line(line));
    assert_eq!((chains.counts.lines, chains.counts.repeated), (9, 4));
    let (chains, strange) = world.read_tables(chains);
    assert_eq!(
        (chains.broken(Broken::Beginning, NOW), chains.broken(Broken::End, NOW), strange),
        (0, 0, 0)
    );
    for end in [0, 10, bytes.len() - 1] {
        assert_eq!(state::read(&bytes[..end]).err(), Some(state::InvalidState));
    }
    assert!(state::read(&[&bytes[..], &[0]].concat()).is_err());
}

fn hour_of(lines: &[String]) -> HourOfLines {
    let mut hour = HourOfLines::default();
    for line in lines {
        hour.add(line);
    }
    hour
}

#[test]
fn a_seal_that_is_missing_altered_or_of_another_key_or_chain_is_found() {
    let (ring, other) = (SigningRing::first().unwrap(), SigningRing::first().unwrap());
    let hour = Hour::of(NOW);
    let lines = hour_of(&World::new().lines);
    let sign = |hour, previous: Option<&Seal>, ring| {
        Seal::sign(hour, &lines, previous, ring, NOW).unwrap()
    };
    let first = sign(hour, None, &ring);
    let second = sign(hour.next(), Some(&first), &ring);
    let third = hour.next().next();
    let begun = || {
        let mut seals = Seals::default();
        assert_eq!(seals.hour_of(hour, Some(&first), &lines), []);
        assert_eq!(seals.hour_of(hour.next(), Some(&second), &lines), []);
        seals
    };
    let found = |seal: Option<&Seal>| begun().hour_of(third, seal, &lines);
    assert_eq!(found(Some(&sign(third, Some(&second), &ring))), []);
    assert_eq!(found(None), [Wrong::Missing]);
    assert_eq!(found(Some(&second)), [Wrong::Altered], "of another hour");
    assert_eq!(found(Some(&sign(third, Some(&first), &ring))), [Wrong::NotNext]);
    assert_eq!(found(Some(&sign(third, None, &ring))), [Wrong::NotNext]);
    assert_eq!(found(Some(&sign(third, Some(&second), &other))), [Wrong::OtherKey]);
    let none = HourOfLines::default();
    assert_eq!(
        begun().hour_of(third, Some(&sign(third, Some(&second), &ring)), &none),
        [Wrong::OtherLines]
    );
    assert_eq!(
        Seals::default().hour_of(hour.next(), Some(&second), &lines),
        [Wrong::NotNext],
        "the first is gone"
    );
}

#[test]
fn what_can_be_in_no_chain_is_counted() {
    let mut chains = Chains::default();
    for text in [
        "",
        "{}",
        r#"{"event":"x","by":"unknown"}"#,
        r#"{"event":"record.malformed","by":"unknown"}"#,
    ] {
        chains.line(text);
    }
    assert_eq!((chains.counts.foreign, chains.counts.malformed), (3, 1));
    for hour in (0..40).rev() {
        let time = Hour::starting_at(hour * 3600).unwrap().start().rfc3339();
        chains.line(
            &json!({"event": "code.issued", "by": "unknown", "item": "i", "time": time})
                .to_string(),
        );
    }
    assert_eq!(chains.counts.late, 10, "older than a day before what was read first");
}

/// A line that came too late is one line, however often it is read, also by a verification that goes on.
#[test]
fn a_line_that_came_too_late_counts_once() {
    let line = |hour: i64, after: &str| {
        let time = Hour::starting_at(hour * 3600).unwrap().start().rfc3339();
        json!({"event": "x", "by": "unknown", "item": "i", "after": after, "time": time})
            .to_string()
    };
    let mut chains = Chains::default();
    for hour in 100..140 {
        chains.line(&line(hour, &hour.to_string()));
    }
    for _ in 0..2 {
        chains.line(&line(1, "late"));
    }
    assert_eq!((chains.counts.late, chains.counts.lines, chains.counts.repeated), (1, 41, 1));
    let (mut chains, _) = state::read(&state::write(&chains, &Seals::default())).unwrap();
    chains.line(&line(1, "late"));
    assert_eq!((chains.counts.late, chains.counts.lines, chains.counts.repeated), (1, 0, 1));
}

/// As somebody does who has a copy of an item from before a change that they don't like: it names its author.
#[test]
fn an_older_copy_of_an_item_that_was_put_back_is_found_by_its_author() {
    let by = |request: &str| json!({"S": format!("partner-validate {request}")});
    let mut world = World::new();
    world.write("ORG#a", json!({"value": {"S": "old"}, "by": by("r1")}));
    world.write("ORG#a", json!({"value": {"S": "new"}, "by": by("r2")}));
    // The same request may change two items.
    world.write("ORG#c", json!({"value": {"S": "new"}, "by": by("r2")}));
    assert_eq!((world.verify(), world.read().counts.put_back), ((0, 0, 0), 0));
    let (sealed, count) = (state::write(&world.read(), &Seals::default()), world.lines.len());
    world.write("ORG#a", json!({"value": {"S": "old"}, "by": by("r1")}));
    assert_eq!(world.verify(), (0, 0, 0), "the chain alone is whole");
    let chains = world.read();
    assert_eq!(chains.counts.put_back, 1);
    let (again, _) = state::read(&state::write(&chains, &Seals::default())).unwrap();
    assert_eq!((again.counts.put_back, &again.put_back), (1, &chains.put_back), "told again");
    assert!(chains.put_back[0].contains("organization.updated"), "{:?}", chains.put_back);
    // A verification that goes on knows the writes of before.
    let (mut chains, _) = state::read(&sealed).unwrap();
    world.lines[count..].iter().for_each(|line| chains.line(line));
    assert_eq!(chains.counts.put_back, 1);
}
