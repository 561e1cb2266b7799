//! Servers that listen on the loopback only.

mod common;

use common::{eventually, Agent};
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};

#[test]
fn a_server_of_the_loopback_is_offered_outside_as_long_as_it_listens() {
    // An address of the loopback of its own stands for the outside.
    let pid = std::process::id();
    let outside = format!("127.{}.{}.77", 100 + pid % 100, pid / 100 % 250);
    let server = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = server.local_addr().unwrap().port();
    let everywhere = TcpListener::bind("0.0.0.0:0").unwrap();
    let agent = Agent::forwarding(&outside);
    let mut client = None;
    eventually("it is offered", || {
        client = TcpStream::connect((outside.as_str(), port)).ok();
        client.is_some()
    });
    let mut client = client.unwrap();
    let (mut accepted, _) = server.accept().unwrap();
    client.write_all(b"ping").unwrap();
    let mut word = [0; 4];
    accepted.read_exact(&mut word).unwrap();
    accepted.write_all(b"pong").unwrap();
    client.read_exact(&mut word).unwrap();
    assert_eq!(&word, b"pong");
    drop(accepted);
    assert_eq!(client.read(&mut word).unwrap(), 0, "the end passes too");
    // What is reachable already is left alone: this goes to the server itself.
    let direct = TcpStream::connect((outside.as_str(), everywhere.local_addr().unwrap().port())).unwrap();
    assert_eq!(everywhere.accept().unwrap().0.local_addr().unwrap(), direct.peer_addr().unwrap());
    drop(server);
    eventually("it is no longer offered", || TcpStream::connect((outside.as_str(), port)).is_err());
    assert_eq!(agent.get("/health", &[]).status, 204);
}
