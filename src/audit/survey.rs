//! The work behind [`reach`](super::reach::reach).
//!
//! The evaluator decides about every entry and about an example of every pattern. The operation
//! table combines the results. An undecided verdict is indeterminate.

use alloc::string::String;
use alloc::vec::Vec;

use crate::decision::Verdict;
use crate::operation::{Operation, Requirements};
use crate::pattern::Shape;
use crate::permission::Permission;
use crate::policy::Policy;
use crate::policy::readings::{Doubt, Readings};
use crate::request::Request;
use crate::request::resource::{ResourceKind, without_colon};
use crate::token::{Grant, Limits, UnverifiedToken};

use super::Work;
use super::reach::{NameReach, OperationReach, PatternReach, Reach, better, rank};
use super::rules::{KindGrants, NameReadings, Rules, asked_as, granting, partner, reading_of};

/// The readings that grant on one name, or on one pattern's example.
struct SurveyedName<'a> {
    kind: ResourceKind,
    grant: Grant<'a>,
    /// The name as a request writes it; `None` for a pattern without an example.
    asked: Option<String>,
    /// The readings; `None` if the work limit was reached or there is no example.
    readings: Option<NameReadings>,
    /// The shape of a pattern; `None` for a name.
    shape: Option<Shape>,
    /// True if a projection of the token may hide the item.
    hidden: bool,
    is_pattern: bool,
}

/// A survey of all grants of a token.
pub(super) struct Survey<'a, 'p> {
    token: &'a UnverifiedToken,
    policy: &'p Policy<'p>,
    considered: Readings,
    rules: Rules,
    nothing: Option<UnverifiedToken>,
    found: Vec<SurveyedName<'a>>,
    /// The number of names to show. The second names of the same entries come after them.
    listed: usize,
}

impl<'a, 'p> Survey<'a, 'p> {
    pub(super) fn new(token: &'a UnverifiedToken, policy: &'p Policy<'p>) -> Self {
        // {"v": 2, "t": 0, "ttl": 1}: a token without grants, for what needs none.
        const NOTHING: &[u8] = b"\xa3\x61v\x02\x61t\x00\x63ttl\x01";
        let nothing = UnverifiedToken::from_cbor(NOTHING.to_vec(), Limits::new()).ok();
        let considered = policy.readings();
        Survey {
            token,
            policy,
            considered,
            rules: Rules::new(),
            nothing,
            found: Vec::new(),
            listed: 0,
        }
    }

    /// Finds the readings for every entry and every pattern's example.
    pub(super) fn look_up(&mut self) {
        let mut work = Work::new();
        let mut other_forms = Vec::new();
        for kind in self.rules.kinds() {
            let table = KindGrants::new(self.token, kind, self.policy, &mut work.matches);
            for grant in self.token.resources().of(kind).iter() {
                // The first name is the usual one, and the one to show.
                for (position, asked) in asked_as(kind, grant.name).into_iter().enumerate() {
                    let readings = table.readings(&self.rules, &asked, &mut work.matches);
                    let hidden = table.hidden(&asked, &mut work.matches).unwrap_or(true);
                    let asked = Some(asked);
                    let found = SurveyedName {
                        kind,
                        grant,
                        asked,
                        readings,
                        shape: None,
                        hidden,
                        is_pattern: false,
                    };
                    if position == 0 { self.found.push(found) } else { other_forms.push(found) }
                }
            }
            for grant in self.token.patterns().of(kind).iter() {
                let groups = kind == ResourceKind::Group;
                let shape = work.shape(grant.name, groups);
                let asked = shape.as_ref().and_then(Shape::example).cloned();
                let readings = asked
                    .as_ref()
                    .and_then(|name| table.readings(&self.rules, name, &mut work.matches));
                let hidden = |name| table.hidden(name, &mut work.matches).unwrap_or(true);
                let hidden = asked.as_deref().is_some_and(hidden);
                // Nobody documents how the service matches patterns of users, so their shape proves
                // nothing.
                let shape = shape.filter(|_| kind != ResourceKind::User);
                self.found.push(SurveyedName {
                    kind,
                    grant,
                    asked,
                    readings,
                    shape,
                    hidden,
                    is_pattern: true,
                });
            }
        }
        self.listed = self.found.iter().filter(|found| !found.is_pattern).count();
        self.found.append(&mut other_forms);
    }

    fn verdict(&self, granting: Readings) -> Verdict {
        Verdict::of(granting, self.considered)
    }

    /// Returns the readings that grant an operation on a name without grants.
    fn base(&self, operation: Operation, kind: ResourceKind) -> Readings {
        let token = self.nothing.as_ref().unwrap_or(self.token);
        granting(token, operation, Some((kind, "a")), &Policy::new())
    }

    /// Returns the sets of readings that grant a permission on some resource. Also returns whether
    /// other sets are possible.
    fn supply(&self, kind: ResourceKind, permission: Permission) -> (Vec<Readings>, bool) {
        let mut sets = Vec::new();
        let mut open = false;
        for found in self.found.iter().filter(|found| found.kind == kind) {
            match &found.readings {
                Some(readings) => {
                    let set = reading_of(readings, permission);
                    if !sets.contains(&set) {
                        sets.push(set);
                    }
                }
                None => open |= !found.is_pattern,
            }
            open |= found.bears_on(permission);
        }
        (sets, open)
    }

