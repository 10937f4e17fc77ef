// What a call, a registration and a session live through.
import assert from "node:assert/strict";

import { scenario } from "../lib/scenario.mjs";
import { pause, until } from "../lib/wait.mjs";

// covers: SYS-05, CDR-05
scenario("after kill -9 in the middle of a call there is one closed record, every registration, and a signed-in portal", async (world) => {
  const { belfry } = world;
  const admin = await world.person("admin");
  await admin.signIn(world.url, belfry.tenant("Acme").admin);
  await admin.page.goto(`${world.url}/tenant/calls`);
  const caller = await world.phone("Acme", "101");
  const callee = await world.phone("Acme", "102", { answer: "auto" });
  const from = Date.now() * 1000;
  await caller.dial("sip:102@acme.localhost");
  await callee.event("CALL_ESTABLISHED");
  const api = await world.tenantApi("Acme");
  await until("the record is open", async () => (await api.get(`/api/tenant/calls?from=${from}`)).rows.length === 1);
  // The longest that a registration may be unwritten.
  await pause(1000);

  await belfry.kill();
  const killedAt = Date.now() * 1000;
  await belfry.run();

  const again = await world.tenantApi("Acme");
  const { rows } = await again.get(`/api/tenant/calls?from=${from}`);
  assert.equal(rows.length, 1, JSON.stringify(rows));
  assert.equal(rows[0].ended_reason, "server_restarted");
  assert.equal(rows[0].status, "answered");
  assert.ok(rows[0].ended_at <= killedAt, `${rows[0].ended_at} is after the end of the process`);
  const { rows: bindings } = await again.get("/api/tenant/registrations");
  assert.equal(bindings.length, 2, JSON.stringify(bindings));

  // The phone registered before the kill is rung after it.
  const before = callee.events.length;
  const client = await world.client("Acme", "101");
  const call = client.invite("sip:102@acme.localhost");
  await callee.event("CALL_ESTABLISHED", { after: before });
  assert.equal((await call).status, 200);

  await admin.page.reload();
  await admin.page.waitForLoadState("networkidle");
  assert.match(new URL(admin.page.url()).pathname, /^\/tenant\/calls/);
});

// covers: SYS-05, Q-21
scenario("after kill -9 a caller is called back who had asked for it, from the place that it had", async (world) => {
  const { belfry } = world;
  const api = await world.tenantApi("Acme");
  const { rows: found } = await api.get("/api/tenant/extensions?search=102");
  const member = found.find((row) => row.extension.number === "102").extension.id;
  await api.post("/api/tenant/queues", {
    number: "8000", name: "Sales", members: [member], waits_without_members: true, callback: { kind: "anytime" },
  });
  const caller = await world.phone("Acme", "101", { answer: "auto" });
  await caller.dial("sip:8000@acme.localhost");
  await caller.event("CALL_ESTABLISHED");
  const line = async (api) => (await api.get("/api/tenant/wallboard")).find((queue) => queue.number === "8000").waiting;
  await until("the caller waits", async () => (await line(api)).length === 1);
  await caller.press("3");
  await pause(1000);
  await caller.press("#");
  await until("the callback is taken down", async () => (await line(api))[0].callback);
  await caller.event("CALL_CLOSED");
  const [before] = (await api.get("/api/tenant/queue-calls")).rows;
  assert.ok(before.callback_at > before.entered_at, JSON.stringify(before));

  await belfry.kill();
  await belfry.run();

  const again = await world.tenantApi("Acme");
  const [waiting] = await line(again);
  assert.deepEqual([waiting.id, waiting.entered_at, waiting.callback_breaks], [before.id, before.entered_at, 0]);
  const events = caller.events.length;
  // It rings as soon as it has registered, before its own events are heard.
  const agent = await world.phone("Acme", "102", { answer: "auto" });
  await caller.event("CALL_ESTABLISHED", { after: events });
  await until("the member hears the caller", () => agent.heard().phone >= 1);
  const after = await until("it is answered", async () => (await again.get("/api/tenant/queue-calls")).rows.find((row) => row.answered_at));
  assert.deepEqual([after.id, after.outcome, after.agent_id], [before.id, "answered", member]);
  assert.ok(after.callback_call_id && after.callback_call_id !== before.call_id, JSON.stringify(after));
});

// covers: SYS-05
scenario("SIGTERM lets the running call end and takes no new one", async (world) => {
  const { belfry } = world;
  const caller = await world.phone("Acme", "101");
  const callee = await world.phone("Acme", "102", { answer: "auto" });
  await caller.dial("sip:102@acme.localhost");
  await callee.event("CALL_ESTABLISHED");
  const stopped = belfry.terminate();
  const client = await world.client("Acme", "102");
  await until("a new call is refused", async () => (await client.invite("sip:101@acme.localhost")).status === 503);
  await pause(1500);
  assert.equal(belfry.process.exitCode, null, "the process did not wait for the call");
  await caller.hangUp();
  assert.equal(await stopped, 0);
  assert.ok(callee.heard().phone >= 1, "the call was not heard while the server drained");
});
