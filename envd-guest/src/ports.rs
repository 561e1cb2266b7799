//! Makes servers that listen on the loopback only reachable from outside: what listens on 127.0.0.1:3000 is offered on
//! port 3000 of the capsule's own address too.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fs;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::task::{spawn_blocking, AbortHandle};
use tokio::time::{interval, timeout, MissedTickBehavior};

use crate::process::cgroup::Groups;

/// The kernel tells nobody that a socket begins to listen, so it has to be looked at.
const LOOK_AGAIN: Duration = Duration::from_secs(1);
const DIAL_PATIENCE: Duration = Duration::from_secs(5);
const MOST_PORTS: usize = 128;
const MOST_CONNECTIONS: usize = 512;
const LISTENING: &str = "0A";

/// Follows the listening sockets of the machine as long as the agent lives.
pub async fn forward(outside: Ipv4Addr, own_port: u16, groups: Arc<Groups>) {
    let slots = Arc::new(Semaphore::new(MOST_CONNECTIONS));
    let mut offered: HashMap<u16, (SocketAddr, AbortHandle)> = HashMap::new();
    let mut ticks = interval(LOOK_AGAIN);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        let groups = groups.clone();
        let look = move || if groups.populated() { wanted(&read("/proc/net/tcp"), &read("/proc/net/tcp6"), outside) } else { BTreeMap::new() };
        let Ok(mut wanted) = spawn_blocking(look).await else { return };
        wanted.remove(&own_port);
        offered.retain(|port, (target, task)| {
            let stays = wanted.get(port) == Some(target) && !task.is_finished();
            if !stays {
                task.abort();
            }
            stays
        });
        for (port, target) in wanted {
            if offered.len() < MOST_PORTS && !offered.contains_key(&port) {
                offered.insert(port, (target, tokio::spawn(offer(outside, port, target, slots.clone())).abort_handle()));
            }
        }
    }
}

async fn offer(outside: Ipv4Addr, port: u16, target: SocketAddr, slots: Arc<Semaphore>) {
    // Somebody may listen there already after all; the next look decides anew.
    let Ok(listener) = TcpListener::bind((outside, port)).await else { return };
    loop {
        let Ok(slot) = slots.clone().acquire_owned().await else { return };
        let Ok((client, _)) = listener.accept().await else { return };
        tokio::spawn(async move {
            connect(client, target).await;
            drop(slot);
        });
    }
}

async fn connect(mut client: TcpStream, target: SocketAddr) {
    let Ok(Ok(mut server)) = timeout(DIAL_PATIENCE, TcpStream::connect(target)).await else { return };
    for stream in [&client, &server] {
        if let Err(error) = stream.set_nodelay(true) {
            crate::log!("connection not tuned: {error}");
        }
    }
    // Either side may break off at any time; both then see it.
    let _ = copy_bidirectional(&mut client, &mut server).await;
}

/// Ports with a listener on the loopback and none that is reachable already.
fn wanted(tcp: &str, tcp6: &str, outside: Ipv4Addr) -> BTreeMap<u16, SocketAddr> {
    let mut inside = BTreeMap::new();
    let mut reachable = BTreeSet::new();
    for address in listeners(tcp).chain(listeners(tcp6)) {
        if address.ip().is_loopback() && address.ip() != IpAddr::V4(outside) {
            inside.entry(address.port()).or_insert(address);
        } else if address.ip() != IpAddr::V4(outside) {
            reachable.insert(address.port());
        }
    }
    inside.retain(|port, _| !reachable.contains(port));
    inside
}

fn listeners(table: &str) -> impl Iterator<Item = SocketAddr> + '_ {
    table.lines().skip(1).filter_map(|line| {
        let mut words = line.split_ascii_whitespace().skip(1);
        let (local, state) = (words.next()?, words.nth(1)?);
        let (address, port) = local.split_once(':').filter(|_| state == LISTENING)?;
        Some(SocketAddr::new(address_of(address)?, u16::from_str_radix(port, 16).ok()?))
    })
}

/// The kernel prints addresses as words of the machine's byte order.
fn address_of(text: &str) -> Option<IpAddr> {
    let words: Vec<[u8; 4]> = (0..text.len() / 8).map(|at| u32::from_str_radix(text.get(at * 8..at * 8 + 8)?, 16).ok().map(u32::to_ne_bytes)).collect::<Option<_>>()?;
    match words.as_slice() {
        [word] => Some(Ipv4Addr::from(*word).into()),
        [a, b, c, d] => <[u8; 16]>::try_from([*a, *b, *c, *d].concat()).ok().map(|bytes| Ipv6Addr::from(bytes).to_canonical()),
        _ => None,
    }
}

fn read(path: &str) -> String {
    // A kernel without IPv6 has one of the tables only.
    fs::read_to_string(path).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    const TCP: &str = "  sl  local_address rem_address   st tx_queue
   0: 0100007F:0BB8 00000000:0000 0A 00000000:00000000
   1: 00000000:0050 00000000:0000 0A 00000000:00000000
   2: 0100007F:0050 00000000:0000 0A 00000000:00000000
   3: 0100007F:1F90 0100007F:D431 01 00000000:00000000
   4: 1500FEA9:0BB8 00000000:0000 0A 00000000:00000000
";
    const TCP6: &str = "  sl  local_address                         remote_address                        st
   0: 00000000000000000000000001000000:1389 00000000000000000000000000000000:0000 0A
   1: 00000000000000000000000000000000:138A 00000000000000000000000000000000:0000 0A
   2: 0000000000000000FFFF00000100007F:138B 00000000000000000000000000000000:0000 0A
";

    #[test]
    fn only_what_is_not_reachable_is_wanted() {
        let outside = Ipv4Addr::new(169, 254, 0, 21);
        let found: Vec<String> = wanted(TCP, TCP6, outside).iter().map(|(port, target)| format!("{port} {target}")).collect();
        assert_eq!(found, ["3000 127.0.0.1:3000", "5001 [::1]:5001", "5003 127.0.0.1:5003"]);
        assert!(wanted("", "", outside).is_empty());
    }
}
