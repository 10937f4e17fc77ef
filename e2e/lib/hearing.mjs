// Whether two who talk hear each other, by the tones that they play.
import assert from "node:assert/strict";

/** For so long the browser listens. */
const LISTEN_SECONDS = 3;
/** Of that, so much has to be the other's tone. */
const HEARD_SECONDS_MIN = 0.8;

/** A phone that plays `phone` and a browser that plays `bob` hear each other from now on. */
export async function assertBothHear(phone, bob) {
  const before = phone.heard().bob;
  const heard = await bob.heard(LISTEN_SECONDS);
  assert.ok(heard.phone >= HEARD_SECONDS_MIN, `the browser did not hear the phone: ${JSON.stringify(heard)}`);
  const back = phone.heard().bob - before;
  assert.ok(back >= HEARD_SECONDS_MIN, `the phone did not hear the browser: ${back} s`);
}
