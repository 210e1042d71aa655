//! A body with a deadline.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use actix_web::error::PayloadError;
use bytes::Bytes;
use futures_util::Stream;
use tokio::time::{Instant, Sleep, sleep_until};

use super::pace::Pace;

/// The pieces of a body, and [`io::ErrorKind::TimedOut`] once they come slower than its `Pace` allows. A body that
/// has arrived when it is read costs neither a timer nor a look at the clock.
pub struct TimedBody<S> {
    pieces: S,
    pace: Pace,
    received: u64,
    /// How long the sender was waited for before the present wait.
    waited: Duration,
    wait: Wait,
    /// Kept from one wait to the next.
    alarm: Option<Pin<Box<Sleep>>>,
}

/// What the sender is being waited for.
enum Wait {
    /// Nothing was asked for yet. actix-http calls a handler before it hands over what it has read of the body, so
    /// the first question finds nothing and means nothing.
    Unasked,
    /// They are not.
    No,
    /// For the next piece, since then.
    Since(Instant),
}

impl<S> TimedBody<S> {
    /// Begins with a body of which nothing was read.
    pub const fn new(pieces: S, pace: Pace) -> Self {
        Self {
            pieces,
            pace,
            received: 0,
            waited: Duration::ZERO,
            wait: Wait::Unasked,
            alarm: None,
        }
    }

    fn poll_alarm(&mut self, since: Instant, context: &mut Context<'_>) -> Poll<()> {
        let deadline = since + self.pace.patience(self.received, self.waited);
        let alarm = self.alarm.get_or_insert_with(|| Box::pin(sleep_until(deadline)));
        // One that was set in an earlier wait goes off too early. To set it anew only then is cheaper than with each
        // piece.
        while alarm.as_mut().poll(context).is_ready() {
            if alarm.deadline() >= deadline {
                return Poll::Ready(());
            }
            alarm.as_mut().reset(deadline);
        }
        Poll::Pending
    }
}

impl<S: Stream<Item = Result<Bytes, PayloadError>> + Unpin> Stream for TimedBody<S> {
    type Item = Result<Bytes, PayloadError>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if let Poll::Ready(next) = Pin::new(&mut self.pieces).poll_next(context) {
            if let Wait::Since(since) = self.wait {
                self.waited += since.elapsed();
            }
            self.wait = Wait::No;
            if let Some(Ok(piece)) = &next {
                self.received += piece.len() as u64;
                self.waited = self.pace.settle(self.received, self.waited);
            }
            return Poll::Ready(next);
        }
        let since = match self.wait {
            Wait::Unasked => {
                self.wait = Wait::No;
                context.waker().wake_by_ref();
                return Poll::Pending;
            }
            Wait::No => Instant::now(),
            Wait::Since(since) => since,
        };
        self.wait = Wait::Since(since);
        self.poll_alarm(since, context)
            .map(|()| Some(Err(PayloadError::Io(io::ErrorKind::TimedOut.into()))))
    }
}

#[cfg(test)]
mod tests {
    use futures_util::stream::{self, StreamExt};
    use futures_util::{FutureExt, future};
    use tokio::sync::mpsc;

    use super::*;

    const TIMEOUT: Duration = Duration::from_millis(40);

    fn piece(size: usize) -> Bytes {
        Bytes::from(vec![b'x'; size])
    }

    fn is_timeout(next: Option<&Result<Bytes, PayloadError>>) -> bool {
        matches!(next, Some(Err(PayloadError::Io(error))) if error.kind() == io::ErrorKind::TimedOut)
    }

    #[actix_web::test]
    async fn a_body_that_is_there_sets_no_alarm() {
        let mut body = TimedBody::new(stream::iter([Ok(piece(1)), Ok(piece(2))]), Pace::new(TIMEOUT));
        assert_eq!(body.next().await.unwrap().unwrap().len(), 1);
        assert_eq!(body.next().await.unwrap().unwrap().len(), 2);
        assert!(body.next().await.is_none());
        assert!(body.alarm.is_none());
    }

    /// As actix-http does: the handler asks, and only then what was read is handed over.
    #[actix_web::test]
    async fn a_body_that_comes_right_after_it_was_asked_for_sets_no_alarm() {
        let (sender, mut receiver) = mpsc::unbounded_channel();
        let pieces = stream::poll_fn(move |context| receiver.poll_recv(context));
        let mut body = TimedBody::new(pieces, Pace::new(TIMEOUT));
        assert!(body.next().now_or_never().is_none());
        sender.send(Ok(piece(3))).unwrap();
        assert_eq!(body.next().await.unwrap().unwrap().len(), 3);
        assert!(body.alarm.is_none());
    }

    #[actix_web::test]
    async fn silence_has_an_end() {
        let began = Instant::now();
        let mut body = TimedBody::new(stream::pending(), Pace::new(TIMEOUT));
        assert!(is_timeout(body.next().await.as_ref()));
        assert!(began.elapsed() >= TIMEOUT);
    }

    #[actix_web::test]
    async fn every_piece_begins_the_wait_anew() {
        let (sender, mut receiver) = mpsc::unbounded_channel();
        let pieces = stream::poll_fn(move |context| receiver.poll_recv(context));
        let mut body = TimedBody::new(pieces, Pace::new(TIMEOUT));
        let late = async {
            tokio::time::sleep(TIMEOUT / 2).await;
            sender.send(Ok(piece(100_000))).unwrap();
            Instant::now()
        };
        let (first, sent) = future::join(body.next(), late).await;
        assert_eq!(first.unwrap().unwrap().len(), 100_000);
        assert!(is_timeout(body.next().await.as_ref()));
        assert!(sent.elapsed() >= TIMEOUT, "the first wait's alarm does not count");
    }
}
