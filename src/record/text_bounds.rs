//! Bounds the texts of the record: what a resource writes has to be read again, and what others wrote is read no further.

use super::own_table::RECORD_TABLE;
use crate::mysql::{Error, ErrorKind};

/// A longer list of names is neither written nor read.
pub(super) const MAX_DECLARED: usize = 10 << 20;

/// A longer claim is neither written nor read. With the list it fits into one packet of 16 MiB.
pub(super) const MAX_CLAIM: usize = 3 << 20;

/// Checks the length of a text before it is written.
///
/// # Errors
/// It is so long that it would not be read again.
pub(super) fn check_length(what: &str, length: usize, most: usize) -> Result<(), Error> {
    if length <= most {
        return Ok(());
    }
    let message = format!("the {what} takes {length} bytes, and at most {most} are read again; split the resource");
    Err(Error::new(format!("writing table {RECORD_TABLE}"), ErrorKind::TooLarge, message))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_would_not_be_read_again_is_not_written() {
        assert!(check_length("claim", MAX_CLAIM, MAX_CLAIM).is_ok());
        let refused = check_length("claim", MAX_CLAIM + 1, MAX_CLAIM).unwrap_err();
        assert_eq!(refused.kind, ErrorKind::TooLarge);
        assert!(refused.message.ends_with("split the resource"), "{refused}");
    }
}
