//! Buckets of sales cycles: bucket k holds [1.01^k, 1.01^(k+1)) milliseconds, so that a quantile is right to half a per cent.

/// The ratio of neighbouring buckets.
const RATIO: f64 = 1.01;

/// The bucket of a cycle: 0 for no time at all, else k + 1.
pub fn bucket(millis: u64) -> u16 {
    if millis == 0 {
        return 0;
    }
    let x = millis as f64;
    let mut k = (x.ln() / RATIO.ln()).floor() as i32;
    // The logarithm may be off by one unit in the last place right at a border.
    if RATIO.powi(k + 1) <= x {
        k += 1;
    } else if RATIO.powi(k) > x {
        k -= 1;
    }
    u16::try_from(k + 1).unwrap_or(u16::MAX)
}

/// The milliseconds a bucket stands for: the middle of it, on the scale of ratios.
pub fn midpoint(bucket: u16) -> f64 {
    if bucket == 0 { 0.0 } else { RATIO.powf(f64::from(bucket - 1) + 0.5) }
}

/// The bucket in which the quantile p of a number of cycles lies, by nearest rank: the ceil(p n)-th smallest.
/// `percent` is p in hundredths; `buckets` are (bucket, count) in rising order.
pub fn quantile(buckets: impl IntoIterator<Item = (u16, i128)>, n: i128, percent: i128) -> Option<u16> {
    let rank = (percent * n + 99) / 100;
    let mut seen = 0;
    for (bucket, count) in buckets {
        seen += count;
        if seen >= rank && n > 0 {
            return Some(bucket);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bucket_holds_what_it_says() {
        for millis in (1..2_000u64).chain((0..400).map(|n| 86_400_000 + n * 7_777_777)) {
            let k = i32::from(bucket(millis)) - 1;
            assert!(RATIO.powi(k) <= millis as f64 && (millis as f64) < RATIO.powi(k + 1), "{millis} in {k}");
            let off = (midpoint(bucket(millis)) - millis as f64).abs() / millis as f64;
            assert!(off < 0.0051, "{millis} is off by {off}");
        }
        assert_eq!((bucket(0), bucket(1), midpoint(0)), (0, 1, 0.0));
    }

    #[test]
    fn quantiles_are_by_nearest_rank() {
        let buckets = [(1, 1), (5, 1), (9, 1), (20, 1)];
        assert_eq!([1, 25, 26, 50, 51, 90, 100].map(|p| quantile(buckets, 4, p)), [1, 1, 5, 5, 9, 20, 20].map(Some));
        assert_eq!(quantile([], 0, 50), None);
    }
}
