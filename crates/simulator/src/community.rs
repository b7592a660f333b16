//! The community: posts with daily figures, single interactions, and how many follow.
//!
//! LinkedIn reports figures of a day, the others every interaction by itself: never both for one post and kind.

use model::{Day, Event, InteractionKind, Millis, SocialInteraction, event::Text};

use crate::{
    calendar::{LocalDay, weekday},
    chance::Chance,
    options::Options,
    outbox::Outbox,
};

/// The source of all social events.
const CONNECTOR: &str = "social-connector";
/// Days for which a post is still seen.
const POST_LIFE: i32 = 12;
/// When a post's day is pulled again (days later), and how much of it is counted by then.
const PULLS: &[(i32, f64)] = &[(1, 0.96), (2, 0.99), (4, 1.0)];
/// What becomes of an impression of a post.
const OF_IMPRESSIONS: &[(InteractionKind, f64)] = &[
    (InteractionKind::Like, 0.021),
    (InteractionKind::Comment, 0.003),
    (InteractionKind::Share, 0.002),
    (InteractionKind::Click, 0.011),
    (InteractionKind::Reaction, 0.004),
];

/// Single interactions: (platform, account), kind, how many on a working day.
const SINGLES: &[(Page, InteractionKind, f64)] = &[
    (INSTAGRAM, InteractionKind::Impression, 60.0),
    (INSTAGRAM, InteractionKind::Like, 26.0),
    (INSTAGRAM, InteractionKind::Comment, 4.0),
    (INSTAGRAM, InteractionKind::Share, 4.0),
    (INSTAGRAM, InteractionKind::Click, 9.0),
    (INSTAGRAM, InteractionKind::Reaction, 5.0),
    (FORUM, InteractionKind::Comment, 11.0),
    (FORUM, InteractionKind::Reaction, 8.0),
    (FORUM, InteractionKind::Follow, 3.4),
    (FORUM, InteractionKind::Unfollow, 0.7),
    (FORUM, InteractionKind::Intent, 1.3),
];

/// A platform and the company's account on it.
type Page = (&'static str, &'static str);
const LINKEDIN: Page = ("linkedin", "company-page");
const INSTAGRAM: Page = ("instagram", "behind-the-product");
const FORUM: Page = ("discord", "user-community");

/// What the company has on social platforms so far.
#[derive(Clone, Debug)]
pub(crate) struct Community {
    posts: Vec<Post>,
    published: u64,
    /// Followers on LinkedIn and Instagram.
    followers: [f64; 2],
}

#[derive(Clone, Debug)]
struct Post {
    id: String,
    day: Day,
    reach: f64,
}

impl Community {
    pub(crate) fn new() -> Community {
        Community { posts: Vec::new(), published: 0, followers: [3_100.0, 1_250.0] }
    }

    /// All that is ever reported of `today`.
    pub(crate) fn day(&mut self, options: &Options, today: LocalDay, chance: &mut Chance, out: &mut Outbox) {
        self.publish(options, today, chance);
        for post in &self.posts {
            figures(post, options, today, chance, out);
        }
        for (place, kind, a_day) in SINGLES {
            for _ in 0..chance.count(a_day * today.pace() * options.scale) {
                let at = today.moment(chance);
                let event = interaction(*place, *kind, at, chance, out);
                out.send(event);
            }
        }
        self.audiences(options, today, chance, out);
    }

    /// New posts on Tuesdays and Thursdays; those nobody sees any more go.
    fn publish(&mut self, options: &Options, today: LocalDay, chance: &mut Chance) {
        self.posts.retain(|post| today.day < post.day.plus(POST_LIFE));
        if matches!(weekday(today.day), 1 | 3) {
            self.published += 1;
            let reach = chance.around(900.0 * options.scale, 0.7);
            self.posts.push(Post { id: format!("P-{:05}", self.published), day: today.day, reach });
        }
    }

    /// The day's audience, known the next morning.
    fn audiences(&mut self, options: &Options, today: LocalDay, chance: &mut Chance, out: &mut Outbox) {
        let next = LocalDay::new(&options.zone, today.day.plus(1));
        for (followers, (platform, account)) in self.followers.iter_mut().zip([LINKEDIN, INSTAGRAM]) {
            *followers += chance.between(-1.0, 6.0) * today.pace();
            let at = next.job(5, chance);
            let audience = DayFigure { place: (platform, account), post: None, kind: InteractionKind::Audience, day: today.day };
            let count = (*followers * options.scale) as i64;
            audience.send(count, at, out);
        }
    }
}

/// The absolute figure of a day.
struct DayFigure<'a> {
    place: Page,
    post: Option<&'a str>,
    kind: InteractionKind,
    day: Day,
}

impl DayFigure<'_> {
    fn send(&self, count: i64, at: Millis, out: &mut Outbox) {
        let event = SocialInteraction {
            head: out.revised(CONNECTOR, at),
            platform: self.place.0.into(),
            kind: self.kind,
            count,
            account: Some(self.place.1.into()),
            post_id: self.post.map(|id| Text::from(id.to_owned())),
            // LinkedIn's connector names its channel; the others leave it to the default.
            channel: (self.place == LINKEDIN).then(|| "organic_social".into()),
            campaign: None,
            segment: None,
            lead_id: None,
            stat_date: Some(self.day),
        };
        out.send(Event::Social(event));
    }
}

/// What LinkedIn says of a post's day, the next morning and again later.
fn figures(post: &Post, options: &Options, today: LocalDay, chance: &mut Chance, out: &mut Outbox) {
    let seen = (post.day.0..today.day.0).fold(post.reach * 0.4, |seen, _| seen * 0.65) * chance.between(0.8, 1.2);
    let kinds = OF_IMPRESSIONS.iter().map(|(kind, share)| (*kind, chance.count(seen * share) as f64));
    let all: Vec<_> = std::iter::once((InteractionKind::Impression, seen.round())).chain(kinds).collect();
    let mut known = [None; 6];
    for (later, share) in PULLS {
        let at = LocalDay::new(&options.zone, today.day.plus(*later)).job(5, chance);
        for ((kind, total), known) in all.iter().zip(&mut known) {
            let count = (total * share).round() as i64;
            if *known != Some(count) {
                *known = Some(count);
                let figure = DayFigure { place: LINKEDIN, post: Some(&post.id), kind: *kind, day: today.day };
                figure.send(count, at, out);
            }
        }
    }
}

/// A single interaction of any kind, as often as each happens.
pub(crate) fn any_interaction(at: Millis, chance: &mut Chance, out: &mut Outbox) -> Option<Event<'static>> {
    let (place, kind, _) = chance.weighted(SINGLES, |(_, _, a_day)| *a_day)?;
    Some(interaction(*place, *kind, at, chance, out))
}

fn interaction((platform, account): Page, kind: InteractionKind, at: Millis, chance: &mut Chance, out: &mut Outbox) -> Event<'static> {
    let count = if kind == InteractionKind::Impression { 5 + chance.below(50) as i64 } else { 1 };
    let on_a_post = !matches!(kind, InteractionKind::Follow | InteractionKind::Unfollow | InteractionKind::Intent);
    Event::Social(SocialInteraction {
        head: out.head(CONNECTOR, at),
        platform: platform.into(),
        kind,
        count,
        account: Some(account.into()),
        post_id: on_a_post.then(|| Text::from(format!("S-{:03}", chance.below(40)))),
        channel: None,
        campaign: None,
        segment: None,
        lead_id: None,
        stat_date: None,
    })
}
