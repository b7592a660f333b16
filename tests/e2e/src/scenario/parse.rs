//! A scenario's text as steps.

use model::When;
use testkit::reference::{Options, Target};

use super::{
    At, Scenario, Step,
    ask::known_kpi,
    event::{Publisher, is_event},
    expect::{Counts, Expectation},
    words::{exactly, words},
};

/// Reads a whole file.
pub(super) fn scenario(name: &str, text: &str) -> Result<Scenario, String> {
    let mut reader = Reader::new();
    for (at, line) in text.lines().enumerate() {
        reader.line(at + 1, line).map_err(|what| format!("{name}:{}: {what}", at + 1))?;
    }
    let Reader { options, steps, .. } = reader;
    let any = steps.iter().any(|step| !matches!(step, Step::Event(_)));
    if any { Ok(Scenario { name: name.to_owned(), options, steps }) } else { Err(format!("{name}:1: nothing is expected")) }
}

struct Reader {
    options: Options,
    steps: Vec<Step>,
    publisher: Publisher,
    block: Block,
}

/// What indented lines belong to.
enum Block {
    Nothing,
    Rates,
    At,
}

impl Reader {
    fn new() -> Reader {
        // Whatever a scenario is dated, it is read later, unless it says when.
        let options = Options { now: 1_893_456_000_000, ..Options::default() };
        Reader { options, steps: Vec::new(), publisher: Publisher::default(), block: Block::Nothing }
    }

    fn line(&mut self, number: usize, line: &str) -> Result<(), String> {
        if let Some(json) = line.strip_prefix("raw ") {
            self.block = Block::Nothing;
            self.steps.push(Step::Event(json.to_owned()));
            return Ok(());
        }
        let words = words(line)?;
        match (words.is_empty(), line.starts_with([' ', '\t'])) {
            (true, _) => Ok(()),
            (_, true) => self.indented(number, line.trim(), words),
            (_, false) => self.statement(number, words),
        }
    }

    fn indented(&mut self, number: usize, line: &str, words: Vec<String>) -> Result<(), String> {
        match (&self.block, self.steps.last_mut()) {
            (Block::Rates, _) => {
                let csv = self.options.rates_csv.get_or_insert_default();
                csv.push_str(line);
                csv.push('\n');
                Ok(())
            }
            (Block::At, Some(Step::At(at))) => {
                let text = words.join(" ");
                let expectation = Expectation::parse(words)?;
                expectation.ask(&mut self.options.clone())?;
                at.expectations.push((number, text, expectation));
                Ok(())
            }
            _ => Err("an indented line belongs to `at` or `rates`".to_owned()),
        }
    }

    fn statement(&mut self, number: usize, words: Vec<String>) -> Result<(), String> {
        self.block = Block::Nothing;
        let first = words.first().map(String::as_str).unwrap_or_default();
        match first {
            "set" | "alias" | "platform" | "rates" | "target" if !self.steps.is_empty() => Err(format!("{first} stands before the first event")),
            "set" => self.set(words),
            "alias" => self.alias(words),
            "platform" => {
                let [_, platform, _, channel] = exactly(words, "platform NAME = CHANNEL")?;
                self.options.of_platform.push((platform, channel));
                Ok(())
            }
            "rates" => {
                let [_] = exactly(words, "rates, and a table below it, indented")?;
                self.block = Block::Rates;
                Ok(())
            }
            "target" => {
                self.options.targets.push(target(&words)?);
                Ok(())
            }
            "again" => {
                let [_] = exactly(words, "again")?;
                let Some(Step::Event(line)) = self.steps.last() else { return Err("again: no event on the line before".to_owned()) };
                let line = line.clone();
                self.steps.push(Step::Event(line));
                Ok(())
            }
            "counts" => {
                self.steps.push(Step::Counts(number, counts(words.get(1..).unwrap_or_default())?));
                Ok(())
            }
            "at" => {
                let [_, as_of] = exactly(words, "at DATE, or: at TIME")?;
                When::parse(&as_of).map_err(|e| format!("{as_of:?}: {e}"))?;
                self.block = Block::At;
                self.steps.push(Step::At(At { line: number, as_of, expectations: Vec::new() }));
                Ok(())
            }
            "times" => self.times(&words),
            word if is_event(word) => self.event(&words),
            word => Err(format!(
                "unknown word {word:?}: use set, alias, platform, rates, target, lead, deal, spend, social, visit, times, raw, again, counts, at"
            )),
        }
    }

    fn event(&mut self, words: &[String]) -> Result<(), String> {
        let line = self.publisher.event(words, &self.options.currency)?;
        self.steps.push(Step::Event(line));
        Ok(())
    }

    /// `times N EVENT`: the event N times, `{n}` in it being 1 to N.
    fn times(&mut self, words: &[String]) -> Result<(), String> {
        let [_, n, event @ ..] = words else { return Err("expected: times N EVENT".to_owned()) };
        let n: u32 = n.parse().map_err(|_| format!("{n:?} is not a number"))?;
        for n in 1..=n {
            self.event(&event.iter().map(|word| word.replace("{n}", &n.to_string())).collect::<Vec<_>>())?;
        }
        Ok(())
    }

