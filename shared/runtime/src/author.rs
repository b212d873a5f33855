//! Who the writes of this process are by: in a function the call that is running, in a command of an
//! operator whom STS names.

use std::cell::Cell;
use std::sync::Arc;

use anyhow::Context as _;
use domain::author::{Arn, Author, FunctionName, Reason};
use domain::id::Nonce;
use domain::request_id::RequestId;
use futures_util::future::BoxFuture;
use tokio::sync::OnceCell;

tokio::task_local! {
    /// `None` in a call without a name, which may read, and fails at its first write.
    static CALL: Option<Call>;
}

/// The call that is running.
struct Call {
    function: FunctionName,
    request_id: RequestId,
    /// How many authors it gave out.
    writes: Cell<u32>,
}

/// The id by which the writes of a call name it: the first of these that can be stored. API Gateway may
/// have sent none.
pub(crate) fn chosen(request_ids: [&str; 2]) -> Option<RequestId> {
    request_ids.into_iter().find_map(|id| RequestId::parse(id).ok())
}

/// Runs a call of a function, whose writes name it by one of these ids.
pub fn calling<F: Future>(
    function: &str,
    request_ids: [&str; 2],
    future: F,
) -> impl Future<Output = F::Output> + use<F> {
    let call = FunctionName::parse(function).ok().zip(chosen(request_ids));
    let call =
        call.map(|(function, request_id)| Call { function, request_id, writes: Cell::new(0) });
    // Not an async function, which would hold the call's large future twice.
    CALL.scope(call, future)
}

/// What the running call says about itself.
fn of_call<T>(read: impl FnOnce(&Call) -> T) -> anyhow::Result<T> {
    let read = CALL.try_with(|call| call.as_ref().map(read));
    read.ok().flatten().context("the call has no name, so its writes would have no author")
}

/// The id of the request that is running.
pub fn request_id() -> anyhow::Result<RequestId> {
    of_call(|call| call.request_id.clone())
}

/// The nonce of an attempt, which names its request.
pub fn nonce() -> anyhow::Result<Nonce> {
    Ok(Nonce::of_request(&request_id()?))
}

/// The author of the running call's first write, and how those of its others begin. No author of another call
/// is or begins so, although its request's id may begin with this one's.
pub fn of_this_call() -> anyhow::Result<(String, String)> {
    of_call(|call| {
        let (name, request_id) = (call.function.clone(), call.request_id.clone());
        let first = Author::Function { name, request_id, write: 1 }.to_string();
        let others = format!("{first} ");
        (first, others)
    })
}

/// The author of the call's next write.
fn next() -> anyhow::Result<Author> {
    of_call(|call| {
        let write = call.writes.get().saturating_add(1);
        call.writes.set(write);
        let (name, request_id) = (call.function.clone(), call.request_id.clone());
        Author::Function { name, request_id, write }
    })
}

/// Asks who the operator is.
type Ask = Box<dyn Fn() -> BoxFuture<'static, anyhow::Result<Arn>> + Send + Sync>;

/// The operator of a command.
struct Operator {
    ask: Ask,
    caller: OnceCell<Arn>,
    reason: Option<Reason>,
}

/// Where the authors of a process' writes come from.
#[derive(Clone, Default)]
pub struct Authors {
    /// `None` in a function.
    operator: Option<Arc<Operator>>,
}

impl Authors {
    /// Those of an operator, whom `ask` names. It is asked before the first write, and not again once it
    /// has answered.
    pub fn operator(
        reason: Option<Reason>,
        ask: impl Fn() -> BoxFuture<'static, anyhow::Result<Arn>> + Send + Sync + 'static,
    ) -> Self {
        let operator = Operator { ask: Box::new(ask), caller: OnceCell::new(), reason };
        Self { operator: Some(Arc::new(operator)) }
    }

    /// The author of the next write. No two writes have the same one.
    pub async fn next(&self) -> anyhow::Result<Author> {
        let Some(operator) = &self.operator else { return next() };
        let caller = operator.caller.get_or_try_init(|| (operator.ask)()).await?;
        Ok(Author::operator(caller.clone(), operator.reason.clone()))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use anyhow::anyhow;
    use futures_util::FutureExt as _;

    use super::*;

    async fn by(function: &str, request_ids: [&str; 2]) -> anyhow::Result<Vec<String>> {
        calling(function, request_ids, async {
            let authors = Authors::default();
            let written = [authors.next().await?, authors.next().await?];
            let (first, others) = of_this_call()?;
            let written = written.map(|by| by.to_string()).to_vec();
            assert!(written[0] == first && written[1].starts_with(&others), "{written:?}");
            Ok(written)
        })
        .await
    }

    #[tokio::test]
    async fn each_write_of_a_call_names_the_request_as_the_answer_does() {
        let named = by("portal-logout", ["gateway", "lambda"]).await.unwrap();
        assert_eq!(named, ["portal-logout gateway", "portal-logout gateway 2"]);
        for unusable in ["", "two words", "line\nbreak", &"x".repeat(65)] {
            let named = by("portal-logout", [unusable, "lambda"]).await.unwrap();
            assert_eq!(named[0], "portal-logout lambda");
            assert_eq!(chosen([unusable, "lambda"]).unwrap().as_str(), "lambda");
        }
    }

    #[tokio::test]
    async fn a_write_without_a_name_fails() {
        assert!(by("portal-logout", ["", ""]).await.is_err());
        assert!(by("", ["gateway", "lambda"]).await.is_err());
        assert!(Authors::default().next().await.is_err());
        assert!(nonce().is_err());
    }

    #[tokio::test]
    async fn an_operator_is_asked_for_until_there_is_an_answer_and_not_before_a_write() {
        static ASKED: AtomicUsize = AtomicUsize::new(0);
        let reason = Reason::parse("ticket 1").unwrap();
        let authors = Authors::operator(Some(reason), || {
            async {
                if ASKED.fetch_add(1, Ordering::Relaxed) == 0 {
                    return Err(anyhow!("no answer"));
                }
                Ok(Arn::parse("arn:aws:iam::000000000000:user/jo")?)
            }
            .boxed()
        });
        assert_eq!(ASKED.load(Ordering::Relaxed), 0);
        assert!(authors.next().await.is_err());
        let written = (authors.next().await.unwrap(), authors.clone().next().await.unwrap());
        assert_ne!(written.0, written.1);
        assert!(written.0.to_string().ends_with(" arn:aws:iam::000000000000:user/jo ticket 1"));
        assert_eq!(ASKED.load(Ordering::Relaxed), 2);
    }
}
