//! The body of an upload: its bytes as they arrive, unpacked when they are packed.

use std::io::Write;

use bytes::Bytes;
use flate2::write::MultiGzDecoder;
use http_body_util::BodyExt;
use hyper::body::Incoming;
use hyper::HeaderMap;

use crate::connect::header;
use crate::fault::{Code, Fault, Outcome};

/// Packed bytes that are unpacked at once: they can become a thousand times as many.
const SLICE: usize = 512;

pub struct Source {
    body: Incoming,
    decoder: Option<MultiGzDecoder<Vec<u8>>>,
    packed: Bytes,
    received: bool,
}

impl Source {
    pub fn new(body: Incoming, headers: &HeaderMap) -> Outcome<Source> {
        let decoder = match header(headers, "content-encoding").map(str::to_ascii_lowercase).as_deref() {
            None | Some("") | Some("identity") => None,
            Some("gzip") | Some("x-gzip") => Some(MultiGzDecoder::new(Vec::new())),
            Some(other) => return Err(Fault::with_status(415, Code::InvalidArgument, format!("content encoding '{other}' is not supported: send gzip or identity"))),
        };
        Ok(Source { body, decoder, packed: Bytes::new(), received: false })
    }

    /// The next bytes; None at the end.
    pub async fn next(&mut self) -> Outcome<Option<Bytes>> {
        if self.decoder.is_none() {
            return self.receive().await;
        }
        loop {
            if self.packed.is_empty() {
                match self.receive().await? {
                    Some(bytes) => self.packed = bytes,
                    None => return self.finish(),
                }
            }
            let slice = self.packed.split_to(self.packed.len().min(SLICE));
            let Some(decoder) = &mut self.decoder else { return Ok(None) };
            if !slice.is_empty() {
                self.received = true;
                decoder.write_all(&slice).map_err(|error| unreadable(&error))?;
            }
            if !decoder.get_ref().is_empty() {
                return Ok(Some(std::mem::take(decoder.get_mut()).into()));
            }
        }
    }

    fn finish(&mut self) -> Outcome<Option<Bytes>> {
        let Some(mut decoder) = self.decoder.take() else { return Ok(None) };
        if self.received {
            decoder.try_finish().map_err(|error| unreadable(&error))?;
        }
        let rest = std::mem::take(decoder.get_mut());
        Ok((!rest.is_empty()).then(|| rest.into()))
    }

    async fn receive(&mut self) -> Outcome<Option<Bytes>> {
        while let Some(frame) = self.body.frame().await {
            let frame = frame.map_err(|error| Fault::invalid(format!("request body broke off: {error}")))?;
            if let Ok(data) = frame.into_data() {
                if !data.is_empty() {
                    return Ok(Some(data));
                }
            }
        }
        Ok(None)
    }
}

fn unreadable(error: &std::io::Error) -> Fault {
    Fault::invalid(format!("request body is not whole gzip: {error}"))
}
