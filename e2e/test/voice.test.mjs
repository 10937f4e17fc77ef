// Belfry answers: receptionist and voicemail, by telephones of other people; what they hear is recognised by its sound.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { createServer } from "node:http";
import { join } from "node:path";

import { decode, hearsPhrase } from "../lib/phrase.mjs";
import { scenario } from "../lib/scenario.mjs";
import { heardSeconds, TONES, writeTone } from "../lib/tone.mjs";
import { pause, until } from "../lib/wait.mjs";

/** Of a tone that was spoken into a mailbox so much is found in the message. */
const SPOKEN_SECONDS_MIN = 1.5;

async function extensionId(api, number) {
  const { rows } = await api.get(`/api/tenant/extensions?search=${number}`);
  return rows.find((row) => row.extension.number === number).extension.id;
}

/** Whoever calls 101 comes to its mailbox. */
async function sendToMailbox(api, id) {
  const forwarding = await api.get(`/api/tenant/extensions/${id}/forwarding`);
  const mailbox = { kind: "voicemail", mailbox_id: id };
  await api.put(`/api/tenant/extensions/${id}/forwarding`, {
    ...forwarding, no_answer: mailbox, busy: mailbox, offline: { open: mailbox, closed: mailbox },
  });
}

/** The record of the last call, once it is closed, with the codes of its trace. */
async function lastCall(world) {
  const api = await world.tenantApi("Acme");
  return until("the record is closed", async () => {
    const [record] = (await api.get("/api/tenant/calls?limit=1")).rows;
    if (!record?.ended_at) return null;
    const { trace } = await api.get(`/api/tenant/calls/${record.id}`);
    return { record, codes: trace.map((step) => step.code) };
  });
}

// covers: IVR-02, IVR-03, IVR-04, IVR-08, IVR-12, IVR-14
scenario("a caller walks through the receptionist to a browser, and the way is one record", async (world) => {
  const api = await world.tenantApi("Acme");
  const [alice, bob] = [await extensionId(api, "101"), await extensionId(api, "102")];
  const lead = (to) => ({ do: "lead", to });
  await api.post("/api/tenant/receptionists", {
    number: "800", name: "Main menu", language: "de_DE",
    rows: [
      { keys: "1", action: lead({ kind: "extension", extension_id: bob }) },
      { keys: "2", action: lead({ kind: "extension", extension_id: alice }) },
    ],
  });
  const person = await world.user("Acme", "102", "bob");
  const caller = await world.newPhone("Acme", "103", { tone: "phone" });
  await caller.dial("sip:800@acme.localhost");
  await caller.event("CALL_ESTABLISHED");
  await hearsPhrase(caller, person.page, "welcome_menu", { language: "de_DE" });
  await caller.press("2");
  await hearsPhrase(caller, person.page, "not_available", { language: "de_DE" });
  await caller.press("1");
  await person.callState("incoming");
  await person.answer();
  await person.callState("talking");
  assert.ok((await person.heard(3)).phone > 1, "the browser hears the caller");
  await caller.hangUp();
  await person.callOver();
  const { record, codes } = await lastCall(world);
  assert.deepEqual([record.callee, record.callee_name, record.status], ["800", "Main menu", "answered"]);
  for (const code of ["routed_to_receptionist", "choice_made", "led_in_vain", "led_to"]) assert.ok(codes.includes(code), `${code}: ${codes}`);
});

