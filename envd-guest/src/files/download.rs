//! Sending a file.

use std::fs::{self, File, Metadata, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::os::fd::AsRawFd;
use std::os::unix::fs::{FileExt, MetadataExt, OpenOptionsExt};
use std::path::Path;
use std::time::SystemTime;

use bytes::Bytes;
use flate2::write::GzEncoder;
use flate2::Compression;
use hyper::header::{HeaderName, HeaderValue};
use hyper::{HeaderMap, Response};
use tokio::sync::mpsc;
use tokio::task::spawn_blocking;

use super::accept::{choose, Encoding};
use super::media;
use super::range::{is_special, judge, Verdict, Version};
use super::Target;
use crate::connect::header;
use crate::fault::{Code, Fault, Outcome};
use crate::filesystem::service::blocking;
use crate::http::body::{Body, Item};
use crate::http::respond::with_status;

const CHUNK: usize = 256 << 10;
/// proc, sysfs, cgroup2, cgroup, debugfs, tracefs
const MADE_UP_FILE_SYSTEMS: [i64; 6] = [0x9fa0, 0x6265_6572, 0x6367_7270, 0x0027_e0eb, 0x6462_6720, 0x7472_6163];

pub async fn send(target: Target, headers: &HeaderMap, head_only: bool) -> Outcome<Response<Body>> {
    let path = target.resolve(target.path.as_deref().unwrap_or(""))?;
    let shown = path.clone();
    let Opened { file, facts, kind } = blocking(move || open(&path)).await?;
    let size = facts.size();
    let version = Version { tag: format!("\"{:x}-{:x}-{size:x}\"", facts.ino(), facts.mtime() * 1_000_000_000 + facts.mtime_nsec()), modified: facts.modified().unwrap_or(SystemTime::UNIX_EPOCH) };
    let unacceptable = || Fault::with_status(406, Code::InvalidArgument, "no acceptable encoding: gzip and identity can be had");
    // Files of /proc and /sys say nothing true of their size, and are read until they end.
    let sized = !made_up(&file);
    let encoding = choose(header(headers, "accept-encoding"), !is_special(headers) && (size > 0 || !sized)).ok_or_else(unacceptable)?;
    let verdict = if sized { judge(headers, &version, size) } else { Verdict::Whole };

    let mut response = match verdict {
        Verdict::NotModified => with_status(304, Body::empty()),
        Verdict::PreconditionFailed => return Err(Fault::with_status(412, Code::FailedPrecondition, "the file is not as the request's conditions want it")),
        Verdict::Unsatisfiable => {
            let mut response = with_status(416, Body::empty());
            set(&mut response, "content-range", format!("bytes */{size}"));
            response
        }
        Verdict::Part(first, last) => {
            let count = last - first + 1;
            let mut response = with_status(206, content(file, first, Some(count), Encoding::Identity, head_only));
            set(&mut response, "content-range", format!("bytes {first}-{last}/{size}"));
            set(&mut response, "content-length", count.to_string());
            response
        }
        Verdict::Whole => {
            let mut response = with_status(200, content(file, 0, sized.then_some(size), encoding, head_only));
            match encoding {
                Encoding::Gzip => set(&mut response, "content-encoding", "gzip".into()),
                Encoding::Identity if sized => set(&mut response, "content-length", size.to_string()),
                Encoding::Identity => {}
            }
            response
        }
    };
    let name = shown.file_name().unwrap_or_default().to_string_lossy();
    set(&mut response, "content-type", kind.into());
    set(&mut response, "content-disposition", disposition(&name));
    set(&mut response, "vary", "Accept-Encoding".into());
    set(&mut response, "cache-control", "no-cache".into());
    if sized {
        set(&mut response, "accept-ranges", "bytes".into());
        set(&mut response, "etag", version.tag);
        set(&mut response, "last-modified", httpdate::fmt_http_date(version.modified.max(SystemTime::UNIX_EPOCH)));
    }
    Ok(response)
}

struct Opened {
    file: File,
    facts: Metadata,
    kind: &'static str,
}

fn open(path: &Path) -> Outcome<Opened> {
    let failed = |error: io::Error| match error.kind() {
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => Fault::not_found(format!("path '{}' does not exist", path.display())),
        _ => Fault::io(format!("open '{}'", path.display()), &error),
    };
    regular(path, &fs::metadata(path).map_err(failed)?)?;
    let file = OpenOptions::new().read(true).custom_flags(libc::O_NONBLOCK | libc::O_NOCTTY).open(path).map_err(failed)?;
    let facts = file.metadata().map_err(failed)?;
    // It may have become something else in between.
    regular(path, &facts)?;
    let kind = media::of_name(&path.file_name().unwrap_or_default().to_string_lossy()).unwrap_or_else(|| sniff(&file));
    Ok(Opened { file, facts, kind })
}

fn sniff(file: &File) -> &'static str {
    let mut sample = [0u8; media::SAMPLE];
    // A file that can't be read at a place of choice says nothing now, and what is wrong with it when it is sent.
    let count = if made_up(file) { 0 } else { file.read_at(&mut sample, 0).unwrap_or(0) };
    media::of_bytes(&sample[..count])
}

