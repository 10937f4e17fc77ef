// One phone with a wrong password does not take its neighbours offline.
import assert from "node:assert/strict";

import { scenario } from "../lib/scenario.mjs";
import { SipClient } from "../lib/sip_client.mjs";
import { pause } from "../lib/wait.mjs";

const ATTEMPTS = 100;

// covers: SEC-02
scenario("a hundred wrong passwords from one device leave its neighbours on the same address untouched", async (world) => {
  const culprit = await world.client("Acme", "101", { secret: "wrong" });
  const neighbour = await world.client("Acme", "102");
  const stranger = await world.client("Globex", "101");
  for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
    const { status } = await culprit.register();
    assert.notEqual(status, 200);
    if (attempt % 10 === 0) {
      assert.equal((await neighbour.register()).status, 200, `the neighbour after ${attempt} attempts`);
      assert.equal((await stranger.register()).status, 200, `the other tenant's phone after ${attempt} attempts`);
    }
  }
  // The right device of the same extension is not the one that guessed.
  const owner = await world.client("Acme", "101");
  assert.equal((await owner.register()).status, 200, "the extension's own phone");
});

const OFFICE = "127.0.0.2";
const PHONES = 20;
const SECONDS = 12;
const PAUSE_MILLIS = 20;
/** Between two rounds of the neighbours: as fast as they can would be a flood of the whole office. */
const ROUND_PAUSE_MILLIS = 40;

// covers: S10, SEC-02
scenario("of twenty phones behind one address one guesses fifty times a second, and nineteen register and call throughout", async (world) => {
  const api = await world.tenantApi("Acme");
  const server = `127.0.0.1:${world.belfry.addresses.udp.split(":")[1]}`;
  const phones = [];
  for (let number = 201; number < 201 + PHONES; number += 1) {
    const { sip } = await api.post("/api/tenant/extensions", { number: String(number), name: `Person ${number}` });
    const phone = await SipClient.open(server, { ...sip, from: OFFICE });
    world.others.push({ stop: () => phone.close() });
    phones.push(phone);
  }
  const culprit = phones.pop();
  culprit.secret = "wrong";
  for (const phone of phones) assert.equal((await phone.register()).status, 200);

  const end = performance.now() + SECONDS * 1000;
  let tries = 0;
  const attack = (async () => {
    while (performance.now() < end) {
      const next = performance.now() + PAUSE_MILLIS;
      assert.equal((await culprit.register()).status, 403);
      tries += 1;
      await pause(Math.max(0, next - performance.now()));
    }
  })();
  let rounds = 0;
  for (; performance.now() < end; rounds += 1) {
    const [caller, callee] = [phones[rounds % phones.length], phones[(rounds + 7) % phones.length]];
    assert.equal((await caller.register()).status, 200, `${caller.user} registers, round ${rounds}`);
    assert.deepEqual(await caller.talk(callee.user), [200, 200], `${caller.user} calls ${callee.user}, round ${rounds}`);
    await pause(ROUND_PAUSE_MILLIS);
  }
  await attack;
  assert.ok(rounds >= phones.length, `${rounds} rounds`);
  assert.ok(tries >= SECONDS * 30, `${tries} tries`);
  // What was only counted is told after a pause.
  await pause(6000);
  const { rows } = await api.get(`/api/tenant/refusals?search=${culprit.user}`);
  const count = (code) => rows.filter((row) => row.trace.at(-1).code === code).reduce((sum, row) => sum + row.count, 0);
  console.log(`# ${tries} tries, ${count("credentials_wrong")} looked at, ${count("credential_throttled")} held back, ${rounds} registrations and calls of neighbours`);
  assert.ok(count("credentials_wrong") <= SECONDS, `${count("credentials_wrong")} passwords were looked at in ${SECONDS} seconds`);
  assert.equal(count("credentials_wrong") + count("credential_throttled"), tries);
  const admin = await world.adminApi();
  assert.deepEqual((await admin.get("/api/admin/ip-list")).rows, [], "the office never goes dark");
});
