//! The same claims in a signed JSON token. It checks the signature (HS256), which nobody can for a
//! PubNub token, then time, user and grant by hand: the clock is an argument here, and the crate
//! has its own.

use std::hint::black_box;

use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation, decode, encode};
use serde::{Deserialize, Serialize};

use super::by_hand::{Kinds, may_read};
use crate::case::{Case, EXPIRY, ISSUED, NOW, Question, USER};
use crate::peer::{Peer, Task, task};

const SECRET: &[u8] = b"a secret of 32 bytes, more or less";

#[derive(Serialize, Deserialize)]
struct Claims {
    iat: u64,
    exp: u64,
    uuid: Option<String>,
    res: Kinds,
    pat: Kinds,
}

fn claims(case: &Case) -> Claims {
    let channels = case.channels.iter().cloned().collect();
    let patterns =
        case.patterns.iter().map(|pattern| (pattern.regex.to_owned(), pattern.mask)).collect();
    Claims {
        iat: ISSUED,
        exp: EXPIRY,
        uuid: Some(USER.to_owned()),
        res: Kinds { chan: channels, ..Kinds::default() },
        pat: Kinds { chan: patterns, ..Kinds::default() },
    }
}

/// The token of a case, and a function that decodes it.
fn decoder(case: &Case) -> impl Fn() -> Claims {
    let header = Header::new(Algorithm::HS256);
    let text = encode(&header, &claims(case), &EncodingKey::from_secret(SECRET)).expect("a token");
    let key = DecodingKey::from_secret(SECRET);
    let mut validation = Validation::new(Algorithm::HS256);
    validation.validate_exp = false;
    validation.required_spec_claims.clear();
    move || decode::<Claims>(black_box(&text), &key, &validation).expect("a valid token").claims
}

pub struct Jwt;

impl Peer for Jwt {
    fn name(&self) -> &'static str {
        "jsonwebtoken HS256 (+ regex by hand)"
    }

    fn decode<'a>(&self, case: &'a Case) -> Task<'a> {
        let decode = decoder(case);
        task(move || black_box(decode()).iat == ISSUED)
    }

    fn cold<'a>(&self, case: &'a Case, question: &'a Question) -> Task<'a> {
        let decode = decoder(case);
        task(move || {
            let claims = decode();
            let valid = black_box(NOW) < claims.exp
                && claims.uuid.as_deref().is_none_or(|uuid| uuid == USER);
            valid && may_read(&claims.res, &claims.pat, black_box(&question.channel))
        })
    }
}
