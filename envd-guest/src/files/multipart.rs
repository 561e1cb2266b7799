//! multipart/form-data, taken apart as it arrives. File names are kept raw: for our clients they are paths.

use std::collections::VecDeque;

use bytes::{Buf, Bytes, BytesMut};
use memchr::memmem;

use crate::fault::{Fault, Outcome};
use crate::http::query::decode;

const MOST_HEADER: usize = 16 << 10;

#[derive(Debug, PartialEq, Eq)]
pub enum Event {
    /// A part begins: its field name and its file name.
    Part { name: String, filename: Option<String> },
    Data(Bytes),
    /// The part that was begun last is whole.
    PartEnd,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Preamble,
    /// Behind a delimiter: either the end follows or a new line.
    Delimiter,
    Headers,
    Content,
    End,
}

pub struct Parser {
    /// A new line, two hyphens, the boundary.
    delimiter: Vec<u8>,
    buffer: BytesMut,
    state: State,
    events: VecDeque<Event>,
}

/// The boundary from a content type, None when it is none of multipart/form-data.
pub fn boundary(content_type: &str) -> Option<String> {
    let (kind, parameters) = content_type.split_once(';')?;
    if !kind.trim().eq_ignore_ascii_case("multipart/form-data") {
        return None;
    }
    parameter(parameters, "boundary").filter(|boundary| !boundary.is_empty() && boundary.len() <= 200)
}

impl Parser {
    pub fn new(boundary: &str) -> Parser {
        // The first delimiter may stand at the very beginning: a new line is thought before it.
        Parser { delimiter: format!("\r\n--{boundary}").into_bytes(), buffer: BytesMut::from(&b"\r\n"[..]), state: State::Preamble, events: VecDeque::new() }
    }

    pub fn feed(&mut self, bytes: &[u8]) -> Outcome<()> {
        self.buffer.extend_from_slice(bytes);
        while self.step()? {}
        Ok(())
    }

    pub fn next(&mut self) -> Option<Event> {
        self.events.pop_front()
    }

    /// Fails when the body has ended before the last delimiter.
    pub fn finish(&self) -> Outcome<()> {
        if self.state == State::End { Ok(()) } else { Err(Fault::invalid("the multipart body ends before its last boundary")) }
    }

    /// One move; false when more bytes are needed.
    fn step(&mut self) -> Outcome<bool> {
        match self.state {
            State::Preamble | State::Content => Ok(self.until_delimiter()),
            State::Delimiter => self.after_delimiter(),
            State::Headers => self.headers(),
            State::End => {
                self.buffer.clear();
                Ok(false)
            }
        }
    }

    fn until_delimiter(&mut self) -> bool {
        let found = memmem::find(&self.buffer, &self.delimiter);
        // Without a delimiter all can go but what may be the beginning of one.
        let count = found.unwrap_or_else(|| self.buffer.len().saturating_sub(self.delimiter.len() - 1));
        let data = self.buffer.split_to(count).freeze();
        if self.state == State::Content && !data.is_empty() {
            self.events.push_back(Event::Data(data));
        }
        if found.is_none() {
            return false;
        }
        self.buffer.advance(self.delimiter.len());
        if self.state == State::Content {
            self.events.push_back(Event::PartEnd);
        }
        self.state = State::Delimiter;
        true
    }

    fn after_delimiter(&mut self) -> Outcome<bool> {
        if self.buffer.len() < 2 {
            return Ok(false);
        }
        if self.buffer.starts_with(b"--") {
            self.state = State::End;
            return Ok(true);
        }
        // Blanks may stand between a delimiter and its new line.
        let Some(end) = memmem::find(&self.buffer, b"\r\n") else {
            return if self.buffer.len() > 256 { Err(Fault::invalid("a multipart boundary is not followed by a new line")) } else { Ok(false) };
        };
        if !self.buffer[..end].iter().all(|byte| matches!(byte, b' ' | b'\t')) {
            return Err(Fault::invalid("a multipart boundary is not followed by a new line"));
        }
        // The new line stays: headers begin after one, and so end in an empty line even when there are none.
        self.buffer.advance(end);
        self.state = State::Headers;
        Ok(true)
    }

    fn headers(&mut self) -> Outcome<bool> {
        let Some(end) = memmem::find(&self.buffer, b"\r\n\r\n") else {
            return if self.buffer.len() > MOST_HEADER { Err(Fault::invalid("the headers of a multipart part are too long")) } else { Ok(false) };
        };
        let block = self.buffer.split_to(end + 4);
        let text = String::from_utf8_lossy(&block).into_owned();
        let disposition = text.lines().filter_map(|line| line.split_once(':')).find(|(name, _)| name.trim().eq_ignore_ascii_case("content-disposition"));
        let (_, value) = disposition.ok_or_else(|| Fault::invalid("a multipart part has no Content-Disposition"))?;
        let parameters = value.split_once(';').map_or("", |(_, parameters)| parameters);
        let name = parameter(parameters, "name").unwrap_or_default();
        let filename = extended(parameters).or_else(|| parameter(parameters, "filename"));
        self.events.push_back(Event::Part { name, filename });
        self.state = State::Content;
        Ok(true)
    }
}

