//! Metric families under construction, and their text.

use std::{borrow::Cow, collections::BTreeMap};

use prometheus::{
    TextEncoder,
    proto::{Counter, Gauge, LabelPair, Metric, MetricFamily, MetricType},
};

use crate::names::{Kind, Name};

/// Families by name, so that their order never changes.
#[derive(Default)]
pub(crate) struct Exposition {
    families: BTreeMap<Cow<'static, str>, MetricFamily>,
}

/// The labels of a series.
pub(crate) type Labels<'a> = [(&'static str, &'a str)];

impl Exposition {
    /// Adds a series. A value that is not a number is no value, so it has no series.
    pub(crate) fn put(&mut self, name: &Name, labels: &Labels<'_>, value: f64) {
        if !value.is_finite() {
            return;
        }
        let mut metric = Metric::from_label(labels.iter().map(|(name, value)| pair(name, value)).collect());
        match name.kind {
            Kind::Counter => {
                let mut counter = Counter::default();
                counter.set_value(value);
                metric.set_counter(counter);
            }
            Kind::Gauge | Kind::Histogram => {
                let mut gauge = Gauge::default();
                gauge.set_value(value);
                metric.set_gauge(gauge);
            }
        }
        self.families.entry(name.name.clone()).or_insert_with(|| family(name)).mut_metric().push(metric);
    }

    /// Adds families that a collector has made.
    pub(crate) fn extend(&mut self, families: Vec<MetricFamily>) {
        self.families.extend(families.into_iter().map(|family| (Cow::Owned(family.name().to_owned()), family)));
    }

    /// The text format. The encoder refuses only families without series, and none is made without one.
    pub(crate) fn text(self) -> String {
        let families: Vec<MetricFamily> = self.families.into_values().collect();
        let mut text = String::new();
        if let Err(error) = TextEncoder::new().encode_utf8(&families, &mut text) {
            tracing::error!(%error, "metrics could not be encoded");
        }
        text
    }
}

fn family(name: &Name) -> MetricFamily {
    let mut family = MetricFamily::default();
    family.set_name(name.name.to_string());
    family.set_help(name.help.to_string());
    family.set_field_type(match name.kind {
        Kind::Counter => MetricType::COUNTER,
        Kind::Gauge => MetricType::GAUGE,
        Kind::Histogram => MetricType::HISTOGRAM,
    });
    family
}

fn pair(name: &str, value: &str) -> LabelPair {
    let mut pair = LabelPair::default();
    pair.set_name(name.to_owned());
    pair.set_value(value.to_owned());
    pair
}
