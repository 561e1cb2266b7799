//! `GET /connect/{port}`: a TCP connection of the host into the capsule, to whatever listens on that port there.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::os::fd::AsRawFd;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use hyper::body::Incoming;
use hyper::header::{HeaderValue, CONNECTION, UPGRADE};
use hyper::upgrade::{OnUpgrade, Upgraded};
use hyper::{HeaderMap, Request, Response};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncWriteExt, Interest};
use tokio::net::tcp::{ReadHalf, WriteHalf};
use tokio::net::TcpStream;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{sleep, timeout, Instant};

use crate::agent::Agent;
use crate::connect::{error_response, header};
use crate::fault::{plain, Code, Fault, Outcome};
use crate::http::body::Body;
use crate::http::query::Query;
use crate::http::respond::with_status;
use crate::listeners::Listeners;
use crate::sys;

const PROTOCOL: &str = "tunnel";
const MOST: usize = 1000;
/// Bytes under way in one direction. Held only while some are: a quiet tunnel needs no buffer.
const PIECE: usize = 64 << 10;
/// Inside one machine somebody answers at once; only a listener with a full backlog keeps us waiting.
const DIAL_PATIENCE: Duration = Duration::from_secs(10);
/// How often a port is looked at while somebody waits for it. A look takes some microseconds.
const LOOK: Duration = Duration::from_millis(5);
const LONGEST_WAIT: u64 = 1000;
/// Who comes beyond these is told at once: looking must not take the time of what is looked for.
const WAITING: usize = 16;

/// All tunnels that are open.
pub struct Tunnels {
    slots: Arc<Semaphore>,
    waiting: Semaphore,
    bytes: AtomicU64,
}

impl Tunnels {
    pub fn new() -> Arc<Tunnels> {
        Arc::new(Tunnels { slots: Arc::new(Semaphore::new(MOST)), waiting: Semaphore::new(WAITING), bytes: AtomicU64::new(0) })
    }

    pub fn open(&self) -> usize {
        MOST - self.slots.available_permits()
    }

    /// Bytes that have passed in both directions since the agent has started.
    pub fn bytes(&self) -> u64 {
        self.bytes.load(Ordering::Relaxed)
    }

    fn slot(&self) -> Outcome<OwnedSemaphorePermit> {
        let full = |_| Fault::new(Code::ResourceExhausted, format!("{MOST} tunnels are open already: end some first"));
        self.slots.clone().try_acquire_owned().map_err(full)
    }

    fn count(&self, bytes: usize) {
        self.bytes.fetch_add(bytes as u64, Ordering::Relaxed);
    }
}

/// Answers 101 once the connection in the capsule stands; an error tells why it doesn't.
pub async fn open(agent: &Arc<Agent>, port: &str, mut request: Request<Incoming>) -> Response<Body> {
    if !asks_for_tunnel(request.headers()) {
        let mut response = error_response(&Fault::with_status(426, Code::InvalidArgument, "send Connection: Upgrade and Upgrade: tunnel"));
        response.headers_mut().insert(UPGRADE, HeaderValue::from_static(PROTOCOL));
        return response;
    }
    let dialed = async {
        let port = port_of(port, agent.port)?;
        let patience = patience(&Query::parse(request.uri().query()))?;
        let slot = agent.tunnels.slot()?;
        Ok((reach(agent, port, patience).await?, slot))
    };
    let (server, slot) = match dialed.await {
        Ok(dialed) => dialed,
        Err(fault) => return error_response(&fault),
    };
    tokio::spawn(carry(agent.tunnels.clone(), hyper::upgrade::on(&mut request), server, slot));
    let mut response = with_status(101, Body::empty());
    response.headers_mut().insert(CONNECTION, HeaderValue::from_static("upgrade"));
    response.headers_mut().insert(UPGRADE, HeaderValue::from_static(PROTOCOL));
    response
}

fn asks_for_tunnel(headers: &HeaderMap) -> bool {
    let names = |name: &str, wanted: &str| header(headers, name).is_some_and(|value| value.split(',').any(|word| word.trim().eq_ignore_ascii_case(wanted)));
    names("connection", "upgrade") && names("upgrade", PROTOCOL)
}

