// Prompts and greetings are recorded by telephone: the portal makes a phone by other people ring, which speaks a tone and presses keys.
import assert from "node:assert/strict";

import { decode, hearsPhrase } from "../lib/phrase.mjs";
import { scenario } from "../lib/scenario.mjs";
import { heardSeconds } from "../lib/tone.mjs";
import { pause, until } from "../lib/wait.mjs";

/** Of a tone that was spoken so much is found in what was kept. */
const SPOKEN_SECONDS_MIN = 2.5;

async function extensionId(api, number) {
  const { rows } = await api.get(`/api/tenant/extensions?search=${number}`);
  return rows.find((row) => row.extension.number === number).extension.id;
}

/** Speaks for so long after the tone, and waits for the choice. */
async function speak(phone, page, seconds = 5) {
  await hearsPhrase(phone, page, "prompt_record", { seconds: 30 });
  // The phrase is recognised by its beginning: its end and the tone follow.
  await pause(4000 + seconds * 1000);
  await phone.press("#");
  await hearsPhrase(phone, page, "prompt_menu", { seconds: 30 });
}

// covers: IVR-02
scenario("a prompt is recorded by a telephone, heard, kept, and said by a receptionist, also after kill -9", async (world) => {
  const api = await world.tenantApi("Acme");
  const bob = await extensionId(api, "102");
  const boss = await world.person("boss");
  await boss.signIn(world.url, world.belfry.tenant("Acme").admin);
  const phone = await world.phone("Acme", "102", { tone: "phone", answer: "auto" });
  const state = (wanted) => until(`the dialog says ${wanted}`, async () => (await boss.at("dictation").getAttribute("data-state")) === wanted, 30);
  await boss.page.goto(`${world.url}/tenant/prompts`);
  await boss.press("record-by-phone");
  await boss.at("field-name").fill("Spoken");
  await until("the telephone can be chosen", () => boss.at("field-extension_id").isVisible());
  await boss.at("field-extension_id").selectOption(bob);
  await boss.press("submit");
  await phone.event("CALL_ESTABLISHED");
  await state("recording");
  await speak(phone, boss.page);
  await phone.press("2");
  await hearsPhrase(phone, boss.page, "prompt_kept", { seconds: 30 });
  // Who was told that it is kept has it, whatever happens from here on.
  await world.belfry.kill();
  await world.belfry.run();
  const again = await world.tenantApi("Acme");
  const { rows } = await again.get("/api/tenant/prompts");
  const prompt = rows.find((row) => row.name === "Spoken");
  assert.ok(prompt && prompt.millis > 3000 && prompt.millis < 20000, JSON.stringify(rows));
  const heard = heardSeconds(await decode(boss.page, await again.bytes(`/api/tenant/prompts/${prompt.id}/sound`)));
  assert.ok(heard.phone >= SPOKEN_SECONDS_MIN, JSON.stringify(heard));
  const log = (await again.get("/api/tenant/activity")).rows.find((row) => row.operation === "RecordPrompt");
  assert.equal(log?.subject, "prompt Spoken", JSON.stringify(log));

  await again.post("/api/tenant/receptionists", { number: "800", name: "Main menu", prompt: prompt.id });
  const caller = await world.newPhone("Acme", "103", { tone: "desk" });
  await caller.dial("sip:800@acme.localhost");
  await caller.event("CALL_ESTABLISHED");
  await until("what was spoken is heard", () => caller.heardLast().phone >= SPOKEN_SECONDS_MIN, 30);
  await caller.hangUp();
});

// covers: IVR-02, EXT-07
scenario("what is discarded by its key or by hanging up is kept by nobody, and a greeting comes to its own page", async (world) => {
  const own = await world.userApi("Acme", "101");
  const alice = await world.user("Acme", "101", "alice");
  const phone = await world.phone("Acme", "101", { tone: "phone", answer: "auto" });
  const state = (wanted) => until(`the dialog says ${wanted}`, async () => (await alice.at("dictation").getAttribute("data-state")) === wanted, 30);
  await alice.page.goto(`${world.url}/voicemail/mailbox`);
  await alice.at("greetings").getByTestId("record-by-phone").click();
  await alice.at("dialog-close").waitFor();
  const ask = async () => {
    const before = phone.events.length;
    await alice.page.locator("dialog[open]").getByTestId("field-name").fill("Away");
    await alice.page.locator("dialog[open]").getByTestId("submit").click();
    await phone.event("CALL_ESTABLISHED", { after: before });
    await state("recording");
    return before;
  };
  let before = await ask();
  await speak(phone, alice.page, 2);
  await phone.press("*");
  await phone.event("CALL_CLOSED", { after: before });
  await state("over");
  await alice.press("dictation-again");
  await ask();
  await pause(6000);
  await phone.hangUp();
  await state("over");
  assert.deepEqual((await own.get("/api/user/greetings")).rows, []);
  await alice.press("dictation-again");
  before = await ask();
  await speak(phone, alice.page);
  await phone.press("2");
  await phone.event("CALL_CLOSED", { after: before });
  await state("kept");
  await alice.press("dictation-close");
  await until("the greeting stands in the list", () => alice.page.locator('[data-testid="greeting"][data-name="Away"]').isVisible());
});
