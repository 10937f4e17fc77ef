// The browser phone is a phone.
import assert from "node:assert/strict";

import { scenario } from "../lib/scenario.mjs";
import { pause } from "../lib/wait.mjs";

async function connected(world) {
  const bob = await world.user("Acme", "102", "bob");
  const phone = await world.phone("Acme", "101", { tone: "phone", answer: "auto" });
  await bob.dial("101");
  await bob.callState("talking");
  await phone.event("CALL_ESTABLISHED");
  return { bob, phone };
}

scenario("hold is silent on both sides and resume brings the sound back", async (world) => {
  const { bob, phone } = await connected(world);
  await pause(1000);
  await bob.press("hold-button");
  await bob.callState("held");
  await pause(500);
  const before = phone.heard().bob;
  const heard = await bob.heard(2);
  assert.ok(heard.phone < 0.3, `heard on hold: ${JSON.stringify(heard)}`);
  assert.ok(phone.heard().bob - before < 0.3, "the phone heard the browser on hold");
  await bob.press("hold-button");
  await bob.callState("talking");
  await pause(500);
  assert.ok((await bob.heard(2)).phone >= 0.5, "nothing after hold");
});

scenario("mute stops one's own sound only", async (world) => {
  const { bob, phone } = await connected(world);
  await pause(1000);
  await bob.press("mute-button");
  await pause(500);
  const before = phone.heard().bob;
  assert.ok((await bob.heard(2)).phone >= 0.5, "a muted person hears nothing");
  assert.ok(phone.heard().bob - before < 0.3, "a muted person is heard");
  await bob.press("mute-button");
  await pause(2000);
  assert.ok(phone.heard().bob - before >= 0.5, "nothing is heard after mute");
});

scenario("the keypad's digits arrive as events", async (world) => {
  const { bob, phone } = await connected(world);
  await bob.press("keypad-toggle");
  for (const digit of ["1", "9", "*", "0", "#"]) {
    await bob.pressDigit(digit);
    await phone.event("CALL_DTMF_START", { param: digit });
    await pause(300);
  }
});

// covers: RTC-01
scenario("a reloaded page takes its call up again", async (world) => {
  const { bob, phone } = await connected(world);
  await pause(1000);
  await bob.page.reload();
  await bob.phoneReady();
  await bob.callState("talking");
  await pause(500);
  const before = phone.heard().bob;
  assert.ok((await bob.heard(2)).phone >= 0.5, "the reloaded page hears nothing");
  assert.ok(phone.heard().bob - before >= 0.5, "the reloaded page is not heard");
  assert.ok(!phone.has("CALL_CLOSED"), "the other side was hung up");
});

scenario("two calls at once, and the person swaps between them", async (world) => {
  const { bob, phone } = await connected(world);
  const alice = await world.phone("Acme", "101", { tone: "desk" });
  await alice.dial("sip:102@acme.localhost");
  await bob.callState("incoming");
  await bob.answer();
  await alice.event("CALL_ESTABLISHED");
  await pause(500);
  const second = await bob.heard(2);
  assert.ok(second.desk >= 0.5 && second.phone < 0.3, `the answered call is in front: ${JSON.stringify(second)}`);
  await bob.press("swap-button");
  await pause(1000);
  const first = await bob.heard(2);
  assert.ok(first.phone >= 0.5 && first.desk < 0.3, `the first call is in front: ${JSON.stringify(first)}`);
  assert.ok(!phone.has("CALL_CLOSED") && !alice.has("CALL_CLOSED"));
});

scenario("the phone rings and answers by keyboard, and a call survives a walk through the portal", async (world) => {
  const bob = await world.user("Acme", "102", "bob");
  const phone = await world.phone("Acme", "101", { tone: "phone" });
  await phone.dial("sip:102@acme.localhost");
  await bob.callState("incoming");
  await bob.at("answer-button").first().focus();
  await bob.page.keyboard.press("Enter");
  await bob.callState("talking");
  await bob.page.locator('a[href="/calls"]').first().click();
  await bob.page.getByRole("heading", { name: "My calls" }).waitFor();
  await pause(500);
  assert.ok((await bob.heard(2)).phone >= 0.5, "nothing is heard on another page");
  await bob.hangUp();
  await phone.event("CALL_CLOSED");
});