fn port_of(text: &str, own: u16) -> Outcome<u16> {
    let digits = !text.is_empty() && text.len() <= 5 && text.bytes().all(|digit| digit.is_ascii_digit());
    match text.parse::<u16>() {
        Ok(port) if digits && port == own => Err(Fault::new(Code::PermissionDenied, format!("port {port} is the agent's own"))),
        Ok(port) if digits && port > 0 => Ok(port),
        _ => Err(Fault::invalid("a port is a number from 1 to 65535")),
    }
}

/// How long a listener is waited for when there is none (`wait`, milliseconds).
fn patience(query: &Query) -> Outcome<Duration> {
    let Some(text) = query.get("wait") else { return Ok(Duration::ZERO) };
    let millis = text.parse::<u64>().ok().filter(|millis| *millis <= LONGEST_WAIT && text.bytes().all(|digit| digit.is_ascii_digit()));
    millis.map(Duration::from_millis).ok_or_else(|| Fault::invalid(format!("wait is a number of milliseconds, {LONGEST_WAIT} at most")))
}

async fn reach(agent: &Agent, port: u16, patience: Duration) -> Outcome<TcpStream> {
    let addresses = [Some(IpAddr::V4(Ipv4Addr::LOCALHOST)), Some(IpAddr::V6(Ipv6Addr::LOCALHOST)), agent.card.map(IpAddr::V4)];
    let until = Instant::now() + patience;
    if let Some(server) = dial(port, &addresses).await? {
        return Ok(server);
    }
    let turn = agent.tunnels.waiting.try_acquire();
    let listeners = Listeners::new();
    while turn.is_ok() && Instant::now() < until {
        sleep(LOOK).await;
        if listens(&listeners, port, &addresses) {
            if let Some(server) = dial(port, &addresses).await? {
                return Ok(server);
            }
        }
    }
    Err(unavailable(format!("nothing listens on port {port}")))
}

/// A kernel that can't be asked is no reason not to try.
fn listens(listeners: &io::Result<Listeners>, port: u16, addresses: &[Option<IpAddr>]) -> bool {
    let Ok(listeners) = listeners else { return true };
    addresses.iter().flatten().any(|address| listeners.there(*address, port).unwrap_or(true))
}

fn unavailable(text: String) -> Fault {
    Fault::with_status(502, Code::Unavailable, text)
}

/// The first address that somebody listens on; None when nobody does.
async fn dial(port: u16, addresses: &[Option<IpAddr>]) -> Outcome<Option<TcpStream>> {
    for address in addresses.iter().flatten() {
        match timeout(DIAL_PATIENCE, TcpStream::connect(SocketAddr::new(*address, port))).await {
            Ok(Ok(server)) if !is_itself(&server) => {
                tune(&server);
                return Ok(Some(server));
            }
            // An ordinary end would keep the port from whoever is about to listen on it.
            Ok(Ok(itself)) => end_abruptly(&itself, true),
            // Nobody there, or no such address on this machine.
            Ok(Err(error)) if is_refusal(&error) => {}
            Ok(Err(error)) => return Err(unavailable(format!("connect to port {port}: {}", plain(&error)))),
            Err(_) => return Err(unavailable(format!("the server on port {port} did not accept a connection within {} s", DIAL_PATIENCE.as_secs()))),
        }
    }
    Ok(None)
}

fn is_refusal(error: &io::Error) -> bool {
    matches!(error.raw_os_error(), Some(libc::ECONNREFUSED | libc::EADDRNOTAVAIL | libc::ENETUNREACH | libc::EHOSTUNREACH | libc::EAFNOSUPPORT))
}

/// On a port that nobody listens on, the kernel can choose that very port as our own, and connects us to ourselves.
fn is_itself(stream: &TcpStream) -> bool {
    matches!((stream.local_addr(), stream.peer_addr()), (Ok(local), Ok(peer)) if local == peer)
}

fn tune(stream: &TcpStream) {
    if let Err(error) = stream.set_nodelay(true) {
        crate::log!("connection not tuned: {error}");
    }
}

