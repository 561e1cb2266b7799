//! Parts of a file and conditions on it.

use std::time::{SystemTime, UNIX_EPOCH};

use hyper::HeaderMap;

use crate::connect::header;

/// What a client knows of a file, to compare with what it is now.
pub struct Version {
    pub tag: String,
    pub modified: SystemTime,
}

#[derive(Debug, PartialEq, Eq)]
pub enum Verdict {
    /// All of it.
    Whole,
    /// From the first to the last byte, both included.
    Part(u64, u64),
    Unsatisfiable,
    NotModified,
    PreconditionFailed,
}

/// True when the request asks for more than simply the file.
pub fn is_special(headers: &HeaderMap) -> bool {
    ["range", "if-range", "if-match", "if-none-match", "if-modified-since", "if-unmodified-since"].iter().any(|name| headers.contains_key(*name))
}

pub fn judge(headers: &HeaderMap, version: &Version, size: u64) -> Verdict {
    if let Some(tags) = header(headers, "if-match") {
        if !names(tags, &version.tag) {
            return Verdict::PreconditionFailed;
        }
    } else if date(headers, "if-unmodified-since").is_some_and(|since| seconds(version.modified) > seconds(since)) {
        return Verdict::PreconditionFailed;
    }
    if let Some(tags) = header(headers, "if-none-match") {
        if names(tags, &version.tag) {
            return Verdict::NotModified;
        }
    } else if date(headers, "if-modified-since").is_some_and(|since| seconds(version.modified) <= seconds(since)) {
        return Verdict::NotModified;
    }
    let fresh = match header(headers, "if-range") {
        Some(text) if text.starts_with('"') => text == version.tag,
        Some(text) => httpdate::parse_http_date(text).is_ok_and(|since| seconds(since) == seconds(version.modified)),
        None => true,
    };
    match header(headers, "range") {
        Some(text) if fresh => part(text, size),
        _ => Verdict::Whole,
    }
}

/// Several parts at once are answered with the whole, as are units that we don't know.
fn part(text: &str, size: u64) -> Verdict {
    let Some((first, last)) = text.trim().strip_prefix("bytes=").filter(|text| !text.contains(',')).and_then(|text| text.split_once('-')) else {
        return Verdict::Whole;
    };
    let (first, last) = (first.trim(), last.trim());
    let end = size.saturating_sub(1);
    match (first.parse::<u64>(), last.parse::<u64>()) {
        (Ok(from), _) if last.is_empty() => if from < size { Verdict::Part(from, end) } else { Verdict::Unsatisfiable },
        (Ok(from), Ok(to)) if from <= to => if from < size { Verdict::Part(from, to.min(end)) } else { Verdict::Unsatisfiable },
        (Err(_), Ok(count)) if first.is_empty() => if count > 0 && size > 0 { Verdict::Part(size - count.min(size), end) } else { Verdict::Unsatisfiable },
        _ => Verdict::Whole,
    }
}

fn names(list: &str, tag: &str) -> bool {
    list.split(',').map(str::trim).any(|item| item == "*" || item.trim_start_matches("W/") == tag)
}

fn date(headers: &HeaderMap, name: &str) -> Option<SystemTime> {
    header(headers, name).and_then(|text| httpdate::parse_http_date(text).ok())
}

fn seconds(time: SystemTime) -> u64 {
    time.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn ask(pairs: &[(&'static str, &str)], size: u64) -> Verdict {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.insert(*name, value.parse().unwrap());
        }
        judge(&headers, &Version { tag: "\"t\"".into(), modified: UNIX_EPOCH + Duration::from_millis(1_000_000_500) }, size)
    }

    #[test]
    fn ranges() {
        for (text, size, expected) in [
            ("bytes=0-0", 10, Verdict::Part(0, 0)),
            ("bytes=2-", 10, Verdict::Part(2, 9)),
            ("bytes=2-99", 10, Verdict::Part(2, 9)),
            ("bytes=-3", 10, Verdict::Part(7, 9)),
            ("bytes=-30", 10, Verdict::Part(0, 9)),
            ("bytes=10-", 10, Verdict::Unsatisfiable),
            ("bytes=-0", 10, Verdict::Unsatisfiable),
            ("bytes=0-", 0, Verdict::Unsatisfiable),
            ("bytes=5-2", 10, Verdict::Whole),
            ("bytes=0-1,3-4", 10, Verdict::Whole),
            ("lines=1-2", 10, Verdict::Whole),
            ("bytes=99999999999999999999-", 10, Verdict::Whole),
        ] {
            assert_eq!(ask(&[("range", text)], size), expected, "{text}");
        }
    }

    #[test]
    fn conditions() {
        let at = httpdate::fmt_http_date(UNIX_EPOCH + Duration::from_secs(1_000_000));
        let before = httpdate::fmt_http_date(UNIX_EPOCH + Duration::from_secs(999_999));
        assert_eq!(ask(&[("if-none-match", "\"a\", W/\"t\"")], 1), Verdict::NotModified);
        assert_eq!(ask(&[("if-none-match", "\"a\"")], 1), Verdict::Whole);
        assert_eq!(ask(&[("if-match", "\"a\"")], 1), Verdict::PreconditionFailed);
        assert_eq!(ask(&[("if-modified-since", &at)], 1), Verdict::NotModified);
        assert_eq!(ask(&[("if-modified-since", &before)], 1), Verdict::Whole);
        assert_eq!(ask(&[("if-unmodified-since", &before)], 1), Verdict::PreconditionFailed);
        assert_eq!(ask(&[("range", "bytes=0-0"), ("if-range", "\"t\"")], 5), Verdict::Part(0, 0));
        assert_eq!(ask(&[("range", "bytes=0-0"), ("if-range", "\"old\"")], 5), Verdict::Whole);
        assert_eq!(ask(&[("range", "bytes=0-0"), ("if-range", &before)], 5), Verdict::Whole);
    }
}
