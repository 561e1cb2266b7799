//! Running the agent: the event loop, its listener, its end.

use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::Duration;

use tokio::signal::unix::{signal, SignalKind};

use crate::agent::{Agent, Setup};
use crate::args::Serve;
use crate::disk;
use crate::filesystem::drafts;
use crate::auth::Known;
use crate::gate::Gate;
use crate::http::server;
use crate::process;
use crate::process::cgroup::Groups;
use crate::vault::Kept;

const DEFAULT_PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
const FILE_WORKERS: usize = 32;
/// Trees may be as deep as paths are long. Only what is used takes memory.
const DEEP_STACK: usize = 16 << 20;

/// A plain agent; the exit status of the program.
pub fn plain(arguments: Serve) -> i32 {
    let setup = Setup {
        token: Known { hash: arguments.token, ..Known::default() },
        groups: Groups::new(arguments.cgroup_root.as_deref()),
        vault: None,
        kept: Vec::new(),
        card: arguments.card,
        search_path: std::env::var("PATH").unwrap_or_else(|_| DEFAULT_PATH.into()),
        capsule: false,
        machine_up: Arc::new(Gate::open_always()),
        boot_failures: Vec::new(),
        memory: None,
        drafts: None,
    };
    let served = listen(&arguments.address, arguments.port).and_then(|listener| {
        // Whoever started us with port 0 learns the port here.
        println!("envd: listening on {}", listener.local_addr()?);
        run(setup, listener)
    });
    match served {
        Ok(()) => 0,
        Err(error) => {
            crate::log!("{}:{}: {error}", arguments.address, arguments.port);
            1
        }
    }
}

pub fn listen(address: &str, port: u16) -> io::Result<TcpListener> {
    let ip: Ipv4Addr = address.parse().map_err(|_| io::Error::new(io::ErrorKind::InvalidInput, "the address to listen on is not an IPv4 address"))?;
    let listener = TcpListener::bind(SocketAddr::from((ip, port)))?;
    listener.set_nonblocking(true)?;
    Ok(listener)
}

/// Serves until SIGTERM or SIGINT; then the processes of the agent end with it.
pub fn run(mut setup: Setup, listener: TcpListener) -> io::Result<()> {
    // Few threads of ours allocate: more arenas would only spread the heap over more pages.
    unsafe { libc::mallopt(libc::M_ARENA_MAX, 2) };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .max_blocking_threads(FILE_WORKERS)
        .thread_stack_size(DEEP_STACK)
        .thread_keep_alive(Duration::from_secs(5))
        .build()?;
    runtime.block_on(async move {
        let listener = tokio::net::TcpListener::from_std(listener)?;
        let port = listener.local_addr()?.port();
        let kept = std::mem::take(&mut setup.kept);
        let agent = Agent::new(setup, port);
        go_on(&agent, kept);
        sweep(&agent);
        if agent.capsule {
            if let Err(error) = disk::at_boot(agent.clone()) {
                crate::log!("the disk stays as it is: {error}");
            }
        }
        let mut terminate = signal(SignalKind::terminate())?;
        let mut interrupt = signal(SignalKind::interrupt())?;
        tokio::select! {
            () = server::serve(agent.clone(), listener) => {}
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        agent.processes.kill_all();
        Ok::<(), io::Error>(())
    })?;
    // Work on files that hangs must not keep us.
    runtime.shutdown_timeout(Duration::from_secs(1));
    Ok(())
}

/// Removes parts of files that an agent before this one was killed over.
fn sweep(agent: &Agent) {
    match agent.drafts.forgotten() {
        Ok(paths) if !paths.is_empty() => {
            crate::log!("{} partial files of an agent before this one are removed", paths.len());
            // Trees may be large: nobody waits for it.
            drop(tokio::task::spawn_blocking(move || drafts::sweep(&paths)));
        }
        Ok(_) => {}
        Err(error) => crate::log!("partial files of an agent before this one are left: {error}"),
    }
}

/// Takes over what an agent before this one has left to PID 1.
fn go_on(agent: &Arc<Agent>, kept: Vec<Kept>) {
    let Some(vault) = &agent.vault else { return };
    agent.processes.count_from(process::last_key(&kept));
    let listening = vault.clone().listen();
    tokio::spawn(async move {
        if let Err(error) = listening.await {
            crate::log!("PID 1 can't be heard: {error}");
        }
    });
    process::adopt_all(agent, vault, kept);
}
