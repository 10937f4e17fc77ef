// Open: the browser is heard, but its sound still comes over UDP; how Chromium is kept from UDP has to be found first.
import assert from "node:assert/strict";

import { scenario } from "../lib/scenario.mjs";
import { pause } from "../lib/wait.mjs";

const HEARD_SECONDS_MIN = 0.5;

scenario("a browser whose UDP is blocked talks over TCP", async (world) => {
  const phone = await world.phone("Acme", "101", { tone: "phone" });
  const bob = await world.user("Acme", "102", "bob", { udp: false });
  assert.equal(world.belfry.mediaStreams(), 0);
  await phone.dial("sip:102@acme.localhost");
  await bob.callState("incoming");
  await bob.answer();
  await phone.event("CALL_ESTABLISHED");
  await bob.callState("talking");
  await assertBothHear(phone, bob);
  assert.ok(world.belfry.mediaStreams() > 0, "its sound came another way");
  await phone.hangUp();
  await bob.callOver();
});

async function assertBothHear(phone, bob, heardBefore = 0) {
  await pause(1000);
  const heard = await bob.heard(2);
  assert.ok(heard.phone >= HEARD_SECONDS_MIN, `the browser did not hear the phone: ${JSON.stringify(heard)}`);
  const back = phone.heard().bob - heardBefore;
  assert.ok(back >= HEARD_SECONDS_MIN, `the phone did not hear the browser: ${back} s`);
}
