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

    /// The texts of a key with their tags; the numbers at its end are passed over.
    ///
    /// ```
    /// use ledger::KeyBuilder;
    /// let key = KeyBuilder::default().text(0, "meta").text(2, "").number(7).take();
    /// assert_eq!(KeyBuilder::texts(&key), [(0, "meta"), (2, "")]);
    /// ```
    pub fn texts(key: &[u8]) -> Vec<(u8, &str)> {
        let (mut rest, mut texts) = (key, Vec::new());
        while let Some((tag, after)) = rest.split_first()
            && let Some((len, after)) = after.split_first_chunk::<4>()
            && let Some((text, after)) = after.split_at_checked(u32::from_le_bytes(*len) as usize)
            && let Ok(text) = std::str::from_utf8(text)
        {
            texts.push((*tag, text));
            rest = after;
        }
        texts
    }

    /// The key; the builder begins anew.
    pub fn take(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.0)
    }
}
