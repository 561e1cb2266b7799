//! Reading proto3 JSON leniently: camelCase or snake_case names, null as absent, numbers as texts, unknown names ignored.

use std::collections::BTreeMap;

use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use base64::{alphabet, Engine};
use serde_json::{Map, Value};

use crate::fault::{Fault, Outcome};

const ANY_PADDING: GeneralPurposeConfig = GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
const STANDARD: GeneralPurpose = GeneralPurpose::new(&alphabet::STANDARD, ANY_PADDING);
const URL_SAFE: GeneralPurpose = GeneralPurpose::new(&alphabet::URL_SAFE, ANY_PADDING);

#[derive(Clone, Copy)]
pub struct Fields<'a>(&'a Map<String, Value>);

impl<'a> Fields<'a> {
    pub fn of(value: &'a Value) -> Outcome<Fields<'a>> {
        value.as_object().map(Fields).ok_or_else(|| Fault::invalid("a JSON object is expected"))
    }

    pub fn get(&self, name: &str) -> Option<&'a Value> {
        self.0.get(name).or_else(|| self.0.get(&snake(name))).filter(|value| !value.is_null())
    }

    pub fn has(&self, name: &str) -> bool {
        self.get(name).is_some()
    }

    pub fn object(&self, name: &str) -> Outcome<Option<Fields<'a>>> {
        self.get(name).map(|value| value.as_object().map(Fields).ok_or_else(|| wrong(name, "an object"))).transpose()
    }

    pub fn text(&self, name: &str) -> Outcome<Option<&'a str>> {
        self.get(name).map(|value| value.as_str().ok_or_else(|| wrong(name, "a text"))).transpose()
    }

    /// A text that ends up in a C string.
    pub fn clean_text(&self, name: &str) -> Outcome<Option<&'a str>> {
        match self.text(name)? {
            Some(text) if text.contains('\0') => Err(wrong(name, "a text without NUL")),
            other => Ok(other),
        }
    }

    pub fn flag(&self, name: &str) -> Outcome<Option<bool>> {
        self.get(name).map(|value| value.as_bool().ok_or_else(|| wrong(name, "true or false"))).transpose()
    }

    pub fn number(&self, name: &str) -> Outcome<Option<i64>> {
        self.get(name).map(|value| whole(value).ok_or_else(|| wrong(name, "a whole number"))).transpose()
    }

    pub fn unsigned(&self, name: &str) -> Outcome<Option<u32>> {
        self.number(name)?.map(|number| u32::try_from(number).map_err(|_| wrong(name, "a 32-bit unsigned number"))).transpose()
    }

    pub fn texts(&self, name: &str) -> Outcome<Vec<String>> {
        let Some(value) = self.get(name) else { return Ok(Vec::new()) };
        let items = value.as_array().ok_or_else(|| wrong(name, "an array of texts"))?;
        items.iter().map(|item| clean(item).ok_or_else(|| wrong(name, "an array of texts without NUL"))).collect()
    }

    pub fn text_map(&self, name: &str) -> Outcome<BTreeMap<String, String>> {
        let Some(value) = self.get(name) else { return Ok(BTreeMap::new()) };
        let items = value.as_object().ok_or_else(|| wrong(name, "a map of texts"))?;
        items
            .iter()
            .map(|(key, item)| match clean(item) {
                Some(text) if !key.contains('\0') => Ok((key.clone(), text)),
                _ => Err(wrong(name, "a map of texts without NUL")),
            })
            .collect()
    }

    pub fn bytes(&self, name: &str) -> Outcome<Option<Vec<u8>>> {
        let Some(text) = self.text(name)? else { return Ok(None) };
        let decoded = STANDARD.decode(text).or_else(|_| URL_SAFE.decode(text));
        decoded.map(Some).map_err(|_| wrong(name, "base64"))
    }
}

fn clean(value: &Value) -> Option<String> {
    value.as_str().filter(|text| !text.contains('\0')).map(str::to_string)
}

fn whole(value: &Value) -> Option<i64> {
    match value {
        Value::Number(number) => number.as_i64().or_else(|| {
            let float = number.as_f64()?;
            (float.fract() == 0.0 && float.abs() < 9.0e15).then_some(float as i64)
        }),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    }
}

fn wrong(name: &str, expected: &str) -> Fault {
    Fault::invalid(format!("field '{name}' must be {expected}"))
}

fn snake(name: &str) -> String {
    let mut text = String::with_capacity(name.len() + 4);
    for letter in name.chars() {
        if letter.is_ascii_uppercase() {
            text.push('_');
        }
        text.push(letter.to_ascii_lowercase());
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn both_spellings_numbers_as_texts_and_nulls() {
        let value = json!({"watcher_id": "w", "includeEntry": true, "size": "5", "depth": 2.0, "tag": null, "data": "_-8", "std": "/+8="});
        let fields = Fields::of(&value).unwrap();
        assert_eq!(fields.text("watcherId").unwrap(), Some("w"));
        assert_eq!(fields.flag("includeEntry").unwrap(), Some(true));
        assert_eq!(fields.number("size").unwrap(), Some(5));
        assert_eq!(fields.unsigned("depth").unwrap(), Some(2));
        assert!(!fields.has("tag"));
        assert_eq!(fields.bytes("data").unwrap(), Some(vec![0xff, 0xef]));
        assert_eq!(fields.bytes("std").unwrap(), Some(vec![0xff, 0xef]));
    }

    #[test]
    fn wrong_types_are_told_by_name() {
        let value = json!({"args": [1], "env": {"A": 1}, "cols": -1, "nul": "a\u{0}b", "b": "***", "big": 4294967296u64});
        let fields = Fields::of(&value).unwrap();
        for fault in [fields.texts("args").unwrap_err(), fields.text_map("env").unwrap_err(), fields.clean_text("nul").unwrap_err(), fields.bytes("b").unwrap_err()] {
            assert!(fault.message.starts_with("field '"), "{}", fault.message);
        }
        assert!(fields.unsigned("cols").is_err());
        assert!(fields.unsigned("big").is_err());
        assert!(fields.object("args").is_err());
    }
}
