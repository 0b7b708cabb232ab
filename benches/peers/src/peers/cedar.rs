//! Cedar: explicit grants as a hierarchy of entities (a look-up, faster than a policy for each),
//! patterns as policies of their own. It checks time, user and grant; it has no tokens, so cold
//! starts from decoded grants, and no regular expressions, so patterns are its `like`, in which
//! `room-*` matches more than `^room-[0-9]+$`.

use std::collections::HashSet;
use std::fmt::Write;
use std::hint::black_box;

use cedar_policy::{
    Authorizer, Context, Decision, Entities, Entity, EntityId, EntityTypeName, EntityUid,
    PolicySet, Request, RestrictedExpression,
};

use crate::case::{Case, EXPIRY, NOW, Question, READ, USER};
use crate::peer::{Peer, Task, task};

fn kind(name: &str) -> EntityTypeName {
    name.parse().expect("a type name")
}

fn entity(kind: &EntityTypeName, name: &str) -> EntityUid {
    EntityUid::from_type_name_and_id(kind.clone(), EntityId::new(name))
}

/// The policies of a token: one for all explicit grants, one for each pattern that grants reading.
fn policies(case: &Case) -> PolicySet {
    let head =
        format!("permit(principal == User::\"{USER}\", action == Action::\"read\", resource");
    let mut text = format!("{head} in Grants::\"read\") when {{ context.now < {EXPIRY} }};\n");
    for pattern in case.patterns.iter().filter(|pattern| pattern.mask & READ != 0) {
        let glob = pattern.glob;
        let when = format!("when {{ context.now < {EXPIRY} && context.channel like \"{glob}\" }}");
        writeln!(text, "{head}) {when};").expect("memory");
    }
    text.parse().expect("policies")
}

/// Returns the explicit grants of a token: each channel is in the groups of its permissions.
fn entities(case: &Case) -> Entities {
    let (channel, grants) = (kind("Channel"), kind("Grants"));
    let groups = [entity(&grants, "read"), entity(&grants, "write")];
    let parents = |mask: u8| {
        let granted = groups.iter().enumerate().filter(move |(bit, _)| mask & (1 << bit) != 0);
        granted.map(|(_, group)| group.clone()).collect()
    };
    let tops = groups.iter().map(|group| Entity::new_no_attrs(group.clone(), HashSet::new()));
    let channels = case
        .channels
        .iter()
        .map(|(name, mask)| Entity::new_no_attrs(entity(&channel, name), parents(*mask)));
    Entities::from_entities(tops.chain(channels), None).expect("entities")
}

fn request(question: &Question) -> Request {
    let context = [
        ("now".to_owned(), RestrictedExpression::new_long(black_box(NOW) as i64)),
        ("channel".to_owned(), RestrictedExpression::new_string(question.channel.clone())),
    ];
    let context = Context::from_pairs(context).expect("a context");
    let (user, action) = (entity(&kind("User"), USER), entity(&kind("Action"), "read"));
    Request::new(user, action, entity(&kind("Channel"), &question.channel), context, None)
        .expect("a request")
}

pub struct Cedar;

impl Peer for Cedar {
    fn name(&self) -> &'static str {
        "cedar-policy"
    }

    fn cold<'a>(&self, case: &'a Case, question: &'a Question) -> Task<'a> {
        let authorizer = Authorizer::new();
        task(move || {
            let (policies, entities) = (policies(black_box(case)), entities(black_box(case)));
            let response =
                authorizer.is_authorized(&request(black_box(question)), &policies, &entities);
            response.decision() == Decision::Allow
        })
    }

    fn warm<'a>(&self, case: &'a Case, question: &'a Question) -> Task<'a> {
        let (authorizer, policies, entities) = (Authorizer::new(), policies(case), entities(case));
        let request = request(question);
        task(move || {
            let response = authorizer.is_authorized(black_box(&request), &policies, &entities);
            response.decision() == Decision::Allow
        })
    }
}