    fn alias(&mut self, words: Vec<String>) -> Result<(), String> {
        if words.len() == 5 {
            let [_, source, name, _, channel] = exactly(words, "alias SOURCE NAME = CHANNEL")?;
            self.options.aliases_of.push((source, name, channel));
        } else {
            let [_, name, _, channel] = exactly(words, "alias [SOURCE] NAME = CHANNEL")?;
            self.options.aliases.push((name, channel));
        }
        Ok(())
    }

    fn set(&mut self, words: Vec<String>) -> Result<(), String> {
        let usage = "set KEY VALUE";
        let (key, values) = words.get(1..).and_then(<[String]>::split_first).ok_or(usage)?;
        let options = &mut self.options;
        match key.as_str() {
            "conversion_actions" => options.conversion_actions = values.to_vec(),
            "community_channels" => options.community_channels = values.to_vec(),
            _ => {
                let [value] = exactly(values.to_vec(), usage)?;
                match key.as_str() {
                    "time_zone" => options.time_zone = value,
                    "currency" => options.currency = value,
                    "margin" => options.margin = Some(value),
                    "conversion_horizon_days" => options.horizon_days = days(&value)?,
                    "spend_lag_days" => options.lag_days = days(&value)?,
                    "return_on" => options.all_wins = all_wins(&value)?,
                    "now" => options.now = instant(&value)?,
                    _ => return Err(format!("unknown setting {key:?}")),
                }
            }
        }
        Ok(())
    }
}

/// `target KPI[/VARIANT] VALUE [channel=X] [period=P] ...`, by the keys of the configuration.
fn target(words: &[String]) -> Result<Target, String> {
    let [_, kpi, value, keys @ ..] = words else { return Err("expected: target KPI[/VARIANT] VALUE [KEY=VALUE ...]".to_owned()) };
    known_kpi(kpi)?;
    let (kpi, variant) = kpi.split_once('/').map_or((kpi.as_str(), None), |(kpi, variant)| (kpi, Some(variant.to_owned())));
    let mut target = Target { kpi: kpi.to_owned(), variant, value: value.clone(), ..Target::default() };
    for word in keys {
        let (key, value) = word.split_once('=').ok_or_else(|| format!("{word:?} is not KEY=VALUE"))?;
        let field = match key {
            "channel" => &mut target.channel,
            "period" => &mut target.period,
            "from" => &mut target.from,
            "until" => &mut target.until,
            "better" => &mut target.better,
            "profile" => &mut target.profile,
            _ => return Err(format!("a target has no {key:?}")),
        };
        *field = Some(value.to_owned());
    }
    Ok(target)
}

fn counts(words: &[String]) -> Result<Counts, String> {
    let known = |name: &str| matches!(name, "accepted" | "duplicate" | "stale") || model::Reason::ALL.iter().any(|reason| reason.code() == name);
    let count = |word: &String| match word.split_once('=') {
        Some((name, n)) if known(name) => n.parse().map(|n| (name.to_owned(), n)).map_err(|_| format!("{n:?} is not a number")),
        _ => Err(format!("{word:?} is none of accepted=N, duplicate=N, stale=N, or a reason=N")),
    };
    words.iter().map(count).collect()
}

fn days(text: &str) -> Result<i64, String> {
    text.parse().map_err(|_| format!("{text:?} is not a number of days"))
}

fn all_wins(text: &str) -> Result<bool, String> {
    match text {
        "all_wins" => Ok(true),
        "new_business" => Ok(false),
        _ => Err(format!("return_on is new_business or all_wins, not {text:?}")),
    }
}

fn instant(text: &str) -> Result<i64, String> {
    match When::parse(text) {
        Ok(When::At(at)) => Ok(at.0),
        _ => Err(format!("{text:?} is not a time with an offset")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(text: &str) -> String {
        scenario("x.txt", text).map(|_| ()).unwrap_err()
    }

    #[test]
    fn a_wrong_line_is_named() {
        assert_eq!(error("lead L1 2026-03-02 chanel=email\n").split(", but").next(), Some("x.txt:1: a lead has no \"chanel\""));
        assert_eq!(error("\nset zone UTC"), "x.txt:2: unknown setting \"zone\"");
        assert_eq!(error("leads L1").split(": use").next(), Some("x.txt:1: unknown word \"leads\""));
        assert_eq!(error("visit 2026-03-02T10:00:00Z\nset margin 0.8"), "x.txt:2: set stands before the first event");
        assert_eq!(error("at 2026-03-02\n  todday leads = 0"), "x.txt:2: unknown window \"todday\"");
        assert_eq!(error("at 2026-03-02\n  today cac = 0"), "x.txt:2: unknown kpi \"cac\": say which: cac/blended, cac/paid");
        assert_eq!(error("  today leads = 0"), "x.txt:1: an indented line belongs to `at` or `rates`");
        assert_eq!(error("deal D1 deleted"), "x.txt:1: say when: no date, and no earlier message about the same");
        assert_eq!(error("counts eaten=1").split(" is").next(), Some("x.txt:1: \"eaten=1\""));
        assert_eq!(error("visit 2026-03-02T10:00:00Z"), "x.txt:1: nothing is expected");
    }
}