fn regular(path: &Path, facts: &Metadata) -> Outcome<()> {
    if facts.is_dir() {
        Err(Fault::invalid(format!("path '{}' is a directory", path.display())))
    } else if !facts.is_file() {
        Err(Fault::invalid(format!("path '{}' is not a regular file", path.display())))
    } else {
        Ok(())
    }
}

/// True on file systems whose files are made up when they are read.
fn made_up(file: &File) -> bool {
    let mut facts: libc::statfs = unsafe { std::mem::zeroed() };
    crate::sys::check(unsafe { libc::fstatfs(file.as_raw_fd(), &mut facts) }).is_ok() && MADE_UP_FILE_SYSTEMS.contains(&(facts.f_type as i64))
}

fn content(file: File, from: u64, count: Option<u64>, encoding: Encoding, head_only: bool) -> Body {
    if head_only || count == Some(0) {
        return Body::empty();
    }
    let (sender, receiver) = mpsc::channel(1);
    tokio::spawn(feed(file, from, count, encoding, sender));
    Body::channel(receiver)
}

/// Reads piece by piece, each when the one before is on its way.
async fn feed(mut file: File, from: u64, count: Option<u64>, encoding: Encoding, sender: mpsc::Sender<Item>) {
    let mut left = count;
    let mut coder = (encoding == Encoding::Gzip).then(|| GzEncoder::new(Vec::new(), Compression::fast()));
    let mut at = from;
    loop {
        let most = left.map_or(CHUNK, |left| left.min(CHUNK as u64) as usize);
        let begin = at == from && from > 0;
        let work = move || {
            let read = read_piece(&mut file, begin.then_some(from), most);
            (file, read)
        };
        let Ok((returned, read)) = spawn_blocking(work).await else { return };
        file = returned;
        let piece = match read {
            Ok(piece) if piece.is_empty() && left.is_some_and(|left| left > 0) => Err(io::Error::new(io::ErrorKind::UnexpectedEof, "the file became shorter while it was sent")),
            other => other,
        };
        let piece = match piece {
            Ok(piece) => piece,
            Err(error) => {
                crate::log!("a download broke off: {error}");
                // Nobody left to tell when this fails too.
                let _ = sender.send(Err(error)).await;
                return;
            }
        };
        at += piece.len() as u64;
        left = left.map(|left| left - piece.len() as u64);
        let over = left == Some(0) || piece.is_empty();
        let Ok(encoded) = encode(&mut coder, piece, over) else { return };
        if !encoded.is_empty() && sender.send(Ok(encoded)).await.is_err() {
            return;
        }
        if over {
            return;
        }
    }
}

fn read_piece(file: &mut File, seek: Option<u64>, most: usize) -> io::Result<Vec<u8>> {
    if let Some(at) = seek {
        file.seek(SeekFrom::Start(at))?;
    }
    let mut piece = vec![0u8; most];
    let mut filled = 0;
    while filled < most {
        match file.read(&mut piece[filled..]) {
            Ok(0) => break,
            Ok(count) => filled += count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        }
    }
    piece.truncate(filled);
    Ok(piece)
}

fn encode(coder: &mut Option<GzEncoder<Vec<u8>>>, piece: Vec<u8>, over: bool) -> io::Result<Bytes> {
    let Some(gzip) = coder.as_mut() else { return Ok(piece.into()) };
    gzip.write_all(&piece)?;
    if over {
        gzip.try_finish()?;
    }
    Ok(std::mem::take(gzip.get_mut()).into())
}

fn set(response: &mut Response<Body>, name: &'static str, value: String) {
    if let Ok(value) = HeaderValue::from_str(&value) {
        response.headers_mut().insert(HeaderName::from_static(name), value);
    }
}

fn disposition(name: &str) -> String {
    let plain: String = name.chars().map(|letter| if letter.is_ascii_graphic() && !matches!(letter, '"' | '\\') || letter == ' ' { letter } else { '_' }).collect();
    if plain == name {
        return format!("inline; filename=\"{plain}\"");
    }
    let encoded: String = name.bytes().map(|byte| if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) { (byte as char).to_string() } else { format!("%{byte:02X}") }).collect();
    format!("inline; filename=\"{plain}\"; filename*=UTF-8''{encoded}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_safe_in_headers() {
        assert_eq!(disposition("a b.txt"), "inline; filename=\"a b.txt\"");
        assert_eq!(disposition("ä\"\n"), "inline; filename=\"___\"; filename*=UTF-8''%C3%A4%22%0A");
    }
}
