//! Expectations: what a line says a report must show, and whether it does.

use std::collections::BTreeMap;

use serde_json::Value;
use testkit::reference::Options;

use super::{ask, words::exactly};

/// What became of the lines: outcomes and reject reasons; what is not named is 0.
pub(super) type Counts = BTreeMap<String, u64>;

/// One line of an `at` block.
#[derive(Clone, Debug)]
pub(super) enum Expectation {
    /// A KPI's figures.
    Figures { row: RowName, wanted: Wanted },
    /// The days or minutes a row covers.
    Spans { row: RowName, from: String, to: String },
    /// There is no such row.
    Absent(RowName),
    /// Of the row's window there is none at all.
    NoWindow(String),
    /// The report's `spend_complete_through`.
    SpendThrough(Option<String>),
    /// One of the counts in `data_state`.
    State { name: String, value: Option<WrittenNumber> },
    /// All amounts without a rate, as `measure currency amount`.
    Unconverted(Vec<String>),
    /// What a channel has moved of a KPI: by its share and by itself; none where there is no such effect.
    Effect { row: RowName, effects: Option<[Option<WrittenNumber>; 2]> },
}

/// What tells a row from the others.
#[derive(Clone, Debug)]
pub(super) struct RowName {
    window: String,
    kpi: String,
    dimensions: Vec<(String, String)>,
}

/// What is said of a row's figures; none where nothing is said, `Some(None)` where it is said to be absent.
#[derive(Clone, Debug, Default)]
pub(super) struct Wanted {
    value: Option<WrittenNumber>,
    reason: Option<String>,
    parts: Option<[Option<WrittenNumber>; 2]>,
    sample: Option<Option<WrittenNumber>>,
    interval: Option<Option<[WrittenNumber; 2]>>,
    /// Each with the name of its field.
    aim: Vec<(&'static str, Option<WrittenNumber>)>,
}

/// A number as a person wrote it: exact, but where it has four decimals or more, only to those.
#[derive(Clone, Debug)]
pub(super) struct WrittenNumber(String);

/// How a row stands against its target.
const AIMS: [&str; 4] = ["target", "attainment", "pace", "projected"];
const STATES: [&str; 3] = ["deals_without_amount", "wins_without_cycle", "conversion_within_horizon"];

impl Expectation {
    /// Reads a line's words.
    pub fn parse(words: Vec<String>) -> Result<Expectation, String> {
        let first = words.first().map(String::as_str).unwrap_or_default();
        match first {
            "spend" => spend_through(words),
            "unconverted" => unconverted(words),
            "effect" => effect(words),
            name if STATES.contains(&name) => state(words),
            _ if words.len() == 2 && words.get(1).is_some_and(|word| word == "absent") => Ok(Expectation::NoWindow(first.to_owned())),
            _ => of_row(words),
        }
    }

    /// Lets the report have what the expectation looks at.
    pub fn ask(&self, options: &mut Options) -> Result<(), String> {
        match self {
            Expectation::Figures { row, .. } | Expectation::Spans { row, .. } | Expectation::Absent(row) | Expectation::Effect { row, .. } => {
                ask::known_kpi(&row.kpi)?;
                ask::breakdown(options, &row.dimensions);
                ask::window(options, &row.window)
            }
            Expectation::NoWindow(window) => ask::window(options, window),
            _ => Ok(()),
        }
    }

    /// Holds the expectation against a report; the error is what the report says instead.
    pub fn check(&self, report: &Value) -> Result<(), String> {
        let (holds, came) = match self {
            Expectation::Figures { row, wanted } => {
                let found = row.find(report).ok_or("no such row")?;
                (wanted.hold(found), shown(found))
            }
            Expectation::Spans { row, from, to } => {
                let found = row.find(report).ok_or("no such row")?;
                let (start, end) = (&found["window_start"], &found["window_end"]);
                (start == from && end == to, format!("{start} to {end}"))
            }
            Expectation::Absent(row) => (row.find(report).is_none(), row.find(report).map(shown).unwrap_or_default()),
            Expectation::NoWindow(window) => (rows(report).all(|row| row["window"] != **window), "it is there".to_owned()),
            Expectation::SpendThrough(day) => {
                let came = &report["spend_complete_through"];
                (came.as_str() == day.as_deref(), came.to_string())
            }
            Expectation::State { name, value } => {
                let came = &report["data_state"][name];
                (WrittenNumber::hold(value.as_ref(), came), came.to_string())
            }
            Expectation::Effect { row, effects } => {
                let found = row.find_in(report["effects"].as_array().map(Vec::as_slice).unwrap_or_default().iter());
                let came = found.map_or("no such effect".to_owned(), |found| format!("{} and {}", found["mix_effect"], found["rate_effect"]));
                let holds = match (effects, found) {
                    (Some([mix, rate]), Some(found)) => {
                        WrittenNumber::hold(mix.as_ref(), &found["mix_effect"]) && WrittenNumber::hold(rate.as_ref(), &found["rate_effect"])
                    }
                    (wanted, found) => wanted.is_none() && found.is_none(),
                };
                (holds, came)
            }
            Expectation::Unconverted(wanted) => {
                let came = unconverted_in(report);
                (came == *wanted, came.join(", "))
            }
        };
        if holds { Ok(()) } else { Err(came) }
    }

