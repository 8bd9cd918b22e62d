//! The types that a column can have, and the properties that do not depend on the server.

use super::super::Dialect;
use super::bounded::{BoundedNumber, Decimal, Digits};
use super::members::Members;

/// A column's type, as both servers' `COLUMN_TYPE` shows it: without character set, nullability or default.
///
/// At least one of the servers takes each value; [`DataType::unsupported_by`] tells which one does not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DataType {
    Integer {
        width: IntegerWidth,
        display: Option<DisplayWidth>,
        sign: Sign,
    },
    Decimal {
        digits: Decimal,
        sign: Sign,
    },
    Float {
        digits: Option<Digits>,
        sign: Sign,
    },
    Double {
        digits: Option<Digits>,
        sign: Sign,
    },
    Bit(BitLength),
    Date,
    DateTime(Fsp),
    Timestamp(Fsp),
    Time(Fsp),
    Year,
    Char(ShortLength),
    Varchar(LongLength),
    Binary(ShortLength),
    Varbinary(LongLength),
    Text(LobSize),
    Blob(LobSize),
    Enum(Members),
    /// At most 64 members, none with a comma.
    Set(Members),
    Json,
    Spatial(Spatial),
    Vector(VectorLength),
    Inet4,
    Inet6,
    Uuid,
}

/// The width to which an integer is padded when it is shown. It bounds nothing.
pub type DisplayWidth = BoundedNumber<1, 255>;
/// The number of bits of a `BIT`.
pub type BitLength = BoundedNumber<1, 64>;
/// Fractional digits of a second.
pub type Fsp = BoundedNumber<0, 6>;
/// The length of a `CHAR` in characters, of a `BINARY` in bytes.
pub type ShortLength = BoundedNumber<0, 255>;
/// The length of a `VARCHAR` in characters, of a `VARBINARY` in bytes.
pub type LongLength = BoundedNumber<0, 65_535>;
/// The number of a vector's entries (both servers' limit; MySQL manual, "The VECTOR Type").
pub type VectorLength = BoundedNumber<1, 16_383>;

/// How many bytes an integer takes; the order is that of size.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum IntegerWidth {
    Tiny,
    Small,
    Medium,
    Int,
    Big,
}

/// Whether a number may be negative, and whether it is shown with leading zeros, which excludes negative numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Sign {
    Signed,
    Unsigned,
    Zerofill,
}

/// The four sizes of `TEXT` and `BLOB`; the order is that of size.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LobSize {
    Tiny,
    Normal,
    Medium,
    Long,
}

/// The spatial types.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Spatial {
    Geometry,
    Point,
    LineString,
    Polygon,
    MultiPoint,
    MultiLineString,
    MultiPolygon,
    GeometryCollection,
}

impl IntegerWidth {
    /// Returns the size in bytes (MySQL manual, "Integer Types").
    #[must_use]
    pub fn bytes(self) -> u8 {
        match self {
            Self::Tiny => 1,
            Self::Small => 2,
            Self::Medium => 3,
            Self::Int => 4,
            Self::Big => 8,
        }
    }

    /// Returns the least and the greatest value (MySQL manual, "Integer Types").
    #[must_use]
    pub fn bounds(self, sign: Sign) -> IntegerBounds {
        let bits = u32::from(self.bytes()) * 8;
        match sign {
            Sign::Signed => IntegerBounds { least: -(1_i128 << (bits - 1)), most: (1_i128 << (bits - 1)) - 1 },
            Sign::Unsigned | Sign::Zerofill => IntegerBounds { least: 0, most: (1_i128 << bits) - 1 },
        }
    }
}

/// The least and the greatest value of an integer type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct IntegerBounds {
    pub least: i128,
    pub most: i128,
}

impl LobSize {
    /// Returns the most bytes that it holds (MySQL manual, "Data Type Storage Requirements").
    #[must_use]
    pub fn max_bytes(self) -> u64 {
        match self {
            Self::Tiny => 0xFF,
            Self::Normal => 0xFFFF,
            Self::Medium => 0xFF_FFFF,
            Self::Long => 0xFFFF_FFFF,
        }
    }

