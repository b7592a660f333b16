//! Arguments of `import`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use import::{Decimal, Encoding as TextEncoding, dates::Order};
use model::{Currency, When};

use super::{ConfigArgs, Encoding, KafkaArgs, when};

/// Arguments of `import`.
#[derive(Args, Debug)]
pub struct ImportArgs {
    /// Exports as they were downloaded: CSV or XLSX, of any language
    #[arg(required = true, num_args = 1.., value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// Where the events go, as NDJSON; without it and --brokers to standard output
    #[arg(long, short, value_name = "FILE", conflicts_with = "brokers")]
    pub output: Option<PathBuf>,
    /// Brokers to publish to, as HOST:PORT, several with commas between
    #[arg(long, value_name = "BROKERS")]
    pub brokers: Option<String>,
    /// How published messages are encoded
    #[arg(long, value_enum, default_value_t = Encoding::Avro, requires = "brokers")]
    pub encoding: Encoding,
    /// Write nothing; show the first events, and the rows that are left out by reason
    #[arg(long)]
    pub dry_run: bool,
    /// A configuration in TOML
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// The zone of times without one: the business time zone, an IANA name
    #[arg(long, value_name = "NAME")]
    pub time_zone: Option<String>,
    /// The currency of amounts whose file names none
    #[arg(long, value_name = "CODE")]
    pub currency: Option<Currency>,
    /// Whether days (dmy) or months (mdy) come first
    #[arg(long, value_name = "ORDER", value_enum)]
    pub date_order: Option<DateOrder>,
    /// The decimal sign
    #[arg(long, value_name = "SIGN", value_enum)]
    pub decimal: Option<DecimalSign>,
    /// The encoding of text, such as windows-1250
    #[arg(long, value_name = "NAME", value_parser = encoding)]
    pub text_encoding: Option<TextEncoding>,
    /// Keep a column that cuts rows finer, as `breakdown`; repeatable
    #[arg(long, value_name = "COLUMN")]
    pub breakdown: Vec<String>,
    /// Add rows up over a column that cuts them finer; repeatable
    #[arg(long, value_name = "COLUMN")]
    pub sum_over: Vec<String>,
    /// Add up rows that nothing tells apart
    #[arg(long)]
    pub sum: bool,
    /// Do not read a column; repeatable
    #[arg(long, value_name = "COLUMN")]
    pub ignore_column: Vec<String>,
    /// What a stage means: NAME=open, won, lost or deleted, of contacts NAME=lead or none; repeatable
    #[arg(long = "stage", value_name = "NAME=MEANING", value_parser = stage)]
    pub stages: Vec<(String, String)>,
    /// Which of a deal's contacts is its lead, where it has several
    #[arg(long, value_name = "WHICH", value_enum)]
    pub deal_contact: Option<DealContact>,
    /// The ad account of rows whose file names none
    #[arg(long, value_name = "NAME")]
    pub account: Option<String>,
    /// When the files were pulled: RFC 3339, or a date for its beginning
    #[arg(long, value_name = "T", value_parser = when)]
    pub pulled_at: Option<When>,
    /// Go on with rows that do not add up to their total
    #[arg(long)]
    pub unreconciled: bool,
    /// Take each row for the one day that it names
    #[arg(long)]
    pub by_day: bool,
    /// Only mappings of this system, or a mapping of your own in TOML, before those that are built in; repeatable
    #[arg(long = "mapping", value_name = "NAME|FILE")]
    pub mappings: Vec<String>,
}

/// Which of two numbers before a year is the day.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub enum DateOrder {
    /// Day first: 31/12/2026
    Dmy,
    /// Month first: 12/31/2026
    Mdy,
}

/// The decimal sign.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub enum DecimalSign {
    /// 1,234.56
    Point,
    /// 1.234,56
    Comma,
}

/// Which of a deal's contacts is its lead.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub enum DealContact {
    /// The first that is listed
    First,
    /// The one that was made first, of those that are leads in the same run
    Earliest,
    /// None
    None,
}

impl ImportArgs {
    /// Kafka and the configuration. The currency is that of amounts, not the reporting one.
    pub fn kafka(&self) -> KafkaArgs {
        let config = ConfigArgs { config: self.config.clone(), time_zone: self.time_zone.clone(), ..ConfigArgs::default() };
        KafkaArgs { config, brokers: self.brokers.clone() }
    }
}

impl From<DateOrder> for Order {
    fn from(order: DateOrder) -> Order {
        match order {
            DateOrder::Dmy => Order::DayFirst,
            DateOrder::Mdy => Order::MonthFirst,
        }
    }
}

impl From<DecimalSign> for Decimal {
    fn from(sign: DecimalSign) -> Decimal {
        match sign {
            DecimalSign::Point => Decimal::Point,
            DecimalSign::Comma => Decimal::Comma,
        }
    }
}

impl From<DealContact> for import::DealContact {
    fn from(contact: DealContact) -> import::DealContact {
        match contact {
            DealContact::First => import::DealContact::First,
            DealContact::Earliest => import::DealContact::Earliest,
            DealContact::None => import::DealContact::None,
        }
    }
}

fn encoding(name: &str) -> Result<TextEncoding, &'static str> {
    import::encoding(name).ok_or("give a name of the Encoding Standard, such as utf-8, windows-1250 or shift_jis")
}

fn stage(text: &str) -> Result<(String, String), &'static str> {
    const MEANINGS: [&str; 6] = ["open", "won", "lost", "deleted", "lead", "none"];
    let (name, meaning) = text.rsplit_once('=').ok_or("give NAME=MEANING, such as \"Signed=won\"")?;
    let meaning = meaning.trim().to_lowercase();
    if MEANINGS.contains(&meaning.as_str()) {
        Ok((name.trim().to_owned(), meaning))
    } else {
        Err("a stage means open, won, lost or deleted; of contacts lead or none")
    }
}
