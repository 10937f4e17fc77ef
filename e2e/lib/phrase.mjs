// The system's own phrases, recognised by their sound in what somebody has heard.
import { readFileSync } from "node:fs";
import { join } from "node:path";

import { until } from "./wait.mjs";

const SOUNDS = new URL("../../infra/prompts/sound", import.meta.url).pathname;
const RATE = 8000;
/** Of the phrase so much is compared: enough to be no other. */
const COMPARED_SECONDS = 1.5;
/** From here on it is the phrase; what is another lies below half of it. */
const LIKENESS_MIN = 0.6;
/** Places that are tried lie so far apart at first. */
const COARSE = 4;

/** The samples of a track of an Ogg Opus file, decoded by a browser: `{rate, samples}`. */
export async function decode(page, bytes, track = 0) {
  const samples = await page.evaluate(async ({ data, rate, track }) => {
    const buffer = Uint8Array.from(atob(data), (sign) => sign.charCodeAt(0)).buffer;
    const context = new OfflineAudioContext(1, 1, rate);
    return Array.from((await context.decodeAudioData(buffer)).getChannelData(track));
  }, { data: Buffer.from(bytes).toString("base64"), rate: RATE, track });
  return { rate: RATE, samples: Float32Array.from(samples) };
}

/** The samples of a phrase in a language. */
export function phrase(page, name, language = "en_US") {
  return decode(page, readFileSync(join(SOUNDS, language, `${name}.opus`)));
}

/** Waits until the phone has heard the phrase in its latest call. */
export async function hearsPhrase(phone, page, name, { language, seconds = 20 } = {}) {
  const wanted = await phrase(page, name, language);
  return until(`the phrase ${name} is heard`, () => likeness(phone.soundLast(), wanted) >= LIKENESS_MIN, seconds);
}

/** How like the phrase the most like place of a sound is: the normalised correlation of their samples, 1 where they are the same. */
export function likeness({ rate, samples }, { samples: phrase }) {
  if (rate !== RATE) return 0;
  const wanted = phrase.subarray(0, Math.min(phrase.length, COMPARED_SECONDS * RATE));
  let [best, at] = [0, 0];
  for (let start = 0; start + wanted.length <= samples.length; start += 1) {
    const found = correlation(samples, start, wanted, COARSE);
    if (found > best) [best, at] = [found, start];
  }
  return wanted.length > 0 && best > 0 ? correlation(samples, at, wanted, 1) : 0;
}

function correlation(samples, start, wanted, step) {
  let [both, own, theirs] = [0, 0, 0];
  for (let index = 0; index < wanted.length; index += step) {
    const [one, other] = [samples[start + index], wanted[index]];
    both += one * other;
    own += one * one;
    theirs += other * other;
  }
  return own > 0 && theirs > 0 ? both / Math.sqrt(own * theirs) : 0;
}
