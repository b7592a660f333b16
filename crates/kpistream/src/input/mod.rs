//! Event files: plain, gzip or zstd, read in big blocks of whole lines, so that lines can be parsed where they lie.

mod blocks;
mod error;
mod lines;
mod members;
mod open;
mod progress;
mod relay;
#[cfg(test)]
mod tests;

#[cfg(test)]
use blocks::MAX_LINE;
pub use blocks::{Block, Blocks};
pub use error::InputError;
pub use lines::{Lines, Parsed};
pub use progress::Progress;
pub use relay::{Parse, Stage, relay};
