//! The bounded numbers in a type: lengths, precisions and scales.

/// A number from `MIN` to `MAX`, both included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BoundedNumber<const MIN: u32, const MAX: u32>(u32);

impl<const MIN: u32, const MAX: u32> BoundedNumber<MIN, MAX> {
    /// The smallest.
    pub const MIN: Self = Self(MIN);
    /// The largest.
    pub const MAX: Self = Self(MAX);

    /// Returns the number, where it is within the bounds.
    #[must_use]
    pub fn new(number: u32) -> Option<Self> {
        (MIN..=MAX).contains(&number).then_some(Self(number))
    }

    /// Returns the number itself.
    #[must_use]
    pub fn get(self) -> u32 {
        self.0
    }
}

/// The digits of a `DECIMAL`: 1 to 65 in all, and after the point up to 30 of them on MySQL (its manual, "DECIMAL Data
/// Type Characteristics") and up to 38 on MariaDB since 10.2.1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Decimal {
    precision: u8,
    scale: u8,
}

impl Decimal {
    /// Returns so many digits in all and after the point; `None` where no server takes that.
    #[must_use]
    pub fn new(precision: u8, scale: u8) -> Option<Self> {
        let possible = (1..=65).contains(&precision) && scale <= 38 && scale <= precision;
        possible.then_some(Self { precision, scale })
    }

    /// Returns the number of all digits.
    #[must_use]
    pub fn precision(self) -> u8 {
        self.precision
    }

    /// Returns the number of digits after the point.
    #[must_use]
    pub fn scale(self) -> u8 {
        self.scale
    }
}

/// The digits that a `FLOAT(M,D)` or `DOUBLE(M,D)` is rounded to: 1 to 255 in all, up to 30 of them after the point.
/// Deprecated since MySQL 8.0.17.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Digits {
    total: u8,
    fraction: u8,
}

impl Digits {
    /// Returns so many digits in all and after the point; `None` where no server takes that.
    #[must_use]
    pub fn new(total: u8, fraction: u8) -> Option<Self> {
        (total >= 1 && fraction <= 30 && fraction <= total).then_some(Self { total, fraction })
    }

    /// Returns the number of all digits.
    #[must_use]
    pub fn total(self) -> u8 {
        self.total
    }

    /// Returns the number of digits after the point.
    #[must_use]
    pub fn fraction(self) -> u8 {
        self.fraction
    }
}
