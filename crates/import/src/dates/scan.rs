//! Finds dates in a text, word by word.

use jiff::civil::{Date, Time};

use super::{Form, Written};
use crate::words;

/// A word of a text.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Token {
    /// Digits, and how many.
    Number(u32, usize),
    /// Letters, in lower case.
    Word(String),
    /// Anything else but blanks.
    Mark(char),
    /// Blanks.
    Blank,
}

/// The words of a text.
pub fn tokens(text: &str) -> Vec<Token> {
    let mut out = Vec::new();
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let class = |c: char| {
            if c.is_ascii_digit() {
                0
            } else if matches!(c, '年' | '月' | '日' | '년' | '월' | '일') {
                1
            } else if c.is_alphabetic() {
                2
            } else if c.is_whitespace() {
                3
            } else {
                4
            }
        };
        let kind = class(c);
        let end = if matches!(kind, 1 | 4) { c.len_utf8() } else { rest.find(|other| class(other) != kind).unwrap_or(rest.len()) };
        let (word, after) = rest.split_at(end);
        out.push(match kind {
            0 => Token::Number(word.parse().unwrap_or(u32::MAX), word.len()),
            2 => Token::Word(word.to_lowercase()),
            3 => Token::Blank,
            _ => Token::Mark(c),
        });
        rest = after;
    }
    out
}

/// All dates among the words.
pub(super) fn dates(tokens: &[Token]) -> Vec<Written> {
    let mut found = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        // Digits right behind a letter or digits are part of a name or an id.
        let Some((form, iso, used)) = tokens.get(at..).and_then(date) else {
            at += 1;
            continue;
        };
        at += used;
        let (time, offset, used) = tokens.get(at..).map_or((None, None, 0), clock);
        at += used;
        found.push(Written { form, iso, time, offset });
    }
    found
}

type Found = (Form, bool, usize);

fn date(tokens: &[Token]) -> Option<Found> {
    numeric(tokens)
        .or_else(|| east_asian(tokens))
        .or_else(|| day_month_year(tokens))
        .or_else(|| month_day_year(tokens))
        .or_else(|| eight_digits(tokens))
}