    /// The KPI, window and reason it speaks of.
    pub fn mentions(&self) -> Vec<String> {
        match self {
            Expectation::Figures { row, wanted } => [&row.kpi, &row.window].into_iter().chain(&wanted.reason).cloned().collect(),
            Expectation::Spans { row, .. } => vec![row.window.clone()],
            _ => Vec::new(),
        }
    }
}

fn spend_through(words: Vec<String>) -> Result<Expectation, String> {
    let usage = "spend complete through DAY, or: spend complete through nothing";
    let [_, complete, through, day] = exactly(words, usage)?;
    if complete != "complete" || through != "through" {
        return Err(format!("expected: {usage}"));
    }
    Ok(Expectation::SpendThrough((day != "nothing").then_some(day)))
}

fn state(words: Vec<String>) -> Result<Expectation, String> {
    let usage = "NAME = NUMBER, or: NAME = nothing";
    let [name, equals, value] = exactly(words, usage)?;
    if equals != "=" {
        return Err(format!("expected: {usage}"));
    }
    let value = if value == "nothing" { None } else { Some(WrittenNumber::parse(&value)?) };
    Ok(Expectation::State { name, value })
}

fn unconverted(words: Vec<String>) -> Result<Expectation, String> {
    let text = words.get(1..).unwrap_or_default().join(" ");
    let mut wanted: Vec<String> = text.split(", ").filter(|part| *part != "nothing").map(str::to_owned).collect();
    wanted.sort();
    if wanted.iter().any(|part| part.split(' ').count() != 3) {
        return Err("expected: unconverted MEASURE CURRENCY AMOUNT, ..., or: unconverted nothing".to_owned());
    }
    Ok(Expectation::Unconverted(wanted))
}

fn unconverted_in(report: &Value) -> Vec<String> {
    let part = |entry: &Value, name: &str| entry[name].as_str().unwrap_or_default().to_owned();
    let entries = report["data_state"]["unconverted"].as_array().map(Vec::as_slice).unwrap_or_default();
    let mut came: Vec<String> = entries.iter().map(|entry| ["measure", "currency", "amount"].map(|name| part(entry, name)).join(" ")).collect();
    came.sort();
    came
}

/// `effect WINDOW KPI channel=X = MIX and RATE`, or `absent`.
fn effect(words: Vec<String>) -> Result<Expectation, String> {
    let usage = "effect WINDOW KPI[/VARIANT] channel=NAME = MIX and RATE, or: absent";
    match words.as_slice() {
        [_, name @ .., verb] if verb == "absent" => Ok(Expectation::Effect { row: RowName::parse(name, false)?, effects: None }),
        [_, name @ .., equals, mix, and, rate] if equals == "=" && and == "and" => Ok(Expectation::Effect {
            row: RowName::parse(name, false)?,
            effects: Some([WrittenNumber::or_dash(mix)?, WrittenNumber::or_dash(rate)?]),
        }),
        _ => Err(format!("expected: {usage}")),
    }
}

fn of_row(words: Vec<String>) -> Result<Expectation, String> {
    let usage = "WINDOW KPI[/VARIANT] [DIMENSION=NAME ...] = VALUE | undefined REASON | spans START to END | absent";
    let verb_at = words.iter().position(|word| matches!(word.as_str(), "=" | "undefined" | "spans" | "absent"));
    let verb_at = verb_at.ok_or_else(|| format!("expected: {usage}"))?;
    let (name, rest) = words.split_at(verb_at);
    let (verb, rest) = rest.split_first().ok_or(usage)?;
    let row = RowName::parse(name, verb == "spans").map_err(|e| format!("{e}; expected: {usage}"))?;
    match verb.as_str() {
        "spans" => {
            let [from, _, to] = exactly(rest.to_vec(), "spans START to END")?;
            Ok(Expectation::Spans { row, from, to })
        }
        "absent" => Ok(Expectation::Absent(row)),
        verb => Ok(Expectation::Figures { row, wanted: Wanted::parse(verb == "undefined", &rest.join(" "))? }),
    }
}

impl RowName {
    /// A window's days are those of most of its rows, `leads` for one, where no KPI is named.
    fn parse(words: &[String], may_lack_kpi: bool) -> Result<RowName, String> {
        let (window, kpi, dimensions) = match words {
            [window] if may_lack_kpi => (window.clone(), "leads".to_owned(), &[][..]),
            [window, kpi, dimensions @ ..] => (window.clone(), kpi.clone(), dimensions),
            _ => return Err("a window and a kpi are needed".to_owned()),
        };
        let dimension = |word: &String| match word.split_once('=') {
            Some((name, value)) if ask::DIMENSIONS.contains(&name) => Ok((name.to_owned(), value.to_owned())),
            _ => Err(format!("{word:?} is no dimension")),
        };
        Ok(RowName { window, kpi, dimensions: dimensions.iter().map(dimension).collect::<Result<_, _>>()? })
    }

