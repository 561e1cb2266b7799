//! From a request to a plan: user, environment, working directory, program, standard streams.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use super::cgroup::Leaf;
use super::pty;
use super::request::{Config, StartRequest};
use super::spawn::{spawn, Credentials, Plan, SpawnError, Spawned};
use crate::fault::{Code, Fault, Outcome};
use crate::filesystem::paths;
use crate::sys;
use crate::users::{self, User};

/// Our ends of the program's streams.
pub struct Ends {
    pub stdin: Option<OwnedFd>,
    pub stdout: Option<OwnedFd>,
    pub stderr: Option<OwnedFd>,
    pub terminal: Option<OwnedFd>,
}

pub struct Surroundings {
    pub user: User,
    pub globals: BTreeMap<String, String>,
    pub default_directory: Option<String>,
    pub search_path: String,
}

/// Starts what the request asks for. Blocks: not for the event loop.
pub fn launch(request: &StartRequest, around: &Surroundings, leaf: Option<&Leaf>) -> Outcome<(Spawned, Ends)> {
    let config = &request.config;
    let directory = directory(config, around)?;
    let environment = environment(config, around);
    let search_path = environment.get("PATH").map_or(around.search_path.as_str(), String::as_str);
    let program = resolve(&config.cmd, &directory, search_path)?;
    let (stdio, ends) = streams(request, &around.user).map_err(|error| Fault::io("open the streams of the process", &error))?;
    let text = |text: &str| sys::c_string(text).map_err(|error| Fault::io("pass a text to the process", &error));
    let mut plan = Plan {
        program: text(&program)?,
        arguments: [&config.cmd].into_iter().chain(&config.args).map(|argument| text(argument)).collect::<Outcome<_>>()?,
        environment: environment.iter().map(|(name, value)| text(&format!("{name}={value}"))).collect::<Outcome<_>>()?,
        directory: text(&directory)?,
        user: credentials(&around.user)?,
        stdio,
        terminal: request.pty.is_some(),
        cgroup: leaf.map(Leaf::open).transpose().map_err(|error| Fault::io("open the cgroup of the process", &error))?,
    };
    let mut started = spawn(&plan);
    if started.as_ref().err().is_some_and(|error| error.errno == libc::ENOEXEC) {
        // A script without an interpreter line: shells run it themselves, and so do we.
        plan.arguments[0] = plan.program.clone();
        plan.arguments.insert(0, c"/bin/sh".into());
        plan.program = c"/bin/sh".into();
        started = spawn(&plan);
    }
    started.map(|spawned| (spawned, ends)).map_err(|error| refusal(&error, config, &directory))
}

fn directory(config: &Config, around: &Surroundings) -> Outcome<String> {
    let asked = config.cwd.as_deref().unwrap_or("");
    let default = around.default_directory.as_deref().filter(|path| config.cwd.is_none() && Path::new(path).is_dir());
    let path = match default {
        Some(path) => path.to_string(),
        None => paths::resolve(asked, &around.user, None)?,
    };
    match fs::metadata(&path) {
        Ok(found) if found.is_dir() => Ok(path),
        Ok(_) => Err(Fault::invalid(format!("cwd '{path}' is not a directory"))),
        // A home that was never made must not keep a user from running anything.
        Err(_) if config.cwd.is_none() => Ok("/".into()),
        Err(_) => Err(Fault::invalid(format!("cwd '{path}' does not exist"))),
    }
}

fn environment(config: &Config, around: &Surroundings) -> BTreeMap<String, String> {
    let user = &around.user;
    let mut all = BTreeMap::new();
    for (name, value) in [("PATH", &around.search_path), ("HOME", &user.home), ("USER", &user.name), ("LOGNAME", &user.name), ("SHELL", &user.shell)] {
        all.insert(name.to_string(), value.clone());
    }
    all.extend(around.globals.clone());
    all.extend(config.envs.clone());
    all
}

