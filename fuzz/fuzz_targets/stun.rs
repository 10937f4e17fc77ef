#![no_main]

use libfuzzer_sys::fuzz_target;

#[path = "../../backend/media/tests/it/hostile.rs"]
#[allow(dead_code)]
mod hostile;
#[path = "../../backend/media/tests/it/peer.rs"]
#[allow(dead_code)]
mod peer;
#[path = "../../backend/media/tests/it/world.rs"]
#[allow(dead_code)]
mod world;

fuzz_target!(|data: &[u8]| hostile::stun(data));
