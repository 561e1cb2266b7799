//! What the kernel command line says of the capsule.

use std::net::Ipv4Addr;

use crate::auth::{hash_from_hex, Hash};

#[derive(Debug, PartialEq, Eq)]
pub struct Cmdline {
    pub root: String,
    pub address: Option<(Ipv4Addr, u8)>,
    pub gateway: Option<Ipv4Addr>,
    pub name_servers: Vec<String>,
    pub hostname: Option<String>,
    pub token: Option<Hash>,
    pub port: u16,
}

impl Cmdline {
    /// Words that are not ours are skipped; a value of ours that makes no sense counts as absent.
    pub fn parse(text: &str) -> Cmdline {
        let value = |name: &str| -> Option<&str> {
            // The last one counts, so that something appended can correct what a template says.
            text.split_ascii_whitespace().filter_map(|word| word.strip_prefix("wrenn.")?.strip_prefix(name)?.strip_prefix('=')).next_back()
        };
        let servers = value("dns").unwrap_or("").split(',').filter(|server| server.parse::<std::net::IpAddr>().is_ok());
        Cmdline {
            root: value("root").unwrap_or("/dev/vda").to_string(),
            address: value("ip").and_then(network),
            gateway: value("gw").and_then(|gateway| gateway.parse().ok()),
            name_servers: servers.map(str::to_string).collect(),
            hostname: value("hostname").filter(|name| crate::identity::valid_hostname(name)).map(str::to_string),
            token: value("token").and_then(hash_from_hex),
            port: value("port").and_then(|port| port.parse().ok()).unwrap_or(49983),
        }
    }
}

fn network(text: &str) -> Option<(Ipv4Addr, u8)> {
    let (address, bits) = text.split_once('/').unwrap_or((text, "30"));
    Some((address.parse().ok()?, bits.parse().ok().filter(|bits| *bits <= 32)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_the_host_writes() {
        let text = format!("console=ttyS0 wrenn.root=/dev/vdb wrenn.ip=169.254.0.21/30 wrenn.gw=169.254.0.22 wrenn.dns=1.1.1.1,x,8.8.8.8 wrenn.hostname=cl-1 wrenn.token={} wrenn.port=5000 quiet\n", "ab".repeat(32));
        let read = Cmdline::parse(&text);
        assert_eq!(read.root, "/dev/vdb");
        assert_eq!(read.address, Some((Ipv4Addr::new(169, 254, 0, 21), 30)));
        assert_eq!(read.gateway, Some(Ipv4Addr::new(169, 254, 0, 22)));
        assert_eq!(read.name_servers, ["1.1.1.1", "8.8.8.8"]);
        assert_eq!(read.hostname.as_deref(), Some("cl-1"));
        assert_eq!(read.token, Some([0xab; 32]));
        assert_eq!(read.port, 5000);
    }

    #[test]
    fn nonsense_counts_as_absent_and_the_last_word_wins() {
        let read = Cmdline::parse("wrenn.ip=1.2.3/99 wrenn.gw= wrenn.port=99999 wrenn.token=zz wrenn.hostname=a;b wrenn.root=/dev/vda wrenn.root=/dev/vdc");
        assert_eq!((read.address, read.gateway, read.port, read.token, read.hostname), (None, None, 49983, None, None));
        assert_eq!(read.root, "/dev/vdc");
    }
}
