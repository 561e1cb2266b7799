//! Connections of the host to servers in the capsule.

mod common;

use common::{descriptors, eventually, more_descriptors, Agent};
use std::io::{BufReader, Read, Write};
use std::net::{Ipv4Addr, Ipv6Addr, Shutdown, TcpListener, TcpStream};
use std::thread;

const ASK: [(&str, &str); 2] = [("Connection", "Upgrade"), ("Upgrade", "tunnel")];

/// An open tunnel: what the agent answered is read, and not a byte more.
fn open(agent: &Agent, port: u16) -> TcpStream {
    let mut socket = agent.connect();
    ask(&mut socket, agent, port);
    let head = head(&mut socket);
    assert!(head.starts_with("HTTP/1.1 101 "), "{head}");
    assert!(head.to_ascii_lowercase().contains("upgrade: tunnel"), "{head}");
    socket
}

fn ask(socket: &mut TcpStream, agent: &Agent, port: u16) {
    let token = agent.token.as_deref().unwrap_or("none");
    write!(socket, "GET /connect/{port} HTTP/1.1\r\nHost: a\r\nX-Access-Token: {token}\r\nConnection: Upgrade\r\nUpgrade: tunnel\r\n\r\n").unwrap();
}

fn head(socket: &mut TcpStream) -> String {
    let mut text = Vec::new();
    let mut byte = [0];
    while !text.ends_with(b"\r\n\r\n") {
        assert_eq!(socket.read(&mut byte).unwrap(), 1, "after {:?}", String::from_utf8_lossy(&text));
        text.push(byte[0]);
    }
    String::from_utf8(text).unwrap()
}

fn listener() -> (TcpListener, u16) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    (listener, port)
}

/// A pair of connected ends: the host's and the server's.
fn pair(agent: &Agent) -> (TcpStream, TcpStream) {
    let (server, port) = listener();
    let client = open(agent, port);
    let accepted = server.accept().unwrap().0;
    accepted.set_read_timeout(Some(common::PATIENCE)).unwrap();
    (client, accepted)
}

/// Sends a reset instead of an end.
fn reset(stream: TcpStream) {
    use std::os::fd::AsRawFd;
    let at_once = libc::linger { l_onoff: 1, l_linger: 0 };
    let size = std::mem::size_of::<libc::linger>() as libc::socklen_t;
    assert_eq!(unsafe { libc::setsockopt(stream.as_raw_fd(), libc::SOL_SOCKET, libc::SO_LINGER, (&at_once as *const libc::linger).cast(), size) }, 0);
}

fn is_torn(mut stream: TcpStream) -> bool {
    stream.read_to_end(&mut Vec::new()).is_err_and(|error| error.kind() == std::io::ErrorKind::ConnectionReset)
}

#[test]
fn bytes_pass_both_ways_and_so_do_both_ends() {
    let agent = Agent::with_token("right");
    let (mut client, mut server) = pair(&agent);
    client.write_all(b"ping").unwrap();
    let mut word = [0; 4];
    server.read_exact(&mut word).unwrap();
    assert_eq!(&word, b"ping");
    client.shutdown(Shutdown::Write).unwrap();
    assert_eq!(server.read(&mut word).unwrap(), 0, "the end of one direction passes");
    server.write_all(b"answer after the end of the question").unwrap();
    drop(server);
    let mut answer = String::new();
    client.read_to_string(&mut answer).unwrap();
    assert_eq!(answer, "answer after the end of the question");
    // The other direction first.
    let (mut client, mut server) = pair(&agent);
    server.shutdown(Shutdown::Write).unwrap();
    assert_eq!(client.read(&mut word).unwrap(), 0);
    client.write_all(b"late").unwrap();
    drop(client);
    let mut late = String::new();
    server.read_to_string(&mut late).unwrap();
    assert_eq!(late, "late");
}

#[test]
fn what_is_sent_with_the_request_is_not_lost() {
    let agent = Agent::open();
    let (server, port) = listener();
    let mut socket = agent.connect();
    socket.write_all(format!("GET /connect/{port} HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: tunnel\r\n\r\nearly bird").as_bytes()).unwrap();
    assert!(head(&mut socket).starts_with("HTTP/1.1 101 "));
    socket.shutdown(Shutdown::Write).unwrap();
    let mut text = String::new();
    server.accept().unwrap().0.read_to_string(&mut text).unwrap();
    assert_eq!(text, "early bird");
}

