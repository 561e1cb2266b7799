//! The command line of a plain agent.

use std::net::Ipv4Addr;
use std::path::PathBuf;

use crate::auth::{hash_from_hex, Hash};

pub const USAGE: &str = "usage: envd [--port N] [--listen ADDRESS] [--no-auth | --token-sha256 HEX] [--card ADDRESS]
            [--cgroup-root DIR]
       envd --version

  --port N             TCP port, 0 picks a free one (default 49983)
  --listen ADDRESS     address to listen on (default 0.0.0.0)
  --no-auth            serve everybody until /init sets a token
  --token-sha256 HEX   SHA-256 of the access token that callers must send
  --card ADDRESS       address of the network card: tunnels try it after the loopback
  --cgroup-root DIR    cgroup v2 directory below which each process gets a group of its own

Started as /init with process id 1 it boots the capsule that the kernel command line describes.";

#[derive(Debug, PartialEq, Eq)]
pub enum Command {
    Version,
    Help,
    Serve(Serve),
}

#[derive(Debug, PartialEq, Eq)]
pub struct Serve {
    pub address: String,
    pub port: u16,
    pub token: Option<Hash>,
    pub cgroup_root: Option<PathBuf>,
    pub card: Option<Ipv4Addr>,
}

pub fn parse(arguments: &[String]) -> Result<Command, String> {
    let mut serve = Serve { address: "0.0.0.0".into(), port: 49983, token: None, cgroup_root: None, card: None };
    let mut open = false;
    let mut rest = arguments.iter();
    while let Some(argument) = rest.next() {
        let (name, inline) = argument.split_once('=').map_or((argument.as_str(), None), |(name, value)| (name, Some(value.to_string())));
        let mut value = || inline.clone().or_else(|| rest.next().cloned()).ok_or_else(|| format!("{name} needs a value"));
        match name {
            "--version" => return Ok(Command::Version),
            "--help" | "-h" => return Ok(Command::Help),
            "--no-auth" => open = true,
            "--port" => serve.port = value()?.parse().map_err(|_| "--port must be a number up to 65535".to_string())?,
            "--listen" => serve.address = value()?,
            "--token-sha256" => serve.token = Some(hash_from_hex(&value()?).ok_or("--token-sha256 must be 64 hexadecimal digits")?),
            "--cgroup-root" => serve.cgroup_root = Some(value()?.into()),
            "--card" => serve.card = Some(value()?.parse().map_err(|_| "--card must be an IPv4 address".to_string())?),
            _ => return Err(format!("'{argument}' is not known")),
        }
    }
    match (open, serve.token) {
        (true, Some(_)) => Err("--no-auth and --token-sha256 exclude each other".into()),
        (false, None) => Err("say --token-sha256 HEX, or --no-auth to serve everybody".into()),
        _ => Ok(Command::Serve(serve)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(text: &str) -> Result<Command, String> {
        parse(&text.split_whitespace().map(str::to_string).collect::<Vec<_>>())
    }

    #[test]
    fn openness_must_be_said() {
        assert!(run("--port 1").is_err());
        assert!(run(&format!("--no-auth --token-sha256 {}", "0".repeat(64))).is_err());
        assert!(matches!(run("--no-auth --port=0"), Ok(Command::Serve(Serve { port: 0, token: None, .. }))));
        assert!(matches!(run(&format!("--token-sha256 {}", "a".repeat(64))), Ok(Command::Serve(Serve { port: 49983, token: Some(_), .. }))));
    }

    #[test]
    fn wrong_values_are_told() {
        for wrong in ["--port", "--port x --no-auth", "--port 70000 --no-auth", "--token-sha256 abc", "--what"] {
            assert!(run(wrong).is_err(), "{wrong}");
        }
        assert_eq!(run("--version"), Ok(Command::Version));
    }
}
