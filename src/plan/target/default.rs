//! The equality of two defaults of one column: `1` and `1.00` are the same for `decimal(10,2)`.

use crate::schema::{ColumnDefault, DataType, literal_bytes};

/// Whether `declared` means the same as `live`. Conservative: what is not proved equal is different.
pub fn same_default(declared: &ColumnDefault, live: &ColumnDefault, data_type: &DataType) -> bool {
    match (declared, live) {
        (ColumnDefault::Value(declared), ColumnDefault::Value(live)) => same_value(declared, live, data_type),
        (ColumnDefault::Expression(declared), ColumnDefault::Expression(live)) => declared == live,
        (ColumnDefault::Expression(one), ColumnDefault::None)
        | (ColumnDefault::None, ColumnDefault::Expression(one)) => one.as_str().eq_ignore_ascii_case("null"),
        (declared, live) => declared == live,
    }
}

fn same_value(declared: &str, live: &str, data_type: &DataType) -> bool {
    if declared == live {
        return true;
    }
    if data_type.is_numeric() {
        return number(declared).is_some_and(|declared| Some(declared) == number(live));
    }
    if let Some(fsp) = data_type.fsp() {
        return moment(declared, fsp) == moment(live, fsp);
    }
    if data_type.is_binary() {
        return padded(declared, data_type) == padded(live, data_type);
    }
    if data_type.is_bit() {
        return bits(declared).is_some_and(|declared| Some(declared) == bits(live));
    }
    false
}

/// Reads a decimal number as its sign, digits before the point and digits after it, without leading and trailing zeros.
fn number(text: &str) -> Option<(bool, String, String)> {
    let text = match text.to_ascii_lowercase().as_str() {
        "true" => "1".to_owned(),
        "false" => "0".to_owned(),
        other => other.to_owned(),
    };
    let (negative, digits) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(&text)),
    };
    let (digits, exponent) = match digits.split_once('e') {
        Some((digits, exponent)) => (digits, exponent.parse().ok().filter(|exponent: &i32| exponent.abs() <= 400)?),
        None => (digits, 0),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let all_digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    if !all_digits(whole) || !all_digits(fraction) || (whole.is_empty() && fraction.is_empty()) {
        return None;
    }
    let (whole, fraction) = shifted(whole, fraction, exponent);
    let (whole, fraction) = (whole.trim_start_matches('0').to_owned(), fraction.trim_end_matches('0').to_owned());
    let zero = whole.is_empty() && fraction.is_empty();
    Some((negative && !zero, whole, fraction))
}

/// Moves the point to the right, or to the left where `by` is negative, and returns the digits around it.
fn shifted(whole: &str, fraction: &str, by: i32) -> (String, String) {
    let (mut whole, mut fraction) = (whole.to_owned(), fraction.to_owned());
    for _ in 0..by.unsigned_abs() {
        if by > 0 {
            whole.push(if fraction.is_empty() { '0' } else { fraction.remove(0) });
        } else {
            fraction.insert(0, whole.pop().unwrap_or('0'));
        }
    }
    (whole, fraction)
}

/// Returns a time as it is stored: `2026-01-01` is `2026-01-01 00:00:00`, without trailing zeros in the fraction.
fn moment(text: &str, fsp: u8) -> String {
    let mut text = text.trim().replace('T', " ");
    if text.len() == 10 && text.contains('-') {
        text.push_str(" 00:00:00");
    }
    let (whole, fraction) = match text.split_once('.') {
        Some((whole, fraction)) => (whole.to_owned(), fraction.trim_end_matches('0').to_owned()),
        None => (text, String::new()),
    };
    if fraction.is_empty() || fsp == 0 && fraction.is_empty() { whole } else { format!("{whole}.{fraction}") }
}

/// Returns the bytes of a default as the server stores them: it fills `BINARY` up with zeros.
fn padded(text: &str, data_type: &DataType) -> Vec<u8> {
    let mut bytes = literal_bytes(text);
    if let DataType::Binary(length) = data_type {
        bytes.resize(bytes.len().max(length.get() as usize), 0);
    }
    bytes
}

/// Reads the value of bits: `b'0101'` and `5` are the same.
fn bits(text: &str) -> Option<u64> {
    match text.strip_prefix("b'").and_then(|rest| rest.strip_suffix('\'')) {
        Some(bits) => u64::from_str_radix(bits, 2).ok(),
        None => text.parse().ok(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn same(data_type: &str, declared: &str, live: &str) -> bool {
        let value = |text: &str| ColumnDefault::Value(text.to_owned());
        same_default(&value(declared), &value(live), &DataType::parse(data_type).unwrap())
    }

    #[test]
    fn spellings_of_one_value_are_the_same() {
        assert!(same("decimal(10,2)", "1", "1.00"));
        assert!(same("decimal(10,2)", "-.5", "-0.50"));
        assert!(same("tinyint(1)", "true", "1"));
        assert!(same("int", "-0", "0"));
        assert!(same("double", "1e3", "1000"));
        assert!(same("double", "-2.50E-1", "-0.25"));
        assert!(same("datetime", "2026-01-01", "2026-01-01 00:00:00"));
        assert!(same("datetime(3)", "2026-01-01 10:00:00", "2026-01-01 10:00:00.000"));
        assert!(same("bit(4)", "5", "b'101'"));
        assert!(same("binary(3)", "0", "0x300000"));
        assert!(same("binary(4)", "", "0x00000000"));
        assert!(same("varbinary(9)", "AB", "x'4142'"));
    }

    #[test]
    fn different_values_stay_different() {
        assert!(!same("int", "1", "10"));
        assert!(!same("varchar(10)", "1", "1.0"));
        assert!(!same("varchar(10)", "a", "A"));
        assert!(!same("datetime(3)", "2026-01-01 10:00:00.5", "2026-01-01 10:00:00.6"));
        assert!(!same("varbinary(3)", "0", "0x300000"));
        assert!(!same("varbinary(4)", "0xFF", "0xFF00FE41"));
        assert!(!same("varchar(9)", "0x41", "A"));
        assert!(!same("float", "1e3", "1e4"));
        assert!(!same("double", "1e3", "100"));
        assert!(!same("double", "1e999999999999", "1e999999999998"));
    }
}
