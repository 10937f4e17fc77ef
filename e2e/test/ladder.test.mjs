// Every message of a call between two phones stands on its page in order, without secrets; Wireshark reads the file.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { join } from "node:path";

import { scenario } from "../lib/scenario.mjs";
import { pause, until } from "../lib/wait.mjs";

const CALLER = ["INVITE", "401", "ACK", "INVITE", "180", "200", "ACK", "BYE", "200"];
const SHOWN_MILLIS_MAX = 2000;

/** The first words of a lane's messages, without 100. */
function said(ladder, lane) {
  const words = ladder.messages.filter((message) => message.lane === lane && message.repeats === undefined)
    .map((message) => message.text.split("\r\n")[0].replace(/^SIP\/2.0 /, "").split(" ")[0]);
  return words.filter((word) => word !== "100");
}

// covers: LOG-04, OPS-04
scenario("a call between two phones leaves its ladder on the page, in the API and in a file for Wireshark", async (world) => {
  const caller = await world.phone("Acme", "101", { tone: "phone" });
  const callee = await world.phone("Acme", "102", { tone: "desk", answer: "auto" });
  const api = await world.tenantApi("Acme");
  await caller.dial("sip:102@acme.localhost");
  await callee.event("CALL_ESTABLISHED");
  await caller.event("CALL_ESTABLISHED");
  const { id } = (await api.get("/api/tenant/live-calls"))[0];

  // The page of the running call, then what the end adds to it.
  const boss = await world.person("boss");
  await boss.signIn(world.url, world.belfry.tenant("Acme").admin);
  await boss.page.goto(`${world.url}/tenant/calls/${id}`);
  const arrows = boss.page.locator('[data-testid="ladder-message"]');
  await arrows.filter({ hasText: "200 OK" }).first().waitFor();
  assert.equal(await arrows.filter({ hasText: "BYE" }).count(), 0);
  await pause(1500);
  await caller.hangUp();
  await callee.event("CALL_CLOSED");
  const ended = Date.now();
  await arrows.filter({ hasText: "BYE" }).nth(1).waitFor();
  const shown = Date.now() - ended;
  assert.ok(shown < SHOWN_MILLIS_MAX, `the end was shown after ${shown} ms`);

  const ladder = await until("the callee's last answer", async () => {
    const now = await api.get(`/api/tenant/calls/${id}/ladder`);
    return said(now, 1).at(-1) === "200" && now;
  });
  assert.deepEqual(said(ladder, 0), CALLER);
  assert.deepEqual(said(ladder, 1), ["INVITE", "180", "200", "ACK", "BYE", "200"]);
  const text = JSON.stringify(ladder);
  for (const number of ["101", "102"]) {
    const { secret } = world.belfry.extension("Acme", number).sip;
    assert.ok(!text.includes(secret), `${number}'s password`);
  }
  assert.ok(text.includes("username=\\\"101\\\""));
  assert.doesNotMatch(text, /(response|nonce|cnonce|opaque)=\\"/);

  // Unfolded by the keyboard: what the offer says about sound.
  const first = boss.page.locator('[data-testid="ladder-message"] button').first();
  await first.focus();
  await boss.page.keyboard.press("Enter");
  await boss.page.locator('[data-testid="ladder-open"]').first().waitFor();
  assert.match(await boss.page.locator('[data-testid="ladder-sdp"]').first().innerText(), /audio .*PCMU|audio .*opus/);
  await boss.page.locator('[data-testid="ladder-sound"]').waitFor();
  const saved = boss.page.waitForEvent("download");
  await boss.page.locator('[data-testid="ladder-pcap"]').click();
  const file = join(world.belfry.home, "ladder.pcap");
  await (await saved).saveAs(file);
  // Told by what is in them: a port that a phone was given may be another protocol's own.
  const shark = execFileSync("tshark", ["-r", file, "-o", "udp.try_heuristic_first:TRUE", "-T", "fields", "-e", "sip.Method", "-e", "sip.Status-Code", "-e", "_ws.malformed"],
    { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
  const packets = shark.trim().split("\n").map((line) => line.trim().replace(/\t+/g, ""));
  assert.equal(packets.length, ladder.messages.length);
  assert.deepEqual(packets.slice(0, 1), ["INVITE"]);
  assert.equal(packets.filter((packet) => packet === "BYE").length, 2);

  // Bob sees of Alice's phone only what was said.
  const own = await (await world.userApi("Acme", "102")).get(`/api/user/calls/${id}/ladder`);
  assert.ok(own.messages.filter((message) => message.lane === 0).every((message) => !message.text.includes("\r\n") && !message.remote));
  assert.ok(own.messages.some((message) => message.lane === 1 && message.text.includes("Contact:")));

});

scenario("a refused registration has its last exchange, and nobody else's secrets", async (world) => {
  await (await world.client("Acme", "102", { secret: "wrong" })).register();
  const api = await world.tenantApi("Acme");
  const refused = await until("the refusal", async () => (await api.get("/api/tenant/refusals")).rows[0]);
  const ladder = await until("its ladder", async () => {
    const now = await api.get(`/api/tenant/refusals/${refused.id}/ladder`);
    return now.messages.length > 0 && now;
  });
  assert.deepEqual(said(ladder, 0), ["REGISTER", "401", "REGISTER", "403"]);
  const boss = await world.person("boss");
  await boss.signIn(world.url, world.belfry.tenant("Acme").admin);
  await boss.page.goto(`${world.url}/tenant/refusals`);
  await boss.press("explain");
  await boss.page.locator('[data-testid="ladder-message"]').nth(3).waitFor();
});
