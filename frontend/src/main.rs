//! The portals and the softphone.

mod softphone;

fn main() {}
