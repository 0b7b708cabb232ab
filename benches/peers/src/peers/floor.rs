//! The floor below any decoder: base64 to bytes, and one look at each byte as UTF-8. It understands
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
        // CBOR as a whole is not UTF-8, and the pass would end at the first byte that is not: it
        // goes over as many bytes of ASCII, which is what the names are.
        let mut ascii = engine.decode(&case.text).expect("base64");
        ascii.iter_mut().for_each(|byte| *byte &= 0x7f);
        task(move || {
            let bytes = black_box(engine.decode(black_box(&case.text)));
            bytes.is_ok() && std::str::from_utf8(black_box(&ascii)).is_ok()
        })
    }
}
