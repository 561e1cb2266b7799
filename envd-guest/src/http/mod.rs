//! The HTTP server: connections, who may do what, and which module answers.

pub mod body;
pub mod init_call;
pub mod query;
pub mod respond;
pub mod room;
pub mod router;
pub mod server;
