//! Money: millionths of a currency's unit, never a binary float.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

/// Millionths of a currency's unit. KPI M1
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default, Serialize, Deserialize)]
pub struct Micros(pub i128);

/// A currency by its ISO 4217 code, present or historic.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Currency([u8; 3]);

/// The text is not an amount of the contract.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("not a decimal amount of up to 14 digits before the point")]
pub struct NotAnAmount;

/// The text is not a currency code.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("{0:?} is not an ISO 4217 currency code in upper case")]
pub struct UnknownCurrency(pub String);

/// Digits allowed before the decimal point.
const WHOLE_DIGITS: usize = 14;
/// Decimals kept.
const PLACES: usize = 6;

impl Micros {
    /// An amount from its decimal text: `-?`, up to 14 digits, `.` and digits; finer ones are rounded half-even.
    ///
    /// ```
    /// use model::Micros;
    /// assert_eq!(Micros::parse("1234.50"), Ok(Micros(1_234_500_000)));
    /// assert_eq!(Micros::parse("0.0000005"), Ok(Micros(0)));
    /// assert_eq!(Micros::parse("-0.0000015"), Ok(Micros(-2)));
    /// assert!(Micros::parse("1,234").is_err());
    /// ```
    pub fn parse(text: &str) -> Result<Micros, NotAnAmount> {
        let digits = Digits::of(text)?;
        if digits.whole.len() > WHOLE_DIGITS { Err(NotAnAmount) } else { digits.shifted(0) }
    }

    /// An amount from a JSON number by its exact value, which may have an exponent of any size (`1.5e3`, `4.9E-324`).
    ///
    /// The work is bounded by the length of the text, never by the size of the number.
    ///
    /// ```
    /// use model::Micros;
    /// assert_eq!(Micros::parse_number("1.5e3"), Ok(Micros(1_500_000_000)));
    /// assert_eq!(Micros::parse_number("4.9E-324"), Ok(Micros(0)));
    /// assert!(Micros::parse_number("1e99999").is_err());
    /// ```
    pub fn parse_number(text: &str) -> Result<Micros, NotAnAmount> {
        let (mantissa, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
        Digits::of(mantissa)?.shifted(exponent_of(exponent)?)
    }

    /// The amount in units, for formulas and machine formats.
    pub fn units(self) -> f64 {
        self.0 as f64 / 1e6
    }
}

/// The digits of a decimal, checked to be some.
struct Digits<'a> {
    negative: bool,
    whole: &'a str,
    fraction: &'a str,
}

impl<'a> Digits<'a> {
    fn of(text: &'a str) -> Result<Digits<'a>, NotAnAmount> {
        let (negative, digits) = text.strip_prefix('-').map_or((false, text), |rest| (true, rest));
        let (whole, fraction) = match digits.split_once('.') {
            Some((_, "")) => return Err(NotAnAmount),
            Some(parts) => parts,
            None => (digits, ""),
        };
        let are_digits = |s: &str| s.bytes().all(|b| b.is_ascii_digit());
        if whole.is_empty() || !are_digits(whole) || !are_digits(fraction) {
            return Err(NotAnAmount);
        }
        Ok(Digits { negative, whole, fraction })
    }

    /// The number x 10^`exponent` in millionths, half-even; an error where it has more than 14 digits before the point.
    fn shifted(&self, exponent: i64) -> Result<Micros, NotAnAmount> {
        let all = || self.whole.bytes().chain(self.fraction.bytes()).map(|b| i128::from(b - b'0'));
        let Some(first) = all().position(|digit| digit != 0) else { return Ok(Micros(0)) };
        // Digits before the point, counted from the first that is not 0; below 0 where zeros follow the point.
        let before_point = (self.whole.len() as i64 - first as i64).saturating_add(exponent);
        if before_point > WHOLE_DIGITS as i64 {
            return Err(NotAnAmount);
        }
        // Where not even the first digit is a millionth of ten, all of it is rounded to nothing.
        let Ok(kept) = usize::try_from(before_point.saturating_add(PLACES as i64)) else { return Ok(Micros(0)) };
        let mut digits = all().skip(first);
        let value = (0..kept).fold(0, |value, _| value * 10 + digits.next().unwrap_or(0));
        let round_up = match digits.next() {
            Some(5) => digits.any(|digit| digit != 0) || value % 2 == 1,
            next => next > Some(5),
        };
        let magnitude = value + i128::from(round_up);
        Ok(Micros(if self.negative { -magnitude } else { magnitude }))
    }
}

/// The exponent of a JSON number. One beyond 64 bits is as good as the largest: no text has so many digits.
fn exponent_of(text: &str) -> Result<i64, NotAnAmount> {
    let (negative, digits) = match text.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return Err(NotAnAmount);
    }
    let magnitude = digits.parse().unwrap_or(i64::MAX);
    Ok(if negative { -magnitude } else { magnitude })
}

impl fmt::Display for Micros {
    /// The shortest exact decimal, with two decimals at least: `1234.50`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        let magnitude = self.0.unsigned_abs();
        let fraction = format!("{:06}", magnitude % 1_000_000);
        let shown = fraction.trim_end_matches('0');
        write!(f, "{sign}{}.{shown:0<2}", magnitude / 1_000_000)
    }
}

