//! The account of a request: which checks it passed, which one it failed, and what was done.

use crate::explanation::{Explanation, explain};
use crate::tasks::{TASKS, Task};

/// A request's way through its checks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    pub asked: &'static str,
    /// The checks that were passed.
    pub passed: Vec<&'static str>,
    pub end: End,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// All checks were passed: what was done.
    Done(&'static str),
    /// This check was failed. Without an explanation, this version doesn't know the step.
    Failed(Option<Explanation>),
}

/// The step of a request's line in the log; `None` if it passed all checks.
pub fn failed_step<'l>(outcome: &'l str, step: Option<&'l str>, status: u64) -> Option<&'l str> {
    match outcome {
        "ok" | "allow" => None,
        // Of authorizers and streams, which have no answer with a step.
        "failed" => Some("INTERNAL_ERROR"),
        // A check that was noted before the failure is not what ended the request.
        _ if status >= 500 => Some(outcome),
        _ => Some(step.unwrap_or(outcome)),
    }
}

/// The way of a request to this function that ended with this step, or with `None` passed all checks.
/// `None` for an unknown function.
pub fn account(function: &str, step: Option<&str>) -> Option<Account> {
    let task = TASKS.iter().find(|task| task.function == function)?;
    let Task { asked, checks, done, .. } = *task;
    let all = || checks.iter().map(|check| check.passed);
    let Some(step) = step else {
        return Some(Account { asked, passed: all().collect(), end: End::Done(done) });
    };
    // A server error may come at any place: nothing is known to be passed.
    let failed = checks.iter().position(|check| check.steps.contains(&step)).unwrap_or(0);
    let end = End::Failed(explain(function, step));
    Some(Account { asked, passed: all().take(failed).collect(), end })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::path::Path;

    use super::*;
    use crate::checks::CODE_LIVE;
    use crate::explanation::steps;

    /// Steps that may come at any place.
    const ANYWHERE: [&str; 2] = ["UNAVAILABLE", "INTERNAL_ERROR"];

    #[test]
    fn every_function_that_callers_reach_has_a_task() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../functions");
        let names = folder.read_dir().unwrap().map(|it| it.unwrap().file_name());
        let names: BTreeSet<_> = names.map(|name| name.into_string().unwrap()).collect();
        let mut told: BTreeSet<_> = TASKS.iter().map(|task| task.function.to_owned()).collect();
        // Streams call these, and a schedule.
        told.extend(["audit-record", "audit-seal", "portal-deliver-otp"].map(str::to_owned));
        assert_eq!(told, names);
    }

    #[test]
    fn every_step_of_a_check_is_explained_and_stands_once() {
        for task in TASKS {
            let mut seen = BTreeSet::new();
            for step in task.checks.iter().flat_map(|check| check.steps) {
                assert!(seen.insert(step), "{}: {step} stands twice", task.function);
                assert!(explain(task.function, step).is_some(), "{}: {step}", task.function);
            }
            let texts = task.checks.iter().map(|check| check.passed);
            for text in texts.chain([task.asked, task.done]) {
                assert!(text.ends_with('.'), "{text}");
            }
        }
    }

    #[test]
    fn every_step_is_failed_at_a_check_of_some_function_of_its_surface() {
        for (surface, step) in steps() {
            let of_surface = TASKS.iter().filter(|task| task.function.starts_with(surface));
            let mut checks = of_surface.flat_map(|task| task.checks);
            let is_met = checks.any(|check| check.steps.contains(&step));
            assert_eq!(is_met, !ANYWHERE.contains(&step), "{surface}: {step}");
        }
    }

    #[test]
    fn the_step_is_the_check_that_ended_the_request() {
        let step = |outcome, step, status| failed_step(outcome, step, status);
        assert_eq!(step("ok", None, 200), None);
        assert_eq!(step("allow", None, 200), None);
        assert_eq!(step("deny", Some("TOKEN_EXPIRED"), 200), Some("TOKEN_EXPIRED"));
        assert_eq!(step("UNAUTHORIZED", Some("CODE_WRONG"), 401), Some("CODE_WRONG"));
        assert_eq!(step("RATE_LIMITED", None, 429), Some("RATE_LIMITED"));
        assert_eq!(step("UNAVAILABLE", Some("CODE_WRONG"), 503), Some("UNAVAILABLE"));
        assert_eq!(step("failed", None, 503), Some("INTERNAL_ERROR"));
    }

    #[test]
    fn an_account_has_the_checks_before_the_failed_one() {
        let account = |step| account("portal-verify-otp", step).unwrap();
        let wrong = account(Some("CODE_WRONG"));
        assert_eq!(wrong.passed.last(), Some(&CODE_LIVE.passed));
        assert_eq!(wrong.passed.len(), 6);
        assert!(matches!(wrong.end, End::Failed(Some(found)) if found.sentence.contains("wrong")));
        assert_eq!(account(Some("API_KEY_REQUIRED")).passed, Vec::<&str>::new());
        let done = account(None);
        assert!(done.passed.len() == 9 && matches!(done.end, End::Done(_)));
        // It is not known how far it came.
        assert_eq!(account(Some("UNAVAILABLE")).passed, Vec::<&str>::new());
        let unknown = account(Some("OF_A_LATER_VERSION"));
        assert_eq!((unknown.passed.len(), unknown.end), (0, End::Failed(None)));
        assert_eq!(super::account("other", None), None);
    }
}