async fn carry(tunnels: Arc<Tunnels>, upgrade: OnUpgrade, mut server: TcpStream, _slot: OwnedSemaphorePermit) {
    // A client that has gone before its answer needs no tunnel.
    let Ok(upgraded) = upgrade.await else { return };
    let Some((mut client, early)) = taken_apart(upgraded) else { return };
    // Until both have come to their end: then also an agent that is killed ends no tunnel as if it were whole.
    for stream in [&client, &server] {
        end_abruptly(stream, true);
    }
    let broken = AtomicBool::new(false);
    let (client_out, client_in) = client.split();
    let (server_out, server_in) = server.split();
    let (up, down) = tokio::join!(
        pass(client_out, server_in, early, &broken, &tunnels),
        pass(server_out, client_in, Bytes::new(), &broken, &tunnels),
    );
    // Else neither end may take what was torn for the whole.
    if up.is_ok() && down.is_ok() {
        for stream in [&client, &server] {
            end_abruptly(stream, false);
        }
    }
}

fn taken_apart(upgraded: Upgraded) -> Option<(TcpStream, Bytes)> {
    upgraded.downcast::<TokioIo<TcpStream>>().map(|parts| (parts.io.into_inner(), parts.read_buf)).ok()
}

/// Passes bytes on until their end, and then the end.
async fn pass(from: ReadHalf<'_>, mut to: WriteHalf<'_>, early: Bytes, broken: &AtomicBool, tunnels: &Tunnels) -> io::Result<()> {
    let passed = pieces(&from, &mut to, early, broken, tunnels).await;
    if passed.is_err() {
        broken.store(true, Ordering::Relaxed);
    }
    passed
}

async fn pieces(from: &ReadHalf<'_>, to: &mut WriteHalf<'_>, early: Bytes, broken: &AtomicBool, tunnels: &Tunnels) -> io::Result<()> {
    to.write_all(&early).await?;
    tunnels.count(early.len());
    loop {
        tokio::select! {
            ready = from.readable() => ready?,
            // The receiver has broken off. Else that would be seen at the next byte only, which may never come.
            gone = to.ready(Interest::ERROR) => {
                gone?;
                return Err(io::ErrorKind::ConnectionReset.into());
            }
        };
        let mut piece = Vec::with_capacity(PIECE);
        loop {
            match from.try_read_buf(&mut piece) {
                Ok(0) if broken.load(Ordering::Relaxed) => return Err(io::ErrorKind::ConnectionReset.into()),
                Ok(0) => return to.shutdown().await,
                Ok(count) => {
                    to.write_all(&piece).await?;
                    tunnels.count(count);
                    piece.clear();
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
                Err(error) => return Err(error),
            }
        }
    }
}

/// Whether closing says to the other side that the connection was torn.
fn end_abruptly(stream: &TcpStream, torn: bool) {
    let at_once = libc::linger { l_onoff: torn.into(), l_linger: 0 };
    let size = std::mem::size_of::<libc::linger>() as libc::socklen_t;
    let set = unsafe { libc::setsockopt(stream.as_raw_fd(), libc::SOL_SOCKET, libc::SO_LINGER, (&at_once as *const libc::linger).cast(), size) };
    if let Err(error) = sys::check(set) {
        crate::log!("a torn tunnel is closed as if it were whole: {error}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ports_are_numbers_and_not_our_own() {
        assert_eq!(port_of("8080", 1).unwrap(), 8080);
        assert_eq!(port_of("65535", 1).unwrap(), 65535);
        for wrong in ["", "0", "00000", "65536", "-1", "+1", "0x50", " 80", "80/", "000080", "http", "%38"] {
            assert_eq!(port_of(wrong, 1).unwrap_err().code, Code::InvalidArgument, "{wrong}");
        }
        assert_eq!(port_of("49983", 49983).unwrap_err().status(), 403);
        assert_eq!(port_of("09983", 9983).unwrap_err().status(), 403);
    }

    #[test]
    fn waits_are_bounded() {
        let of = |query: &str| patience(&Query::parse(Some(query)));
        assert_eq!((of("").unwrap(), of("wait=0").unwrap(), of("wait=1000").unwrap()), (Duration::ZERO, Duration::ZERO, Duration::from_secs(1)));
        for wrong in ["wait=", "wait=1001", "wait=-1", "wait=+1", "wait=1s"] {
            assert_eq!(of(wrong).unwrap_err().code, Code::InvalidArgument, "{wrong}");
        }
    }
}