    fn find<'a>(&self, report: &'a Value) -> Option<&'a Value> {
        self.find_in(rows(report))
    }

    fn find_in<'a>(&self, mut rows: impl Iterator<Item = &'a Value>) -> Option<&'a Value> {
        let (kpi, variant) = self.kpi.split_once('/').map_or((self.kpi.as_str(), None), |(kpi, variant)| (kpi, Some(variant)));
        let dimension = |name: &str| self.dimensions.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str());
        rows.find(|row| {
            row["window"] == *self.window
                && row["kpi"] == *kpi
                && row["variant"].as_str() == variant
                && ask::DIMENSIONS.iter().all(|name| row[*name].as_str() == dimension(name))
        })
    }
}

fn rows(report: &Value) -> impl Iterator<Item = &Value> {
    report["kpis"].as_array().map(Vec::as_slice).unwrap_or_default().iter()
}

impl Wanted {
    /// `VALUE (N / D), sample S, interval LOW to HIGH, target T, attainment A, pace P, projected X`, or a reason in the value's place.
    fn parse(undefined: bool, text: &str) -> Result<Wanted, String> {
        let mut clauses = text.split(", ");
        let main = clauses.next().unwrap_or_default();
        let (value, parts) = main.split_once(" (").map_or((main, None), |(value, parts)| (value, Some(parts)));
        let mut wanted = Wanted::default();
        if undefined {
            wanted.reason = Some(known_reason(value)?);
        } else {
            wanted.value = Some(WrittenNumber::parse(value)?);
        }
        if let Some(parts) = parts {
            let (numerator, denominator) = parts.strip_suffix(')').and_then(|parts| parts.split_once(" / ")).ok_or("parts are (N / D)")?;
            wanted.parts = Some([WrittenNumber::or_dash(numerator)?, WrittenNumber::or_dash(denominator)?]);
        }
        for clause in clauses {
            wanted.add(clause)?;
        }
        Ok(wanted)
    }

    fn add(&mut self, clause: &str) -> Result<(), String> {
        match clause.split_once(' ') {
            Some(("sample", n)) => self.sample = Some(WrittenNumber::or_dash(n)?),
            Some(("interval", "-")) => self.interval = Some(None),
            Some(("interval", bounds)) => {
                let (lower, upper) = bounds.split_once(" to ").ok_or("an interval is LOW to HIGH")?;
                self.interval = Some(Some([WrittenNumber::parse(lower)?, WrittenNumber::parse(upper)?]));
            }
            Some((name, figure)) if AIMS.contains(&name) => {
                let name = AIMS.into_iter().find(|known| *known == name).unwrap_or_default();
                self.aim.push((name, WrittenNumber::or_dash(figure)?));
            }
            _ => return Err(format!("{clause:?} is none of: sample N, interval LOW to HIGH, target N, attainment N, pace N, projected N")),
        }
        Ok(())
    }

