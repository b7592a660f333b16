//! The members of the community: a level, from figures and follows.

use std::collections::BTreeSet;

use crate::{
    facts::{Facts, Social},
    groups::Group,
};

/// The members at the end of a day.
pub fn members(facts: &Facts, group: &Group, last: i64) -> i128 {
    let accounts: BTreeSet<(&str, &str)> = facts.social.iter().map(account).collect();
    accounts.into_iter().map(|of| members_of(facts, of, group, last)).sum()
}

fn account(one: &Social) -> (&str, &str) {
    (&one.platform, &one.account)
}

fn members_of(facts: &Facts, of: (&str, &str), group: &Group, last: i64) -> i128 {
    let known = || facts.social.iter().filter(|one| account(one) == of && one.on.day <= last);
    let figure = known().filter(|one| one.kind == "audience").max_by_key(|one| one.on.day);
    let later = known().filter(|one| figure.is_none_or(|figure| one.on.day > figure.on.day) && group.has(&one.at));
    let moved: i128 = later.map(|one| sign(&one.kind) * i128::from(one.count)).sum();
    figure.filter(|figure| group.has(&figure.at)).map_or(0, |figure| i128::from(figure.count)) + moved
}

fn sign(kind: &str) -> i128 {
    match kind {
        "follow" => 1,
        "unfollow" => -1,
        _ => 0,
    }
}