// covers: VM-01, VM-02, VM-03, VM-07
scenario("a message is left, lies in the portal, and is heard by telephone", async (world) => {
  const api = await world.tenantApi("Acme");
  await sendToMailbox(api, await extensionId(api, "101"));
  const reader = await world.person("reader");
  const caller = await world.phone("Acme", "102", { tone: "phone" });
  await caller.dial("sip:101@acme.localhost");
  await caller.event("CALL_ESTABLISHED");
  await hearsPhrase(caller, reader.page, "vm_unavailable", { seconds: 30 });
  await pause(9000);
  await caller.press("#");
  await hearsPhrase(caller, reader.page, "vm_saved");
  await caller.event("CALL_CLOSED");

  const own = await world.userApi("Acme", "101");
  const [message] = (await until("the message is there", async () => {
    const page = await own.get("/api/user/voicemails");
    return page.rows.length === 1 ? page : null;
  })).rows;
  assert.deepEqual([message.caller, message.heard_at], ["102", null]);
  assert.ok(message.millis > 2000 && message.millis < 12000, String(message.millis));
  const sound = await own.bytes(`/api/user/voicemails/${message.id}/sound`);
  const heard = heardSeconds(await decode(reader.page, sound));
  assert.ok(heard.phone >= SPOKEN_SECONDS_MIN, JSON.stringify(heard));
  const { peaks } = await own.get(`/api/user/voicemails/${message.id}/peaks`);
  assert.ok(peaks.length === 200 && Math.max(...peaks) > 100, String(peaks));

  const page = await world.user("Acme", "101", "alice");
  await page.page.goto(`${world.url}/voicemail`);
  const row = page.page.locator('[data-testid="voicemail"][data-caller="102"]');
  await until("the message stands in the list as new", async () => (await row.getAttribute("data-new")) !== null);
  await row.getByTestId("play").click();
  await until("it plays, and counts as heard", async () => (await own.get("/api/user/voicemails")).rows[0].heard_at !== null);
  await row.getByTestId("row-menu").click();
  await page.press("mark-new");
  await until("it is new again", async () => (await own.get("/api/user/voicemails")).rows[0].heard_at === null);

  const owner = await world.phone("Acme", "101", { tone: "desk" });
  await owner.dial("sip:999@acme.localhost");
  await owner.event("CALL_ESTABLISHED");
  await hearsPhrase(owner, reader.page, "vm_you_have");
  await until("the message is played", () => owner.heardLast().phone >= SPOKEN_SECONDS_MIN, 30);
  await hearsPhrase(owner, reader.page, "vm_menu", { seconds: 30 });
  await until("it counts as heard", async () => (await own.get("/api/user/voicemails")).rows[0].heard_at !== null);
  await owner.press("3");
  await until("it is gone", async () => (await own.get("/api/user/voicemails")).rows.length === 0);
  await owner.hangUp();
});

// covers: VM-02, SYS-05
scenario("after kill -9 in the middle of a message what was said up to then is kept", async (world) => {
  const { belfry } = world;
  const api = await world.tenantApi("Acme");
  await sendToMailbox(api, await extensionId(api, "101"));
  const reader = await world.person("reader");
  const caller = await world.phone("Acme", "102", { tone: "phone" });
  await caller.dial("sip:101@acme.localhost");
  await caller.event("CALL_ESTABLISHED");
  await caller.press("#");
  await pause(6000);
  await belfry.kill();
  await belfry.run();
  const own = await world.userApi("Acme", "101");
  const { rows: [message] } = await own.get("/api/user/voicemails");
  assert.ok(message.millis >= 3500, String(message.millis));
  const heard = heardSeconds(await decode(reader.page, await own.bytes(`/api/user/voicemails/${message.id}/sound`)));
  assert.ok(heard.phone >= 2.5, JSON.stringify(heard));
});

// covers: IVR-01, IVR-02, IVR-06, IVR-09
scenario("a receptionist with a prompt of its own is made in the browser and says it", async (world) => {
  const boss = await world.person("boss");
  await boss.signIn(world.url, world.belfry.tenant("Acme").admin);
  const prompt = writeTone(join(world.belfry.home, "welcome.wav"), { hz: TONES.lab, rate: 44100, seconds: 6 });
  await boss.page.goto(`${world.url}/tenant/prompts`);
  await boss.press("add-prompt");
  await boss.at("field-name").fill("Welcome by day");
  await boss.at("field-sound").setInputFiles({ name: "notes.txt", mimeType: "text/plain", buffer: Buffer.from("no sound at all") });
  await boss.press("submit");
  await until("what is no sound is refused with the reason", () => boss.page.getByRole("alert").first().isVisible());
  await boss.at("field-sound").setInputFiles(prompt);
  await boss.press("submit");
  await until("the prompt is there", () => boss.page.locator('[data-testid="prompt"][data-name="Welcome by day"]').isVisible());

  await boss.page.goto(`${world.url}/tenant/receptionists`);
  await boss.press("add-receptionist");
  await boss.at("field-number").fill("800");
  await boss.at("field-name").fill("Main menu");
  await boss.at("field-prompt").selectOption({ label: "Welcome by day" });
  await boss.press("add-choice");
  await boss.at("field-rows[0].keys").fill("1");
  const bob = boss.at("field-rows[0].action.to").locator("option", { hasText: "102" }).first();
  await boss.at("field-rows[0].action.to").selectOption(await bob.getAttribute("value"));
  assert.match(await boss.at("flow").first().textContent(), /102/, "the flow is drawn");
  await boss.press("submit");
  await until("it is there", () => boss.page.locator('[data-testid="receptionist"][data-number="800"]').isVisible());

  await boss.page.getByRole("row").filter({ has: boss.page.locator('[data-testid="receptionist"][data-number="800"]') }).getByTestId("edit-receptionist").click();
  const walked = boss.at("flow-walked");
  await until("no call is in the drawing", async () => (await walked.textContent()) === "");

  const callee = await world.phone("Acme", "102", { tone: "desk", answer: "auto" });
  const caller = await world.phone("Acme", "101", { tone: "phone" });
  await caller.dial("sip:800@acme.localhost");
  await caller.event("CALL_ESTABLISHED");
  await walked.getByText("A call hears the prompt.").waitFor();
  await until("the own prompt is heard", () => caller.heardLast().lab >= 2);
  await caller.press("1");
  await callee.event("CALL_ESTABLISHED");
  await until("the drawing shows the choice", async () => /^The call went this way: 1: .*102/.test(await walked.textContent()));
  await until("they hear each other", () => callee.heardLast().phone >= 1 && caller.heardLast().desk >= 1);
  await caller.hangUp();
  await until("the call is gone from the drawing", async () => (await walked.textContent()) === "");
});

