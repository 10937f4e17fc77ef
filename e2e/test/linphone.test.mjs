// linphone over TLS, which checks the name in the certificate: called, held, taken up, handed on.
import assert from "node:assert/strict";

import { scenario } from "../lib/scenario.mjs";
import { pause, until } from "../lib/wait.mjs";

const SECURE = { secure: true };
const HEARD_SECONDS_MIN = 0.5;
const QUIET_SECONDS_MAX = 0.3;
const LISTEN_SECONDS = 1.5;

/** The seconds of a tone that a phone hears from now on; a phone that takes a call up again may record anew. */
async function heardFromNow(phone, tone) {
  const before = (await phone.heard())[tone];
  await pause(LISTEN_SECONDS * 1000);
  const after = (await phone.heard())[tone];
  return after < before ? after : after - before;
}

/** What a person in a browser hears from now on is asked of the page. */
const hears = (phone, tone) => (phone.page ? phone.heard(LISTEN_SECONDS).then((heard) => heard[tone]) : heardFromNow(phone, tone));

async function assertTalk(one, oneTone, other, otherTone, when) {
  const heard = await Promise.all([hears(one, otherTone), hears(other, oneTone)]);
  assert.ok(heard.every((seconds) => seconds >= HEARD_SECONDS_MIN), `${when}: ${heard}`);
}

async function assertQuiet(one, oneTone, other, otherTone, when) {
  const heard = await Promise.all([hears(one, otherTone), hears(other, oneTone)]);
  assert.ok(heard.every((seconds) => seconds <= QUIET_SECONDS_MAX), `${when}: ${heard}`);
}

// covers: TRN-04
scenario("linphone and baresip put each other on hold and take the call up again", SECURE, async (world) => {
  const ca = await world.root();
  const linphone = await world.linphone("Acme", "102", { tone: "desk", answer: "auto", ca });
  const baresip = await world.phone("Acme", "101", { tone: "phone", transport: "tls", ca });
  const talk = [linphone, "desk", baresip, "phone"];
  await baresip.dial("sip:102@acme.localhost");
  await baresip.event("CALL_ESTABLISHED");
  await assertTalk(...talk, "at first");
  await linphone.hold();
  await assertQuiet(...talk, "linphone holds");
  await linphone.resume();
  await assertTalk(...talk, "linphone has taken it up");
  await baresip.command("hold");
  await until("baresip has put it on hold", async () => (await hears(linphone, "phone")) <= QUIET_SECONDS_MAX);
  const played = await baresip.played();
  await baresip.command("resume");
  assert.ok((await heardFromNow(linphone, "phone")) >= HEARD_SECONDS_MIN, "linphone hears nothing after baresip's hold");
  assert.ok((await baresip.played()) - played >= HEARD_SECONDS_MIN, "baresip plays nothing after its own hold");
  const past = linphone.output.length;
  await baresip.hangUp();
  await linphone.said(/ ended \(No error\)/, { after: past });
});

// covers: TRN-04, RTC-03
scenario("linphone and a browser put each other on hold and take the call up again", SECURE, async (world) => {
  const ca = await world.root();
  const bob = await world.user("Acme", "102", "bob");
  const linphone = await world.linphone("Acme", "101", { tone: "desk", ca });
  const talk = [linphone, "desk", bob, "bob"];
  linphone.say("call sip:102@acme.localhost");
  await bob.callState("incoming");
  await bob.answer();
  await bob.callState("talking");
  await assertTalk(...talk, "at first");
  await linphone.hold();
  await assertQuiet(...talk, "linphone holds");
  await linphone.resume();
  await assertTalk(...talk, "linphone has taken it up");
  await bob.press("hold-button");
  await bob.callState("held");
  await assertQuiet(...talk, "the browser holds");
  await bob.press("hold-button");
  await bob.callState("talking");
  await assertTalk(...talk, "the browser has taken it up");
  await bob.hangUp();
  await linphone.said(/ ended \(No error\)/);
});

// covers: TRN-04
scenario("linphone hands its caller on, blind and after it has asked", SECURE, async (world) => {
  const ca = await world.root();
  const linphone = await world.linphone("Acme", "102", { tone: "alice", answer: "auto", ca });
  const caller = await world.phone("Acme", "101", { tone: "phone" });
  const target = await world.newPhone("Acme", "103", { tone: "desk", answer: "auto" });
  const joined = [caller, "phone", target, "desk"];
  await caller.dial("sip:102@acme.localhost");
  await caller.event("CALL_ESTABLISHED");
  await linphone.said(/Media streams established/);
  linphone.say("transfer 1 sip:103@acme.localhost");
  await target.event("CALL_ESTABLISHED");
  await assertTalk(...joined, "blind");
  await caller.hangUp();
  await target.event("CALL_CLOSED");

  await linphone.said(/Call 1 [^\n]* ended/);
  const [atCaller, atTarget] = [caller.events.length, target.events.length];
  await caller.dial("sip:102@acme.localhost");
  await caller.event("CALL_ESTABLISHED", { after: atCaller });
  await linphone.said(/Media streams established [^\n]* for call 2/);
  await linphone.hold();
  linphone.say("call sip:103@acme.localhost");
  await target.event("CALL_ESTABLISHED", { after: atTarget });
  await linphone.said(/Media streams established [^\n]* for call 3/);
  linphone.say("transfer 2 --to-call 3");
  await linphone.said(/Call 3 [^\n]* ended/);
  await assertTalk(...joined, "after it has asked");
});