#[test]
fn much_passes_whole_in_little_memory() {
    let agent = Agent::open();
    let (mut client, mut server) = pair(&agent);
    let echo = thread::spawn(move || {
        let mut buffer = vec![0; 100_000];
        loop {
            match server.read(&mut buffer).unwrap() {
                0 => return,
                count => server.write_all(&buffer[..count]).unwrap(),
            }
        }
    });
    const SIZE: usize = 64 << 20;
    let mut writer = client.try_clone().unwrap();
    let send = thread::spawn(move || {
        for at in 0..SIZE / 4096 {
            writer.write_all(&[(at % 251) as u8; 4096]).unwrap();
        }
        writer.shutdown(Shutdown::Write).unwrap();
    });
    let (mut count, mut page) = (0, [0u8; 4096]);
    while count < SIZE {
        client.read_exact(&mut page).unwrap();
        assert_eq!(page, [(count / 4096 % 251) as u8; 4096]);
        count += page.len();
    }
    assert_eq!(client.read(&mut page).unwrap(), 0);
    send.join().unwrap();
    echo.join().unwrap();
    assert!(agent.memory() < 30_000, "{} KiB", agent.memory());
}

#[test]
fn who_does_not_read_stops_the_writer() {
    let agent = Agent::open();
    let (mut client, server) = pair(&agent);
    client.set_nonblocking(true).unwrap();
    let mut taken = 0;
    // The kernel's buffers of two connections take some megabytes; the agent itself takes next to nothing.
    eventually("the writer is stopped", || loop {
        match client.write(&[0; 65536]) {
            Ok(count) => taken += count,
            Err(_) => return true,
        }
        assert!(taken < 64 << 20, "somebody holds {taken} bytes");
    });
    assert!(agent.memory() < 30_000, "{} KiB", agent.memory());
    drop(server);
}

#[test]
fn a_listener_is_found_wherever_it_listens() {
    let own = Ipv4Addr::new(127, 77, (std::process::id() % 250) as u8, 5);
    let agent = Agent::with_card(&own.to_string());
    let card = TcpListener::bind((own, 0)).unwrap();
    let mut listeners = vec![card];
    match TcpListener::bind((Ipv6Addr::LOCALHOST, 0)) {
        Ok(listener) => listeners.push(listener),
        Err(error) => assert_eq!(error.raw_os_error(), Some(libc::EADDRNOTAVAIL), "a machine without IPv6"),
    }
    for listener in listeners {
        let mut client = open(&agent, listener.local_addr().unwrap().port());
        let (mut server, _) = listener.accept().unwrap();
        server.write_all(b"here").unwrap();
        let mut word = [0; 4];
        client.read_exact(&mut word).unwrap();
        assert_eq!(&word, b"here");
    }
}

#[test]
fn refusals_say_why() {
    let agent = Agent::with_token("right");
    let closed = listener().1;
    for (path, status, code) in [
        (format!("/connect/{closed}"), 502, "unavailable"),
        (format!("/connect/{}", agent.port), 403, "permission_denied"),
        ("/connect/0".into(), 400, "invalid_argument"),
        ("/connect/65536".into(), 400, "invalid_argument"),
        ("/connect/80/x".into(), 400, "invalid_argument"),
        ("/connect/".into(), 400, "invalid_argument"),
        ("/connect/ssh".into(), 400, "invalid_argument"),
    ] {
        let reply = agent.get(&path, &ASK);
        assert_eq!((reply.status, reply.json()["code"].as_str()), (status, Some(code)), "{path}");
        assert!(!reply.json()["message"].as_str().unwrap().is_empty());
    }
    let (_server, port) = listener();
    let path = format!("/connect/{port}");
    assert_eq!(agent.get(&path, &[]).status, 426);
    assert_eq!(agent.get(&path, &[("Upgrade", "websocket")]).status, 426);
    assert_eq!(agent.request("POST", &path, &ASK, b"").status, 405);
    assert_eq!(agent.get(&path, &[("X-Access-Token", "wrong"), ASK[0], ASK[1]]).status, 401);
}

/// A port that is taken, though nobody listens on it yet.
fn taken_port() -> (TcpListener, u16) {
    use std::os::fd::FromRawFd;
    let mut address: libc::sockaddr_in = unsafe { std::mem::zeroed() };
    address.sin_family = libc::AF_INET as u16;
    address.sin_addr.s_addr = u32::from(Ipv4Addr::LOCALHOST).to_be();
    let size = std::mem::size_of::<libc::sockaddr_in>() as libc::socklen_t;
    let socket = unsafe { libc::socket(libc::AF_INET, libc::SOCK_STREAM | libc::SOCK_CLOEXEC, 0) };
    assert_eq!(unsafe { libc::bind(socket, (&address as *const libc::sockaddr_in).cast(), size) }, 0);
    let listener = unsafe { TcpListener::from_raw_fd(socket) };
    let port = listener.local_addr().unwrap().port();
    (listener, port)
}

