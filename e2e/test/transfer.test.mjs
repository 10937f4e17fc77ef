// Calls are handed on, between phones by other people and browsers: who talks at the end hear each other.
import assert from "node:assert/strict";

import { scenario } from "../lib/scenario.mjs";
import { pause, until } from "../lib/wait.mjs";

const HEARD_SECONDS_MIN = 0.5;
const SOUND_MILLIS = 2500;

/** The seconds of each tone that a phone hears from now on. */
async function heardFromNow(phone) {
  const before = phone.heard();
  await pause(SOUND_MILLIS);
  const after = phone.heard();
  return Object.fromEntries(Object.keys(after).map((tone) => [tone, after[tone] - before[tone]]));
}

function assertHears(heard, tone, who) {
  assert.ok(heard[tone] >= HEARD_SECONDS_MIN, `${who} does not hear ${tone}: ${JSON.stringify(heard)}`);
  for (const [other, seconds] of Object.entries(heard)) {
    assert.ok(other === tone || seconds < 0.2, `${who} hears ${other} as well: ${JSON.stringify(heard)}`);
  }
}

async function assertPhonesHear(one, oneTone, other, otherTone) {
  const [atOne, atOther] = await Promise.all([heardFromNow(one), heardFromNow(other)]);
  assertHears(atOne, otherTone, oneTone);
  assertHears(atOther, oneTone, otherTone);
}

async function assertBrowserAndPhoneHear(person, phone, tone) {
  const [atPhone, atPerson] = await Promise.all([heardFromNow(phone), person.heard(2)]);
  assertHears(atPerson, tone, person.name);
  assertHears(atPhone, person.name, tone);
}

/** The trace of the only call that has one of these reasons. */
async function journey(world, reason) {
  const api = await world.tenantApi("Acme");
  return until(`a record with ${reason}`, async () => {
    const { rows } = await api.get("/api/tenant/calls");
    const ended = rows.filter((row) => row.ended_at !== null);
    const details = await Promise.all(ended.map((row) => api.get(`/api/tenant/calls/${row.id}`)));
    return details.find(({ trace }) => trace.some((step) => step.code === reason));
  });
}

// covers: CDR-05
scenario("a phone hands its caller on to another phone, and one record tells the journey", async (world) => {
  const caller = await world.phone("Acme", "101", { tone: "phone" });
  const asker = await world.phone("Acme", "102", { tone: "alice", answer: "auto" });
  const target = await world.newPhone("Acme", "103", { tone: "desk", answer: "auto" });
  // The demo has calls of the days before.
  const began = Date.now() * 1000;
  await caller.dial("sip:102@acme.localhost");
  await asker.event("CALL_ESTABLISHED");
  await caller.event("CALL_ESTABLISHED");
  await asker.transfer("sip:103@acme.localhost");
  await target.event("CALL_ESTABLISHED");
  await asker.event("CALL_CLOSED");
  await assertPhonesHear(caller, "phone", target, "desk");
  await caller.hangUp();
  await target.event("CALL_CLOSED");
  const { record } = await journey(world, "transferred_blind");
  assert.deepEqual([record.caller, record.callee, record.status], ["101", "102", "answered"]);
  const { rows } = await (await world.tenantApi("Acme")).get(`/api/tenant/calls?from=${began}`);
  assert.equal(rows.length, 1, "one call, one record");
});

// covers: RTC-03
scenario("a browser hands a phone on to another phone", async (world) => {
  const bob = await world.user("Acme", "102", "bob");
  const caller = await world.phone("Acme", "101", { tone: "phone" });
  const target = await world.newPhone("Acme", "103", { tone: "desk" });
  await caller.dial("sip:102@acme.localhost");
  await bob.callState("incoming");
  await bob.answer();
  await bob.callState("talking");
  await bob.transfer("103");
  await bob.callState("transferring");
  await target.event("CALL_INCOMING");
  await target.answer();
  await bob.callOver();
  await assertPhonesHear(caller, "phone", target, "desk");
});

