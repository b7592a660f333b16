//! A funnel that was captured and restored goes on as if nothing had happened, and a spoilt piece is an error.

use std::collections::BTreeSet;

use funnel::Funnel;
use model::{
    Currency, Day, DealClosed, DealFacts, DealStatus, DealType, LeadCreated, LeadFacts, Micros, Millis, Ruling, Settings, When, event::Head,
};
use panes::{Canonical, Keep, Panes};
use pieces::{Mark, Piece, Pieces};
use proptest::{prelude::*, test_runner::TestRunner};

const FIRST_DAY: i32 = 20_500;

/// What happens: few ids and few days, so that the rules meet. Each number chooses one of several values.
#[derive(Clone, Debug)]
enum Step {
    Lead(Head<'static>, u8, [u8; 6]),
    Deal(Head<'static>, u8, [u8; 7]),
    Restore,
}

fn step() -> impl Strategy<Value = Step> {
    let head = || {
        (0..30i64, 0..3u8, 0..4u8).prop_map(|(revision, event, source)| Head {
            // Ids of all lengths, so that texts move.
            event_id: "e".repeat(usize::from(event) + 1).into(),
            source: if source == 0 { "crm-2" } else { "crm" }.into(),
            occurred_at: When::On(Day(FIRST_DAY)),
            revision: Some(revision),
        })
    };
    prop_oneof![
        6 => (head(), 0..4u8, any::<[u8; 6]>()).prop_map(|(head, id, of)| Step::Lead(head, id, of)),
        8 => (head(), 0..5u8, any::<[u8; 7]>()).prop_map(|(head, id, of)| Step::Deal(head, id, of)),
        2 => Just(Step::Restore),
    ]
}

fn when(choice: u8) -> When {
    let day = FIRST_DAY + i32::from(choice % 10);
    if choice < 128 { When::On(Day(day)) } else { When::At(Millis(i64::from(day) * 86_400_000 + i64::from(choice) * 60_000)) }
}

fn one_in(n: u8, choice: u8) -> bool {
    choice.is_multiple_of(n)
}

fn lead(head: Head<'static>, id: u8, of: [u8; 6]) -> LeadCreated<'static> {
    let facts = LeadFacts {
        created_at: when(of[0]),
        channel: Some(["email", "referral"][usize::from(of[1] % 2)].into()),
        campaign: None,
        segment: one_in(2, of[1]).then(|| "smb".into()),
        account_id: (!one_in(3, of[2])).then(|| format!("account-{}", of[2] % 2).into()),
        visitor_id: None,
        mql_at: one_in(2, of[3]).then(|| when(of[3])),
        sql_at: one_in(3, of[4]).then(|| when(of[4])),
        disqualified: one_in(6, of[5]),
    };
    LeadCreated { head, lead_id: "lead-".repeat(usize::from(id) + 1).into(), facts: (!one_in(7, of[5])).then_some(facts) }
}

fn deal(head: Head<'static>, id: u8, of: [u8; 7]) -> DealClosed<'static> {
    let facts = DealFacts {
        status: [DealStatus::Won(when(of[0])), DealStatus::Won(when(of[0])), DealStatus::Open, DealStatus::Lost(when(of[0])), DealStatus::Refunded]
            [usize::from(of[1] % 5)],
        amount: one_in(2, of[2]).then(|| (Micros(i128::from(of[2]) - 50), Currency::EUR)),
        lead_id: (!one_in(4, of[3])).then(|| "lead-".repeat(usize::from(of[3] % 4) + 1).into()),
        account_id: one_in(3, of[4]).then(|| format!("account-{}", of[4] % 2).into()),
        deal_type: [None, Some(DealType::NewBusiness), Some(DealType::ExistingBusiness)][usize::from(of[5] % 3)],
        opened_at: one_in(2, of[6]).then(|| when(of[6])),
        segment: one_in(3, of[6]).then(|| "ent".into()),
    };
    DealClosed { head, deal_id: format!("deal-{id}").into(), facts: (!one_in(7, of[6])).then_some(facts) }
}

#[derive(Clone)]
struct Fold {
    settings: Settings,
    funnel: Funnel,
    panes: Panes,
}

impl Fold {
    fn new() -> Fold {
        Fold { settings: Settings { horizon_days: 3, ..Settings::default() }, funnel: Funnel::default(), panes: Panes::new(Keep::ALL) }
    }

    fn take(&mut self, step: &Step) -> Option<Ruling> {
        match step.clone() {
            Step::Lead(head, id, of) => Some(self.funnel.lead(&lead(head, id, of), &self.settings, &mut self.panes)),
            Step::Deal(head, id, of) => Some(self.funnel.deal(&deal(head, id, of), &self.settings, &mut self.panes)),
            Step::Restore => None,
        }
    }

    fn go_on(&mut self, step: &Step) {
        self.take(step);
    }

    fn captured(&self) -> Vec<Piece> {
        let mut captured = Vec::new();
        self.funnel.capture(&mut captured);
        captured
    }

    fn pieces(&self) -> Pieces {
        encoded(&self.captured())
    }

    fn restored(&self) -> Fold {
        let restored = Funnel::restore(&self.pieces(), &self.settings, self.panes.dims());
        let funnel = restored.unwrap_or_else(|wrong| panic!("{wrong}"));
        Fold { funnel, ..self.clone() }
    }
}

fn encoded(captured: &[Piece]) -> Pieces {
    captured.iter().map(|piece| (piece.name().to_owned(), piece.encode())).collect()
}

fn check(cases: u32, steps: impl Strategy<Value = Vec<Step>>, law: impl Fn(&[Step])) {
    let config = ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() };
    let result = TestRunner::new(config).run(&steps, |steps| {
        law(&steps);
        Ok(())
    });
    if let Err(wrong) = result {
        panic!("{wrong}");
    }
}

#[test]
fn a_restored_funnel_goes_on_as_the_original_does() {
    check(3000, prop::collection::vec(step(), 1..40), |steps| {
        let (mut original, mut restored) = (Fold::new(), Fold::new());
        for step in steps {
            assert_eq!(original.take(step), restored.take(step), "{step:?}");
            if matches!(step, Step::Restore) {
                restored = restored.restored();
            }
            assert!(original.pieces() == restored.pieces(), "the encodings differ after {step:?}");
        }
        assert_eq!(Canonical::of([&original.panes]), Canonical::of([&restored.panes]));
    });
}

#[test]
fn the_order_makes_no_difference_to_who_is_known() {
    check(1000, prop::collection::vec(step(), 1..40), |steps| {
        let (mut forwards, mut backwards) = (Fold::new(), Fold::new());
        steps.iter().for_each(|step| forwards.go_on(step));
        steps.iter().rev().for_each(|step| backwards.go_on(step));
        assert_eq!(forwards.funnel.censuses(), backwards.funnel.censuses());
        assert_eq!(Canonical::of([&forwards.panes]), Canonical::of([&backwards.panes]));
    });
}

#[test]
fn a_capture_stays_as_it_was_and_a_mark_that_holds_means_equal_bytes() {
    check(1000, prop::collection::vec(step(), 1..40), |steps| {
        let mut fold = Fold::new();
        let mut earlier: Vec<(Vec<Piece>, Pieces)> = Vec::new();
        for step in steps {
            fold.take(step);
            if matches!(step, Step::Restore) {
                earlier.push((fold.captured(), fold.pieces()));
            }
        }
        let now = fold.captured();
        for (captured, bytes) in earlier {
            assert!(encoded(&captured) == bytes, "a capture changed");
            let marks: Vec<(&str, Mark)> = captured.iter().map(|piece| (piece.name(), piece.mark())).collect();
            for (piece, (_, mark)) in now.iter().filter_map(|piece| Some((piece, marks.iter().find(|(name, _)| *name == piece.name())?))) {
                assert!(!piece.is_unchanged_since(mark) || bytes.get(piece.name()) == Some(&piece.encode()), "{piece:?} changed unsaid");
            }
        }
    });
}

#[test]
fn pieces_of_two_moments_are_an_error_or_a_funnel_that_still_folds() {
    check(1000, prop::collection::vec(step(), 2..40), |steps| {
        let (earlier, later) = steps.split_at(steps.len() / 2);
        let mut fold = Fold::new();
        earlier.iter().for_each(|step| fold.go_on(step));
        let mut mixed = fold.pieces();
        later.iter().for_each(|step| fold.go_on(step));
        mixed.extend(fold.pieces().into_iter().filter(|(name, _)| name.starts_with("deals")));
        if let Ok(funnel) = Funnel::restore(&mixed, &fold.settings, fold.panes.dims()) {
            let mut fold = Fold { funnel, ..fold };
            steps.iter().for_each(|step| fold.go_on(step));
        }
    });
}

/// A fold of so many leads, three to an account, and a deal to every second.
fn big(leads: usize) -> Fold {
    let mut fold = Fold::new();
    (0..leads).for_each(|n| touch(&mut fold, n, 0));
    fold
}

fn touch(fold: &mut Fold, n: usize, revision: i64) {
    let head = Head { event_id: format!("{n}/{revision}").into(), source: "crm".into(), occurred_at: when(1), revision: Some(revision) };
    let of_lead = LeadCreated { lead_id: format!("lead-{n}").into(), ..lead(head, 0, [1; 6]) };
    let facts = of_lead.facts.map(|facts| LeadFacts { account_id: Some(format!("account-{}", n / 3).into()), ..facts });
    assert!(fold.funnel.lead(&LeadCreated { facts, ..of_lead }, &fold.settings, &mut fold.panes).is_accepted());
}

#[test]
fn only_the_chunks_that_were_touched_are_changed() {
    let mut fold = big(2000);
    let marks: Vec<Mark> = fold.captured().iter().map(Piece::mark).collect();
    for n in [3, 255, 700, 1999] {
        touch(&mut fold, n, 1);
    }
    let now = fold.captured();
    let changed: BTreeSet<&str> =
        now.iter().zip(&marks).filter(|(piece, mark)| !piece.is_unchanged_since(mark)).map(|(piece, _)| piece.name()).collect();
    assert_eq!(changed, BTreeSet::from(["leads/0", "leads/2", "leads/7"]));
    assert_eq!(now.len(), marks.len());
    let names: Vec<&str> = now.iter().map(Piece::name).filter(|name| name.starts_with("accounts/")).collect();
    assert_eq!(names, ["accounts/0", "accounts/1", "accounts/2"]);
}

#[test]
fn a_spoilt_piece_is_an_error_that_names_it() {
    let fold = big(300);
    let whole = fold.pieces();
    let restore = |pieces: &Pieces| Funnel::restore(pieces, &fold.settings, fold.panes.dims());
    assert!(restore(&whole).is_ok());
    for (name, bytes) in &whole {
        let spoilt = |bytes: Vec<u8>| restore(&Pieces::from_iter(whole.clone().into_iter().chain([(name.clone(), bytes)])));
        let names_it = |result: Result<Funnel, pieces::PieceError>| result.is_err_and(|wrong| wrong.to_string().contains(&format!("piece {name} ")));
        for at in (0..bytes.len()).step_by(bytes.len() / 16 + 1) {
            let mut flipped = bytes.clone();
            flipped[at] ^= 1 << (at % 8);
            assert!(names_it(spoilt(flipped)) && names_it(spoilt(bytes[..at].to_vec())), "{name} at {at}");
        }
        let (other, _) = whole.iter().find(|(other, _)| *other != name).unwrap();
        assert!(names_it(spoilt(whole[other].clone())), "{other} for {name}");
        let mut without = whole.clone();
        without.remove(name);
        assert!(names_it(restore(&without)), "without {name}");
    }
}

#[test]
fn facts_under_dimensions_that_are_not_there_are_an_error() {
    let fold = big(1);
    let none = Panes::new(Keep::ALL);
    let wrong = Funnel::restore(&fold.pieces(), &fold.settings, none.dims()).unwrap_err();
    assert!(wrong.to_string().contains("piece leads/0 "), "{wrong}");
}

#[test]
fn a_new_customer_who_was_not_first_is_an_error() {
    let head = |revision: i64| Head { event_id: "e".into(), source: "crm".into(), occurred_at: when(1), revision: Some(revision) };
    // Two leads of two accounts, each with a won deal that names the lead alone.
    let with_account = |id: u8, revision: i64, account: &'static str| {
        let of_lead = lead(head(revision), id, [1; 6]);
        let facts = of_lead.facts.map(|facts| LeadFacts { account_id: Some(account.into()), ..facts });
        LeadCreated { facts, ..of_lead }
    };
    let mut fold = Fold::new();
    for (id, account) in [(0, "A"), (1, "B")] {
        fold.funnel.lead(&with_account(id, 1, account), &fold.settings, &mut fold.panes);
        let lead_id = with_account(id, 1, account).lead_id;
        let of_deal = deal(head(1), id, [id, 0, 1, 1, 1, 0, 1]);
        let facts = of_deal.facts.map(|facts| DealFacts { lead_id: Some(lead_id), ..facts });
        fold.funnel.deal(&DealClosed { facts, ..of_deal }, &fold.settings, &mut fold.panes);
    }
    let before = fold.pieces();
    // The second lead turns out to be of the first one's account: its deal makes no new customer.
    fold.funnel.lead(&with_account(1, 2, "A"), &fold.settings, &mut fold.panes);
    let mut mixed = fold.pieces();
    assert!(Funnel::restore(&mixed, &fold.settings, fold.panes.dims()).is_ok());
    mixed.extend(before.into_iter().filter(|(name, _)| name.starts_with("deals")));
    let wrong = Funnel::restore(&mixed, &fold.settings, fold.panes.dims()).map(drop).unwrap_err();
    assert!(wrong.to_string().contains("piece deals/0 ") && wrong.to_string().contains("first win"), "{wrong}");
}
