//! The 95% intervals and the buckets of quantiles.

/// The normal quantile of 0.975.
const Z: f64 = 1.959_963_984_540_054;

/// Wilson's interval of a share.
pub fn wilson(successes: i128, trials: i128) -> (f64, f64) {
    let (n, p) = (trials as f64, successes as f64 / trials as f64);
    let centre = p + Z * Z / (2.0 * n);
    let half = Z * (p * (1.0 - p) / n + Z * Z / (4.0 * n * n)).sqrt();
    let scale = 1.0 + Z * Z / n;
    (((centre - half) / scale).max(0.0), ((centre + half) / scale).min(1.0))
}

/// Garwood's interval of a Poisson mean of which `count` was seen.
pub fn garwood(count: i128) -> (f64, f64) {
    let lower = if count == 0 { 0.0 } else { mean_where(|mean| at_most(count - 1, mean), 0.975, count) };
    (lower, mean_where(|mean| at_most(count, mean), 0.025, count))
}

/// The mean at which a falling probability has a value, by halving.
fn mean_where(probability: impl Fn(f64) -> f64, value: f64, count: i128) -> f64 {
    let (mut low, mut high) = (0.0, 10.0 + 4.0 * count as f64);
    loop {
        let middle = (low + high) / 2.0;
        if middle <= low || middle >= high {
            return middle;
        }
        if probability(middle) > value { low = middle } else { high = middle }
    }
}

/// The probability that a Poisson variable of this mean is at most `count`.
fn at_most(count: i128, mean: f64) -> f64 {
    let log_factorial: f64 = (2..=count).map(|k| (k as f64).ln()).sum();
    let mut term = (count as f64 * mean.ln() - mean - log_factorial).exp();
    let mut sum = term;
    for k in (1..=count).rev() {
        term *= k as f64 / mean;
        sum += term;
    }
    sum
}

/// The nearest-rank quantile `percent` of durations in milliseconds, in seconds by its bucket: bucket k holds
/// [1.01^k, 1.01^(k+1)) ms and stands for 1.01^(k+0.5); 0 has its own.
pub fn quantile(durations: &[i64], percent: usize) -> Option<f64> {
    let mut sorted = durations.to_vec();
    sorted.sort_unstable();
    let rank = (sorted.len() * percent).div_ceil(100);
    let duration = *sorted.get(rank.checked_sub(1)?)?;
    Some(if duration == 0 { 0.0 } else { 1.01f64.powf(f64::from(bucket(duration)) + 0.5) / 1000.0 })
}

/// The bucket of a duration above 0.
pub fn bucket(duration: i64) -> i32 {
    let estimate = ((duration as f64).ln() / 1.01f64.ln()).floor() as i32;
    // The logarithm may be a hair off at the bucket's edge.
    (estimate - 1..=estimate + 1).rev().find(|k| 1.01f64.powi(*k) <= duration as f64).unwrap_or(0).max(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn near(got: f64, want: f64) {
        assert!((got - want).abs() < 6e-5, "{got}, expected {want}");
    }

    #[test]
    fn intervals_are_those_of_the_definition() {
        let (low, high) = wilson(5, 100);
        near(low, 0.0215);
        near(high, 0.1118);
        let (low, high) = wilson(50, 1000);
        near(low, 0.0381);
        near(high, 0.0653);
        let (low, high) = garwood(10);
        near(10.0 / high, 0.5438);
        near(10.0 / low, 2.0853);
        let (low, high) = garwood(50);
        near(50.0 / high, 0.7585);
        near(50.0 / low, 1.3473);
    }

    #[test]
    fn quantiles_are_by_nearest_rank() {
        assert_eq!(quantile(&[], 50), None);
        assert_eq!(quantile(&[5000, 0], 50), Some(0.0));
        let p90 = quantile(&[0, 5000], 90).unwrap();
        assert!((p90 / 5.0 - 1.0).abs() < 0.005, "{p90}");
        assert_eq!(bucket(1), 0);
    }
}
