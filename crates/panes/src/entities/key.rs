//! Keys of several fields.

/// Builds a key of several fields, each told apart from its neighbours.
#[derive(Clone, Default, Debug)]
pub struct KeyBuilder(Vec<u8>);

impl KeyBuilder {
    /// Appends a text under a tag; texts with different tags are never equal.
    pub fn text(&mut self, tag: u8, text: &str) -> &mut KeyBuilder {
        self.0.push(tag);
        self.0.extend_from_slice(&(text.len() as u32).to_le_bytes());
        self.0.extend_from_slice(text.as_bytes());
        self
    }

    /// Appends a number.
    pub fn number(&mut self, number: i32) -> &mut KeyBuilder {
        self.0.extend_from_slice(&number.to_le_bytes());
        self
    }

    /// The key; the builder begins anew.
    pub fn take(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.0)
    }
}
