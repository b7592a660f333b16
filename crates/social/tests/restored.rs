//! A book of figures that was captured and restored goes on as if nothing had happened.

use model::{DailyFigure, Day, InteractionKind, Ruling, Settings, SocialInteraction, When, event::Head};
use panes::{Canonical, Keep, Panes};
use pieces::{Piece, Pieces};
use proptest::prelude::*;
use social::DailyFigures;

#[derive(Clone, Debug)]
enum Step {
    Figure(Box<DailyFigure<'static>>),
    Forget(Day),
    Restore,
}

const KINDS: [InteractionKind; 4] = [InteractionKind::Like, InteractionKind::Follow, InteractionKind::Unfollow, InteractionKind::Audience];

fn figure() -> impl Strategy<Value = DailyFigure<'static>> {
    (0..20i64, 1..4usize, 0..KINDS.len(), 0..12i32, 0..50i64, any::<bool>()).prop_map(|(revision, id, kind, day, count, has_account)| {
        let day = Day(20_500 + day);
        let head = Head { event_id: "e".repeat(id).into(), source: "soc".into(), occurred_at: When::On(day), revision: Some(revision) };
        let event = SocialInteraction {
            head,
            platform: "x".into(),
            kind: KINDS[kind],
            count,
            account: has_account.then(|| "main".into()),
            post_id: None,
            channel: (count % 2 == 0).then(|| "email".into()),
            campaign: None,
            segment: None,
            lead_id: None,
            stat_date: Some(day),
        };
        DailyFigure { day, event }
    })
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        10 => figure().prop_map(|figure| Step::Figure(Box::new(figure))),
        1 => (20_500..20_512).prop_map(|day| Step::Forget(Day(day))),
        2 => Just(Step::Restore),
    ]
}

struct Fold {
    figures: DailyFigures,
    panes: Panes,
}

impl Fold {
    fn new() -> Fold {
        Fold { figures: DailyFigures::default(), panes: Panes::new(Keep::ALL) }
    }

    fn take(&mut self, step: &Step) -> Option<Ruling> {
        match step {
            Step::Figure(figure) => return Some(self.figures.take(figure, &Settings::default(), &mut self.panes)),
            Step::Forget(floor) => self.figures.forget_below(*floor, &Settings::default(), &mut self.panes),
            Step::Restore => {}
        }
        None
    }

    fn pieces(&self) -> Pieces {
        let mut captured = Vec::new();
        self.figures.capture(&mut captured);
        captured.iter().map(|piece: &Piece| (piece.name().to_owned(), piece.encode())).collect()
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_restored_book_goes_on_as_the_original_does(steps in prop::collection::vec(step(), 1..40)) {
        let (mut original, mut restored) = (Fold::new(), Fold::new());
        for step in &steps {
            assert_eq!(original.take(step), restored.take(step));
            if matches!(step, Step::Restore) {
                restored.figures = DailyFigures::restore(&restored.pieces(), restored.panes.dims()).unwrap();
            }
            assert!(original.pieces() == restored.pieces(), "the encodings differ after {step:?}");
        }
        assert_eq!(Canonical::of([&original.panes]), Canonical::of([&restored.panes]));
    }

    #[test]
    fn a_spoilt_piece_is_an_error_that_names_it(figure in figure(), bit in any::<prop::sample::Index>(), which in any::<prop::sample::Index>()) {
        let mut fold = Fold::new();
        fold.take(&Step::Figure(Box::new(figure)));
        let mut pieces = fold.pieces();
        let name = which.get(&pieces.keys().cloned().collect::<Vec<_>>()).clone();
        let bytes = pieces.get_mut(&name).unwrap();
        let bit = bit.index(bytes.len() * 8);
        bytes[bit / 8] ^= 1 << (bit % 8);
        let wrong = DailyFigures::restore(&pieces, fold.panes.dims()).unwrap_err();
        assert!(wrong.to_string().contains(&format!("piece {name} ")), "{wrong}");
    }

    #[test]
    fn figures_under_dimensions_that_are_not_there_are_an_error(figure in figure()) {
        let mut fold = Fold::new();
        fold.take(&Step::Figure(Box::new(figure)));
        let wrong = DailyFigures::restore(&fold.pieces(), Panes::new(Keep::ALL).dims()).unwrap_err();
        assert!(wrong.to_string().contains("piece figures/0 "), "{wrong}");
    }
}
