//! Work on as many things at once as there are cores.

use std::collections::BTreeMap;
use std::num::NonZero;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;
use std::thread;

/// Does `work` on each item, and gives the results to `take` in the items' order, each as soon as it
/// and those before it are there. The first error ends it.
pub(crate) fn map<T: Sync, R: Send>(
    items: &[T],
    work: impl Fn(&T) -> anyhow::Result<R> + Sync,
    mut take: impl FnMut(R),
) -> anyhow::Result<()> {
    let workers = thread::available_parallelism().map_or(1, NonZero::get);
    let (next, (done, results)) = (AtomicUsize::new(0), mpsc::channel());
    thread::scope(|scope| {
        for _ in 0..workers {
            let (next, done, work) = (&next, done.clone(), &work);
            scope.spawn(move || {
                loop {
                    let place = next.fetch_add(1, Ordering::Relaxed);
                    let Some(item) = items.get(place) else { return };
                    if done.send((place, work(item))).is_err() {
                        return;
                    }
                }
            });
        }
        drop(done);
        let (mut waiting, mut awaited) = (BTreeMap::new(), 0);
        // By value: whoever returns early hangs up, and the workers stop.
        for (place, result) in results {
            waiting.insert(place, result?);
            while let Some(result) = waiting.remove(&awaited) {
                take(result);
                awaited += 1;
            }
        }
        Ok(())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_come_in_the_order_of_the_items() {
        let items: Vec<u32> = (0..100).collect();
        let mut taken = Vec::new();
        let doubled = |item: &u32| {
            // The first ones take longest.
            thread::sleep(std::time::Duration::from_micros(u64::from(100 - item) * 20));
            Ok(item * 2)
        };
        map(&items, doubled, |result| taken.push(result)).unwrap();
        assert_eq!(taken, items.iter().map(|item| item * 2).collect::<Vec<_>>());
    }

    #[test]
    fn an_error_ends_the_work() {
        let begun = AtomicUsize::new(0);
        let fails = |_: &u32| -> anyhow::Result<()> {
            begun.fetch_add(1, Ordering::Relaxed);
            anyhow::bail!("no")
        };
        assert!(map(&vec![0; 1_000_000], fails, |()| ()).is_err());
        assert!(begun.into_inner() < 1_000_000);
    }
}
