// A conference of fifty over real RTP: each speaks with a tone of its own, hears all the others, and not itself.
import assert from "node:assert/strict";

import { Rtp } from "../lib/rtp.mjs";
import { scenario } from "../lib/scenario.mjs";
import { SipClient } from "../lib/sip_client.mjs";
import { loudness } from "../lib/tone.mjs";
import { pause, until } from "../lib/wait.mjs";

const PEOPLE = 50;
/** Tones lie so far apart, in Hz, from the first on: whole hertz, all of them below what G.711 carries. */
const [FIRST_HZ, STEP_HZ] = [350, 57];
/** All together are just not too loud. */
const AMPLITUDE = 0.019;
const SECONDS = 60;
/** Of a tone so much has to arrive, and of the own tone no more than that, as parts of what it was spoken with. */
const [OTHERS_MIN, OWN_MAX] = [0.5, 0.1];

// covers: CONF-09, CONF-19
scenario("fifty meet for a minute: each hears all others and not itself", async (world) => {
  const api = await world.tenantApi("Acme");
  const admin = await world.adminApi();
  const { id, quota } = (await admin.get("/api/admin/tenants?search=Acme")).rows[0].tenant;
  await admin.put(`/api/admin/tenants/${id}`, { tenant_id: id, quota: { ...quota, concurrent_calls_max: null } });
  const room = await api.post("/api/tenant/conference-rooms", { number: "8050", subject: "All hands", participants_max: PEOPLE, silent: true });
  const people = await Promise.all(Array.from({ length: PEOPLE }, async (_, place) => {
    const account = await world.newAccount("Acme", String(300 + place));
    const client = await SipClient.open(world.belfry.addresses.udp, account);
    const rtp = await Rtp.steady(FIRST_HZ + place * STEP_HZ, AMPLITUDE);
    world.others.push({ stop: () => { rtp.close(); client.close(); } });
    return { client, rtp };
  }));
  // One after the other, as people come.
  for (const person of people) {
    person.call = await until("the room answers", async () => {
      const call = await person.client.call("8050", { port: person.rtp.port });
      return call.status === 200 && call;
    });
    person.rtp.begin(person.call.sound);
  }
  await until("all are in the room", async () => {
    const [standing] = await api.get("/api/tenant/conferences");
    return standing?.room_id === room.id && standing.participants.filter(({ state }) => state === "joined").length === PEOPLE;
  });
  const before = world.belfry.processorMicros();
  const startedAt = performance.now();
  await pause(SECONDS * 1000);
  const seconds = (performance.now() - startedAt) / 1000;
  const micros = (world.belfry.processorMicros() - before) / seconds / PEOPLE;
  console.log(`a conference of ${PEOPLE}, all speaking in G.711: ${Math.round(micros)} µs of processor time per participant and second`);

  for (const [place, { rtp }] of people.entries()) {
    const sound = rtp.last(1);
    const heard = people.map((_, other) => loudness(sound, FIRST_HZ + other * STEP_HZ) / AMPLITUDE);
    const missing = heard.flatMap((level, other) => (other !== place && level < OTHERS_MIN ? [`${other}: ${level.toFixed(2)}`] : []));
    assert.deepEqual(missing, [], `${place} does not hear all`);
    assert.ok(heard[place] < OWN_MAX, `${place} hears itself: ${heard[place]}`);
  }
  for (const { call } of people) assert.equal((await call.hangUp()).status, 200);
  await until("nobody is there any more", async () => (await api.get("/api/tenant/conferences")).length === 0);
});
