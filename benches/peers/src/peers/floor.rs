//! The least work of any decoder: base64 to bytes, and one pass over them as UTF-8. It decodes
//! nothing.

use std::hint::black_box;

use base64::Engine;
use base64::engine::{GeneralPurposeConfig, Simd};

use crate::case::Case;
use crate::peer::{Peer, Task, task};

pub struct Floor;

impl Peer for Floor {
    fn name(&self) -> &'static str {
        super::FLOOR
    }

    fn decode<'a>(&self, case: &'a Case) -> Task<'a> {
        let engine = Simd::url_safe(GeneralPurposeConfig::new());
        // CBOR is not UTF-8 as a whole, and the pass would end at the first invalid byte. It goes
        // over the same number of ASCII bytes instead.
        let mut ascii = engine.decode(&case.text).expect("base64");
        ascii.iter_mut().for_each(|byte| *byte &= 0x7f);
        task(move || {
            let bytes = black_box(engine.decode(black_box(&case.text)));
            bytes.is_ok() && std::str::from_utf8(black_box(&ascii)).is_ok()
        })
    }
}
