//! Money: millionths of a currency's unit, never a binary float.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

/// Millionths of a currency's unit.
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
        let (negative, digits) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        let (whole, fraction) = match digits.split_once('.') {
            Some((_, "")) => return Err(NotAnAmount),
            Some(parts) => parts,
            None => (digits, ""),
        };
        let all_digits = |s: &str| s.bytes().all(|b| b.is_ascii_digit());
        if whole.is_empty() || whole.len() > WHOLE_DIGITS || !all_digits(whole) || !all_digits(fraction) {
            return Err(NotAnAmount);
        }
        let magnitude = scaled(whole, fraction);
        Ok(Micros(if negative { -magnitude } else { magnitude }))
    }

    /// An amount from a JSON number by its exact digits, which may have an exponent (`1.5e3`).
    pub fn parse_number(text: &str) -> Result<Micros, NotAnAmount> {
        let Some((mantissa, exponent)) = text.split_once(['e', 'E']) else { return Micros::parse(text) };
        let exponent: i32 = exponent.parse().map_err(|_| NotAnAmount)?;
        if !(-40..=40).contains(&exponent) {
            return Err(NotAnAmount);
        }
        let (sign, digits) = mantissa.strip_prefix('-').map_or(("", mantissa), |rest| ("-", rest));
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        let all = format!("{whole}{fraction}");
        let point = whole.len() as i32 + exponent;
        let (whole, fraction) = if point <= 0 {
            ("0".to_owned(), format!("{}{all}", "0".repeat(point.unsigned_abs() as usize)))
        } else {
            let padded = format!("{all:0<width$}", width = point as usize);
            let (whole, fraction) = padded.split_at_checked(point as usize).ok_or(NotAnAmount)?;
            (whole.trim_start_matches('0').to_owned(), fraction.to_owned())
        };
        let whole = if whole.is_empty() { "0" } else { &whole };
        let text = if fraction.is_empty() { format!("{sign}{whole}") } else { format!("{sign}{whole}.{fraction}") };
        Micros::parse(&text)
    }

    /// The amount in units, for formulas and machine formats.
    pub fn units(self) -> f64 {
        self.0 as f64 / 1e6
    }
}

/// `whole.fraction` in millionths, half-even; the digits are known to be digits.
fn scaled(whole: &str, fraction: &str) -> i128 {
    let digit = |b: u8| i128::from(b - b'0');
    let kept = fraction.bytes().chain(std::iter::repeat(b'0')).take(PLACES);
    let value = whole.bytes().chain(kept).fold(0, |value, b| value * 10 + digit(b));
    let rest = fraction.as_bytes().get(PLACES..).unwrap_or_default();
    let round_up = match rest.split_first() {
        None => false,
        Some((b'5', tail)) => tail.iter().any(|b| *b != b'0') || value % 2 == 1,
        Some((first, _)) => *first > b'5',
    };
    value + i128::from(round_up)
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
        assert!(Micros::parse_number("1e15").is_err());
        assert!(Micros::parse_number("1e999999999999").is_err());
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