fn resolve(cmd: &str, directory: &str, search_path: &str) -> Outcome<String> {
    let runnable = |path: &Path| fs::metadata(path).is_ok_and(|found| found.is_file() && found.permissions().mode() & 0o111 != 0);
    if cmd.contains('/') {
        let path = Path::new(directory).join(cmd);
        return match fs::metadata(&path) {
            Ok(found) if found.is_dir() => Err(Fault::new(Code::PermissionDenied, format!("cannot run '{cmd}': it is a directory"))),
            Ok(_) => Ok(path.to_string_lossy().into_owned()),
            Err(error) if error.kind() == io::ErrorKind::PermissionDenied => Ok(path.to_string_lossy().into_owned()),
            Err(_) => Err(Fault::not_found(format!("command not found: '{cmd}'"))),
        };
    }
    let found = search_path.split(':').map(|part| Path::new(directory).join(part).join(cmd)).find(|path| runnable(path));
    let missing = || Fault::not_found(format!("command not found: '{cmd}' (PATH is '{search_path}')"));
    found.map(|path| path.to_string_lossy().into_owned()).ok_or_else(missing)
}

fn credentials(user: &User) -> Outcome<Option<Credentials>> {
    if sys::is_root() {
        return Ok(Some(Credentials { uid: user.uid, gid: user.gid, groups: users::groups_of(user) }));
    }
    if users::current().uid == user.uid {
        return Ok(None);
    }
    Err(Fault::new(Code::PermissionDenied, format!("the agent does not run as root, so it can't run programs as '{}'", user.name)))
}

fn streams(request: &StartRequest, user: &User) -> io::Result<([OwnedFd; 3], Ends)> {
    if let Some(size) = request.pty {
        let (master, slave) = pty::open(size, sys::is_root().then_some(user.uid))?;
        let stdio = [slave.try_clone()?, slave.try_clone()?, slave];
        return Ok((stdio, Ends { stdin: None, stdout: None, stderr: None, terminal: Some(master) }));
    }
    let (input, stdin) = if request.stdin {
        let (read, write) = sys::pipe()?;
        (read, Some(write))
    } else {
        (OwnedFd::from(fs::File::open("/dev/null")?), None)
    };
    let (stdout, output) = sys::pipe()?;
    let (stderr, errors) = sys::pipe()?;
    Ok(([input, output, errors], Ends { stdin, stdout: Some(stdout), stderr: Some(stderr), terminal: None }))
}

fn refusal(error: &SpawnError, config: &Config, directory: &str) -> Fault {
    let reason = io::Error::from_raw_os_error(error.errno);
    let cmd = &config.cmd;
    match (error.step, error.errno) {
        ("run the program", libc::ENOENT) => Fault::not_found(format!("cannot run '{cmd}': the file or its interpreter does not exist")),
        ("enter the working directory", libc::EACCES) => Fault::new(Code::PermissionDenied, format!("the user may not enter cwd '{directory}'")),
        ("enter the working directory", _) => Fault::invalid(format!("cwd '{directory}': {}", crate::fault::plain(&reason))),
        ("run the program", libc::E2BIG) => Fault::invalid(format!("cannot run '{cmd}': arguments and environment are too long")),
        (step, _) => Fault::io(format!("cannot start '{cmd}' ({step})"), &reason),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn programs_are_found_on_the_path_given() {
        assert!(resolve("sh", "/", "/nowhere:/bin").unwrap().ends_with("/bin/sh"));
        assert_eq!(resolve("sh", "/", "/nowhere").unwrap_err().code, Code::NotFound);
        assert_eq!(resolve("./sh", "/bin", "").unwrap(), "/bin/./sh");
        assert_eq!(resolve("/no/such/program", "/", "").unwrap_err().code, Code::NotFound);
        assert_eq!(resolve("/tmp", "/", "").unwrap_err().code, Code::PermissionDenied);
    }
}