fn certain(year: u32, month: u32, day: u32) -> Option<Form> {
    let date = Date::new(i16::try_from(year).ok()?, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok()?;
    (1990..=2100).contains(&date.year()).then_some(Form::Certain(date))
}

/// `2026-03-01`, `1/3/2026`, `1. 3. 2026`, `1.3.26`.
fn numeric(tokens: &[Token]) -> Option<Found> {
    let mut rest = Rest(tokens);
    let (first, first_len) = rest.number()?;
    let mark = rest.mark()?;
    if !matches!(mark, '-' | '/' | '.') {
        return None;
    }
    if mark == '.' {
        rest.blank();
    }
    let (second, second_len) = rest.number()?;
    if rest.mark()? != mark || second_len > 2 {
        return None;
    }
    if mark == '.' {
        rest.blank();
    }
    let (third, third_len) = rest.number()?;
    let used = tokens.len() - rest.0.len();
    if first_len == 4 && third_len <= 2 {
        return Some((certain(first, second, third)?, true, used));
    }
    let year = match third_len {
        4 => third,
        2 => 2000 + third,
        _ => return None,
    };
    if first_len > 2 {
        return None;
    }
    // Nobody writes the month first before a point.
    if mark == '.' {
        return Some((certain(year, second, first)?, false, used));
    }
    let (dmy, mdy) = (certain(year, second, first), certain(year, first, second));
    dmy.or(mdy)?;
    let pair = Form::Pair { first: i8::try_from(first).ok()?, second: i8::try_from(second).ok()?, year: i16::try_from(year).ok()? };
    Some((pair, false, used))
}

/// `2026年3月1日`, `2026년 3월 1일`.
fn east_asian(tokens: &[Token]) -> Option<Found> {
    let mut rest = Rest(tokens);
    let mut part = |marks: [char; 2]| {
        rest.blank();
        let (number, _) = rest.number()?;
        rest.mark().filter(|mark| marks.contains(mark)).map(|_| number)
    };
    let (year, month, day) = (part(['年', '년'])?, part(['月', '월'])?, part(['日', '일'])?);
    Some((certain(year, month, day)?, false, tokens.len() - rest.0.len()))
}

/// `1. März 2026`, `1er mars 2026`, `14 de marzo de 2026`, `01-Mar-2026`.
fn day_month_year(tokens: &[Token]) -> Option<Found> {
    let mut rest = Rest(tokens);
    let (day, digits) = rest.number()?;
    if digits > 2 {
        return None;
    }
    rest.between(&["er", "st", "nd", "rd", "th", "de", "º", "ª", "o"]);
    let month = words::month(rest.word()?)?;
    rest.between(&["de", "del"]);
    let (year, digits) = rest.number()?;
    (digits == 4).then_some(())?;
    Some((certain(year, u32::try_from(month).ok()?, day)?, false, tokens.len() - rest.0.len()))
}

/// `March 1, 2026`, `Mar 1 2026`.
fn month_day_year(tokens: &[Token]) -> Option<Found> {
    let mut rest = Rest(tokens);
    let month = words::month(rest.word()?)?;
    rest.between(&[]);
    let (day, digits) = rest.number()?;
    if digits > 2 {
        return None;
    }
    rest.between(&["st", "nd", "rd", "th"]);
    let (year, digits) = rest.number()?;
    (digits == 4).then_some(())?;
    Some((certain(year, u32::try_from(month).ok()?, day)?, false, tokens.len() - rest.0.len()))
}

fn eight_digits(tokens: &[Token]) -> Option<Found> {
    let Some(Token::Number(number, 8)) = tokens.first() else { return None };
    Some((certain(number / 10_000, number / 100 % 100, number % 100)?, true, 1))
}

/// The time behind a date and its zone, and how many words they take.
fn clock(tokens: &[Token]) -> (Option<Time>, Option<i32>, usize) {
    let mut rest = Rest(tokens);
    rest.between(&["t", "at", "um", "à", "o", "kl", "godz"]);
    let Some((mut hour, seconds, nanos)) = hour_and_more(&mut rest) else { return (None, None, 0) };
    let before = rest.0.len();
    rest.blank();
    match (rest.word(), hour) {
        (Some("am" | "a"), 12) => hour = 0,
        (Some("am" | "a"), _) => {}
        (Some("pm" | "p"), 1..12) => hour += 12,
        (Some("pm" | "p"), _) => {}
        _ => rest.0 = tokens.get(tokens.len() - before..).unwrap_or_default(),
    }
    let time = i8::try_from(hour).ok().and_then(|hour| Time::new(hour, seconds.0, seconds.1, nanos).ok());
    let offset = zone(&mut rest);
    if time.is_none() { (None, None, 0) } else { (time, offset, tokens.len() - rest.0.len()) }
}

/// `10:05`, `10:05:09`, `10:05:09.123`: the hour, minutes and seconds, nanoseconds.
fn hour_and_more(rest: &mut Rest<'_>) -> Option<(u32, (i8, i8), i32)> {
    let small = |(number, _): (u32, usize)| i8::try_from(number).ok();
    let hour = rest.number().filter(|(_, digits)| *digits <= 2)?.0;
    rest.mark().filter(|mark| *mark == ':')?;
    let minute = rest.number().and_then(small)?;
    let (mut second, mut nanos) = (0, 0);
    if rest.then_mark(':') {
        second = rest.number().and_then(small)?.min(59);
        if matches!(rest.0, [Token::Mark('.' | ','), Token::Number(..), ..]) {
            rest.mark();
            let (fraction, digits) = rest.number()?;
            let power = 9u32.checked_sub(u32::try_from(digits).ok()?)?;
            nanos = i32::try_from(u64::from(fraction) * 10u64.pow(power)).ok()?;
        }
    }
    Some((hour, (minute, second), nanos))
}

/// `Z`, `UTC`, `(GMT)`, `+02:00`, `-0330`.
fn zone<'a>(rest: &mut Rest<'a>) -> Option<i32> {
    let begun = rest.0;
    let gave_up = |rest: &mut Rest<'a>| {
        rest.0 = begun;
        None
    };
    rest.blank();
    let bracketed = rest.then_mark('(');
    match rest.0.first() {
        Some(Token::Word(word)) if matches!(word.as_str(), "z" | "utc" | "gmt") => {
            rest.word();
            if bracketed {
                rest.then_mark(')');
            }
            Some(0)
        }
        Some(Token::Mark(sign @ ('+' | '-'))) if !bracketed => {
            let sign = if *sign == '-' { -1 } else { 1 };
            rest.mark();
            let minutes = match rest.number() {
                Some((number, 4)) => number / 100 * 60 + number % 100,
                Some((hours, 2)) if rest.then_mark(':') => hours * 60 + rest.number().map_or(0, |(minutes, _)| minutes),
                _ => return gave_up(rest),
            };
            i32::try_from(minutes).ok().filter(|minutes| *minutes < 24 * 60).map(|minutes| sign * minutes)
        }
        _ => gave_up(rest),
    }
}

/// The words that are still to be read.
struct Rest<'a>(&'a [Token]);

impl<'a> Rest<'a> {
    fn number(&mut self) -> Option<(u32, usize)> {
        let Some((Token::Number(number, digits), rest)) = self.0.split_first() else { return None };
        self.0 = rest;
        Some((*number, *digits))
    }

    fn mark(&mut self) -> Option<char> {
        let Some((Token::Mark(mark), rest)) = self.0.split_first() else { return None };
        self.0 = rest;
        Some(*mark)
    }

    fn then_mark(&mut self, mark: char) -> bool {
        let is = self.0.first() == Some(&Token::Mark(mark));
        if is {
            self.mark();
        }
        is
    }

    fn word(&mut self) -> Option<&'a str> {
        let Some((Token::Word(word), rest)) = self.0.split_first() else { return None };
        self.0 = rest;
        Some(word)
    }

    fn blank(&mut self) {
        while let Some((Token::Blank, rest)) = self.0.split_first() {
            self.0 = rest;
        }
    }

    /// Passes over blanks, `.`, `,`, `-` and the words named.
    fn between(&mut self, words: &[&str]) {
        while let Some((token, rest)) = self.0.split_first() {
            let passes = match token {
                Token::Blank | Token::Mark('.' | ',' | '-' | 'º' | 'ª') => true,
                Token::Word(word) => words.contains(&word.as_str()),
                _ => false,
            };
            if !passes {
                return;
            }
            self.0 = rest;
        }
    }
}
