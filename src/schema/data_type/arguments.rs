//! Checks what a type has in the parentheses after its name. It does not know the types, only their bounds.

use super::bounded::{BoundedNumber, Decimal, Digits};
use super::fault::DataTypeFault;
use super::types::Fsp;

/// The content of the parentheses after a type's name.
pub(super) enum Arguments<'s> {
    None,
    Numbers(Vec<&'s str>),
    Strings(Vec<String>),
}

impl<'s> Arguments<'s> {
    pub(super) fn none<T>(self, value: T) -> Result<T, DataTypeFault> {
        match self {
            Self::None => Ok(value),
            _ => Err(DataTypeFault::Arguments { expected: "nothing" }),
        }
    }

    pub(super) fn numbers(self, most: usize, expected: &'static str) -> Result<Vec<&'s str>, DataTypeFault> {
        match self {
            Self::None => Ok(Vec::new()),
            Self::Numbers(numbers) if numbers.len() <= most => Ok(numbers),
            _ => Err(DataTypeFault::Arguments { expected }),
        }
    }

    pub(super) fn one(self) -> Result<Option<&'s str>, DataTypeFault> {
        Ok(self.numbers(1, "one number")?.first().copied())
    }

    pub(super) fn strings(self) -> Result<Vec<String>, DataTypeFault> {
        match self {
            Self::Strings(strings) => Ok(strings),
            _ => Err(DataTypeFault::Arguments { expected: "its members, such as ('a','b')," }),
        }
    }

    pub(super) fn fsp(self) -> Result<Fsp, DataTypeFault> {
        with_default(self.one()?, "number of fractional digits", 0)
    }

    pub(super) fn decimal(self) -> Result<Decimal, DataTypeFault> {
        let numbers = self.numbers(2, "the digits in all and those after the point")?;
        let precision = with_default::<1, 65>(numbers.first().copied(), "number of digits", 10)?.get();
        let scale = with_default::<0, 38>(numbers.get(1).copied(), "number of digits after the point", 0)?.get();
        both(precision, scale, Decimal::new)
    }

    pub(super) fn digits(self) -> Result<Option<Digits>, DataTypeFault> {
        let numbers = self.numbers(2, "nothing, or the digits in all and those after the point")?;
        match numbers.as_slice() {
            [] => Ok(None),
            [total, fraction] => {
                let total = number::<1, 255>(total, "number of digits")?.get();
                let fraction = number::<0, 30>(fraction, "number of digits after the point")?.get();
                both(total, fraction, Digits::new).map(Some)
            }
            _ => Err(DataTypeFault::Arguments { expected: "nothing, or the digits in all and those after the point" }),
        }
    }
}

/// Reads a number within bounds, which the error names.
pub(super) fn number<const MIN: u32, const MAX: u32>(
    given: &str,
    what: &'static str,
) -> Result<BoundedNumber<MIN, MAX>, DataTypeFault> {
    let number = given.parse().ok().and_then(BoundedNumber::new);
    number.ok_or_else(|| DataTypeFault::Range { what, given: given.to_owned(), from: MIN, to: MAX })
}

pub(super) fn optional<const MIN: u32, const MAX: u32>(
    given: Option<&str>,
    what: &'static str,
) -> Result<Option<BoundedNumber<MIN, MAX>>, DataTypeFault> {
    given.map(|given| number(given, what)).transpose()
}

pub(super) fn with_default<const MIN: u32, const MAX: u32>(
    given: Option<&str>,
    what: &'static str,
    default: u32,
) -> Result<BoundedNumber<MIN, MAX>, DataTypeFault> {
    Ok(optional(given, what)?.or(BoundedNumber::new(default)).unwrap_or(BoundedNumber::MIN))
}

/// Makes a pair of the digits in all and those after the point, each already within its bounds.
fn both<T>(total: u32, fraction: u32, new: fn(u8, u8) -> Option<T>) -> Result<T, DataTypeFault> {
    let digits = u8::try_from(total).ok().zip(u8::try_from(fraction).ok());
    digits.and_then(|(total, fraction)| new(total, fraction)).ok_or(DataTypeFault::Scale { total, fraction })
}
