// Phones by other people, over UDP and TCP, with the same and with different codecs.
import assert from "node:assert/strict";

import { scenario } from "../lib/scenario.mjs";
import { pause } from "../lib/wait.mjs";

const TALK_MILLIS = 2500;
const HEARD_SECONDS_MIN = 1;

/** One calls, the other answers by itself; each must have heard the other's tone and nobody else's. */
async function talk(caller, callee, number, domain) {
  await caller.phone.dial(`sip:${number}@${domain}`);
  await caller.phone.event("CALL_ESTABLISHED");
  await callee.phone.event("CALL_ESTABLISHED");
  await pause(TALK_MILLIS);
  await caller.phone.hangUp();
  await callee.phone.event("CALL_CLOSED");
  assertHeardOnly(caller.phone.heard(), callee.tone);
  assertHeardOnly(callee.phone.heard(), caller.tone);
}

function assertHeardOnly(heard, tone) {
  assert.ok(heard[tone] >= HEARD_SECONDS_MIN, `${tone} was not heard: ${JSON.stringify(heard)}`);
  for (const [other, seconds] of Object.entries(heard)) {
    assert.ok(other === tone || seconds < 0.2, `${other} was heard as well: ${JSON.stringify(heard)}`);
  }
}

// covers: SYS-01, TRN-03
scenario("two phones over UDP hear each other", async (world) => {
  const caller = { phone: await world.phone("Acme", "101", { tone: "phone" }), tone: "phone" };
  const callee = { phone: await world.phone("Acme", "102", { tone: "desk", answer: "auto" }), tone: "desk" };
  await talk(caller, callee, "102", "acme.localhost");
});

scenario("a phone over TCP and one over UDP hear each other", async (world) => {
  const caller = { phone: await world.phone("Acme", "101", { tone: "phone", transport: "tcp" }), tone: "phone" };
  const callee = { phone: await world.phone("Acme", "102", { tone: "desk", answer: "auto" }), tone: "desk" };
  await talk(caller, callee, "102", "acme.localhost");
});

scenario("a phone that is called over the TCP connection that it registered on is heard", async (world) => {
  const caller = { phone: await world.phone("Acme", "101", { tone: "phone" }), tone: "phone" };
  const callee = { phone: await world.phone("Acme", "102", { tone: "desk", answer: "auto", transport: "tcp" }), tone: "desk" };
  await talk(caller, callee, "102", "acme.localhost");
});

for (const [caller, callee] of [["srtp-mand", undefined], [undefined, "srtp"], ["srtp", "srtp"]]) {
  scenario(`a phone that ${caller ?? "does not encrypt"} calls one that ${callee ?? "does not encrypt"}`, async (world) => {
    const one = { phone: await world.phone("Acme", "101", { tone: "phone", encryption: caller }), tone: "phone" };
    const other = { phone: await world.phone("Acme", "102", { tone: "desk", answer: "auto", encryption: callee }), tone: "desk" };
    await talk(one, other, "102", "acme.localhost");
  });
}

scenario("a phone that speaks only Opus and one that speaks only G.711 hear each other", async (world) => {
  const caller = { phone: await world.phone("Acme", "101", { tone: "phone", codecs: "opus" }), tone: "phone" };
  const callee = { phone: await world.phone("Acme", "102", { tone: "desk", answer: "auto", codecs: "pcma" }), tone: "desk" };
  await talk(caller, callee, "102", "acme.localhost");
});

// covers: SYS-02
scenario("both devices of an extension ring, and the second stops when the first answers", async (world) => {
  const caller = await world.phone("Acme", "101", { tone: "phone" });
  const desk = await world.phone("Acme", "102", { tone: "desk" });
  const mobile = await world.phone("Acme", "102", { tone: "bob" });
  await caller.dial("sip:102@acme.localhost");
  await desk.event("CALL_INCOMING");
  await mobile.event("CALL_INCOMING");
  await desk.answer();
  await caller.event("CALL_ESTABLISHED");
  await mobile.event("CALL_CLOSED");
  await pause(TALK_MILLIS);
  await caller.hangUp();
  await desk.event("CALL_CLOSED");
  assertHeardOnly(caller.heard(), "desk");
  assert.ok(!mobile.has("CALL_ESTABLISHED"));
});

scenario("a call put on hold is silent and goes on when it is taken up again", async (world) => {
  const caller = await world.phone("Acme", "101", { tone: "phone" });
  const callee = await world.phone("Acme", "102", { tone: "desk", answer: "auto" });
  await caller.dial("sip:102@acme.localhost");
  await callee.event("CALL_ESTABLISHED");
  await pause(1500);
  await caller.command("hold");
  await pause(1000);
  const whenHeld = callee.heard().phone;
  await pause(2000);
  const stillHeld = callee.heard().phone;
  assert.ok(stillHeld - whenHeld < 0.5, `${stillHeld - whenHeld} s were heard during hold`);
  await caller.command("resume");
  await pause(2500);
  await caller.hangUp();
  await callee.event("CALL_CLOSED");
  assert.ok(callee.heard().phone - stillHeld >= 1, "nothing was heard after hold");
});
