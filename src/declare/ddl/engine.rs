//! Decides which storage engines a table or a partition may name.

use super::cursor::Cursor;
use super::error::ScriptError;
use crate::schema::TokenKind;

/// Engines that keep their rows in the server's own files. Others read and write elsewhere (FEDERATED, CONNECT, SPIDER,
/// S3, MERGE, CSV), or are not understood.
const ENGINES: [&str; 7] = ["InnoDB", "Aria", "MyISAM", "MEMORY", "HEAP", "ARCHIVE", "ROCKSDB"];

/// Takes `[=] engine`.
pub fn engine(cursor: &mut Cursor<'_, '_>) -> Result<(), ScriptError> {
    let before = *cursor;
    let engine = cursor.value(&[TokenKind::Word, TokenKind::QuotedIdentifier, TokenKind::String])?.value();
    if ENGINES.iter().any(|known| known.eq_ignore_ascii_case(&engine)) {
        return Ok(());
    }
    Err(before.error(format!("engine {engine} can't be declared here; these can: {}", ENGINES.join(", "))))
}
