//! The sealed hours: each line belongs to one, and each hour has a seal that fits.

use std::time::Duration;

use domain::audit::hour::Hour;
use domain::audit::seal::{HourOfLines, Seal};
use domain::audit::verification::chains::Chains;
use domain::audit::verification::seals;
use domain::time::Timestamp;
use registry::SealedHours;
use runtime::log_group::LogLine;
use store::Seals;

use super::findings::Findings;
use crate::audit::trail::Trail;
use crate::failure::Result;
use crate::operator::Operator;

/// How long after it is due a seal may be missing: the sealer runs once an hour.
const LATE: Duration = Duration::from_hours(2);

/// The seals in the table.
pub(super) struct Hours {
    seals: Seals,
    sealed: SealedHours,
}

/// How far the sealed hours reach.
pub(super) struct Sealed {
    pub(super) hours: u64,
    /// The first instant that no seal covers.
    pub(super) until: Timestamp,
}

impl Hours {
    pub(super) fn open(operator: &Operator) -> Result<Self> {
        Ok(Self { seals: operator.open(Seals::new)?, sealed: operator.open(SealedHours::new)? })
    }

    /// Reads the lines of every hour that has to be sealed, with its seal, and those from before the
    /// first.
    pub(super) async fn verify(
        &self,
        trail: &Trail,
        chains: &mut Chains,
        chain: &mut seals::Seals,
        findings: &mut Findings,
        now: Timestamp,
    ) -> Result<Sealed> {
        let span = self.sealed.span().await?;
        let overdue = Hour::due(now.minus(LATE));
        let first = match (chain.hour(), span) {
            (Some(verified), _) => verified.next(),
            (None, Some((first, _))) => {
                let epoch = Timestamp::from_millis(0);
                read(trail, epoch, first.start(), chains, None).await?;
                first
            }
            (None, None) => {
                // Without a seal the trail must be younger than the first one that is due.
                let (epoch, mut is_unsealed) = (Timestamp::from_millis(0), false);
                let each = |_| {
                    is_unsealed = true;
                    Ok(())
                };
                trail.read(epoch, overdue.next().start(), "", each).await?;
                if is_unsealed {
                    findings.of_hour(overdue, &[seals::Wrong::Missing]);
                }
                return Ok(Sealed { hours: 0, until: epoch });
            }
        };
        let last = span.map_or(overdue, |(_, last)| last.max(overdue));
        let (mut hour, mut hours) = (first, 0);
        while hour <= last {
            let mut lines = HourOfLines::default();
            let (start, end) = (hour.start(), hour.next().start());
            read(trail, start, end, chains, Some(&mut lines)).await?;
            let seal = self.seals.find(hour).await;
            // An item that is no seal is a finding, not an error.
            let wrong = match seal {
                Ok(seal) => chain.hour_of(hour, seal.as_ref(), &lines),
                Err(error) if runtime::outage::is_unavailable(&error) => return Err(error.into()),
                Err(_) => vec![seals::Wrong::Altered],
            };
            findings.of_hour(hour, &wrong);
            hours += 1;
            hour = hour.next();
        }
        Ok(Sealed { hours, until: hour.start() })
    }

    /// Whether the trail still has a seal that was stored elsewhere.
    pub(super) async fn compare(&self, head: &Seal, findings: &mut Findings) -> Result<()> {
        let Some(hour) = head.statement().ok().and_then(|statement| statement.hour()) else {
            return Ok(());
        };
        if self.seals.find(hour).await.ok().flatten().as_ref() != Some(head) {
            findings.of_head(hour);
        }
        Ok(())
    }
}

async fn read(
    trail: &Trail,
    from: Timestamp,
    until: Timestamp,
    chains: &mut Chains,
    mut hour: Option<&mut HourOfLines>,
) -> Result<()> {
    let each = |LogLine { text, .. }| {
        chains.line(&text);
        if let Some(hour) = &mut hour {
            hour.add(&text);
        }
        Ok(())
    };
    trail.read(from, until, "", each).await
}