// covers: IVR-09, RTC-02
scenario("an administrator takes an extension, calls the receptionist from its form and sees the way of the call", async (world) => {
  const api = await world.tenantApi("Acme");
  const own = await world.newAccount("Acme", "110");
  await api.post("/api/tenant/receptionists", {
    number: "800", name: "Main menu", rows: [{ keys: "1", action: { do: "lead", to: { kind: "extension", extension_id: await extensionId(api, "102") } } }],
  });
  const callee = await world.phone("Acme", "102", { tone: "desk", answer: "auto" });
  const boss = await world.person("boss");
  await boss.signIn(world.url, world.belfry.tenant("Acme").admin);
  await boss.page.goto(`${world.url}/settings`);
  const choice = boss.at("own-extension").getByTestId("field-extension_id");
  await choice.selectOption({ label: `${own.user} Person ${own.user}` });
  assert.equal(await choice.locator("option", { hasText: "102" }).count(), 0, "whoever has an e-mail address keeps the extension");
  assert.equal(await boss.at("nav-phone").count(), 0, "without an extension there is no phone");
  await boss.press("save-own-extension");
  await boss.at("nav-phone").first().click();
  await boss.phoneReady();

  await boss.page.goto(`${world.url}/tenant/receptionists`);
  await boss.page.getByRole("row").filter({ has: boss.page.locator('[data-testid="receptionist"][data-number="800"]') }).getByTestId("edit-receptionist").click();
  const walked = boss.at("flow-walked");
  await boss.press("call-flow");
  await walked.getByText("A call hears the prompt.").waitFor();
  const trial = boss.at("trial-call");
  await trial.getByTestId("keypad-1").click();
  await callee.event("CALL_ESTABLISHED");
  await until("the drawing shows the choice", async () => /^The call went this way: 1: .*102/.test(await walked.textContent()));
  await trial.getByTestId("hangup-button").click();
  await until("the call is gone from the drawing", async () => (await walked.textContent()) === "");
  await boss.at("call-flow").waitFor();
});

/** What a server of somebody's own may do to whoever asks it, by the path that is asked. */
const MANNERS = {
  "/call": (response) => response.end(JSON.stringify({ status_code: 200, action: "call", destination: "102" })),
  "/hang": () => {},
  "/redirect": (response) => response.writeHead(302, { location: "/call" }).end(),
  "/nonsense": (response) => response.end("<html>"),
  "/long": (response) => response.end(Buffer.alloc(10 << 20, 32)),
  "/wrong": (response) => response.end(JSON.stringify({ status_code: 200, action: "dance" })),
};

