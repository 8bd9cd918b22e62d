//! Summarizes many measurements.

use std::time::Duration;

/// Returns the value below which `percent` of all values lie (nearest rank), or 0 of none.
pub fn percentile(values: &[f64], percent: usize) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let rank = (sorted.len() * percent).div_ceil(100).max(1);
    sorted.get(rank - 1).copied().unwrap_or_default()
}

/// Returns the value in the middle, which one disturbed measurement does not move.
pub fn median(values: &[f64]) -> f64 {
    percentile(values, 50)
}

/// Returns a time in milliseconds.
pub fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}
