//! The keys of messages.

use std::borrow::Cow;

use model::{Event, InteractionKind, KeyPart};

/// Between the parts of a key.
const PART: char = '\u{1f}';

/// The key of an event: of an entity its own, so that its revisions stay in order for those who like to read them so; of a
/// single interaction its id, so that a retry lands in the same partition, where it is known for a duplicate.
pub fn key<'a>(event: &'a Event<'_>) -> Cow<'a, str> {
    match event {
        Event::Lead(lead) => Cow::Borrowed(&lead.lead_id),
        Event::Deal(deal) => Cow::Borrowed(&deal.deal_id),
        Event::Spend(row) => {
            let parts = row.parts().map(|(KeyPart::Id(text) | KeyPart::Name(text))| text);
            joined(&[[&row.platform, &row.account, row.category.word()].as_slice(), &parts, &[&row.spend_date.to_string()]].concat())
        }
        Event::Social(figure) if figure.stat_date.is_some() || figure.kind == InteractionKind::Audience => {
            let day = figure.stat_date.map(|day| day.to_string()).unwrap_or_default();
            joined(&[&figure.platform, text(figure.account.as_ref()), text(figure.post_id.as_ref()), figure.kind.word(), &day])
        }
        Event::Social(_) | Event::Visit(_) => {
            let head = event.head();
            joined(&[&head.source, &head.event_id])
        }
    }
}

fn text<'a>(text: Option<&'a Cow<'_, str>>) -> &'a str {
    text.map_or("", |text| text)
}

fn joined(parts: &[&str]) -> Cow<'static, str> {
    Cow::Owned(parts.join(&PART.to_string()))
}
