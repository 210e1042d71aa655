//! The threads on which searches are answered.
//!
//! They are few, and give way to those that take reports: however many search at once, reports find a processor, and
//! tokio's blocking threads stay free for files. What comes while too many wait is refused.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};

use tokio::sync::oneshot;

use crate::ActorError;

/// How many searches wait before further ones are refused.
const WAITING_MAX: usize = 256;
/// How much the threads give way, on the system's scale from 0 to 19.
const NICENESS: i32 = 5;

type Question = Box<dyn FnOnce() + Send>;

/// Answers questions in the order in which they come.
pub(super) struct Answering {
    questions: Option<SyncSender<Question>>,
    threads: Vec<JoinHandle<()>>,
}

impl Answering {
    /// Starts a thread for every two processors.
    pub(super) fn start() -> std::io::Result<Self> {
        let processors = thread::available_parallelism().map_or(1, std::num::NonZero::get);
        let (sender, receiver) = sync_channel(WAITING_MAX);
        let receiver = Arc::new(Mutex::new(receiver));
        let threads = (0..processors.div_ceil(2))
            .map(|number| {
                let receiver = Arc::clone(&receiver);
                thread::Builder::new()
                    .name(format!("searches-{number}"))
                    .spawn(move || answer_all(&receiver))
            })
            .collect::<Result<_, _>>()?;
        Ok(Self {
            questions: Some(sender),
            threads,
        })
    }

    /// Lets one of the threads find an answer; `None` when it panics.
    ///
    /// # Errors
    /// [`ActorError::Busy`] while too many wait.
    pub(super) async fn ask<T: Send + 'static>(
        &self,
        question: impl FnOnce() -> T + Send + 'static,
    ) -> Result<Option<T>, ActorError> {
        let (reply, answer) = oneshot::channel();
        let question = Box::new(move || {
            // Whoever asked may be gone, and then others need not wait for the answer.
            if !reply.is_closed() {
                let _ = reply.send(question());
            }
        });
        let questions = self.questions.as_ref().ok_or(ActorError::Stopped)?;
        questions.try_send(question).map_err(|refused| match refused {
            TrySendError::Full(_) => ActorError::Busy,
            TrySendError::Disconnected(_) => ActorError::Stopped,
        })?;
        Ok(answer.await.ok())
    }
}

fn answer_all(questions: &Mutex<Receiver<Question>>) {
    // Where the system refuses, it works on as it is.
    let _ = rustix::process::nice(NICENESS);
    loop {
        let next = questions.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok(question) = next else { return };
        // Its reply is dropped, so whoever asked learns of it.
        let _ = catch_unwind(AssertUnwindSafe(question));
    }
}

impl Drop for Answering {
    fn drop(&mut self) {
        drop(self.questions.take());
        for thread in self.threads.drain(..) {
            let _ = thread.join();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::channel;

    use super::*;

    fn block_on<T>(future: impl Future<Output = T>) -> T {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(future)
    }

    #[test]
    fn a_panic_costs_one_answer() {
        let answering = Answering::start().unwrap();
        for _ in 0..100 {
            let lost = block_on(answering.ask(|| -> u8 { panic!("on purpose") }));
            assert!(matches!(lost, Ok(None)));
        }
        assert!(matches!(block_on(answering.ask(|| 7)), Ok(Some(7))));
    }

    #[test]
    fn what_comes_while_too_many_wait_is_refused_and_the_others_are_answered() {
        let answering = Answering::start().unwrap();
        let threads = answering.threads.len();
        let (begun, begins) = channel();
        let (go, goes) = channel::<()>();
        let goes = Arc::new(Mutex::new(goes));
        block_on(async {
            let held = |begun: std::sync::mpsc::Sender<()>| {
                let goes = Arc::clone(&goes);
                move || {
                    let _ = begun.send(());
                    let _ = goes.lock().unwrap().recv();
                }
            };
            let mut asked: Vec<_> = (0..threads)
                .map(|_| Box::pin(answering.ask(held(begun.clone()))))
                .collect();
            for question in &mut asked {
                assert!(futures_poll(question.as_mut()).await.is_none());
            }
            (0..threads).for_each(|_| begins.recv().unwrap());
            let mut waiting: Vec<_> = (0..WAITING_MAX).map(|_| Box::pin(answering.ask(|| ()))).collect();
            for question in &mut waiting {
                assert!(futures_poll(question.as_mut()).await.is_none());
            }
            let refused = answering.ask(|| ()).await;
            assert!(matches!(refused, Err(ActorError::Busy)), "{refused:?}");
            drop(go);
            for question in asked {
                assert_eq!(question.await.unwrap(), Some(()));
            }
            for question in waiting {
                assert_eq!(question.await.unwrap(), Some(()));
            }
        });
    }

    /// What a future says when it is asked once.
    async fn futures_poll<F: Future>(mut future: std::pin::Pin<&mut F>) -> Option<F::Output> {
        std::future::poll_fn(|context| {
            std::task::Poll::Ready(match future.as_mut().poll(context) {
                std::task::Poll::Ready(output) => Some(output),
                std::task::Poll::Pending => None,
            })
        })
        .await
    }
}