    /// Returns the smallest size that holds so many bytes, as a server chooses it for `BLOB(n)`.
    #[must_use]
    pub fn holding(bytes: u64) -> Option<Self> {
        [Self::Tiny, Self::Normal, Self::Medium, Self::Long].into_iter().find(|size| bytes <= size.max_bytes())
    }
}

impl DataType {
    /// Returns a plain `INT`.
    #[must_use]
    pub fn integer() -> Self {
        Self::Integer { width: IntegerWidth::Int, display: None, sign: Sign::Signed }
    }

    /// Returns whether it holds characters, and so has a character set and a collation.
    #[must_use]
    pub fn is_character(&self) -> bool {
        matches!(self, Self::Char(_) | Self::Varchar(_) | Self::Text(_) | Self::Enum(_) | Self::Set(_))
    }

    /// Returns whether it is one of the integers.
    #[must_use]
    pub fn is_integer(&self) -> bool {
        matches!(self, Self::Integer { .. })
    }

    /// Returns whether it is `BIT`.
    #[must_use]
    pub fn is_bit(&self) -> bool {
        matches!(self, Self::Bit(_))
    }

    /// Returns whether it holds a number: an integer, `DECIMAL`, `FLOAT` or `DOUBLE`.
    #[must_use]
    pub fn is_numeric(&self) -> bool {
        matches!(self, Self::Integer { .. } | Self::Decimal { .. } | Self::Float { .. } | Self::Double { .. })
    }

    /// Returns whether it is `BINARY` or `VARBINARY`.
    #[must_use]
    pub fn is_binary(&self) -> bool {
        matches!(self, Self::Binary(_) | Self::Varbinary(_))
    }

    /// Returns whether it is one of the spatial types.
    #[must_use]
    pub fn is_spatial(&self) -> bool {
        matches!(self, Self::Spatial(_))
    }

    /// Returns the fractional digits of a second that it keeps; `None` for types without a time of day.
    #[must_use]
    pub fn fsp(&self) -> Option<u8> {
        match self {
            Self::DateTime(fsp) | Self::Timestamp(fsp) | Self::Time(fsp) => u8::try_from(fsp.get()).ok(),
            _ => None,
        }
    }

    /// Returns whether `DEFAULT CURRENT_TIMESTAMP` and `ON UPDATE CURRENT_TIMESTAMP` are possible.
    #[must_use]
    pub fn is_temporal_with_now(&self) -> bool {
        matches!(self, Self::DateTime(_) | Self::Timestamp(_))
    }

    /// Returns whether MySQL refuses a literal as its default and takes only an expression in parentheses (MySQL
    /// manual, "Data Type Default Values"). MariaDB takes literals for `TEXT`, `BLOB` and `JSON`.
    #[must_use]
    pub fn takes_no_literal_default(&self) -> bool {
        matches!(self, Self::Text(_) | Self::Blob(_) | Self::Json | Self::Spatial(_) | Self::Vector(_))
    }

    /// Returns why this server does not have the type, in words for a person; `None` where it has it.
    ///
    /// Sources: MySQL 9.0 release notes (`VECTOR`); MariaDB manual on `VECTOR` (11.7), `INET4` (10.10), `UUID` (10.7),
    /// `INET6` (10.5), and on a `DECIMAL` with more than 30 digits after the point (10.2).
    #[must_use]
    pub fn unsupported_by(&self, dialect: Dialect) -> Option<String> {
        let (mysql, mariadb) = match self {
            Self::Decimal { digits, .. } if digits.scale() > 30 => (None, (10, 2)),
            Self::Vector(_) => (Some((9, 0)), (11, 7)),
            Self::Inet4 => (None, (10, 10)),
            Self::Inet6 => (None, (10, 5)),
            Self::Uuid => (None, (10, 7)),
            _ => return None,
        };
        let since = if dialect.is_mariadb() { Some(mariadb) } else { mysql };
        let name = self.render();
        match since {
            Some((major, minor)) if dialect.at_least(major, minor, 0) => None,
            Some((major, minor)) => Some(format!(
                "the type {name} needs {} {major}.{minor} or later; this server is {dialect}",
                dialect.flavor
            )),
            None => Some(format!("the type {name} is possible only on MariaDB; this server is {dialect}")),
        }
    }
}
