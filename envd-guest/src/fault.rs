//! The one error type of the request path. It names what went wrong, and knows how each face words it.

use std::fmt;
use std::io;

/// Codes of the Connect protocol that this agent uses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Code {
    InvalidArgument,
    DeadlineExceeded,
    Canceled,
    NotFound,
    AlreadyExists,
    PermissionDenied,
    ResourceExhausted,
    FailedPrecondition,
    Unimplemented,
    Internal,
    Unavailable,
    Unauthenticated,
}

impl Code {
    pub fn text(self) -> &'static str {
        match self {
            Code::InvalidArgument => "invalid_argument",
            Code::Canceled => "canceled",
            Code::DeadlineExceeded => "deadline_exceeded",
            Code::NotFound => "not_found",
            Code::AlreadyExists => "already_exists",
            Code::PermissionDenied => "permission_denied",
            Code::ResourceExhausted => "resource_exhausted",
            Code::FailedPrecondition => "failed_precondition",
            Code::Unimplemented => "unimplemented",
            Code::Internal => "internal",
            Code::Unavailable => "unavailable",
            Code::Unauthenticated => "unauthenticated",
        }
    }

    /// HTTP status of a unary call that fails with this code.
    pub fn status(self) -> u16 {
        match self {
            Code::InvalidArgument | Code::FailedPrecondition => 400,
            Code::Unauthenticated => 401,
            Code::PermissionDenied => 403,
            Code::NotFound => 404,
            Code::AlreadyExists => 409,
            Code::ResourceExhausted => 429,
            Code::Internal => 500,
            Code::Unimplemented => 501,
            Code::Unavailable => 503,
            Code::DeadlineExceeded => 504,
            Code::Canceled => 499,
        }
    }
}

/// A failed request: a code, an optional HTTP status that differs from the code's own, and a text for people.
#[derive(Clone, Debug)]
pub struct Fault {
    pub code: Code,
    pub message: String,
    status: Option<u16>,
}

pub type Outcome<T> = Result<T, Fault>;

impl Fault {
    pub fn new(code: Code, message: impl Into<String>) -> Fault {
        Fault { code, message: message.into(), status: None }
    }

    /// A fault whose HTTP status has no Connect code of its own (406, 413, 416, 507 …).
    pub fn with_status(status: u16, code: Code, message: impl Into<String>) -> Fault {
        Fault { code, message: message.into(), status: Some(status) }
    }

    pub fn invalid(message: impl Into<String>) -> Fault {
        Fault::new(Code::InvalidArgument, message)
    }

    pub fn not_found(message: impl Into<String>) -> Fault {
        Fault::new(Code::NotFound, message)
    }

    pub fn internal(message: impl Into<String>) -> Fault {
        Fault::new(Code::Internal, message)
    }

    pub fn status(&self) -> u16 {
        self.status.unwrap_or_else(|| self.code.status())
    }

    /// Words an operating-system error: `doing` says what was tried on what, such as "open '/x'".
    pub fn io(doing: impl fmt::Display, error: &io::Error) -> Fault {
        let code = match error.raw_os_error() {
            Some(libc::ENOENT) => Code::NotFound,
            Some(libc::EEXIST) => Code::AlreadyExists,
            Some(libc::EACCES) | Some(libc::EPERM) | Some(libc::EROFS) => Code::PermissionDenied,
            Some(libc::ENOTDIR) | Some(libc::EISDIR) | Some(libc::ENAMETOOLONG) | Some(libc::ELOOP) => Code::InvalidArgument,
            Some(libc::EINVAL) => Code::InvalidArgument,
            Some(libc::ENOSPC) | Some(libc::EDQUOT) => {
                return Fault::with_status(507, Code::ResourceExhausted, format!("{doing}: not enough disk space"));
            }
            Some(libc::ECANCELED) => Code::Canceled,
            Some(libc::EMFILE) | Some(libc::ENFILE) | Some(libc::ENOMEM) | Some(libc::EAGAIN) => Code::ResourceExhausted,
            _ => Code::Internal,
        };
        Fault::new(code, format!("{doing}: {}", plain(error)))
    }
}

/// The text of an error without Rust's "(os error N)" tail.
pub fn plain(error: &io::Error) -> String {
    let text = error.to_string();
    match text.find(" (os error") {
        Some(at) => text[..at].to_lowercase(),
        None => text,
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code.text(), self.message)
    }
}

impl std::error::Error for Fault {}
