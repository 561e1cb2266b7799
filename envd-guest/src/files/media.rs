//! What kind of content a file has: by the ending of its name, else by its first bytes.

/// So many first bytes tell enough.
pub const SAMPLE: usize = 512;
const UNKNOWN: &str = "application/octet-stream";
const TEXT: &str = "text/plain; charset=utf-8";

const MARKS: [(&[u8], &str); 9] = [
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF8", "image/gif"),
    (b"%PDF-", "application/pdf"),
    (b"PK\x03\x04", "application/zip"),
    (b"\x1f\x8b", "application/gzip"),
    (b"\0asm", "application/wasm"),
    (b"OggS", "audio/ogg"),
    (b"fLaC", "audio/flac"),
];

pub fn of_name(name: &str) -> Option<&'static str> {
    let ending = name.rsplit_once('.').map_or("", |(_, ending)| ending).to_ascii_lowercase();
    Some(match ending.as_str() {
        "txt" | "log" | "md" | "py" | "rs" | "c" | "h" | "java" | "sh" | "toml" | "ini" | "cfg" | "yaml" | "yml" => TEXT,
        "html" | "htm" => "text/html; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "csv" => "text/csv; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "xml" => "text/xml; charset=utf-8",
        "json" => "application/json",
        "pdf" => "application/pdf",
        "zip" => "application/zip",
        "gz" => "application/gzip",
        "tar" => "application/x-tar",
        "wasm" => "application/wasm",
        "png" => "image/png",
        "jpg" | "jpeg" => "image/jpeg",
        "gif" => "image/gif",
        "svg" => "image/svg+xml",
        "webp" => "image/webp",
        "mp3" => "audio/mpeg",
        "wav" => "audio/wav",
        "mp4" => "video/mp4",
        "webm" => "video/webm",
        _ => return None,
    })
}

pub fn of_bytes(sample: &[u8]) -> &'static str {
    if let Some((_, kind)) = MARKS.iter().find(|(mark, _)| sample.starts_with(mark)) {
        return kind;
    }
    if !sample.is_empty() && is_text(sample) { TEXT } else { UNKNOWN }
}

/// UTF-8 without control characters but those of layout; the sample may end inside a letter.
fn is_text(sample: &[u8]) -> bool {
    let whole = match std::str::from_utf8(sample) {
        Ok(text) => text,
        Err(error) if error.error_len().is_none() => std::str::from_utf8(&sample[..error.valid_up_to()]).unwrap_or("\0"),
        Err(_) => return false,
    };
    !whole.chars().any(|letter| letter.is_control() && !matches!(letter, '\n' | '\r' | '\t' | '\x0c' | '\x1b'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_go_before_bytes_and_doubt_is_said() {
        assert_eq!((of_name("X.JSON"), of_name("none"), of_name(".gz.bak")), (Some("application/json"), None, None));
        for (sample, expected) in [
            (&b"#!/bin/sh\nexit\n"[..], TEXT),
            ("fünf \u{1b}[1m".as_bytes(), TEXT),
            (&"ü".as_bytes()[..1], TEXT),
            (b"\x89PNG\r\n\x1a\n\0", "image/png"),
            (b"\x1f\x8b\x08", "application/gzip"),
            (b"\x7fELF\x02", UNKNOWN),
            (b"text with \0", UNKNOWN),
            (b"latin \xe4 text", UNKNOWN),
            (b"", UNKNOWN),
        ] {
            assert_eq!(of_bytes(sample), expected, "{sample:?}");
        }
    }
}
