//! Reading values one after another from a message's bytes.

use super::{
    node::{Node, NodeId},
    plan::Writer,
};
use crate::{
    field::{Fields, Raw},
    limits::{DEPTH, VISITS, VISITS_A_BYTE},
};

/// Why bytes are not what the writer's schema says.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub(crate) enum BadAvro {
    #[error("ends within a value")]
    Short,
    #[error("{0} bytes after the last value")]
    Long(usize),
    #[error("a string is not UTF-8")]
    NotUtf8,
    #[error("a variable-length integer is too long")]
    Varint,
    #[error("a boolean is neither 0 nor 1")]
    Boolean,
    #[error("a length is negative")]
    Length,
    #[error("a union or enum has no such branch")]
    Branch,
    #[error("nested deeper than {DEPTH}")]
    Deep,
    #[error("more values than a message may expand to")]
    Expanded,
}

impl Writer {
    /// Reads a message's fields; the bytes must end with it.
    pub(crate) fn read<'a>(&'a self, bytes: &'a [u8], fields: &mut Fields<'a>) -> Result<(), BadAvro> {
        let visits = VISITS + self.nodes.len() + VISITS_A_BYTE * bytes.len();
        let mut cursor = Cursor { rest: bytes, visits, nodes: &self.nodes };
        for (field, node) in &self.fields {
            let value = cursor.value(*node, 1)?;
            if let Some(field) = field {
                fields.set(*field, value);
            }
        }
        if cursor.rest.is_empty() { Ok(()) } else { Err(BadAvro::Long(cursor.rest.len())) }
    }
}

struct Cursor<'a> {
    rest: &'a [u8],
    /// Values that may still be visited.
    visits: usize,
    nodes: &'a [Node],
}

