// Paging by telephones of other people and a browser: all answer by themselves and listen; who presses * is heard.
import assert from "node:assert/strict";

import { scenario } from "../lib/scenario.mjs";
import { until } from "../lib/wait.mjs";

const HEARD_SECONDS = 0.8;
/** So much sound is played by whoever is not to hear a tone in it. */
const PLAYED_SECONDS = 1.5;

/** These hear the tone from now on. */
async function hear(tone, listeners) {
  const before = listeners.map((phone) => phone.heard()[tone]);
  await until(`${tone} is heard by ${listeners.length}`, () =>
    listeners.every((phone, place) => phone.heard()[tone] - before[place] >= HEARD_SECONDS));
}

/** These play on and do not hear the tone. */
async function hearNothing(tone, listeners) {
  for (const phone of listeners) {
    const [before, played] = [phone.heard()[tone], await phone.played()];
    await until("it has played on", async () => (await phone.played()) - played >= PLAYED_SECONDS);
    assert.ok(phone.heard()[tone] - before < 0.3, `${tone} is heard`);
  }
}

// covers: PAG-02, PAG-03
scenario("a paging group is made in the browser, all its telephones listen, and a member talks back", async (world) => {
  const boss = await world.person("boss");
  await boss.signIn(world.url, world.belfry.tenant("Acme").admin);
  const desk = await world.newPhone("Acme", "103", { tone: "desk", answer: "auto", trace: true });
  const hall = await world.newPhone("Acme", "104", { tone: "hall", answer: "auto" });
  await boss.page.goto(`${world.url}/tenant/ring-groups`);
  await boss.press("add-group");
  await boss.at("field-number").fill("9000");
  await boss.at("field-name").fill("Hall");
  await boss.at("field-strategy").selectOption("paging");
  assert.equal(await boss.at("about-paging").isVisible(), true);
  assert.equal(await boss.at("field-otherwise").isVisible(), false, "nobody is rung after a page");
  for (const number of ["102", "103", "104"]) {
    const option = boss.at("field-member").locator("option", { hasText: number });
    await boss.at("field-member").selectOption(await option.getAttribute("value"));
  }
  await boss.press("submit");
  await until("the group stands in the list", () => boss.page.locator('[data-number="9000"]').isVisible());

  const bob = await world.user("Acme", "102", "bob");
  const caller = await world.phone("Acme", "101", { tone: "phone" });
  await caller.dial("sip:9000@acme.localhost");
  await caller.event("CALL_ESTABLISHED");
  await bob.callState("talking");
  assert.equal(await bob.at("call-state-text").first().textContent(), "Answered by itself");
  assert.match(desk.output, /^Call-Info: <sip:acme\.localhost>;answer-after=0/m);
  await hear("phone", [desk, hall]);
  assert.ok((await bob.heard()).phone > HEARD_SECONDS, "the browser hears the caller");
  await hearNothing("desk", [caller, hall]);

  await desk.press("*");
  await hear("desk", [caller]);
  await desk.press("#");
  await until("the key has come", async () => (await lastTrace(world)).includes("listens_again"));
  await hearNothing("desk", [caller, hall]);

  await caller.hangUp();
  await bob.callOver();
  const api = await world.tenantApi("Acme");
  const record = await until("the record is closed", async () => (await api.get("/api/tenant/calls?limit=1")).rows.find((row) => row.ended_at));
  assert.deepEqual([record.caller, record.callee, record.callee_name, record.status], ["101", "9000", "Hall", "answered"]);
});

async function lastTrace(world) {
  const api = await world.tenantApi("Acme");
  const call = (await api.get("/api/tenant/calls?limit=1")).rows[0];
  return (await api.get(`/api/tenant/calls/${call.id}`)).trace.map((step) => step.code);
}
