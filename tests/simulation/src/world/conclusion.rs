//! Checks at the end of every history.

use std::time::Duration;

use runtime::resources::TableName;

use super::World;
use crate::history::{ABSOLUTE_LIFETIME, SLIDING_LIFETIME};

const FRESH_KEY: &str = "rotation-at-the-end";

impl World {
    /// Once the network has no faults and all late calls have arrived, every client that did nothing
    /// wrong must have a token that works.
    pub(super) async fn conclude(&mut self) -> anyhow::Result<()> {
        self.run.late += self.portal().bench.deliver_late_calls().await?;
        self.clock = self.clock.plus(Duration::from_secs(11));
        for family in &self.history.families {
            let token = &family.tokens[family.current()];
            let ends_at = family.created_at.plus(ABSOLUTE_LIFETIME);
            let slides_to = token.issued_at.plus(SLIDING_LIFETIME).min(ends_at);
            let was_signed_out =
                self.history.bounds.iter().any(|(bound, _)| *bound >= family.created_at)
                    || self.history.may_be_fenced(family.created_at);
            let margin = Duration::from_mins(11);
            if family.may_end || was_signed_out || self.clock.plus(margin) >= slides_to {
                continue;
            }
            let portal = self.portal();
            let mut answer = match &token.first_presented {
                None => portal.refresh(&token.text, self.clock).await,
                Some((first, Some(key))) if self.clock.since(*first).as_secs() < 540 => {
                    portal.refresh_idempotently(&token.text, key, self.clock).await
                }
                Some(_) => continue,
            };
            // The key was used before: with another one, the token is as good as it was.
            if answer.code() == "VALIDATION_ERROR" {
                answer = portal.refresh_idempotently(&token.text, FRESH_KEY, self.clock).await;
            }
            if answer.code() != "OK" {
                let violation = format!("I14 an honest client ended with {}", answer.code());
                self.run.violations.push(violation);
            }
        }
        self.check_rest().await
    }

    async fn check_rest(&mut self) -> anyhow::Result<()> {
        for table in [TableName::Challenges, TableName::Sessions] {
            let rows = self.portal().bench.scan(table).await?;
            if rows.iter().any(|row| row["ttl"]["N"].is_null()) {
                self.run.violations.push(format!("I13 an item of {table:?} has no ttl"));
            }
            let text = serde_json::to_string(&rows)?;
            let tokens = self.history.families.iter().flat_map(|family| &family.tokens);
            if tokens.into_iter().any(|token| text.contains(&token.text)) {
                self.run.violations.push(format!("I9 a plain token is stored in {table:?}"));
            }
        }
        Ok(())
    }
}
