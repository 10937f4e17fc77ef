//! What it costs to keep sound: a second of a recording into Ogg Opus. `make bench` runs it beside that of `media`; its lines are
//! `name<TAB>microseconds`.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::f32::consts::TAU;

use sound::Writer;

/// Samples a second of what is kept.
const RATE: usize = 16_000;

/// Processor time of this process, in nanoseconds.
fn processor() -> u64 {
    let text = std::fs::read_to_string("/proc/self/schedstat").expect("the kernel tells the processor time");
    text.split(' ').next().unwrap().parse().unwrap()
}

/// A second of a changing tone on so many tracks.
fn second(tracks: usize) -> Vec<i16> {
    let sample = |n: usize| {
        let at = n as f32 / RATE as f32;
        ((TAU * (220.0 + 80.0 * (TAU * 3.0 * at).sin()) * at).sin() * 9_000.0) as i16
    };
    (0..RATE).flat_map(|n| std::iter::repeat_n(sample(n), tracks)).collect()
}

fn main() {
    let quick = std::env::args().any(|argument| argument == "--quick");
    let seconds = if quick { 10 } else { 120 };
    for (name, tracks) in [("kept_1", 1), ("kept_2", 2)] {
        let samples = second(tracks);
        let mut writer = Writer::create(std::io::sink(), tracks as u8, 7).unwrap();
        writer.push(&samples).unwrap();
        let before = processor();
        for _ in 0..seconds {
            writer.push(&samples).unwrap();
        }
        let taken = processor() - before;
        writer.finish().unwrap();
        println!("{name}\t{:.1}", taken as f64 / 1_000.0 / f64::from(seconds));
    }
}
