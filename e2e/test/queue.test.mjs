// Callers wait in line until somebody is free: phones by other people outside and inside, agents in the browser.
import assert from "node:assert/strict";
import { join } from "node:path";

import { Baresip } from "../lib/baresip.mjs";
import { MailServer } from "../lib/mail.mjs";
import { decode, hearsPhrase } from "../lib/phrase.mjs";
import { scenario } from "../lib/scenario.mjs";
import { heardSeconds } from "../lib/tone.mjs";
import { pause, until } from "../lib/wait.mjs";

/** Of a tone that was spoken into a mailbox so much is found in what was mailed. */
const SPOKEN_SECONDS_MIN = 1.5;
const DID = "49301110";

async function extensionId(api, number) {
  const { rows } = await api.get(`/api/tenant/extensions?search=${number}`);
  return rows.find((row) => row.extension.number === number).extension.id;
}

/** A telephone outside, whose trunk brings calls for one number in. */
async function outside(world, tone) {
  const caller = await Baresip.start(join(world.belfry.home, "outside"), { user: "4930555", domain: "127.0.0.1" }, { tone, register: false });
  world.others.push(caller);
  const admin = await world.adminApi();
  const acme = (await admin.get("/api/admin/tenants?search=Acme")).rows[0].tenant.id;
  const trunk = await admin.post("/api/admin/trunks", {
    name: "World", host: "127.0.0.1", port: caller.sipPort, options_seconds: null, assignments: [{ tenant_id: acme, did_pool: DID }],
  });
  return { caller, trunk };
}

/** The figures and people of a queue on the wallboard. */
async function standing(api, number) {
  return (await api.get("/api/tenant/wallboard")).find((queue) => queue.number === number);
}

// covers, IVR-06, VM-06, INB-04, CDR-05
scenario("somebody outside comes by receptionist and queue to a browser, is handed on, and leaves a message that is mailed: one call", async (world) => {
  const mail = await MailServer.start();
  world.others.push(mail);
  const admin = await world.adminApi();
  await admin.put("/api/admin/mail-server", { server: "127.0.0.1", port: Number(mail.port), security: "none", sender: "pbx@provider.example" });
  const api = await world.tenantApi("Acme");
  const [alice, bob] = [await extensionId(api, "101"), await extensionId(api, "102")];
  const mailbox = { kind: "voicemail", mailbox_id: alice };
  const forwarding = await api.get(`/api/tenant/extensions/${alice}/forwarding`);
  await api.put(`/api/tenant/extensions/${alice}/forwarding`, { ...forwarding, offline: { open: mailbox, closed: mailbox } });
  const { settings } = await api.get(`/api/tenant/extensions/${alice}/mailbox`);
  await api.put(`/api/tenant/extensions/${alice}/mailbox`, { settings: { ...settings, mail: "attached" } });
  const queue = await api.post("/api/tenant/queues", {
    number: "8000", name: "Sales", members: [bob], position: { kind: "once" }, waits_without_members: true, language: "de_DE",
  });
  const receptionist = await api.post("/api/tenant/receptionists", {
    number: "800", name: "Main menu", rows: [{ keys: "1", action: { do: "lead", to: { kind: "queue", queue_id: queue.id } } }],
  });
  const { caller, trunk } = await outside(world, "phone");
  await api.post("/api/tenant/inbound-rules", {
    name: "World", trunk_id: trunk.id, did_mask: DID, open: { kind: "receptionist", receptionist_id: receptionist.id },
  });

  const reader = await world.person("reader");
  await caller.dial(`sip:${DID}@${world.belfry.addresses.udp}`);
  await caller.event("CALL_ESTABLISHED");
  await hearsPhrase(caller, reader.page, "welcome_menu");
  await caller.press("1");
  await hearsPhrase(caller, reader.page, "queue_position", { language: "de_DE" });
  const waiting = await until("the caller waits", async () => (await standing(api, "8000")).waiting[0]);
  assert.deepEqual([waiting.outcome, waiting.vip], [null, false]);

  // The agent comes to work.
  const person = await world.user("Acme", "102", "bob");
  await person.callState("incoming");
  await person.answer();
  await person.callState("talking");
  assert.ok((await person.heard(3)).phone > 1, "the agent hears the caller");
  await until("the caller hears the agent", () => caller.heardLast().bob > 0.5);
  const talking = await standing(api, "8000");
  assert.deepEqual([talking.waiting_count, talking.agents[0].state], [0, "talking"]);
  await person.transfer("101");
  await person.callOver();
  await hearsPhrase(caller, reader.page, "vm_unavailable", { seconds: 30 });
  await pause(9000);
  await caller.press("#");
  await hearsPhrase(caller, reader.page, "vm_saved");
  await caller.event("CALL_CLOSED");

  const { email } = world.belfry.extension("Acme", "101");
  const sent = await until("the message is mailed", () => mail.mails.find(({ to }) => to === email), 30);
  assert.match(sent.text, /audio\/wav/);
  const [, encoded] = /Content-Type: audio\/wav[^]*?\r?\n\r?\n([A-Za-z0-9+/=\r\n]+)/.exec(sent.text);
  const heard = heardSeconds(await decode(reader.page, Buffer.from(encoded, "base64")));
  assert.ok(heard.phone >= SPOKEN_SECONDS_MIN, JSON.stringify(heard));

  const began = (await api.get("/api/tenant/calls?limit=5")).rows.filter((row) => row.did_cid === DID);
  assert.equal(began.length, 1, "one call, one record");
  const { record, trace } = await api.get(`/api/tenant/calls/${began[0].id}`);
  assert.deepEqual([record.direction, record.status], ["in", "answered"]);
  const codes = trace.map((step) => step.code);
  const places = ["routed_to_receptionist", "choice_made", "routed_to_queue", "queue_answered", "routed_to_mailbox", "transferred_blind", "message_left"].map((code) => codes.indexOf(code));
  assert.ok(places.every((place, index) => place >= 0 && (index === 0 || place > places[index - 1])), codes.join(" "));
  const [row] = (await api.get(`/api/tenant/queue-calls?queue_id=${queue.id}`)).rows;
  assert.deepEqual([row.outcome, row.agent_id, row.call_id], ["answered", bob, record.id]);
});

