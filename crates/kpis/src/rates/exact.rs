//! a x n / d in integers, whatever the product takes.

use std::cmp::Ordering;

/// a x n / d, exactly, rounded half-even; n and d above 0 and at most 10^36. None where the result has no room in 128 bits.
pub fn mul_div_half_even(a: i128, n: i128, d: i128) -> Option<i128> {
    let divisor = gcd(n, d);
    let (n, d) = (n / divisor, d / divisor);
    let (quotient, remainder) = match a.checked_mul(n) {
        Some(product) => (product.div_euclid(d), product.rem_euclid(d)),
        None => wide_div(a, n, d)?,
    };
    let twice = remainder.checked_mul(2).map_or(Ordering::Greater, |twice| twice.cmp(&d));
    let up = twice.is_gt() || (twice.is_eq() && quotient.rem_euclid(2) == 1);
    quotient.checked_add(i128::from(up))
}

/// a x n divided by d (Euclidean), bit by bit, where the product has no room in 128 bits.
fn wide_div(a: i128, n: i128, d: i128) -> Option<(i128, i128)> {
    let (whole, rest) = (a.div_euclid(d), a.rem_euclid(d));
    // Below d and n, which have 120 bits, all the way.
    let (mut quotient, mut remainder) = (0i128, 0i128);
    for bit in (0..127).rev() {
        quotient *= 2;
        remainder *= 2;
        if n >> bit & 1 == 1 {
            remainder += rest;
        }
        quotient += remainder / d;
        remainder %= d;
    }
    Some((whole.checked_mul(n)?.checked_add(quotient)?, remainder))
}

fn gcd(a: i128, b: i128) -> i128 {
    if b == 0 { a } else { gcd(b, a % b) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rounding_is_half_even_and_large_amounts_are_exact() {
        assert_eq!([5, 15, -5, -15, 6].map(|a| mul_div_half_even(a, 1, 10)), [0, 2, 0, -2, 1].map(Some));
        let a = 123_456_789_012_345_678_901_234_567_890i128;
        assert_eq!(mul_div_half_even(a, 43_631_000_000_000, 10_947_000_000_000), mul_div_half_even(a, 43_631, 10_947));
        let (q, r) = wide_div(a, 43_631, 10_947).unwrap();
        assert_eq!((q, r), ((a * 43_631).div_euclid(10_947), (a * 43_631).rem_euclid(10_947)));
    }

    #[test]
    fn the_largest_that_has_room_is_exact_and_the_next_is_none() {
        let (n, d) = (10i128.pow(36), 10i128.pow(36) - 1);
        assert_eq!(mul_div_half_even(10i128.pow(20), n, d), Some(10i128.pow(20)));
        assert_eq!(mul_div_half_even(i128::MAX, n, d), None);
        assert_eq!(mul_div_half_even(i128::MIN, n, d), None);
        assert_eq!(mul_div_half_even(i128::MAX, d, n), Some(170_141_183_460_469_231_731_687_303_715_884_105_727 - 170));
    }
}
