// A desk phone and a browser of the same tenant talk; a neighbour's phone with the same number is never reached.
import assert from "node:assert/strict";

import { assertBothHear } from "../lib/hearing.mjs";
import { scenario } from "../lib/scenario.mjs";

// covers: SYS-01, T-10, RTC-03
scenario("a phone and a browser call each other, and the other tenant's 101 never rings", async (world) => {
  const stranger = await world.phone("Globex", "101", { tone: "alice", answer: "auto" });
  const phone = await world.phone("Acme", "101", { tone: "phone" });
  const bob = await world.user("Acme", "102", "bob");

  await phone.dial("sip:102@acme.localhost");
  await bob.callState("incoming");
  await bob.answer();
  await phone.event("CALL_ESTABLISHED");
  await bob.callState("talking");
  await assertBothHear(phone, bob);
  await phone.hangUp();
  await bob.callOver();

  const before = phone.events.length;
  await bob.dial("101");
  await phone.event("CALL_INCOMING", { after: before });
  await phone.answer();
  await bob.callState("talking");
  await assertBothHear(phone, bob);
  await bob.hangUp();
  await phone.event("CALL_CLOSED", { after: before });

  assertUntouched(stranger);
});

/** A phone that answers by itself says nothing of ringing: any event of a call is one too many. */
function assertUntouched(stranger) {
  const calls = stranger.events.filter(({ type }) => type.startsWith("CALL_"));
  assert.deepEqual(calls, [], "Globex's 101 was reached");
}

// covers: T-10
scenario("whatever Acme's 101 dials, Globex's 101 is not reached", async (world) => {
  const stranger = await world.phone("Globex", "101", { answer: "auto" });
  const client = await world.client("Acme", "101");
  assert.equal((await client.register()).status, 200);
  const server = world.belfry.addresses.udp;
  const globex = world.account("Globex", "101");
  const dialled = [
    "sip:101@globex.localhost", "sip:101@GLOBEX.localhost", "sip:101%40globex.localhost@acme.localhost",
    "sip:101@acme.localhost;maddr=globex.localhost", "sip:101@globex.localhost;transport=udp", `sip:101@globex.localhost:${server.split(":")[1]}`,
    "sip:101@globex.localhost@acme.localhost", `sip:101@${server};domain=globex.localhost`, "sip:globex.localhost", "tel:101;phone-context=globex.localhost",
    `sip:101@127.0.0.1:${stranger.sipPort}`, "sip:101%00@globex.localhost", "sip:101@globex.localhost.", "sips:101@globex.localhost",
  ];
  for (const uri of dialled) {
    const { status } = await client.invite(uri);
    assert.ok(status >= 400 && status < 700, `${uri} was answered with ${status}`);
  }
  // The address of the other tenant in To, From or the login does not help either.
  for (const options of [{ to: "sip:101@globex.localhost" }]) {
    const { status } = await client.invite("sip:777@acme.localhost", options);
    assert.ok(status >= 400, `a foreign To was answered with ${status}`);
  }
  const disguised = await world.client("Acme", "101", { domain: "globex.localhost", user: globex.user });
  assert.ok((await disguised.invite("sip:101@globex.localhost")).status >= 400);
  assertUntouched(stranger);
});