#[test]
fn a_listener_that_comes_soon_is_waited_for() {
    use std::os::fd::AsRawFd;
    let agent = Agent::open();
    let (server, port) = taken_port();
    let client = thread::scope(|scope| {
        let asking = scope.spawn(|| loop {
            let mut socket = agent.connect();
            socket.write_all(format!("GET /connect/{port}?wait=1000 HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: tunnel\r\n\r\n").as_bytes()).unwrap();
            // A machine that is very busy may not get so far as to listen while one request waits.
            if head(&mut socket).starts_with("HTTP/1.1 101 ") {
                return socket;
            }
        });
        eventually("it waits", || agent.get("/activity", &[]).json()["openStreams"] == 1);
        assert_eq!(unsafe { libc::listen(server.as_raw_fd(), 1) }, 0);
        asking.join().unwrap()
    });
    server.accept().unwrap().0.write_all(b"here").unwrap();
    let (mut client, mut word) = (client, [0; 4]);
    client.read_exact(&mut word).unwrap();
    assert_eq!(&word, b"here");
}

#[test]
fn a_listener_that_does_not_come_is_not_waited_for_long() {
    let agent = Agent::open();
    let closed = listener().1;
    let begun = std::time::Instant::now();
    assert_eq!(agent.get(&format!("/connect/{closed}?wait=100"), &ASK).status, 502);
    assert!(begun.elapsed() >= std::time::Duration::from_millis(100));
    assert_eq!(agent.get(&format!("/connect/{closed}?wait=1001"), &ASK).status, 400);
}

#[test]
fn a_refused_tunnel_leaves_its_connection_usable() {
    let agent = Agent::open();
    let mut socket = agent.connect();
    ask(&mut socket, &agent, listener().1);
    let refusal = common::Reply::read(BufReader::new(socket.try_clone().unwrap()), false);
    assert_eq!(refusal.status, 502);
    socket.write_all(b"GET /health HTTP/1.1\r\nHost: a\r\n\r\n").unwrap();
    assert!(head(&mut socket).starts_with("HTTP/1.1 204 "));
}

#[test]
fn a_side_that_breaks_off_takes_the_other_with_it() {
    let agent = Agent::open();
    let idle = agent.idle_descriptors();
    let (client, server) = pair(&agent);
    reset(client);
    assert!(is_torn(server), "a reset passes as one");
    let (client, server) = pair(&agent);
    reset(server);
    assert!(is_torn(client));
    // Quiet after an end in one direction: the reset must be seen all the same.
    let (client, mut server) = pair(&agent);
    client.shutdown(Shutdown::Write).unwrap();
    assert_eq!(server.read(&mut [0]).unwrap(), 0);
    reset(client);
    eventually("the server learns it", || server.write(b"x").is_err());
    eventually("all is freed", || descriptors(agent.pid()) <= idle);
}

#[test]
fn a_killed_server_frees_everything() {
    let agent = Agent::open();
    let idle = agent.idle_descriptors();
    let (server, port) = listener();
    let mut clients: Vec<TcpStream> = (0..20).map(|_| open(&agent, port)).collect();
    let accepted: Vec<TcpStream> = (0..20).map(|_| server.accept().unwrap().0).collect();
    drop((accepted, server));
    for client in &mut clients {
        assert_eq!(client.read(&mut [0]).unwrap(), 0);
    }
    drop(clients);
    eventually("all is freed", || descriptors(agent.pid()) <= idle);
}

#[test]
fn many_tunnels_at_once_and_not_too_many() {
    more_descriptors();
    let agent = Agent::open();
    let idle = agent.idle_descriptors();
    let (server, port) = listener();
    let mut ends: Vec<(TcpStream, TcpStream)> = Vec::new();
    for number in 0..1000u32 {
        let client = open(&agent, port);
        let accepted = server.accept().unwrap().0;
        accepted.set_read_timeout(Some(common::PATIENCE)).unwrap();
        ends.push((client, accepted));
        ends[number as usize].0.write_all(&number.to_be_bytes()).unwrap();
    }
    let mut socket = agent.connect();
    ask(&mut socket, &agent, port);
    assert_eq!(common::Reply::read(BufReader::new(socket), false).status, 429);
    for (number, (client, server)) in ends.iter_mut().enumerate() {
        let mut bytes = [0; 4];
        server.read_exact(&mut bytes).unwrap();
        assert_eq!(u32::from_be_bytes(bytes), number as u32);
        server.write_all(&bytes).unwrap();
        client.read_exact(&mut bytes).unwrap();
        assert_eq!(u32::from_be_bytes(bytes), number as u32);
    }
    assert_eq!(agent.get("/health", &[]).status, 204, "tunnels take no connections from other calls");
    assert!(agent.memory() < 40_000, "{} KiB", agent.memory());
    drop(ends);
    eventually("all is freed", || descriptors(agent.pid()) <= idle);
    drop(open(&agent, port));
}
