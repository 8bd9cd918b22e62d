//! Decides which storage engines a table or a partition may name.

use super::cursor::Cursor;
use super::error::ScriptError;
use crate::schema::{DECLARABLE_ENGINES, TokenKind, is_declarable_engine};

/// Takes `[=] engine`.
pub fn engine(cursor: &mut Cursor<'_, '_>) -> Result<(), ScriptError> {
    let before = *cursor;
    let engine = cursor.value(&[TokenKind::Word, TokenKind::QuotedIdentifier, TokenKind::String])?.value();
    if is_declarable_engine(&engine) {
        return Ok(());
    }
    Err(before.error(format!("engine {engine} can't be declared here; these can: {}", DECLARABLE_ENGINES.join(", "))))
}
