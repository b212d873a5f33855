//! Whether a trail is whole.

use domain::audit::hour::Hour;
use domain::audit::image::Tag;
use domain::audit::seal::HourOfLines;
use domain::audit::table::AuditedTable;
use domain::audit::verification::chains::{Broken, Chains};
use domain::audit::verification::seals;
use domain::key::KeyRing;
use domain::time::Timestamp;
use runtime::resources::{CHANGES, KeyRingName};
use store::Seals;
use workbench::Workbench;

use crate::first_hour;
use crate::table::Table;

/// The numbers of repeated lines and of sealed hours, or what is wrong.
pub(crate) async fn of(
    workbench: &Workbench,
    table: &Table,
    now: Timestamp,
) -> anyhow::Result<Result<(usize, usize), String>> {
    let events = workbench.logs.events(CHANGES);
    let mut chains = Chains::default();
    for (_, line) in &events {
        chains.line(line);
    }
    let counts = chains.counts;
    if usize::try_from(counts.lines)? != table.changes() {
        return Ok(Err(format!("{} changes have {} lines", table.changes(), counts.lines)));
    }
    if (counts.foreign, counts.malformed, counts.late) != (0, 0, 0) {
        return Ok(Err(format!("{counts:?}")));
    }

    let ring = workbench.secrets.value(KeyRingName::Audit).unwrap_or_default();
    let key = serde_json::from_value::<KeyRing>(ring)?.current.bytes;
    chains.begin_tables();
    for (pk, image) in table.items() {
        let item = Tag::of_item(&key, AuditedTable::Sessions, pk);
        if !chains.item(&item, &Tag::of_image(&key, image)?) {
            return Ok(Err(format!("{pk} is not as its last line says")));
        }
    }
    for how in [Broken::Beginning, Broken::End] {
        if chains.broken(how, now) > 0 {
            return Ok(Err(format!("a chain is broken: {how:?}")));
        }
    }

    let store = Seals::new(&workbench.aws)?;
    let (mut chain, mut hours) = (seals::Seals::default(), 0);
    let first = events.iter().map(|(at, _)| Hour::of(Timestamp::from_millis(*at))).min();
    let mut hour = first_hour();
    let mut sealed_lines = 0;
    while hour <= Hour::due(now) {
        let seal = store.find(hour).await?;
        let is_of_hour = |at: i64| Hour::of(Timestamp::from_millis(at)) == hour;
        let mut lines = HourOfLines::default();
        events.iter().filter(|(at, _)| is_of_hour(*at)).for_each(|(_, line)| lines.add(line));
        // Before its first line a trail may have no seals, or those of a sealer that came early.
        if seal.is_some() || chain.hour().is_some() || Some(hour) >= first {
            let wrong = chain.hour_of(hour, seal.as_ref(), &lines);
            if !wrong.is_empty() {
                let newest = store.head().await?.map(|(hour, _)| hour.to_string());
                return Ok(Err(format!(
                    "{hour}: {wrong:?}; first line {first:?}, newest seal {newest:?}, now {now}"
                )));
            }
            sealed_lines += lines.count();
            hours += 1;
        }
        hour = hour.next();
    }
    if sealed_lines < table.changes() {
        return Ok(Err(format!("{sealed_lines} of {} changes are sealed", table.changes())));
    }
    Ok(Ok((usize::try_from(counts.repeated)?, hours)))
}
