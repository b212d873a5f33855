//! `postern audit seal`: the newest seal.

use domain::audit::hour::Hour;
use domain::audit::seal::Seal;
use serde::Serialize;
use store::Seals;

use crate::failure::{Result, refused};
use crate::operator::Operator;
use crate::output::{Output, Record};

pub(super) async fn run(operator: &Operator, output: &Output) -> Result<()> {
    match operator.open(Seals::new)?.head().await? {
        Some((hour, Some(seal))) => output.record(&View { seal, hour }),
        Some((_, None)) | None => refused(
            "no hour is sealed yet: the first seal comes ten minutes after the first full hour; \
             `postern doctor` says whether audit-signing has a key",
        ),
    }
}

/// In JSON the seal alone, as `audit verify --head` reads it.
#[derive(Serialize)]
struct View {
    #[serde(flatten)]
    seal: Seal,
    #[serde(skip)]
    hour: Hour,
}

impl Record for View {
    fn cells(&self) -> Vec<(&'static str, String)> {
        let statement = self.seal.statement();
        let lines = statement.as_ref().map_or("not valid".to_owned(), |it| it.lines.to_string());
        vec![
            ("hour", self.hour.to_string()),
            ("lines", lines),
            ("key id", self.seal.kid()),
            ("digest", self.seal.digest()),
        ]
    }
}
