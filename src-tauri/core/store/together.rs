//! Writes that wait at the same moment share a transaction: making one durable costs more than most that is
//! done in it.

use super::lock;
use crate::error::{Error, Result};
use std::{
    collections::VecDeque,
    sync::{Arc, Mutex},
};

/// How many share a transaction: more would keep the first one waiting for the last.
const MOST: usize = 64;

type Answer<T> = Mutex<Option<Result<T>>>;

/// Jobs of one kind. Whoever comes first does its own and what came to wait meanwhile; nobody waits for
/// others to come.
pub struct Together<J, T> {
    waiting: Mutex<VecDeque<(J, Arc<Answer<T>>)>>,
    leads: Mutex<()>,
}

impl<J, T> Default for Together<J, T> {
    fn default() -> Self {
        Self { waiting: Mutex::default(), leads: Mutex::new(()) }
    }
}

impl<J, T> Together<J, T> {
    /// Does a job, by this or another caller's `work`, which gives an answer for each in their order; its own
    /// error is everybody's.
    pub fn run(&self, job: J, work: impl Fn(&[J]) -> Result<Vec<Result<T>>>) -> Result<T> {
        let answer = Arc::new(Answer::default());
        lock(&self.waiting).push_back((job, Arc::clone(&answer)));
        loop {
            let _lead = lock(&self.leads);
            if let Some(answer) = lock(&answer).take() {
                return answer;
            }
            let (jobs, answers): (Vec<_>, Vec<_>) = {
                let mut waiting = lock(&self.waiting);
                let count = waiting.len().min(MOST);
                waiting.drain(..count).unzip()
            };
            if jobs.is_empty() {
                return Err(Error::internal("Another write broke off, and this one with it."));
            }
            let mut done = match work(&jobs) {
                Ok(done) => done.into_iter(),
                Err(error) => {
                    answers.iter().for_each(|one| *lock(one) = Some(Err(error.clone())));
                    continue;
                }
            };
            for one in answers {
                let missing = || Err(Error::internal("A write has no answer."));
                *lock(&one) = Some(done.next().unwrap_or_else(missing));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering};

    #[test]
    fn what_waits_while_another_writes_is_done_at_once_and_each_gets_its_own_answer() {
        let (together, times) = (Together::<u32, u32>::default(), AtomicUsize::new(0));
        std::thread::scope(|scope| {
            for number in 0..200_u32 {
                let (together, times) = (&together, &times);
                scope.spawn(move || {
                    let answer = together.run(number, |jobs| {
                        times.fetch_add(1, Ordering::SeqCst);
                        assert!(jobs.len() <= MOST);
                        std::thread::sleep(std::time::Duration::from_millis(5));
                        Ok(jobs
                            .iter()
                            .map(|job| match job % 10 {
                                7 => Err(Error::conflict(format!("not {job}"))),
                                _ => Ok(job * 2),
                            })
                            .collect())
                    });
                    match number % 10 {
                        7 => assert_eq!(answer.unwrap_err().message, format!("not {number}")),
                        _ => assert_eq!(answer.unwrap(), number * 2),
                    }
                });
            }
        });
        let times = times.into_inner();
        assert!((4..100).contains(&times), "{times} transactions for 200 writes");
    }

    #[test]
    fn what_breaks_for_all_is_everybodys_error() {
        let together = Together::<u32, u32>::default();
        let answer = together.run(1, |_| Err(Error::offline("The disk is full.")));
        assert_eq!(answer.unwrap_err().message, "The disk is full.");
        assert_eq!(together.run(2, |jobs| Ok(vec![Ok(jobs[0])])).unwrap(), 2);
    }
}
