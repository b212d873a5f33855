//! One run of an import: rows come in, some are applied at a time, outcomes are counted.

use std::collections::VecDeque;
use std::sync::atomic::Ordering;

use futures_util::future::BoxFuture;
use futures_util::stream::FuturesUnordered;
use futures_util::{FutureExt as _, StreamExt as _};
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::mpsc;
use tokio::time::Instant;

use super::apply::{Importer, Outcome};
use super::memory;
use super::order::Order;
use super::progress::Progress;
use super::rejects::Rejects;
use super::row::{Numbered, Part};
use super::summary::Summary;
use crate::failure::{Failure, Result, refused};

/// How many rows may wait for others: many rows about one user must not fill the memory.
const MAX_WAITING: usize = 1024;

type Applied<'r> = BoxFuture<'r, (Numbered, Result<Outcome>)>;

pub(super) struct Run<'r> {
    importer: &'r Importer<'r>,
    progress: Progress,
    rejects: Option<Rejects>,
    concurrency: usize,
    order: Order<Numbered>,
    ready: VecDeque<Numbered>,
    running: FuturesUnordered<Applied<'r>>,
    summary: Summary,
    began: Instant,
}

/// Why a run takes no more rows.
enum End {
    /// The file has no more.
    File,
    Interrupted,
    Failed(Failure),
}

impl<'r> Run<'r> {
    pub(super) fn new(
        importer: &'r Importer<'r>,
        progress: Progress,
        rejects: Option<Rejects>,
        concurrency: usize,
    ) -> Self {
        Self {
            importer,
            progress,
            rejects,
            concurrency,
            order: Order::default(),
            ready: VecDeque::new(),
            running: FuturesUnordered::new(),
            summary: Summary::default(),
            began: Instant::now(),
        }
    }

    /// Applies all rows. When it is interrupted, or AWS doesn't answer, it finishes what it has begun.
    pub(super) async fn all(&mut self, mut parts: mpsc::Receiver<Part>) -> Result<()> {
        let mut signals = [signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?];
        let mut end = None;
        loop {
            self.start_ready();
            if self.running.is_empty() && end.is_some() {
                break;
            }
            let takes_rows = end.is_none()
                && self.running.len() < self.concurrency
                && self.order.len() < MAX_WAITING;
            let ended = tokio::select! {
                () = any(&mut signals), if matches!(end, None | Some(End::File)) => {
                    Some(End::Interrupted)
                }
                Some((row, outcome)) = self.running.next() => self.done(row, outcome)?,
                part = parts.recv(), if takes_rows => match part {
                    Some(part) => {
                        self.take(part);
                        None
                    }
                    None => Some(End::File),
                },
            };
            if let Some(ended) = ended {
                if matches!(ended, End::File) {
                    end.get_or_insert(ended);
                } else {
                    // What ran on after the end of the file can fail, too.
                    self.ready.clear();
                    self.order.give_up();
                    end = end.filter(|end| !matches!(end, End::File)).or(Some(ended));
                }
            }
        }
        match end {
            Some(End::Interrupted) => refused(format!(
                "interrupted; all lines up to {} are done: run the import again to go on",
                self.order.done_up_to()
            )),
            Some(End::Failed(failure)) => Err(failure),
            Some(End::File) | None => Ok(()),
        }
    }

    /// The summary, at any end.
    pub(super) fn finish(mut self) -> Result<Summary> {
        self.progress.finish();
        if let Some(rejects) = self.rejects.take() {
            rejects.finish()?;
        }
        Ok(Summary { peak_memory_kib: memory::peak_kib(), ..self.timed() })
    }

    fn timed(&self) -> Summary {
        let summary = Summary {
            done_up_to_line: self.order.done_up_to(),
            throttled: self.importer.throttled.load(Ordering::Relaxed),
            ..self.summary.clone()
        };
        summary.timed(self.began.elapsed().as_secs_f64())
    }

    fn start_ready(&mut self) {
        while self.running.len() < self.concurrency
            && let Some(row) = self.ready.pop_front()
        {
            let importer = self.importer;
            let applied = async move {
                let outcome = match &row.row {
                    Ok(fields) => importer.apply(row.line, fields).await,
                    Err(why) => Ok(Outcome::Bad(why.clone())),
                };
                (row, outcome)
            };
            self.running.push(applied.boxed());
        }
    }

    fn take(&mut self, part: Part) {
        match part {
            Part::Header(text) => {
                if let Some(rejects) = &mut self.rejects {
                    rejects.header(text);
                }
            }
            Part::Row(mut row) => {
                if self.rejects.is_none() {
                    row.text = None;
                }
                let shared = row.row.as_ref().map(super::row::Row::shared).unwrap_or_default();
                self.ready.extend(self.order.add(row.line, shared, *row));
            }
        }
    }

    fn done(&mut self, row: Numbered, outcome: Result<Outcome>) -> Result<Option<End>> {
        let outcome = match outcome {
            Ok(outcome) => outcome,
            // The row isn't done.
            Err(failure) => return Ok(Some(End::Failed(failure))),
        };
        match outcome {
            Outcome::Created => self.summary.created += 1,
            Outcome::Updated => self.summary.updated += 1,
            Outcome::AlreadyExists => self.summary.already_there += 1,
            Outcome::Bad(why) => {
                self.summary.bad += 1;
                self.progress.report(&format!("line {}: {why}", row.line));
                if let Some(rejects) = &mut self.rejects {
                    rejects.add(row.line, row.text);
                }
            }
        }
        let free = self.order.done(row.line);
        self.ready.extend(free.into_iter().map(|(_, row)| row));
        if let Some(rejects) = &mut self.rejects {
            rejects.write_up_to(self.order.done_up_to())?;
        }
        if self.progress.row() {
            let line = self.timed().line();
            self.progress.report(&line);
        }
        Ok(None)
    }
}

async fn any([interrupt, terminate]: &mut [Signal; 2]) {
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
    }
}
