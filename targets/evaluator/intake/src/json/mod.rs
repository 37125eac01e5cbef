//! JSON lines: one object a line.
//!
//! What most lines are, [`quick`] reads: flat objects without escapes. Whatever it does not take, right or wrong, is
//! read by [`thorough`], which has the say.

mod quick;
mod thorough;

use crate::{
    row::{Flaw, Row},
    schema::Schema,
};

impl Schema {
    /// Fills a row from a JSON object. Keys that nothing reads are passed over.
    ///
    /// # Errors
    /// Where it is no JSON object, nests deeper than 127 levels, a key that is needed is not there or there twice, or its
    /// value is not what its field holds.
    pub fn json(&self, row: &mut Row, text: &[u8]) -> Result<(), Flaw> {
        match quick::read(self, row, text) {
            Some(()) => Ok(()),
            None => thorough::read(self, row, text),
        }
    }
}

#[cfg(test)]
mod tests;