//
scenario("an agent pauses by the bar and by the code, callers are lost meanwhile, and the wallboard tells it", async (world) => {
  const api = await world.tenantApi("Acme");
  const bob = await extensionId(api, "102");
  await api.post("/api/tenant/queues", {
    number: "8000", name: "Sales", members: [bob], waits_without_members: true, pause_reasons: ["Lunch"],
  });
  const person = await world.user("Acme", "102", "bob");
  const boss = await world.person("boss");
  await boss.signIn(world.url, world.belfry.tenant("Acme").admin);
  await boss.page.goto(`${world.url}/tenant/wallboard`);
  const tile = boss.page.locator('[data-testid="queue"][data-number="8000"]');
  await tile.waitFor();
  const agent = async () => (await standing(api, "8000")).agents[0];
  await until("the agent is ready", async () => (await agent()).state === "ready");
  const bar = person.page.locator('[data-testid="own-queue"][data-number="8000"]');
  await bar.getByTestId("pause").click();
  await bar.getByTestId("pause-reason").first().click();
  await until("the bar has paused the agent", async () => (await agent()).pause_reason === "Lunch");
  await bar.getByTestId("set-ready").click();
  await until("and made it ready", async () => (await agent()).state === "ready");

  const phone = await world.phone("Acme", "101", { tone: "phone" });
  await phone.dial("sip:*528000@acme.localhost");
  // Who is no member of the queue is told so.
  await phone.event("CALL_CLOSED");
  assert.equal((await agent()).ready, true);
  await person.dial("*528000");
  await until("the code has paused the agent", async () => (await agent()).state === "not_ready");
  await person.callOver();

  const before = phone.events.length;
  await phone.dial("sip:8000@acme.localhost");
  await phone.event("CALL_ESTABLISHED", { after: before });
  await until("the wallboard shows who waits", async () => (await tile.getByTestId("queue-waiting").textContent()).trim() === "1");
  await pause(1500);
  await phone.hangUp();
  await until("it is lost", async () => (await tile.getByTestId("queue-waiting").textContent()).trim() === "0");
  const [lost] = (await until("the lost call is listed", async () => {
    const page = await api.get("/api/tenant/queue-calls?lost=true");
    return page.rows.length === 1 ? page : null;
  })).rows;
  assert.deepEqual([lost.caller, lost.outcome], ["101", "abandoned"]);
  const csv = (await api.bytes("/api/tenant/queue-calls.csv")).toString();
  assert.match(csv, /101/);

  await person.dial("*518000");
  await until("the code has made the agent ready", async () => (await agent()).state === "ready");
  await person.callOver();
});
