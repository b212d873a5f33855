//! Who wrote an item last: the attribute `by`, from which the audit trail takes the author of each change.
//!
//! Words with one space between them:
//!
//! - `portal-verify-otp <request id>` for a function. Its second write in one call has a third word, `2`,
//!   and so on: if two writes had one name, a change between them that leaves `by` as it is would hide the
//!   second.
//! - `operator <nonce> <ARN> <reason>` for an operator; the reason may be missing. Each write has a nonce of
//!   its own, for the same purpose.

mod reason;
mod word;

use std::fmt;

pub use reason::{InvalidReason, LONGEST_REASON, Reason};
pub use word::{Arn, FunctionName, InvalidWord};

use self::word::OPERATOR;
use crate::id::Nonce;
use crate::request_id::RequestId;

/// The author of one write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Author {
    /// A call of a function.
    Function {
        /// The function.
        name: FunctionName,
        /// The id of the request, as in the answer and the request log.
        request_id: RequestId,
        /// Which of the call's writes it is, from 1.
        write: u32,
    },
    /// A command of an operator.
    Operator {
        /// Names the write.
        nonce: Nonce,
        /// The operator, as STS names the caller.
        caller: Arn,
        /// Why, in the operator's words.
        reason: Option<Reason>,
    },
}

/// The text names no author.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the text names no author of a change")]
pub struct InvalidAuthor;

impl Author {
    /// A write of an operator.
    pub fn operator(caller: Arn, reason: Option<Reason>) -> Self {
        Self::Operator { nonce: Nonce::random(), caller, reason }
    }

    /// Reads the attribute `by`. Accepts exactly what [`fmt::Display`] writes.
    pub fn parse(text: &str) -> Result<Self, InvalidAuthor> {
        let read = match text.strip_prefix(OPERATOR).and_then(|rest| rest.strip_prefix(' ')) {
            Some(rest) => operator(rest),
            None => function(text),
        };
        read.filter(|author| author.to_string() == text).ok_or(InvalidAuthor)
    }
}

fn operator(text: &str) -> Option<Author> {
    let mut words = text.splitn(3, ' ');
    let nonce = RequestId::parse(words.next()?).ok()?;
    let caller = Arn::parse(words.next()?).ok()?;
    let reason = words.next().map(Reason::parse).transpose().ok()?;
    Some(Author::Operator { nonce: Nonce::stored(nonce.as_str()), caller, reason })
}

fn function(text: &str) -> Option<Author> {
    let mut words = text.split(' ');
    let name = FunctionName::parse(words.next()?).ok()?;
    let request_id = RequestId::parse(words.next()?).ok()?;
    let write = words.next().map_or(Ok(1), str::parse).ok()?;
    (write > 0 && words.next().is_none()).then_some(Author::Function { name, request_id, write })
}

impl fmt::Display for Author {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Function { name, request_id, write } => {
                write!(formatter, "{name} {request_id}")?;
                if *write > 1 { write!(formatter, " {write}") } else { Ok(()) }
            }
            Self::Operator { nonce, caller, reason } => {
                write!(formatter, "{OPERATOR} {} {caller}", nonce.as_str())?;
                reason.as_ref().map_or(Ok(()), |reason| write!(formatter, " {reason}"))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const ARN: &str = "arn:aws:sts::123456789012:assumed-role/Support/jo@clinic.example";

    fn written(write: u32) -> String {
        let (name, request_id) =
            (FunctionName::parse("portal-verify-otp"), RequestId::parse("a-1="));
        Author::Function { name: name.unwrap(), request_id: request_id.unwrap(), write }.to_string()
    }

    #[test]
    fn a_function_is_named_with_its_request_and_from_the_second_on_its_write() {
        assert_eq!(written(1), "portal-verify-otp a-1=");
        assert_eq!(written(2), "portal-verify-otp a-1= 2");
        for write in [1, 2, u32::MAX] {
            assert_eq!(Author::parse(&written(write)).unwrap().to_string(), written(write));
        }
    }

    #[test]
    fn an_operators_writes_differ_and_have_the_reason() {
        let reason = Reason::parse(" ticket 4711:  lost  phone\t").unwrap();
        let write = || Author::operator(Arn::parse(ARN).unwrap(), Some(reason.clone()));
        let (one, other) = (write(), write());
        assert_ne!(one, other);
        let text = one.to_string();
        assert!(text.ends_with(&format!(" {ARN} ticket 4711:  lost  phone")), "{text}");
        assert_eq!(Author::parse(&text), Ok(one));
        let silent = Author::operator(Arn::parse(ARN).unwrap(), None);
        assert_eq!(Author::parse(&silent.to_string()), Ok(silent));
    }

    #[test]
    fn what_was_not_written_by_this_type_names_nobody() {
        for text in [
            "",
            " ",
            "unknown",
            "portal-verify-otp",
            "portal-verify-otp ",
            "portal-verify-otp  r",
            "portal-verify-otp r ",
            "portal-verify-otp r 0",
            "portal-verify-otp r 1",
            "portal-verify-otp r 02",
            "portal-verify-otp r +2",
            "portal-verify-otp r 2 3",
            "portal-verify-otp r 4294967296",
            "Portal r",
            "portal_verify r",
            "operator",
            "operator n",
            "operator n user",
            "operator n arn:a ",
            "operator n arn:a  why",
            "operator n arn:a why\n",
            "operator  arn:a",
            "operators\u{a0}n arn:a",
        ] {
            assert_eq!(Author::parse(text), Err(InvalidAuthor), "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn whatever_is_read_is_written_the_same(text in "(operator |[a-z-]{0,9} )?.{0,40}") {
            if let Ok(author) = Author::parse(&text) {
                prop_assert_eq!(author.to_string(), text);
            }
        }

        #[test]
        fn every_reason_is_read_as_it_was_given(text in "\\PC{0,210}") {
            if let Ok(reason) = Reason::parse(&text) {
                let author = Author::operator(Arn::parse(ARN).unwrap(), Some(reason));
                prop_assert_eq!(Author::parse(&author.to_string()), Ok(author));
            }
        }
    }
}