fn extended(parameters: &str) -> Option<String> {
    let value = parameter(parameters, "filename*")?;
    let (charset, rest) = value.split_once('\'')?;
    let (_, encoded) = rest.split_once('\'')?;
    charset.eq_ignore_ascii_case("utf-8").then(|| decode(encoded, false))
}

/// A parameter of a header, with quotes taken off.
fn parameter(text: &str, wanted: &str) -> Option<String> {
    let mut rest = text;
    loop {
        rest = rest.trim_start_matches([' ', '\t', ';']);
        let (name, after) = rest.split_once('=')?;
        let (value, left) = match after.trim_start().strip_prefix('"') {
            Some(quoted) => unquote(quoted),
            None => {
                let end = after.find(';').unwrap_or(after.len());
                (after[..end].trim().to_string(), &after[end..])
            }
        };
        if name.trim().eq_ignore_ascii_case(wanted) {
            return Some(value);
        }
        rest = left;
    }
}

fn unquote(quoted: &str) -> (String, &str) {
    let mut value = String::new();
    let mut letters = quoted.char_indices();
    while let Some((at, letter)) = letters.next() {
        match letter {
            '"' => return (value, &quoted[at + 1..]),
            // Only a quote and a backslash are escaped by our clients; others write backslashes as they are.
            '\\' if quoted[at + 1..].starts_with(['"', '\\']) => {
                if let Some((_, escaped)) = letters.next() {
                    value.push(escaped);
                }
            }
            other => value.push(other),
        }
    }
    (value, "")
}

#[cfg(test)]
mod tests {
    use super::*;

    type Part = (String, Option<String>, Vec<u8>);

    fn parse(body: &[u8], size: usize) -> Outcome<Vec<Part>> {
        let mut parser = Parser::new("XX");
        let mut parts: Vec<Part> = Vec::new();
        let mut open = false;
        for piece in body.chunks(size) {
            parser.feed(piece)?;
            while let Some(event) = parser.next() {
                match event {
                    Event::Part { name, filename } => {
                        parts.push((name, filename, Vec::new()));
                        open = true;
                    }
                    Event::Data(data) => parts.last_mut().unwrap().2.extend_from_slice(&data),
                    Event::PartEnd => open = false,
                }
            }
        }
        parser.finish()?;
        assert!(!open);
        Ok(parts)
    }

    #[test]
    fn parts_survive_any_split() {
        let body = b"preamble\r\n--XX\r\nContent-Disposition: form-data; name=\"file\"; filename=\"/a/b; c.txt\"\r\nContent-Type: text/plain\r\n\r\n\r\n--X\r\ndata\r\n\r\n--XX  \r\ncontent-disposition: form-data; filename=\"e.bin\"; name=file\r\n\r\n\r\n--XX--\r\nrest";
        for size in 1..body.len() {
            let parts = parse(body, size).unwrap();
            assert_eq!(parts, [("file".into(), Some("/a/b; c.txt".into()), b"\r\n--X\r\ndata\r\n".to_vec()), ("file".into(), Some("e.bin".into()), vec![])], "{size}");
        }
    }

    #[test]
    fn the_first_boundary_needs_no_new_line_before() {
        let parts = parse(b"--XX\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nv\r\n--XX--", 1000).unwrap();
        assert_eq!(parts, [("a".into(), None, b"v".to_vec())]);
    }

    #[test]
    fn broken_bodies_are_refused() {
        for body in [&b""[..], b"--XX", b"--XX\r\n\r\n\r\n", b"--XX\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nv\r\n--X", b"--XXzz\r\n", b"nothing at all"] {
            assert!(parse(body, 7).is_err(), "{:?}", String::from_utf8_lossy(body));
        }
        let long = [b"--XX\r\n".to_vec(), vec![b'a'; MOST_HEADER + 10]].concat();
        assert!(parse(&long, 1000).is_err());
    }

    #[test]
    fn parameters() {
        assert_eq!(boundary("multipart/form-data; charset=x; boundary=\"a b\""), Some("a b".into()));
        assert_eq!(boundary("multipart/form-data; boundary=abc"), Some("abc".into()));
        assert_eq!(boundary("application/json; boundary=abc"), None);
        assert_eq!(boundary("multipart/form-data"), None);
        assert_eq!(parameter("name=\"a\\\"b\"; filename=\"c\\d\"", "filename"), Some("c\\d".into()));
        assert_eq!(parameter("name=\"a\\\"b\"", "name"), Some("a\"b".into()));
        assert_eq!(extended("filename*=UTF-8''%C3%A4%2Fb"), Some("ä/b".into()));
    }
}
