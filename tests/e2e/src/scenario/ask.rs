//! What a scenario may ask a report: windows, periods, breakdowns and KPIs by their names.

use kpis::{Kpi, Span};
use testkit::reference::Options;

/// The dimensions, in the order in which a breakdown names them.
pub(super) const DIMENSIONS: [&str; 3] = ["channel", "campaign", "segment"];

/// Every KPI and companion.
pub const KPIS: &[Kpi] = Kpi::ALL;

/// `name`, or `name/variant`.
pub(super) fn kpi_name(kpi: &Kpi) -> String {
    kpi.variant().map_or_else(|| kpi.name().to_owned(), |variant| format!("{}/{variant}", kpi.name()))
}

pub(super) fn known_kpi(name: &str) -> Result<(), String> {
    if KPIS.iter().any(|kpi| kpi_name(kpi) == name) {
        return Ok(());
    }
    let variants: Vec<String> = KPIS.iter().filter(|kpi| kpi.name() == name).map(kpi_name).collect();
    let hint = if variants.is_empty() { String::new() } else { format!(": say which: {}", variants.join(", ")) };
    Err(format!("unknown kpi {name:?}{hint}"))
}

/// Lets a report have a window: a named one, or a calendar period, told by its shape.
pub(super) fn window(options: &mut Options, name: &str) -> Result<(), String> {
    if Span::parse(name).is_ok() {
        add(&mut options.windows, name.to_owned());
        return Ok(());
    }
    add(&mut options.periods, period(name)?.to_owned());
    Ok(())
}

fn period(name: &str) -> Result<&'static str, String> {
    let shape: String = name.chars().map(|c| if c.is_ascii_digit() { '0' } else { c }).collect();
    match shape.as_str() {
        "0000-00-00" => Ok("day"),
        "0000-W00" => Ok("week"),
        "0000-00" => Ok("month"),
        "0000-Q0" => Ok("quarter"),
        _ => Err(format!("unknown window {name:?}")),
    }
}

/// Lets a report have the breakdown by these dimensions.
pub(super) fn breakdown(options: &mut Options, dimensions: &[(String, String)]) {
    if !dimensions.is_empty() {
        let by = DIMENSIONS.iter().filter(|known| dimensions.iter().any(|(name, _)| name == *known));
        add(&mut options.by, by.map(|name| (*name).to_owned()).collect());
    }
}

fn add<T: PartialEq>(list: &mut Vec<T>, item: T) {
    if !list.contains(&item) {
        list.push(item);
    }
}
