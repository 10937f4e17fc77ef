// What telephones dial for services, by phones of other people: pick-up, held calls, intercom, parking. Each talk is proved by tones.
import assert from "node:assert/strict";

import { scenario } from "../lib/scenario.mjs";
import { until } from "../lib/wait.mjs";

const HEARD_SECONDS = 0.8;
/** The shortest time after which a parked call rings back. */
const PARK_SECONDS = 10;

/** Both hear the other from now on. */
async function talk(one, oneTone, other, otherTone) {
  const [before, beforeOther] = [one.heard()[otherTone], other.heard()[oneTone]];
  await until(`${oneTone} and ${otherTone} hear each other`, () =>
    one.heard()[otherTone] - before >= HEARD_SECONDS && other.heard()[oneTone] - beforeOther >= HEARD_SECONDS);
}

/** Has the phone's last hold been answered? */
function onHold(phone) {
  return /^a=(sendonly|inactive)/m.test(phone.output) && /^a=(recvonly|inactive)/m.test(phone.output);
}

async function trace(api, id) {
  return (await api.get(`/api/tenant/calls/${id}`)).trace.map((step) => step.code);
}

async function lastCall(api) {
  return until("the record is closed", async () => {
    const call = (await api.get("/api/tenant/calls?limit=1")).rows[0];
    return call.ended_at && call;
  });
}

// covers: ADV-05, DIAL-01
scenario("a ringing call is picked up by **102 and, in a ring group, by **", async (world) => {
  const caller = await world.phone("Acme", "101", { tone: "phone" });
  const called = await world.phone("Acme", "102", { tone: "alice" });
  const picker = await world.newPhone("Acme", "103", { tone: "desk" });
  const api = await world.tenantApi("Acme");
  await caller.dial("sip:102@acme.localhost");
  await called.event("CALL_INCOMING");
  await picker.dial("sip:**102@acme.localhost");
  await called.event("CALL_CLOSED");
  await caller.event("CALL_ESTABLISHED");
  await talk(caller, "phone", picker, "desk");
  await caller.hangUp();
  await picker.event("CALL_CLOSED");
  const record = await lastCall(api);
  assert.deepEqual([record.caller, record.status], ["101", "answered"]);
  assert.ok((await trace(api, record.id)).includes("picked_up"));

  // A member whose own telephone came too late to ring.
  const account = await world.newAccount("Acme", "104");
  const people = (await api.get("/api/tenant/extensions")).rows.map((row) => row.extension);
  const members = ["102", "104"].map((number) => people.find((person) => person.number === number).id);
  await api.post("/api/tenant/ring-groups", { number: "600", name: "Sales", members });
  const [ringing, closed] = [called.events.length, called.events.length];
  await caller.dial("sip:600@acme.localhost");
  await called.event("CALL_INCOMING", { after: ringing });
  const late = await world.phoneOf(account, { tone: "hall" });
  await late.dial("sip:**@acme.localhost");
  await called.event("CALL_CLOSED", { after: closed });
  await talk(caller, "phone", late, "hall");
  await caller.hangUp();
  await late.event("CALL_CLOSED");

  const client = await world.client("Acme", "101");
  assert.equal((await client.invite("sip:**102@acme.localhost")).status, 404, "nothing rings there");
});

// covers: ADV-06
scenario("a call that 102 has on hold is taken by ##102 on another telephone", async (world) => {
  const caller = await world.phone("Acme", "101", { tone: "phone" });
  const holder = await world.phone("Acme", "102", { tone: "alice", answer: "auto", trace: true });
  const taker = await world.newPhone("Acme", "103", { tone: "desk" });
  await caller.dial("sip:102@acme.localhost");
  await holder.event("CALL_ESTABLISHED");
  await talk(caller, "phone", holder, "alice");
  await holder.command("hold");
  // Until the hold has reached the server there is nothing to take.
  await until("the hold has reached the server", () => onHold(holder));
  await taker.dial("sip:%23%23102@acme.localhost");
  await taker.event("CALL_ESTABLISHED");
  await holder.event("CALL_CLOSED");
  await talk(caller, "phone", taker, "desk");
});

// covers: PAG-04, ADV-02
scenario("the intercom asks a telephone to answer by itself, and does not break in on a call", async (world) => {
  const caller = await world.phone("Acme", "101", { tone: "phone" });
  const called = await world.phone("Acme", "102", { tone: "alice", answer: "auto", trace: true });
  await caller.dial("sip:*11102@acme.localhost");
  await caller.event("CALL_ESTABLISHED");
  await talk(caller, "phone", called, "alice");
  assert.match(called.output, /^Call-Info: <sip:acme\.localhost>;answer-after=0/m);
  const client = await world.client("Acme", "101", await world.newAccount("Acme", "103"));
  assert.equal((await client.invite("sip:*11102@acme.localhost")).status, 486);
  await caller.hangUp();
  await called.event("CALL_CLOSED");
});

// covers: PARK-01
scenario("a parked call is taken from its slot, and one that nobody takes rings whoever has parked it", async (world) => {
  const caller = await world.phone("Acme", "101", { tone: "phone" });
  const parker = await world.phone("Acme", "102", { tone: "alice", answer: "auto" });
  const account = await world.newAccount("Acme", "103");
  const taker = await world.phoneOf(account, { tone: "desk" });
  const api = await world.tenantApi("Acme");
  const codes = await api.get("/api/tenant/feature-codes");
  await api.put("/api/tenant/feature-codes", { ...codes, park_seconds: PARK_SECONDS });
  const park = async () => {
    const [before, begun] = [parker.events.length, caller.events.length];
    await caller.dial("sip:102@acme.localhost");
    await parker.event("CALL_ESTABLISHED", { after: before });
    await caller.event("CALL_ESTABLISHED", { after: begun });
    await parker.transfer("sip:*68@acme.localhost");
    await parker.event("CALL_CLOSED", { after: before });
  };
  await park();
  await until("the slot is told", () => parker.screen.includes("701"));
  await taker.dial("sip:701@acme.localhost");
  await taker.event("CALL_ESTABLISHED");
  await talk(caller, "phone", taker, "desk");
  await caller.hangUp();
  await taker.event("CALL_CLOSED");
  const client = await world.client("Acme", "101", account);
  assert.equal((await client.invite("sip:701@acme.localhost")).status, 404, "the slot is empty");

  await park();
  const rung = parker.events.length;
  await parker.event("CALL_ESTABLISHED", { after: rung, seconds: PARK_SECONDS + 10 });
  await talk(caller, "phone", parker, "alice");
  await caller.hangUp();
});
