//! 95% intervals: Wilson's for a share, Garwood's for a count.

/// The standard normal quantile of 0.975.
const Z: f64 = 1.959_963_984_540_054;
/// What lies beyond each end.
const TAIL: f64 = 0.025;

/// Wilson's score interval of `k` of `n` (E. B. Wilson, 1927).
///
/// ```
/// let (lower, upper) = kpis::wilson(5.0, 100.0);
/// assert_eq!((format!("{lower:.4}"), format!("{upper:.4}")), ("0.0215".into(), "0.1118".into()));
/// ```
pub fn wilson(k: f64, n: f64) -> (f64, f64) {
    let (p, z2) = (k / n, Z * Z);
    let centre = p + z2 / (2.0 * n);
    let spread = Z * (p * (1.0 - p) / n + z2 / (4.0 * n * n)).sqrt();
    let scale = 1.0 + z2 / n;
    // The ends at no and at all successes are exact; rounding must not carry them outside.
    let lower = if k <= 0.0 { 0.0 } else { ((centre - spread) / scale).max(0.0) };
    let upper = if k >= n { 1.0 } else { ((centre + spread) / scale).min(1.0) };
    (lower, upper)
}

/// The exact interval of a Poisson count (F. Garwood, 1936), as the range of means.
///
/// ```
/// let (lower, upper) = kpis::garwood(10);
/// assert_eq!((format!("{:.4}", 10.0 / upper), format!("{:.4}", 10.0 / lower)), ("0.5438".into(), "2.0853".into()));
/// ```
pub fn garwood(count: u64) -> (f64, f64) {
    let n = count as f64;
    let lower = if count == 0 { 0.0 } else { gamma_quantile(n, TAIL) };
    (lower, gamma_quantile(n + 1.0, 1.0 - TAIL))
}

/// The `p` quantile of the gamma distribution of a shape and scale 1, by bisection.
fn gamma_quantile(shape: f64, p: f64) -> f64 {
    // Six and a half standard deviations either way hold it, and for small shapes some room.
    let spread = 6.5 * shape.sqrt() + 25.0;
    let (mut low, mut high) = ((shape - spread).max(0.0), shape + spread);
    loop {
        let middle = f64::midpoint(low, high);
        if middle <= low || middle >= high {
            return middle;
        }
        if gamma_p(shape, middle) < p { low = middle } else { high = middle }
    }
}

/// The regularised lower incomplete gamma function P(a, x), by its series or its continued fraction
/// (Abramowitz and Stegun, 6.5.29 and 6.5.31).
fn gamma_p(a: f64, x: f64) -> f64 {
    if x <= 0.0 {
        return 0.0;
    }
    let front = (a * x.ln() - x - ln_gamma(a)).exp();
    if x < a + 1.0 { front * series(a, x) } else { 1.0 - front * fraction(a, x) }
}

fn series(a: f64, x: f64) -> f64 {
    let (mut term, mut sum, mut n) = (1.0 / a, 1.0 / a, a);
    while term > sum * f64::EPSILON {
        n += 1.0;
        term *= x / n;
        sum += term;
    }
    sum
}

/// The continued fraction by Lentz's method; it converges for x > a + 1.
fn fraction(a: f64, x: f64) -> f64 {
    const TINY: f64 = 1e-300;
    let mut b = x + 1.0 - a;
    let mut c = 1.0 / TINY;
    let mut d = 1.0 / b;
    let mut h = d;
    for i in 1..1_000_000 {
        let i = f64::from(i);
        let an = -i * (i - a);
        b += 2.0;
        d = an * d + b;
        d = 1.0 / if d.abs() < TINY { TINY } else { d };
        c = b + an / c;
        c = if c.abs() < TINY { TINY } else { c };
        let step = d * c;
        h *= step;
        if (step - 1.0).abs() < f64::EPSILON {
            break;
        }
    }
    h
}

/// ln of the gamma function, by Stirling's series after a shift to where it is exact to the last digits.
fn ln_gamma(x: f64) -> f64 {
    let (mut x, mut shift) = (x, 0.0);
    while x < 15.0 {
        shift += x.ln();
        x += 1.0;
    }
    let r2 = 1.0 / (x * x);
    let tail = (1.0 / 12.0 - r2 * (1.0 / 360.0 - r2 * (1.0 / 1260.0 - r2 * (1.0 / 1680.0 - r2 * (1.0 / 1188.0 - r2 * 691.0 / 360_360.0))))) / x;
    (x - 0.5) * x.ln() - x + 0.5 * std::f64::consts::TAU.ln() + tail - shift
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wilson_is_as_published() {
        let shown = |(low, high): (f64, f64)| format!("{low:.4} {high:.4}");
        assert_eq!(shown(wilson(5.0, 100.0)), "0.0215 0.1118");
        assert_eq!(shown(wilson(50.0, 1000.0)), "0.0381 0.0653");
        assert_eq!((wilson(0.0, 7.0).0, wilson(7.0, 7.0).1), (0.0, 1.0));
    }

    #[test]
    fn garwood_is_as_published() {
        let factors = |n: u64| {
            let (low, high) = garwood(n);
            format!("{:.4} {:.4}", n as f64 / high, n as f64 / low)
        };
        assert_eq!((factors(10).as_str(), factors(50).as_str()), ("0.5438 2.0853", "0.7585 1.3473"));
        // R: qchisq(c(.025, .975), c(2, 4)) / 2.
        let (low, high) = garwood(1);
        assert!((low - 0.025_317_807_984_289_9).abs() < 1e-12 && (high - 5.571_643_390_938_9).abs() < 1e-9, "{low} {high}");
        // Far out, the normal approximation is near.
        let (low, high) = garwood(1_000_000);
        assert!((low - 998_041.0).abs() < 2.0 && (high - 1_001_962.0).abs() < 3.0, "{low} {high}");
    }
}
