// People write to each other, from phones and from pages; lamps show who rings and talks.
import assert from "node:assert/strict";

import { scenario } from "../lib/scenario.mjs";
import { until } from "../lib/wait.mjs";

/** The messages on the page, oldest first, as `{text, mine, delivered}`. */
function messagesOf(person) {
  return person.at("chat-message").evaluateAll((all) => all.map((one) => ({
    text: one.querySelector(".chat-text").innerText, mine: one.dataset.mine === "true", delivered: one.dataset.delivered === "true",
  })));
}

function shows(person, text) {
  return until(`${person.name} reads “${text}”`, async () => (await messagesOf(person)).find((message) => message.text === text));
}

// covers: ADV-04, MSG-01
scenario("a lamp and a page show that somebody rings, talks and is free again", async (world) => {
  const bob = await world.user("Acme", "102", "bob");
  const phone = await world.phone("Acme", "101");
  const watcher = await world.client("Acme", "101");
  assert.equal((await watcher.subscribe("dialog", "102")).status, 200);
  assert.equal((await watcher.subscribe("presence", "102")).status, 200);
  const carol = await world.person("carol");
  await carol.signIn(world.url, world.belfry.extension("Acme", "101"));
  await carol.page.goto(`${world.url}/messages`);
  const light = (word) => until(`the page shows ${word}`, async () =>
    (await carol.page.locator('[data-testid="chat-person"][data-number="102"]').getAttribute("data-light")) === word);
  const lamp = (state) => until(`the lamp is told ${state}`, () =>
    watcher.requests.some(({ text, body }) => /^Event: dialog/im.test(text) && body.includes(`<state>${state}</state>`)));
  await light("Online");
  await phone.dial("sip:102@acme.localhost");
  await bob.callState("incoming");
  await lamp("early");
  await light("Ringing");
  await bob.answer();
  await lamp("confirmed");
  await light("On the phone");
  await until("presence says so too", () => watcher.requests.some(({ body }) => body.includes("<rpid:on-the-phone/>")));
  await phone.hangUp();
  await lamp("terminated");
  await light("Online");
  const foreign = await world.client("Globex", "101");
  assert.equal((await foreign.ask("SUBSCRIBE", "sip:102@acme.localhost", { headers: ["Event: dialog"] })).status, 404);
});