    fn hold(&self, row: &Value) -> bool {
        let both = |wanted: [Option<&WrittenNumber>; 2], names: [&str; 2]| {
            wanted.into_iter().zip(names).all(|(figure, name)| WrittenNumber::hold(figure, &row[name]))
        };
        let interval = self.interval.as_ref().map(|bounds| bounds.as_ref().map_or([None, None], |[lower, upper]| [Some(lower), Some(upper)]));
        WrittenNumber::hold(self.value.as_ref(), &row["value"])
            && row["reason"].as_str() == self.reason.as_deref()
            && self.parts.as_ref().is_none_or(|parts| both(parts.each_ref().map(Option::as_ref), ["numerator", "denominator"]))
            && self.sample.as_ref().is_none_or(|sample| WrittenNumber::hold(sample.as_ref(), &row["sample_size"]))
            && interval.is_none_or(|bounds| both(bounds, ["lower", "upper"]))
            && self.aim.iter().all(|(name, figure)| WrittenNumber::hold(figure.as_ref(), &row[*name]))
    }
}

fn known_reason(code: &str) -> Result<String, String> {
    let known = kpis::Undefined::ALL.iter().any(|reason| reason.code() == code);
    if known { Ok(code.to_owned()) } else { Err(format!("unknown reason {code:?}")) }
}

impl WrittenNumber {
    fn parse(text: &str) -> Result<WrittenNumber, String> {
        let plain = text.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'.' | b'-'));
        if plain && text.parse::<f64>().is_ok() { Ok(WrittenNumber(text.to_owned())) } else { Err(format!("{text:?} is not a number")) }
    }

    /// A number, or `-` for none.
    fn or_dash(text: &str) -> Result<Option<WrittenNumber>, String> {
        if text == "-" { Ok(None) } else { WrittenNumber::parse(text).map(Some) }
    }

    fn hold(wanted: Option<&WrittenNumber>, came: &Value) -> bool {
        match (wanted, came.as_f64()) {
            (None, _) => came.is_null(),
            (Some(_), None) => false,
            (Some(figure), Some(came)) => figure.is(came),
        }
    }

    fn is(&self, came: f64) -> bool {
        let wanted: f64 = self.0.parse().unwrap_or(f64::NAN);
        let decimals = self.0.split_once('.').map_or(0, |(_, decimals)| decimals.len());
        let rounding = if decimals >= 4 { 0.5 * 10f64.powi(-(decimals as i32)) } else { 0.0 };
        (wanted - came).abs() <= rounding + 1e-12 * wanted.abs()
    }
}

/// A row's figures in the words of an expectation.
fn shown(row: &Value) -> String {
    let part = |name: &str| if row[name].is_null() { "-".to_owned() } else { row[name].to_string() };
    let value = row["reason"].as_str().map_or_else(|| format!("= {}", part("value")), |reason| format!("undefined {reason}"));
    let interval = if row["lower"].is_null() { "-".to_owned() } else { format!("{} to {}", part("lower"), part("upper")) };
    let aims: String = AIMS.iter().filter(|name| !row[**name].is_null()).map(|name| format!(", {name} {}", row[*name])).collect();
    format!("{value} ({} / {}), sample {}, interval {interval}{aims}", part("numerator"), part("denominator"), part("sample_size"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_figure_is_exact_unless_it_has_four_decimals() {
        let is = |wanted: &str, came: f64| WrittenNumber::parse(wanted).unwrap().is(came);
        assert!(is("0.0215", 0.02148) && !is("0.0214", 0.02148));
        assert!(is("0.5", 0.5) && !is("0.5", 0.51) && !is("1", 1.0001));
        assert!(is("0.3333", 1.0 / 3.0) && !is("0.333", 1.0 / 3.0));
        assert!(WrittenNumber::parse("inf").is_err() && WrittenNumber::parse("").is_err());
    }

    #[test]
    fn what_is_written_wrong_is_refused() {
        let parse = |line: &str| Expectation::parse(line.split(' ').map(str::to_owned).collect()).map(|_| ()).unwrap_err();
        assert_eq!(parse("today leads = many"), "\"many\" is not a number");
        assert_eq!(parse("today leads undefined why"), "unknown reason \"why\"");
        assert_eq!(
            parse("today leads = 1, size 3"),
            "\"size 3\" is none of: sample N, interval LOW to HIGH, target N, attainment N, pace N, projected N"
        );
        assert!(parse("today leads country=PL = 1").starts_with("\"country=PL\" is no dimension"));
        assert!(parse("today leads 1").starts_with("expected: WINDOW KPI"));
    }
}
