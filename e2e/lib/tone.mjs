// Tones: played by one side, recognised on the other by Goertzel's filter.
import { writeFileSync } from "node:fs";

/** The tone that each person of the tests plays, in Hz: far apart, and no multiple of one another. */
export const TONES = { alice: 620, bob: 1030, phone: 440, desk: 1370, door: 530, hall: 740, lab: 850 };

const AMPLITUDE = 0.5;
const ON_SECONDS = 0.4;
const OFF_SECONDS = 0.1;
const EDGE_SECONDS = 0.01;

/** Writes a mono 16-bit WAV with beeps of `hz`. Beeps, because a steady tone is what noise suppression takes away. */
export function writeTone(path, { hz, rate, seconds }) {
  const samples = beeps({ hz, rate, seconds });
  const pcm = Buffer.alloc(samples.length * 2);
  samples.forEach((sample, index) => pcm.writeInt16LE(sample, index * 2));
  writeFileSync(path, Buffer.concat([wavHeader(rate, pcm.length), pcm]));
  return path;
}

/** The same as 16-bit samples. */
export function beeps({ hz, rate, seconds }) {
  const samples = new Int16Array(Math.round(rate * seconds));
  const period = ON_SECONDS + OFF_SECONDS;
  for (let index = 0; index < samples.length; index += 1) {
    const time = index / rate;
    const inBeep = time % period;
    const edge = Math.min(1, inBeep / EDGE_SECONDS, Math.max(0, (ON_SECONDS - inBeep) / EDGE_SECONDS));
    samples[index] = Math.round(32767 * AMPLITUDE * edge * Math.sin(2 * Math.PI * hz * time));
  }
  return samples;
}

function wavHeader(rate, bytes) {
  const header = Buffer.alloc(44);
  header.write("RIFF", 0);
  header.writeUInt32LE(36 + bytes, 4);
  header.write("WAVEfmt ", 8);
  header.writeUInt32LE(16, 16);
  header.writeUInt16LE(1, 20); // PCM
  header.writeUInt16LE(1, 22); // mono
  header.writeUInt32LE(rate, 24);
  header.writeUInt32LE(rate * 2, 28);
  header.writeUInt16LE(2, 32);
  header.writeUInt16LE(16, 34);
  header.write("data", 36);
  header.writeUInt32LE(bytes, 40);
  return header;
}

/** Reads a mono 16-bit WAV, complete or still being written: `{rate, samples}` with samples in -1…1. */
export function readWav(bytes) {
  if (bytes.length < 44) return { rate: 0, samples: new Float32Array() };
  const rate = bytes.readUInt32LE(24);
  const samples = new Float32Array(Math.max(0, (bytes.length - 44) >> 1));
  for (let index = 0; index < samples.length; index += 1) samples[index] = bytes.readInt16LE(44 + index * 2) / 32768;
  return { rate, samples };
}

const WINDOW_SECONDS = 0.1;
const QUIET_RMS = 0.01;
/** A tone of the tests is so loud where it is heard at all, as part of what is possible; what is not there lies far below. */
const HEARD_MIN = 0.05;
/** The share of a window's energy that one tone must have to count as heard. */
const SHARE_MIN = 0.6;

/** The seconds of sound in which each tone was the loudest thing, by name: `{alice: 2.3, bob: 0}`. */
export function heardSeconds({ rate, samples }, tones = TONES) {
  // A file that has no header yet has no rate.
  const size = Math.max(1, Math.round(rate * WINDOW_SECONDS));
  const heard = Object.fromEntries(Object.keys(tones).map((name) => [name, 0]));
  for (let start = 0; start + size <= samples.length; start += size) {
    const window = samples.subarray(start, start + size);
    const energy = window.reduce((sum, sample) => sum + sample * sample, 0);
    if (Math.sqrt(energy / size) < QUIET_RMS) continue;
    for (const [name, hz] of Object.entries(tones)) {
      if (toneShare(window, rate, hz, energy) >= SHARE_MIN) heard[name] += 1;
    }
  }
  return Object.fromEntries(Object.entries(heard).map(([name, windows]) => [name, windows * WINDOW_SECONDS]));
}

/** How loud a sine of `hz` is in a sound: 1 for one as loud as is possible. */
export function loudness({ rate, samples }, hz) {
  return Math.sqrt(tonePower(samples, rate, hz)) * 2 / Math.max(1, samples.length);
}

/** Which of the tones are in the last seconds of a sound; the beeps of several may lie over one another. */
export function tonesIn({ rate, samples }, seconds = 2) {
  const last = { rate, samples: samples.subarray(-seconds * rate) };
  return Object.keys(TONES).filter((name) => loudness(last, TONES[name]) > HEARD_MIN);
}

/** How much of a window's energy lies at `hz`: 1 for a pure sine. */
function toneShare(window, rate, hz, energy) {
  return (2 * tonePower(window, rate, hz)) / (window.length * energy);
}

/** Goertzel's filter: the square of the magnitude at `hz`. */
function tonePower(window, rate, hz) {
  const coefficient = 2 * Math.cos((2 * Math.PI * hz) / rate);
  let before = 0;
  let last = 0;
  for (const sample of window) {
    const next = sample + coefficient * last - before;
    before = last;
    last = next;
  }
  return last * last + before * before - coefficient * last * before;
}
