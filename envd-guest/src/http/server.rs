//! Connections: bounded in number, in the size of their headers, and in their idle time.

use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::os::fd::AsRawFd;
use std::sync::Arc;
use std::time::Duration;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;

use super::router;
use crate::agent::Agent;
use crate::sys;

const FROM_OUTSIDE: usize = 1024;
/// Programs in the capsule can't keep the host out.
const FROM_INSIDE: usize = 128;
const TOO_MANY: &[u8] = b"HTTP/1.1 429 Too Many Requests\r\nConnection: close\r\nContent-Length: 0\r\n\r\n";
/// Longer than any client or proxy keeps an idle connection, so that they and not we close it.
const IDLE: Duration = Duration::from_secs(650);
const READ_BUFFER: usize = 256 << 10;
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// Serves until the process ends.
pub async fn serve(agent: Arc<Agent>, listener: TcpListener) {
    let (outside, inside) = (Arc::new(Semaphore::new(FROM_OUTSIDE)), Arc::new(Semaphore::new(FROM_INSIDE)));
    loop {
        let (stream, peer) = match listener.accept().await {
            Ok(accepted) => accepted,
            Err(error) => {
                crate::log!("accept: {error}");
                // Out of descriptors or memory: what is open has to end first.
                tokio::time::sleep(ACCEPT_PAUSE).await;
                continue;
            }
        };
        let slots = if agent.capsule && is_own(&stream, peer) { &inside } else { &outside };
        let Ok(slot) = slots.clone().try_acquire_owned() else {
            // Whether it still arrives is up to the caller: nobody waits for it.
            let _ = stream.try_write(TOO_MANY);
            continue;
        };
        if let Err(error) = tune(&stream) {
            crate::log!("connection not tuned: {error}");
        }
        let agent = agent.clone();
        tokio::spawn(async move {
            connection(agent, stream).await;
            drop(slot);
        });
    }
}

/// True when both ends are on this machine.
fn is_own(stream: &TcpStream, peer: SocketAddr) -> bool {
    peer.ip().is_loopback() || stream.local_addr().is_ok_and(|local| local.ip() == peer.ip())
}

async fn connection(agent: Arc<Agent>, stream: TcpStream) {
    let mut generation = agent.generation.subscribe();
    generation.mark_unchanged();
    let service = service_fn(move |request| {
        let agent = agent.clone();
        async move { Ok::<_, Infallible>(router::answer(&agent, request).await) }
    });
    let mut builder = http1::Builder::new();
    builder.timer(TokioTimer::new()).header_read_timeout(IDLE).max_buf_size(READ_BUFFER).half_close(false);
    let connection = builder.serve_connection(TokioIo::new(stream), service).with_upgrades();
    tokio::pin!(connection);
    let mut closing = false;
    loop {
        tokio::select! {
            // Broken connections are everyday life, and their requests have ended with them.
            _ = connection.as_mut() => return,
            changed = generation.changed(), if !closing => {
                closing = true;
                if changed.is_ok() {
                    connection.as_mut().graceful_shutdown();
                }
            }
        }
    }
}

/// Small answers leave at once, and a peer that has vanished is noticed.
fn tune(stream: &TcpStream) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let set = |level: libc::c_int, name: libc::c_int, value: libc::c_int| {
        let size = std::mem::size_of::<libc::c_int>() as libc::socklen_t;
        sys::check(unsafe { libc::setsockopt(stream.as_raw_fd(), level, name, (&value as *const libc::c_int).cast(), size) })
    };
    set(libc::SOL_SOCKET, libc::SO_KEEPALIVE, 1)?;
    set(libc::IPPROTO_TCP, libc::TCP_KEEPIDLE, 60)?;
    set(libc::IPPROTO_TCP, libc::TCP_KEEPINTVL, 10)?;
    set(libc::IPPROTO_TCP, libc::TCP_KEEPCNT, 6)?;
    Ok(())
}
