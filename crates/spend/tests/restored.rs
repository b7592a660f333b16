//! A book of spend that was captured and restored goes on as if nothing had happened.

use model::{AdSpend, Category, Currency, Day, Micros, Ruling, Settings, SpendFacts, When, event::Head};
use panes::{Canonical, Keep, Panes};
use pieces::{Piece, Pieces};
use proptest::prelude::*;
use spend::Spend;

#[derive(Clone, Debug)]
enum Step {
    Row(Box<AdSpend<'static>>),
    Forget(Day),
    Restore,
}

fn row() -> impl Strategy<Value = AdSpend<'static>> {
    let head = (0..20i64, 1..4usize).prop_map(|(revision, id)| Head {
        event_id: "e".repeat(id).into(),
        source: "ads".into(),
        occurred_at: When::On(Day(20_510)),
        revision: Some(revision),
    });
    let facts = (-5..50i128, 0..5i64, any::<bool>()).prop_map(|(amount, clicks, named)| SpendFacts {
        amount: Micros(amount),
        currency: Currency::EUR,
        channel: named.then(|| "email".into()),
        segment: None,
        impressions: 10,
        clicks,
    });
    (head, 0..2usize, 0..12i32, any::<bool>(), prop::option::weighted(0.8, facts)).prop_map(|(head, platform, day, media, facts)| AdSpend {
        head,
        platform: ["meta", "google_ads"][platform].into(),
        account: "a".into(),
        spend_date: Day(20_500 + day),
        category: if media { Category::Media } else { Category::Tools },
        campaign: Some("spring".into()),
        campaign_id: None,
        ad_group: None,
        ad_group_id: None,
        ad: None,
        ad_id: None,
        breakdown: None,
        facts,
    })
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![10 => row().prop_map(|row| Step::Row(Box::new(row))), 1 => (20_500..20_512).prop_map(|day| Step::Forget(Day(day))), 2 => Just(Step::Restore)]
}

struct Fold {
    spend: Spend,
    panes: Panes,
}

impl Fold {
    fn take(&mut self, step: &Step) -> Option<Ruling> {
        match step {
            Step::Row(event) => return Some(self.spend.take(event, &Settings::default(), &mut self.panes)),
            Step::Forget(floor) => self.spend.forget_below(*floor, &Settings::default(), &mut self.panes),
            Step::Restore => {}
        }
        None
    }

    fn pieces(&self) -> Pieces {
        let mut captured = Vec::new();
        self.spend.capture(&mut captured);
        captured.iter().map(|piece: &Piece| (piece.name().to_owned(), piece.encode())).collect()
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_restored_book_goes_on_as_the_original_does(steps in prop::collection::vec(step(), 1..40)) {
        let [mut original, mut restored] = [(); 2].map(|()| Fold { spend: Spend::default(), panes: Panes::new(Keep::ALL) });
        for step in &steps {
            assert_eq!(original.take(step), restored.take(step));
            if matches!(step, Step::Restore) {
                restored.spend = Spend::restore(&restored.pieces(), restored.panes.dims()).unwrap();
            }
            assert!(original.pieces() == restored.pieces(), "the encodings differ after {step:?}");
        }
        assert_eq!(Canonical::of([&original.panes]), Canonical::of([&restored.panes]));
    }

    #[test]
    fn a_spoilt_piece_is_an_error_that_names_it(event in row(), bit in any::<prop::sample::Index>(), which in any::<prop::sample::Index>()) {
        let mut fold = Fold { spend: Spend::default(), panes: Panes::new(Keep::ALL) };
        fold.take(&Step::Row(Box::new(event)));
        let mut pieces = fold.pieces();
        let name = which.get(&pieces.keys().cloned().collect::<Vec<_>>()).clone();
        let bytes = pieces.get_mut(&name).unwrap();
        let bit = bit.index(bytes.len() * 8);
        bytes[bit / 8] ^= 1 << (bit % 8);
        let wrong = Spend::restore(&pieces, fold.panes.dims()).unwrap_err();
        assert!(wrong.to_string().contains(&format!("piece {name} ")), "{wrong}");
    }
}

#[test]
fn rows_under_dimensions_that_are_not_there_are_an_error() {
    let mut fold = Fold { spend: Spend::default(), panes: Panes::new(Keep::ALL) };
    let facts = SpendFacts { amount: Micros(1), currency: Currency::EUR, channel: None, segment: None, impressions: 0, clicks: 0 };
    let head = Head { event_id: "e".into(), source: "ads".into(), occurred_at: When::On(Day(20_510)), revision: None };
    let event = AdSpend {
        head,
        platform: "meta".into(),
        account: "a".into(),
        spend_date: Day(20_500),
        category: Category::Media,
        campaign: None,
        campaign_id: None,
        ad_group: None,
        ad_group_id: None,
        ad: None,
        ad_id: None,
        breakdown: None,
        facts: Some(facts),
    };
    assert!(fold.take(&Step::Row(Box::new(event))).is_some_and(Ruling::is_accepted));
    let wrong = Spend::restore(&fold.pieces(), Panes::new(Keep::ALL).dims()).unwrap_err();
    assert!(wrong.to_string().contains("piece spend/0 "), "{wrong}");
}
