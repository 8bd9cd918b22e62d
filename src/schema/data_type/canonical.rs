//! Predicts how a server reports a type that it was given.

use super::super::Dialect;
use super::types::{DataType, DisplayWidth, IntegerWidth, LobSize, Sign};

impl DataType {
    /// Returns the type that this server's `COLUMN_TYPE` shows for a column of this declared type. Two types are the
    /// same to the server when their canonical forms are equal.
    ///
    /// Since 8.0.19 MySQL shows no display widths, except for the signed `tinyint(1)` and `ZEROFILL` (release notes of
    /// 8.0.19); before that, and on MariaDB, each integer has one. MariaDB's `JSON` is a `LONGTEXT` (MariaDB manual,
    /// "JSON Data Type"); the collation and the check that come with it are attributes of the column.
    #[must_use]
    pub fn canonical(&self, dialect: Dialect) -> Self {
        match self {
            Self::Integer { width, display, sign } => {
                Self::Integer { width: *width, display: shown(*width, *display, *sign, dialect), sign: *sign }
            }
            Self::Json if dialect.is_mariadb() => Self::Text(LobSize::Long),
            other => other.clone(),
        }
    }
}

/// Returns the display width that the server shows.
fn shown(width: IntegerWidth, display: Option<DisplayWidth>, sign: Sign, dialect: Dialect) -> Option<DisplayWidth> {
    let omits = !dialect.is_mariadb() && dialect.at_least(8, 0, 19);
    let boolean =
        width == IntegerWidth::Tiny && sign == Sign::Signed && display.is_some_and(|display| display.get() == 1);
    if omits && sign != Sign::Zerofill && !boolean {
        return None;
    }
    display.or_else(|| DisplayWidth::new(default_width(width, sign)))
}

/// Returns the number of digits of the largest value, plus one for the minus sign; `BIGINT` shows 20 in both cases.
fn default_width(width: IntegerWidth, sign: Sign) -> u32 {
    let signed = sign == Sign::Signed;
    match width {
        IntegerWidth::Tiny => 3 + u32::from(signed),
        IntegerWidth::Small => 5 + u32::from(signed),
        IntegerWidth::Medium => 8 + u32::from(signed),
        IntegerWidth::Int => 10 + u32::from(signed),
        IntegerWidth::Big => 20,
    }
}
