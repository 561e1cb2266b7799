//! PID 1's side of the vault.

use std::os::fd::OwnedFd;

use serde_json::{json, Value};

use crate::fdpass;
use crate::vault::Kept;

const MOST: usize = 4000;

/// Holds streams of processes for the agents that come.
pub struct Keeper {
    /// Our end, and the one that each agent inherits.
    ends: (OwnedFd, OwnedFd),
    kept: Vec<Kept>,
}

impl Keeper {
    pub fn new() -> std::io::Result<Keeper> {
        Ok(Keeper { ends: fdpass::pair()?, kept: Vec::new() })
    }

    pub fn socket(&self) -> &OwnedFd {
        &self.ends.0
    }

    /// In the forked agent only: the agent's end and all that is kept, out of this copy of PID 1's memory.
    pub fn hand_over(&mut self) -> std::io::Result<(OwnedFd, Vec<Kept>)> {
        Ok((self.ends.1.try_clone()?, std::mem::take(&mut self.kept)))
    }

    /// Takes in what the agent has sent so far.
    pub fn listen(&mut self) {
        loop {
            match fdpass::receive(&self.ends.0) {
                Ok(Some((bytes, descriptors))) => match serde_json::from_slice(&bytes) {
                    Ok(message) => self.take(&message, descriptors),
                    Err(error) => crate::log!("the agent sends what is no message: {error}"),
                },
                Ok(None) => return,
                Err(error) => {
                    crate::log!("the agent can't be heard: {error}");
                    return;
                }
            }
        }
    }

    /// Notes how an orphan has ended, and tells the agent if it is one of those kept.
    pub fn ended(&mut self, pid: i32, status: i32) {
        let found = self.kept.iter_mut().rev().find(|kept| !kept.over && kept.status.is_none() && kept.facts["pid"] == pid);
        if let Some(kept) = found {
            kept.status = Some(status);
            let message = json!({"pid": pid, "status": status}).to_string();
            if let Err(error) = fdpass::send(&self.ends.0, message.as_bytes(), &[]) {
                crate::log!("the agent does not learn how {pid} has ended: {error}");
            }
        }
    }

    fn take(&mut self, message: &Value, descriptors: Vec<OwnedFd>) {
        if let Some(key) = message["keep"].as_u64() {
            if self.kept.len() < MOST {
                self.kept.push(Kept { key, facts: message["facts"].clone(), descriptors, status: None, over: false });
            }
        } else if let Some(kept) = message["close_input"].as_u64().and_then(|key| self.find(key)) {
            if kept.facts["input"] == true {
                kept.facts["input"] = json!(false);
                kept.descriptors.remove(0);
            }
        } else if let Some(kept) = message["over"].as_u64().and_then(|key| self.find(key)) {
            kept.over = true;
        } else if let Some(key) = message["forget"].as_u64() {
            self.kept.retain(|kept| kept.key != key);
        }
    }

    fn find(&mut self, key: u64) -> Option<&mut Kept> {
        self.kept.iter_mut().find(|kept| kept.key == key)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sys;
    use crate::vault::Vault;
    use std::os::fd::AsRawFd;

    #[test]
    fn streams_stay_open_until_they_are_forgotten() {
        let mut keeper = Keeper::new().unwrap();
        let vault = Vault::new(keeper.ends.1.try_clone().unwrap());
        let ((input_read, input), (output, output_write)) = (sys::pipe().unwrap(), sys::pipe().unwrap());
        vault.keep(7, json!({"pid": 42, "input": true}), &[input.as_raw_fd(), output.as_raw_fd()]);
        drop((input, output));
        keeper.listen();
        sys::write_fd(output_write.as_raw_fd(), b"x").expect("somebody still holds the other end");
        vault.close_input(7);
        keeper.listen();
        assert_eq!(sys::read_fd(input_read.as_raw_fd(), &mut [0]).unwrap(), 0, "the input has ended");
        keeper.ended(41, 0);
        keeper.ended(42, 9);
        assert_eq!(keeper.kept[0].status, Some(9));
        assert_eq!(fdpass::receive(&keeper.ends.1).unwrap().unwrap().0, br#"{"pid":42,"status":9}"#);
        vault.forget(7);
        keeper.listen();
        assert!(keeper.kept.is_empty());
        // A pipe with nobody at its other end; the signal is ignored in agents, and in this test too.
        unsafe { libc::signal(libc::SIGPIPE, libc::SIG_IGN) };
        assert!(sys::write_fd(output_write.as_raw_fd(), b"x").is_err());
    }
}
