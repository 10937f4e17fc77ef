// People write to each other, from phones and from pages; lamps show who rings and talks.
import assert from "node:assert/strict";

import { scenario } from "../lib/scenario.mjs";
import { pause, until } from "../lib/wait.mjs";

const SECURE = { secure: true };

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

// covers: ADV-04
scenario("a lamp goes on after the server was killed, without its phone doing anything", async (world) => {
  const phone = await world.phone("Acme", "101");
  const callee = await world.phone("Acme", "102", { answer: "auto" });
  const watcher = await world.client("Acme", "101");
  assert.equal((await watcher.subscribe("dialog", "102")).status, 200);
  const lamp = (words, from = 0) => until(`the lamp is told ${words}`, () => {
    const found = watcher.requests.findIndex(({ text, body }, place) => place >= from && /^Event: dialog/im.test(text) && body.includes(words));
    return found >= 0 && found + 1;
  });
  await phone.dial("sip:102@acme.localhost");
  const before = await lamp("<state>confirmed</state>");
  // The longest that a subscription may be unwritten.
  await pause(1000);
  await world.belfry.kill();
  await world.belfry.run();
  const whole = await lamp('state="full"', before);
  await phone.hangUp();
  await callee.hangUp();
  await phone.dial("sip:102@acme.localhost");
  await lamp("<state>confirmed</state>", whole);
});

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

// covers: MSG-01, MSG-02
scenario("linphone, baresip and a page write to each other, and what comes while linphone is away waits for it", SECURE, async (world) => {
  const ca = await world.root();
  const account = await world.newAccount("Acme", "103");
  const bob = await world.user("Acme", "102", "bob");
  const baresip = await world.phone("Acme", "101", { contact: "sip:103@acme.localhost" });
  await baresip.write("before you came");
  await openMessages(world, bob, "103");
  await say(bob, "from a page, while you were away");
  assert.equal((await shows(bob, "from a page, while you were away")).delivered, false);
  const linphone = await world.linphoneOf(account, { ca });
  await linphone.read("before you came");
  await linphone.read("from a page, while you were away");
  await until("the page learns it", async () => (await messagesOf(bob)).every((message) => message.delivered));
  linphone.write("sip:101@acme.localhost", "linphone to baresip");
  await baresip.read("linphone to baresip");
  linphone.write("sip:102@acme.localhost", "linphone to a page");
  await shows(bob, "linphone to a page");
  await baresip.write("baresip to linphone");
  await linphone.read("baresip to linphone");
});
