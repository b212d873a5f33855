//! A call that crashes at one of its awaits.

use std::pin::Pin;
use std::task::{Context, Poll};

/// The future's output; `None` if it was dropped at its `polls`th poll.
pub(crate) struct Crash<F> {
    future: Option<Pin<Box<F>>>,
    polls: Option<u32>,
}

impl<F: Future> Crash<F> {
    /// Drops the future when it is polled for the `polls`th time; `None` never drops it.
    pub(crate) fn new(future: F, polls: Option<u32>) -> Self {
        Self { future: Some(Box::pin(future)), polls }
    }
}

impl<F: Future> Future for Crash<F> {
    type Output = Option<F::Output>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        match &mut self.polls {
            Some(0) => {
                self.future = None;
                return Poll::Ready(None);
            }
            Some(polls) => *polls -= 1,
            None => {}
        }
        let Some(future) = &mut self.future else { return Poll::Ready(None) };
        future.as_mut().poll(context).map(Some)
    }
}