    /// Returns the best verdict for a resource with these readings, together with any partner.
    fn best(&self, granting: Readings, partners: Option<&(Vec<Readings>, bool)>) -> Verdict {
        let Some((sets, open)) = partners else { return self.verdict(granting) };
        let best = sets
            .iter()
            .map(|set| self.verdict(granting & *set))
            .min_by_key(rank)
            .unwrap_or(Verdict::Deny);
        let possible = *open && self.verdict(granting) != Verdict::Deny;
        if best == Verdict::Deny && possible { Verdict::Indeterminate } else { best }
    }

    /// Returns the reach that was found.
    pub(super) fn describe(&self) -> Reach<'a> {
        let mut names: Vec<NameReach<'a>> = Vec::new();
        let mut patterns: Vec<PatternReach<'a>> = Vec::new();
        let mut index = Vec::new();
        for found in &self.found {
            let (kind, name, permissions) = (found.kind, found.grant.name, found.grant.permissions);
            if let (false, Some(asked)) = (found.is_pattern, &found.asked) {
                index.push((kind, String::from(without_colon(kind, asked)), names.len()));
                let checked = found.readings.is_some();
                names.push(NameReach { kind, name, permissions, operations: Vec::new(), checked });
            } else if found.is_pattern {
                let shape = found.shape.as_ref();
                patterns.push(PatternReach {
                    kind,
                    pattern: name,
                    permissions,
                    operations: Vec::new(),
                    example: found.asked.clone(),
                    matches_nothing: shape.is_some_and(Shape::is_nothing),
                    matches_everything: shape.is_some_and(Shape::is_everything),
                });
            }
        }
        index.sort_unstable();
        let mut reach = Reach {
            user: self.token.authorized_user(),
            operations: Vec::new(),
            names,
            listed: self.listed,
            patterns,
            index,
            bases: Vec::new(),
        };
        for operation in Operation::ALL.iter().copied() {
            let summary = self.operation(operation, &mut reach);
            reach.operations.push(summary);
        }
        reach
    }

    /// Summarizes an operation, and adds its verdicts to the names and patterns of `reach`.
    fn operation(&self, operation: Operation, reach: &mut Reach<'a>) -> OperationReach {
        let alone = Request::builder(operation).build().is_ok();
        let free =
            if alone { granting(self.token, operation, None, self.policy) } else { Readings::NONE };
        let mut elsewhere = self.verdict(free);
        let mut verdict = elsewhere;
        let accesses = match operation.requirements() {
            Requirements::Resources(accesses) => accesses,
            _ => &[],
        };
        for access in accesses {
            let Some(permission) = access.permission else { continue };
            let base = self.base(operation, access.kind);
            let partner = partner(operation, access.kind);
            let partners = partner.map(|(kind, permission)| {
                let (mut sets, open) = self.supply(kind, permission);
                sets.push(self.base(operation, kind));
                (sets, open)
            });
            let other = self.best(base, partners.as_ref());
            reach.bases.push((operation, access.kind, other));
            if partners.is_none() {
                elsewhere = better(elsewhere, other);
            }
            let (mut name, mut pattern) = (reach.names.iter_mut(), reach.patterns.iter_mut());
            for found in &self.found {
                // `found` lists the names and the patterns in the same order as `reach`.
                let operations = if found.is_pattern {
                    pattern.next().map(|pattern| &mut pattern.operations)
                } else {
                    name.next().map(|name| &mut name.operations)
                };
                if found.kind != access.kind {
                    continue;
                }
                let granting = found.readings.as_ref().map(|readings| {
                    access.settle(reading_of(readings, permission), found.hidden) | base
                });
                let answer = self.answer(found, permission, granting, partners.as_ref());
                if let Some(operations) = operations.filter(|_| answer != Verdict::Deny) {
                    operations.push((operation, answer));
                }
                verdict = better(verdict, answer);
            }
            verdict = better(verdict, elsewhere);
        }
        OperationReach { operation, verdict, elsewhere }
    }

    /// Returns the best verdict for a name, or for the names that a pattern matches.
    fn answer(
        &self,
        found: &SurveyedName<'_>,
        permission: Permission,
        granting: Option<Readings>,
        partners: Option<&(Vec<Readings>, bool)>,
    ) -> Verdict {
        let answer = granting.map_or(Verdict::Indeterminate, |set| self.best(set, partners));
        if !found.is_pattern {
            return answer;
        }
        let excluded = partners.is_some_and(|(sets, open)| {
            !open && sets.iter().all(|set| self.verdict(*set) == Verdict::Deny)
        });
        match answer {
            _ if excluded || !found.bears_on(permission) => Verdict::Deny,
            Verdict::Deny => Verdict::Indeterminate,
            answer => answer,
        }
    }

    /// Returns the reach of a token that nobody can use.
    pub(super) fn nothing(&self) -> Reach<'a> {
        let of = |operation: Operation| {
            let free = operation.requirements().is_nothing();
            let granting = if free { Readings::with_doubt(Doubt::Granted) } else { Readings::NONE };
            let verdict = self.verdict(granting);
            OperationReach { operation, verdict, elsewhere: verdict }
        };
        Reach {
            user: self.token.authorized_user(),
            operations: Operation::ALL.iter().copied().map(of).collect(),
            names: Vec::new(),
            listed: 0,
            patterns: Vec::new(),
            index: Vec::new(),
            bases: Vec::new(),
        }
    }
}

impl SurveyedName<'_> {
    /// Reports whether this is a pattern that may grant a permission.
    fn bears_on(&self, permission: Permission) -> bool {
        let nothing = self.shape.as_ref().is_some_and(Shape::is_nothing);
        self.is_pattern && !nothing && self.grant.permissions.has(permission)
    }
}