// covers: IVR-16, IVR-17, IVR-19, IVR-20, IVR-21, IVR-22, IVR-23, IVR-24
scenario("a server is asked by what is typed, and whatever it does the caller ends in the stated place", async (world) => {
  const asked = [];
  const server = createServer((request, response) => {
    const url = new URL(request.url, "http://app");
    let body = "";
    request.on("data", (piece) => (body += piece));
    request.on("end", () => {
      asked.push({ path: url.pathname, method: request.method, query: Object.fromEntries(url.searchParams), body, login: request.headers.authorization });
      MANNERS[url.pathname](response);
    });
  });
  await new Promise((done) => server.listen(0, "127.0.0.1", done));
  const at = `http://127.0.0.1:${server.address().port}`;
  try {
    const admin = await world.adminApi();
    await admin.put("/api/admin/settings", { action_url_private: true });
    const api = await world.tenantApi("Acme");
    const entry = (path, place) => ({
      name: path, trigger: "keys", list: String(70 + place), action: at + path, method: place % 2 ? "post" : "get", user: path === "/call" ? "app" : "",
      connect_seconds: 1, answer_seconds: 1,
    });
    const made = await api.post("/api/tenant/receptionists", {
      number: "800", name: "Cards", on_failure: { do: "lead", to: { kind: "extension", extension_id: await extensionId(api, "101") } },
      urls: [...Object.keys(MANNERS).map(entry), { name: "plain", trigger: "keys", list: "80", action: "102" }],
      passwords: { "/call": "sesame" },
    });
    assert.ok(!JSON.stringify(made).includes("sesame"));
    const stated = await world.phone("Acme", "101", { tone: "desk", answer: "auto" });
    const called = await world.phone("Acme", "102", { tone: "hall", answer: "auto" });
    const caller = await world.newPhone("Acme", "103", { tone: "phone" });
    const ends = async (keys, callee) => {
      const [mine, theirs] = [caller.events.length, callee.events.length];
      await caller.dial("sip:800@acme.localhost");
      await caller.event("CALL_ESTABLISHED", { after: mine });
      for (const key of keys) await caller.press(key);
      await callee.event("CALL_ESTABLISHED", { after: theirs });
      await caller.hangUp();
      await callee.event("CALL_CLOSED", { after: theirs });
    };
    await ends("70", called);
    const told = { from: "103", to: "800", input: "70", from_name: asked[0].query.from_name, account_name: "Cards" };
    assert.deepEqual(asked[0], { path: "/call", method: "GET", query: told, body: "", login: `Basic ${Buffer.from("app:sesame").toString("base64")}` });
    for (const [place, path] of Object.keys(MANNERS).entries()) {
      if (place > 0) await ends(String(70 + place), stated);
      assert.equal(asked.at(-1).path, path);
    }
    assert.deepEqual({ ...JSON.parse(asked.find((one) => one.path === "/hang").body), from_name: "" }, { ...told, input: "71", from_name: "" });
    await ends("80", called);

    await admin.put("/api/admin/settings", { action_url_private: false });
    const before = asked.length;
    await ends("70", stated);
    assert.equal(asked.length, before, "an address inside the provider's network is not asked");
    const { codes } = await lastCall(world);
    assert.ok(codes.includes("server_failed"), String(codes));
  } finally {
    server.closeAllConnections();
    server.close();
  }
});

// covers: EXT-11, REC-01, REC-02, REC-03, REC-04, REC-05
scenario("a call is recorded on two tracks, is heard again, and what was said before kill -9 is kept", async (world) => {
  const api = await world.tenantApi("Acme");
  const id = await extensionId(api, "101");
  await api.put(`/api/tenant/extensions/${id}`, { record_calls: true });
  const { tenant } = await api.get("/api/tenant/profile");
  await api.put("/api/tenant/profile", { options: { ...tenant.options, record_tracks: true } });
  const reader = await world.person("reader");
  const caller = await world.phone("Acme", "102", { tone: "phone" });
  const callee = await world.phone("Acme", "101", { tone: "desk", answer: "auto" });
  await caller.dial("sip:101@acme.localhost");
  await callee.event("CALL_ESTABLISHED");
  await until("they hear each other", () => callee.heardLast().phone >= 3 && caller.heardLast().desk >= 3);
  await caller.hangUp();
  const recordings = () => api.get("/api/tenant/recordings").then((page) => page.rows);
  const first = await until("the recording is whole", async () => (await recordings()).find((row) => row.millis && row.sha256));
  assert.deepEqual([first.caller, first.callee, first.tracks, first.heard_at], ["102", "101", 2, null]);
  const sound = await api.bytes(`/api/tenant/recordings/${first.id}/sound`);
  assert.equal(createHash("sha256").update(sound).digest("hex"), first.sha256);
  const heard = await Promise.all([0, 1].map(async (track) => heardSeconds(await decode(reader.page, sound, track))));
  assert.ok(heard[0].phone >= 2 && heard[1].desk >= 2, JSON.stringify(heard));
  assert.ok(heard[0].desk < 0.3 && heard[1].phone < 0.3, JSON.stringify(heard));
  assert.notEqual((await recordings())[0].heard_at, null);

  const before = callee.events.length;
  await caller.dial("sip:101@acme.localhost");
  await callee.event("CALL_ESTABLISHED", { after: before });
  await until("they hear each other", () => callee.heardLast().phone >= 3);
  await world.belfry.kill();
  await world.belfry.run();
  const again = await world.tenantApi("Acme");
  const [cut] = (await again.get("/api/tenant/recordings")).rows;
  assert.ok(cut.millis >= 2500, JSON.stringify(cut));
  const kept = heardSeconds(await decode(reader.page, await again.bytes(`/api/tenant/recordings/${cut.id}/sound`)));
  assert.ok(kept.phone >= 2, JSON.stringify(kept));
});
