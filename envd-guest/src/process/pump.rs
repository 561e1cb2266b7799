//! Moves a program's output into its ring.

use std::time::Duration;

use tokio::sync::watch;
use tokio::time::{sleep_until, timeout, Instant};

use super::ring::{Kind, Ring};
use crate::sys::Channel;

/// How long output is waited for after the program has ended, while something else still holds the other end.
const GRACE: Duration = Duration::from_millis(200);

/// Reads until the end of the stream, or until the program has ended and nothing more is on its way.
/// True when the stream has ended.
pub async fn run(channel: &Channel, kind: Kind, ring: &Ring, mut exited: watch::Receiver<Option<Instant>>) -> bool {
    let mut buffer = vec![0u8; kind.chunk()];
    loop {
        ring.room().await;
        tokio::select! {
            biased;
            count = channel.read(&mut buffer) => match count {
                // A terminal answers with an error when its last user has gone.
                Ok(0) | Err(_) => return true,
                Ok(count) => ring.push(kind, &buffer[..count]),
            },
            () = grace(&mut exited) => break,
        }
        if exited.borrow().is_some_and(|at| at.elapsed() > GRACE) {
            break;
        }
    }
    // What was written up to now still counts; what a background process writes later does not.
    let mut rest = channel.pending();
    while rest > 0 {
        ring.room().await;
        let most = rest.min(buffer.len());
        match timeout(GRACE, channel.read(&mut buffer[..most])).await {
            Ok(Ok(count)) if count > 0 => {
                ring.push(kind, &buffer[..count]);
                rest -= count;
            }
            Ok(_) => return true,
            Err(_) => break,
        }
    }
    false
}

/// Keeps a stream open and empty, so that a background process that still writes to it lives on.
pub async fn discard(channel: std::sync::Arc<Channel>) {
    let mut buffer = vec![0u8; 4096];
    while matches!(channel.read(&mut buffer).await, Ok(count) if count > 0) {}
}

async fn grace(exited: &mut watch::Receiver<Option<Instant>>) {
    let at = exited.wait_for(Option::is_some).await.ok().and_then(|at| *at);
    match at {
        Some(at) => sleep_until(at + GRACE).await,
        // The waiter never goes before it has told; if it did, only the stream's own end would count.
        None => std::future::pending().await,
    }
}
