//! Over the bytes of an Avro value without reading it: whether they are as long and as deep as a message may be.

use serde_json::Value as Json;

use crate::types::{Types, kind_of, resolve};

/// How deep a message may be nested.
const DEEPEST: usize = 64;

/// Whether bytes are the fields of a record, no deeper and no more than may be.
pub fn check(fields: &[&Json], space: &str, types: &Types, bytes: &[u8]) -> Option<()> {
    let mut skim = Skim { bytes, types, left: 4096 + types.len() + 16 * bytes.len() };
    fields.iter().try_for_each(|field| skim.value(field, space, 1))
}

struct Skim<'a> {
    bytes: &'a [u8],
    types: &'a Types,
    /// Values that may still come.
    left: usize,
}

impl Skim<'_> {
    fn value(&mut self, json: &Json, space: &str, depth: usize) -> Option<()> {
        self.left = self.left.checked_sub(1)?;
        let types = self.types;
        let (json, space) = resolve(json, space, types)?;
        if depth > DEEPEST {
            return None;
        }
        if let Some(branches) = json.as_array() {
            let branch = usize::try_from(self.number()?).ok()?;
            return self.value(branches.get(branch)?, &space, depth);
        }
        match kind_of(json) {
            "null" => Some(()),
            "boolean" => self.skip(1),
            "int" | "long" | "enum" => self.number().map(drop),
            "float" => self.skip(4),
            "double" => self.skip(8),
            "fixed" => self.skip(usize::try_from(json["size"].as_u64()?).ok()?),
            "bytes" | "string" => self.text(),
            "record" | "error" => json["fields"].as_array()?.iter().try_for_each(|field| self.value(&field["type"], &space, depth + 1)),
            "array" => self.blocks(|skim| skim.value(&json["items"], &space, depth + 1)),
            "map" => self.blocks(|skim| {
                skim.text()?;
                skim.value(&json["values"], &space, depth + 1)
            }),
            _ => None,
        }
    }

    fn blocks(&mut self, mut item: impl FnMut(&mut Self) -> Option<()>) -> Option<()> {
        loop {
            let count = self.number()?;
            if count == 0 {
                return Some(());
            }
            if count < 0 {
                self.number()?;
            }
            for _ in 0..count.unsigned_abs() {
                item(self)?;
            }
        }
    }

    fn text(&mut self) -> Option<()> {
        let length = usize::try_from(self.number()?).ok()?;
        self.skip(length)
    }

    fn skip(&mut self, length: usize) -> Option<()> {
        self.bytes = self.bytes.get(length..)?;
        Some(())
    }

    fn number(&mut self) -> Option<i64> {
        let mut bits = 0u64;
        for place in 0..10 {
            let (byte, rest) = self.bytes.split_first()?;
            self.bytes = rest;
            bits |= u64::from(byte & 0x7F).checked_shl(7 * place)?;
            if *byte < 0x80 {
                return Some((bits >> 1) as i64 ^ -((bits & 1) as i64));
            }
        }
        None
    }
}
