//! Processes of the capsule's user: start, watch, feed, signal, and keep what they said.

mod adopt;
mod attend;
pub mod cgroup;
pub mod exit;
mod events;
mod prepare;
mod pty;
mod pump;
mod request;
mod ring;
pub mod service;
mod signal;
mod spawn;
mod start;
mod table;

pub use events::until;
pub use adopt::{adopt_all, last_key};
pub use table::Table;

use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::Arc;

use self::cgroup::Leaf;
use self::pty::Size;
use self::request::Config;
use self::ring::Ring;
use crate::fault::{Code, Fault, Outcome};
use crate::sys::Channel;
use crate::vault::Vault;

/// Where input of a process goes.
enum Input {
    None,
    Stdin(tokio::sync::Mutex<Option<Channel>>),
    Terminal(Arc<Channel>),
}

/// What a caller wants to write to.
#[derive(Clone, Copy, PartialEq, Eq)]
enum InputKind {
    Stdin,
    Pty,
}

/// One process that was started, until some time after its end.
pub struct Process {
    /// Its place in the order of all processes.
    key: u64,
    pid: i32,
    tag: Option<String>,
    /// Name of whom it was started as.
    user: String,
    config: Config,
    ring: Arc<Ring>,
    input: Input,
    leaf: Option<Leaf>,
    vault: Option<Arc<Vault>>,
    ended: AtomicBool,
}

impl Process {
    fn has_ended(&self) -> bool {
        self.ended.load(Ordering::Acquire)
    }

    fn live(&self) -> Outcome<()> {
        if self.has_ended() { Err(Fault::not_found(format!("process {} has ended", self.pid))) } else { Ok(()) }
    }

    /// Signals the whole process group; KILL reaches everything that the process has started.
    fn signal(&self, signal: i32) -> Outcome<()> {
        self.live()?;
        let failed = |error: io::Error| Fault::io(format!("signal process {}", self.pid), &error);
        if signal == libc::SIGKILL {
            // The process itself first: else it could see its children die, and end in a way of its own.
            signal::send_one(self.pid, signal).map_err(failed)?;
        }
        signal::send_group(self.pid, signal).map_err(failed)?;
        if signal == libc::SIGKILL {
            self.kill_descendants();
        }
        Ok(())
    }

    fn kill_descendants(&self) {
        let in_leaf = self.leaf.as_ref().map(Leaf::kill);
        if !matches!(in_leaf, Some(Ok(()))) {
            signal::kill_session(self.pid);
        }
    }

    fn resize(&self, size: Size) -> Outcome<()> {
        self.live()?;
        let Input::Terminal(terminal) = &self.input else {
            return Err(Fault::new(Code::FailedPrecondition, format!("process {} has no terminal", self.pid)));
        };
        pty::resize(terminal.fd(), size).map_err(|error| Fault::io("resize the terminal", &error))
    }

    async fn write(&self, kind: InputKind, bytes: &[u8]) -> Outcome<()> {
        self.live()?;
        let refused = |text: &str| Fault::new(Code::FailedPrecondition, format!("process {}: {text}", self.pid));
        let written = match (&self.input, kind) {
            (Input::Terminal(terminal), InputKind::Pty) => terminal.write_all(bytes).await,
            (Input::Stdin(stdin), InputKind::Stdin) => match stdin.lock().await.as_ref() {
                Some(channel) => channel.write_all(bytes).await,
                None => return Err(refused("standard input is closed")),
            },
            (Input::Terminal(_), InputKind::Stdin) => return Err(refused("it has a terminal: send 'pty' input")),
            (_, InputKind::Pty) => return Err(refused("it has no terminal: send 'stdin' input")),
            (Input::None, InputKind::Stdin) => return Err(refused("it was started without standard input")),
        };
        written.map_err(|error| match error.kind() {
            io::ErrorKind::BrokenPipe => refused("it has closed its standard input"),
            _ => Fault::io(format!("write to process {}", self.pid), &error),
        })
    }

    async fn close_stdin(&self) -> Outcome<()> {
        self.live()?;
        match &self.input {
            Input::Stdin(stdin) => {
                stdin.lock().await.take();
                if let Some(vault) = &self.vault {
                    vault.close_input(self.key);
                }
                Ok(())
            }
            Input::None => Ok(()),
            Input::Terminal(_) => Err(Fault::new(Code::FailedPrecondition, "a terminal has no end of input: send the byte 4 instead")),
        }
    }
}