impl<'a> Cursor<'a> {
    fn value(&mut self, id: NodeId, depth: usize) -> Result<Raw<'a>, BadAvro> {
        self.visits = self.visits.checked_sub(1).ok_or(BadAvro::Expanded)?;
        if depth > DEPTH {
            return Err(BadAvro::Deep);
        }
        // A node's id is always one of its plan's.
        match self.nodes.get(id).ok_or(BadAvro::Branch)? {
            Node::Null => Ok(Raw::Absent),
            Node::Text => self.text(),
            Node::Union(branches) => {
                let branch = usize::try_from(self.long()?).map_err(|_| BadAvro::Branch)?;
                self.value(*branches.get(branch).ok_or(BadAvro::Branch)?, depth)
            }
            Node::Long => self.long().map(Raw::Integer),
            Node::Int => self.int().map(|int| Raw::Integer(i64::from(int))),
            Node::Instant(units) => self.long().map(|at| Raw::At(at.div_euclid(*units))),
            Node::Date => self.int().map(Raw::On),
            Node::Decimal(scale) => {
                let length = self.length()?;
                self.take(length).map(|bytes| Raw::Decimal(bytes, *scale))
            }
            Node::Float => self.bytes().map(|bytes| Raw::Float(f32::from_le_bytes(bytes))),
            Node::Double => self.bytes().map(|bytes| Raw::Double(f64::from_le_bytes(bytes))),
            Node::Uuid => self.bytes().map(Raw::Uuid),
            Node::ScaledDecimal => {
                let (scale, length) = (self.int()?, self.length()?);
                let bytes = self.take(length)?;
                Ok(u32::try_from(scale).map_or(Raw::Other, |scale| Raw::Decimal(bytes, scale)))
            }
            Node::FixedDecimal(size, scale) => self.take(*size).map(|bytes| Raw::Decimal(bytes, *scale)),
            Node::Enum(symbols) => {
                let symbol = usize::try_from(self.int()?).map_err(|_| BadAvro::Branch)?;
                symbols.get(symbol).map(|symbol| Raw::Text(symbol)).ok_or(BadAvro::Branch)
            }
            Node::Record(fields) => {
                for field in fields {
                    self.value(*field, depth + 1)?;
                }
                Ok(Raw::Other)
            }
            Node::Array(item) => self.blocks(|cursor| cursor.value(*item, depth + 1)),
            Node::Map(value) => self.blocks(|cursor| {
                cursor.text()?;
                cursor.value(*value, depth + 1)
            }),
            other => self.over(other),
        }
    }

    /// Reads over a value that stands for nothing a field has.
    fn over(&mut self, node: &Node) -> Result<Raw<'a>, BadAvro> {
        match node {
            Node::Boolean if matches!(self.take(1)?, [0 | 1]) => {}
            Node::Boolean => return Err(BadAvro::Boolean),
            Node::Fixed(size) => _ = self.take(*size)?,
            Node::OtherInt => _ = self.int()?,
            Node::OtherLong => _ = self.long()?,
            _ => {
                let length = self.length()?;
                self.take(length)?;
            }
        }
        Ok(Raw::Other)
    }

    fn text(&mut self) -> Result<Raw<'a>, BadAvro> {
        let length = self.length()?;
        std::str::from_utf8(self.take(length)?).map(Raw::Text).map_err(|_| BadAvro::NotUtf8)
    }

    /// Arrays and maps come in blocks of so many items; a negative number of items is followed by the block's bytes.
    fn blocks(&mut self, mut item: impl FnMut(&mut Self) -> Result<Raw<'a>, BadAvro>) -> Result<Raw<'a>, BadAvro> {
        loop {
            let count = self.long()?;
            if count == 0 {
                return Ok(Raw::Other);
            }
            if count < 0 {
                self.long()?;
            }
            for _ in 0..count.unsigned_abs() {
                item(self)?;
            }
        }
    }

    fn take(&mut self, length: usize) -> Result<&'a [u8], BadAvro> {
        let (taken, rest) = self.rest.split_at_checked(length).ok_or(BadAvro::Short)?;
        self.rest = rest;
        Ok(taken)
    }

    /// So many bytes as are asked for.
    fn bytes<const N: usize>(&mut self) -> Result<[u8; N], BadAvro> {
        let (taken, rest) = self.rest.split_first_chunk().ok_or(BadAvro::Short)?;
        self.rest = rest;
        Ok(*taken)
    }

    fn length(&mut self) -> Result<usize, BadAvro> {
        usize::try_from(self.long()?).map_err(|_| BadAvro::Length)
    }

    fn int(&mut self) -> Result<i32, BadAvro> {
        i32::try_from(self.long()?).map_err(|_| BadAvro::Varint)
    }

    /// A zig-zag integer of seven bits a byte, the lowest first.
    fn long(&mut self) -> Result<i64, BadAvro> {
        let mut bits = 0u64;
        for (place, byte) in self.rest.iter().take(10).enumerate() {
            bits |= u64::from(byte & 0x7F) << (7 * place);
            if byte & 0x80 == 0 {
                self.rest = self.rest.get(place + 1..).unwrap_or_default();
                return Ok((bits >> 1) as i64 ^ -((bits & 1) as i64));
            }
        }
        Err(if self.rest.len() < 10 { BadAvro::Short } else { BadAvro::Varint })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::field::Field;

    impl Writer {
        fn read_one<'a>(&'a self, bytes: &'a [u8], field: Field) -> Result<Raw<'a>, BadAvro> {
            let mut fields = Fields::new();
            self.read(bytes, &mut fields)?;
            Ok(fields.get(field))
        }
    }

    fn field(schema: &str) -> Writer {
        Writer::parse(&format!(r#"{{"type":"record","name":"Any","fields":[{{"name":"count","type":{schema}}}]}}"#)).unwrap()
    }

    #[test]
    fn an_array_of_nothing_costs_nothing_to_announce_and_is_cut_short() {
        let nulls = field(r#"{"type":"array","items":"null"}"#);
        // Two to the 40th items, no bytes each.
        let bomb = [0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x01, 0];
        assert_eq!(nulls.read_one(&bomb, Field::Count), Err(BadAvro::Expanded));
        assert_eq!(nulls.read_one(&[6, 0], Field::Count), Ok(Raw::Other));
    }

    #[test]
    fn recursion_is_bounded() {
        let list =
            Writer::parse(r#"{"type":"record","name":"L","fields":[{"name":"next","type":["null","L"]},{"name":"count","type":"int"}]}"#).unwrap();
        let chain = |n: usize| [vec![2; n], vec![0], vec![14; n + 1]].concat();
        assert_eq!(list.read_one(&chain(3), Field::Count), Ok(Raw::Integer(7)));
        assert_eq!(list.read_one(&chain(100_000), Field::Count), Err(BadAvro::Deep));
    }

    #[test]
    fn lengths_are_not_believed() {
        let text = field(r#""string""#);
        assert_eq!(text.read_one(&[6, b'a', b'b', b'c'], Field::Count), Ok(Raw::Text("abc")));
        assert_eq!(text.read_one(&[0xFE, 0xFF, 0xFF, 0xFF, 0x0F], Field::Count), Err(BadAvro::Short));
        assert_eq!(text.read_one(&[1], Field::Count), Err(BadAvro::Length));
        assert_eq!(text.read_one(&[2, 0xFF], Field::Count), Err(BadAvro::NotUtf8));
        assert_eq!(text.read_one(&[0x80; 11], Field::Count), Err(BadAvro::Varint));
        assert_eq!(text.read_one(&[0, 0], Field::Count), Err(BadAvro::Long(1)));
    }

    #[test]
    fn instants_of_any_unit_are_cut_to_milliseconds() {
        let micros = field(r#"{"type":"long","logicalType":"timestamp-micros"}"#);
        assert_eq!(micros.read_one(&[0x8F, 0x4E], Field::Count), Ok(Raw::At(-5)), "-5000 microseconds");
        let local = field(r#"{"type":"long","logicalType":"local-timestamp-millis"}"#);
        assert_eq!(local.read_one(&[2], Field::Count), Ok(Raw::Other), "a local time is no instant");
    }
}