// covers: RTC-03
scenario("a transfer that is declined leaves the browser in its call", async (world) => {
  const bob = await world.user("Acme", "102", "bob");
  const caller = await world.phone("Acme", "101", { tone: "phone" });
  const target = await world.newPhone("Acme", "103", { tone: "desk" });
  await caller.dial("sip:102@acme.localhost");
  await bob.callState("incoming");
  await bob.answer();
  await bob.callState("talking");
  await bob.transfer("103");
  await target.event("CALL_INCOMING");
  await target.hangUp();
  await bob.callState("talking");
  await bob.at("call-state").getByText("The call was not transferred").waitFor();
  await assertBrowserAndPhoneHear(bob, caller, "phone");
});

// covers: RTC-03
scenario("a phone hands a browser on to another phone", async (world) => {
  const bob = await world.user("Acme", "102", "bob");
  const asker = await world.phone("Acme", "101", { tone: "phone", answer: "auto" });
  const target = await world.newPhone("Acme", "103", { tone: "desk", answer: "auto" });
  await bob.dial("101");
  await bob.callState("talking");
  await asker.transfer("sip:103@acme.localhost");
  await target.event("CALL_ESTABLISHED");
  await asker.event("CALL_CLOSED");
  await until("the browser names who is there now", async () => (await bob.at("call-title").first().textContent()) === "Person 103");
  await assertBrowserAndPhoneHear(bob, target, "desk");
  // Hold and resume work with whoever is there now.
  await bob.press("hold-button");
  await bob.callState("held");
  await bob.press("hold-button");
  await bob.callState("talking");
  await assertBrowserAndPhoneHear(bob, target, "desk");
});

/** What names a call of a phone in Replaces (RFC 3891): its tags as the other end sees them. */
function replaces({ callId, theirs, ours }) {
  return `${callId};to-tag=${theirs};from-tag=${ours}`.replace(/[@;=]/g, encodeURIComponent);
}

// covers: RTC-03
scenario("a browser that has asked another phone first joins its two calls", async (world) => {
  const bob = await world.user("Acme", "102", "bob");
  const caller = await world.phone("Acme", "101", { tone: "phone" });
  const target = await world.newPhone("Acme", "103", { tone: "desk", answer: "auto" });
  await caller.dial("sip:102@acme.localhost");
  await bob.callState("incoming");
  await bob.answer();
  await bob.callState("talking");
  await bob.dialSecond("103");
  await target.event("CALL_ESTABLISHED");
  await bob.callState("talking");
  await assertBrowserAndPhoneHear(bob, target, "desk");
  await bob.press("join-button");
  await bob.callOver();
  await assertPhonesHear(caller, "phone", target, "desk");
  await caller.hangUp();
  await target.event("CALL_CLOSED");
});

// covers: RTC-03
scenario("a phone joins a browser and another phone, and the browser goes on with what it has", async (world) => {
  const alice = await world.user("Acme", "101", "alice");
  const asker = await world.phone("Acme", "102", { tone: "phone", answer: "auto", trace: true });
  const target = await world.newPhone("Acme", "103", { tone: "desk", answer: "auto" });
  await alice.dial("102");
  await alice.callState("talking");
  await asker.event("CALL_ESTABLISHED");
  const first = asker.dialog("incoming");
  await asker.dial("sip:103@acme.localhost");
  await target.event("CALL_ESTABLISHED");
  await until("both calls stand", () => asker.events.filter(({ type }) => type === "CALL_ESTABLISHED").length === 2);
  await asker.transfer(`<sip:101@acme.localhost?Replaces=${replaces(first)}>`);
  await asker.event("CALL_CLOSED");
  await until("the browser names who is there now", async () => (await alice.at("call-title").first().textContent()) === "Person 103");
  await alice.callState("talking");
  await assertBrowserAndPhoneHear(alice, target, "desk");
  await alice.hangUp();
  await target.event("CALL_CLOSED");
});
