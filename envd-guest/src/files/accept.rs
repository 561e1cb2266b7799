//! Which encoding an answer may have.

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    Identity,
    Gzip,
}

/// The choice from `Accept-Encoding`; None when neither of ours is acceptable.
/// Gzip is taken only when it is named: `*` does not ask for work.
pub fn choose(header: Option<&str>, gzip_possible: bool) -> Option<Encoding> {
    let Some(header) = header else { return Some(Encoding::Identity) };
    let (mut gzip, mut identity, mut any) = (None, None, None);
    for part in header.split(',').take(32) {
        let mut words = part.split(';');
        let name = words.next().unwrap_or("").trim().to_ascii_lowercase();
        let weight = words.find_map(|word| word.trim().strip_prefix("q=").and_then(|weight| weight.parse::<f32>().ok())).unwrap_or(1.0);
        match name.as_str() {
            "gzip" | "x-gzip" => gzip = Some(weight),
            "identity" => identity = Some(weight),
            "*" => any = Some(weight),
            _ => {}
        }
    }
    let plain = identity.or(any.filter(|weight| *weight == 0.0)).unwrap_or(0.001);
    if gzip_possible && gzip.is_some_and(|weight| weight > 0.0 && weight >= plain) {
        Some(Encoding::Gzip)
    } else if plain > 0.0 {
        Some(Encoding::Identity)
    } else {
        (gzip_possible && any.is_some_and(|weight| weight > 0.0)).then_some(Encoding::Gzip)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_weights_decide() {
        for (header, expected) in [
            (None, Some(Encoding::Identity)),
            (Some(""), Some(Encoding::Identity)),
            (Some("gzip"), Some(Encoding::Gzip)),
            (Some("gzip, deflate, br"), Some(Encoding::Gzip)),
            (Some("gzip;q=0"), Some(Encoding::Identity)),
            (Some("gzip;q=0.2, identity"), Some(Encoding::Identity)),
            (Some("*"), Some(Encoding::Identity)),
            (Some("identity;q=0"), None),
            (Some("identity;q=0, gzip"), Some(Encoding::Gzip)),
            (Some("*;q=0"), None),
            (Some("br;q=1, *;q=0, gzip;q=0.1"), Some(Encoding::Gzip)),
        ] {
            assert_eq!(choose(header, true), expected, "{header:?}");
        }
        assert_eq!(choose(Some("gzip, identity;q=0"), false), None);
    }
}
