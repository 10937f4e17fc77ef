// Open: baresip 1.0 does not show a message that it was sent, and the page does not learn that one from a phone waits.
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

async function openMessages(world, person, number) {
  await person.page.goto(`${world.url}/messages`);
  await person.page.locator(`[data-testid="chat-person"][data-number="${number}"]`).click();
  await person.at("chat-talk").waitFor();
}

async function say(person, text) {
  await person.at("chat-text").fill(text);
  await person.at("chat-send").click();
}

scenario("a phone and a page write to each other, and the page counts what was not read", async (world) => {
  const bob = await world.user("Acme", "102", "bob");
  const phone = await world.phone("Acme", "101", { contact: "sip:102@acme.localhost" });
  const stranger = await world.client("Globex", "102");
  assert.equal((await stranger.register()).status, 200);
  await phone.write("Lunch at one?");
  await until("the rail counts one", async () => (await bob.at("nav-unread").first().innerText()).trim().startsWith("1"));
  await openMessages(world, bob, "101");
  await shows(bob, "Lunch at one?");
  await until("the rail counts none", async () => (await bob.at("nav-unread").count()) === 0);
  await say(bob, "Yes, <b>one</b>");
  await phone.read("Yes, <b>one</b>");
  const answer = await until("it is delivered", async () => (await messagesOf(bob)).find((message) => message.mine && message.delivered));
  assert.equal(answer.text, "Yes, <b>one</b>", "markup stays text");
  assert.deepEqual(stranger.requests, [], "the other tenant's 102 hears nothing");
});

scenario("what is written to somebody who is away waits and comes in order, once", async (world) => {
  const bob = await world.user("Acme", "102", "bob");
  await openMessages(world, bob, "101");
  await say(bob, "first");
  await shows(bob, "first");
  await say(bob, "second");
  const waiting = await shows(bob, "second");
  assert.equal(waiting.delivered, false);
  const client = await world.client("Acme", "102");
  assert.equal((await client.message("101", "third")).status, 202);
  const phone = await world.client("Acme", "101");
  assert.equal((await phone.register()).status, 200);
  await until("all three have come", () => phone.requests.length === 3);
  assert.deepEqual(phone.requests.map(({ body }) => body), ["first", "second", "third"]);
  await until("the page knows", async () => (await messagesOf(bob)).every((message) => message.delivered));
  assert.equal((await phone.register()).status, 200);
  assert.equal((await client.message("101", "fourth")).status, 200, "somebody is there now");
  assert.deepEqual(phone.requests.map(({ body }) => body).slice(3), ["fourth"]);
});