/// Codes that ISO 4217 has withdrawn (list three of the standard) since currencies were decimal and could still be booked in.
const HISTORIC: &str = "ADP AFA ALK ANG AOK AON AOR ARA ARP ARY ATS AYM AZM BAD BEC BEF BEL BGJ BGK BGL BGN BOP BRB BRC BRE BRN BRR BUK BYB BYR \
    CHC CSD CSJ CSK CUC CYP DDM DEM ECS ECV EEK ESA ESB ESP FIM FRF GEK GHC GHP GNE GNS GQE GRD GWE GWP HRD HRK IEP ILP ILR ISJ ITL LAJ LSM \
    LTL LTT LUC LUF LUL LVL LVR MGF MLF MRO MTL MTP MVQ MXP MZE MZM NIC NLG PEH PEI PES PLZ PTE RHD ROK ROL RUR SDD SDP SIT SKK SLL SRG STD \
    SUR SVC TJR TMM TPE TRL UAK UGS UGW USS UYN UYP VEB VEF VNC XEU XFO XFU XRE YDD YUD YUM YUN ZAL ZMK ZRN ZRZ ZWC ZWD ZWL ZWN ZWR";

impl Currency {
    /// The euro, through which rates cross.
    pub const EUR: Currency = Currency(*b"EUR");

    /// The code as text.
    pub fn code(&self) -> &str {
        // The bytes were checked to be ASCII letters.
        std::str::from_utf8(&self.0).unwrap_or("XXX")
    }

    /// Decimals people write the currency with (ISO 4217 exponent).
    pub fn exponent(self) -> usize {
        iso_currency::Currency::from_code(self.code()).and_then(|known| known.exponent()).map_or(2, usize::from)
    }
}

impl FromStr for Currency {
    type Err = UnknownCurrency;

    fn from_str(code: &str) -> Result<Currency, UnknownCurrency> {
        let unknown = || UnknownCurrency(code.chars().take(16).collect());
        let bytes: [u8; 3] = code.as_bytes().try_into().map_err(|_| unknown())?;
        let listed = bytes.iter().all(u8::is_ascii_uppercase)
            && (iso_currency::Currency::from_code(code).is_some() || HISTORIC.split_ascii_whitespace().any(|old| old == code));
        if listed { Ok(Currency(bytes)) } else { Err(unknown()) }
    }
}

impl fmt::Debug for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.code())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_round_half_even() {
        for (text, micros) in [
            ("0", 0),
            ("-12.50", -12_500_000),
            ("19.9999985", 19_999_998),
            ("19.9999995", 20_000_000),
            ("1234.5678905", 1_234_567_890),
            ("0.00000050000001", 1),
            ("99999999999999.999999", 99_999_999_999_999_999_999),
        ] {
            assert_eq!(Micros::parse(text), Ok(Micros(micros)), "{text}");
        }
        for bad in ["", "-", "1.", ".5", "+1", "1e3", "1 000", "100000000000000", "1.2.3", "--1", "NaN"] {
            assert_eq!(Micros::parse(bad), Err(NotAnAmount), "{bad}");
        }
    }

    #[test]
    fn numbers_may_have_exponents() {
        for (text, micros) in
            [("99.5", 99_500_000), ("1.5e3", 1_500_000_000), ("-25E-1", -2_500_000), ("1e-7", 0), ("0.0e5", 0), ("12e0", 12_000_000)]
        {
            assert_eq!(Micros::parse_number(text), Ok(Micros(micros)), "{text}");
        }
        for bad in ["1e15", "1e14", "1e999999999999", "1e99999999999999999999999", "0.1e16", "1e", "1e+", "1e--1", "1e1.5", "", "e1", "-e1"] {
            assert_eq!(Micros::parse_number(bad), Err(NotAnAmount), "{bad}");
        }
    }

    #[test]
    fn numbers_count_by_their_exact_value_however_they_are_written() {
        let zeros = "0".repeat(70_000);
        let cases = [
            ("1e-400".to_owned(), 0),
            ("0E-41".to_owned(), 0),
            ("0e99999999999999999999".to_owned(), 0),
            ("-4.9E-324".to_owned(), 0),
            ("1e-99999999999999999999".to_owned(), 0),
            ("5e-7".to_owned(), 0),
            ("5.0000000001e-7".to_owned(), 1),
            ("15e-7".to_owned(), 2),
            ("9.9e-8".to_owned(), 0),
            ("99999999999999.9999995".to_owned(), 100_000_000_000_000_000_000),
            ("9.99999999999999E+13".to_owned(), 99_999_999_999_999_900_000),
            (format!("1{zeros}e-70000"), 1_000_000),
            (format!("0.{zeros}25e70001"), 2_500_000),
            (format!("0.{zeros}1"), 0),
        ];
        for (text, micros) in cases {
            assert_eq!(Micros::parse_number(&text), Ok(Micros(micros)), "{}", text.replace(&zeros, "..."));
        }
        assert_eq!(Micros::parse_number(&format!("1{zeros}e-40")), Err(NotAnAmount));
        assert_eq!(Micros::parse(&format!("{zeros}1")), Err(NotAnAmount), "14 digits are looked at, zeros too");
    }

    #[test]
    fn currencies_are_iso_codes_old_ones_too() {
        for good in ["EUR", "PLN", "JPY", "DEM", "ITL", "HRK"] {
            assert_eq!(good.parse::<Currency>().unwrap().code(), good);
        }
        for bad in ["eur", "EURO", "", "ZZZ", "€"] {
            assert!(bad.parse::<Currency>().is_err(), "{bad}");
        }
        let exponents = ["JPY", "PLN", "KWD", "DEM"].map(|code| code.parse::<Currency>().unwrap().exponent());
        assert_eq!(exponents, [0, 2, 3, 2]);
    }

    #[test]
    fn amounts_show_two_decimals_at_least() {
        assert_eq!(Micros(1_234_500_000).to_string(), "1234.50");
        assert_eq!(Micros(-1).to_string(), "-0.000001");
    }
}
