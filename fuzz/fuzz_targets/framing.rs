#![no_main]

use libfuzzer_sys::fuzz_target;

#[path = "../../backend/sip/tests/it/hostile.rs"]
#[allow(dead_code)]
mod hostile;

fuzz_target!(|data: &[u8]| hostile::framing(data));
