//! What a client asks to be started.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::{json, Value};

use super::pty::Size;
use crate::connect::fields::Fields;
use crate::fault::{Fault, Outcome};

#[derive(Clone, Debug)]
pub struct Config {
    pub cmd: String,
    pub args: Vec<String>,
    pub envs: BTreeMap<String, String>,
    pub cwd: Option<String>,
}

impl Config {
    pub fn parse(process: &Fields<'_>) -> Outcome<Config> {
        let cmd = process.clean_text("cmd")?.filter(|cmd| !cmd.is_empty());
        let config = Config {
            cmd: cmd.ok_or_else(|| Fault::invalid("field 'process.cmd' is empty"))?.to_string(),
            args: process.texts("args")?,
            envs: process.text_map("envs")?,
            cwd: process.clean_text("cwd")?.filter(|cwd| !cwd.is_empty()).map(str::to_string),
        };
        match config.envs.keys().find(|name| name.is_empty() || name.contains('=')) {
            Some(name) => Err(Fault::invalid(format!("'{name}' is not a name of an environment variable"))),
            None => Ok(config),
        }
    }

    pub fn json(&self) -> Value {
        let mut value = json!({"cmd": self.cmd, "args": self.args, "envs": self.envs});
        if let Some(cwd) = &self.cwd {
            value["cwd"] = json!(cwd);
        }
        value
    }
}

#[derive(Clone, Debug)]
pub struct StartRequest {
    pub config: Config,
    pub pty: Option<Size>,
    pub tag: Option<String>,
    pub stdin: bool,
    /// Life of the process, from our extension field `timeoutMs`.
    pub limit: Option<Duration>,
}

impl StartRequest {
    pub fn parse(message: &Value) -> Outcome<StartRequest> {
        let fields = Fields::of(message)?;
        let process = fields.object("process")?.ok_or_else(|| Fault::invalid("field 'process' is missing"))?;
        let config = Config::parse(&process)?;
        let pty = fields.object("pty")?.map(|pty| Size::parse(&pty)).transpose()?;
        let limit = fields.number("timeoutMs")?.filter(|millis| *millis > 0).map(|millis| Duration::from_millis(millis as u64));
        let tag = fields.text("tag")?.filter(|tag| !tag.is_empty()).map(str::to_string);
        Ok(StartRequest { config, pty, tag, stdin: fields.flag("stdin")?.unwrap_or(true), limit })
    }
}

/// Which process is meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Selector {
    Pid(i64),
    Tag(String),
}

impl Selector {
    /// From the field `process` of a request.
    pub fn parse(fields: &Fields<'_>) -> Outcome<Selector> {
        let missing = || Fault::invalid("field 'process' must select by 'pid' or 'tag'");
        let selector = fields.object("process")?.ok_or_else(missing)?;
        // Some encoders keep the name of the oneof as a level of its own.
        let selector = selector.object("selector")?.unwrap_or(selector);
        if let Some(pid) = selector.number("pid")? {
            return Ok(Selector::Pid(pid));
        }
        selector.text("tag")?.map(|tag| Selector::Tag(tag.to_string())).ok_or_else(missing)
    }
}

impl std::fmt::Display for Selector {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Selector::Pid(pid) => write!(f, "pid {pid}"),
            Selector::Tag(tag) => write!(f, "tag '{tag}'"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn defaults_and_extensions() {
        let request = StartRequest::parse(&json!({"process": {"cmd": "/bin/ls"}, "timeout_ms": "250", "unknown": 1})).unwrap();
        assert!(request.stdin && request.pty.is_none() && request.tag.is_none());
        assert_eq!(request.limit, Some(Duration::from_millis(250)));
        let request = StartRequest::parse(&json!({"process": {"cmd": "x"}, "stdin": false, "pty": {"size": {"cols": 90, "rows": 30}}})).unwrap();
        assert!(!request.stdin);
        assert_eq!(request.pty, Some(Size { columns: 90, rows: 30 }));
    }

    #[test]
    fn refusals_name_the_field() {
        for wrong in [json!({}), json!({"process": {}}), json!({"process": {"cmd": ""}}), json!({"process": {"cmd": "a\u{0}"}}), json!({"process": {"cmd": "a", "envs": {"A=B": "c"}}})] {
            assert!(StartRequest::parse(&wrong).is_err(), "{wrong}");
        }
        let select = |value: Value| Selector::parse(&Fields::of(&value).unwrap());
        assert_eq!(select(json!({"process": {"pid": 7}})).unwrap(), Selector::Pid(7));
        assert_eq!(select(json!({"process": {"selector": {"tag": "t"}}})).unwrap(), Selector::Tag("t".into()));
        assert!(select(json!({"process": {}})).is_err());
        assert!(select(json!({})).is_err());
    }
}
