// What a person sets about their calls in the page holds for the next call, and is kept.
import assert from "node:assert/strict";

import { scenario } from "../lib/scenario.mjs";
import { until } from "../lib/wait.mjs";

// covers: EXT-05, EXT-08, EXT-20, EXT-22
scenario("a person forwards calls in the page, an exception comes first, and what it leads to is not deleted", async (world) => {
  // The demo has calls of the days before.
  const began = Date.now() * 1000;
  const api = await world.tenantApi("Acme");
  const bob = await world.user("Acme", "102", "bob");
  const caller = await world.client("Acme", "101");
  const people = (await api.get("/api/tenant/extensions")).rows.map((row) => row.extension);
  const desk = await api.post("/api/tenant/extensions", { number: "150", name: "Front desk" });
  const front = await world.client("Acme", "101", desk.sip);
  assert.equal((await front.register()).status, 200, "a new extension registers at once");

  await bob.page.goto(`${world.url}/settings/forwarding`);
  await bob.at("field-do_not_disturb.open").selectOption({ label: "150 Front desk" });
  await bob.at("field-do_not_disturb.closed").selectOption({ label: "150 Front desk" });
  await bob.press("save-forwarding");
  await bob.page.getByText("Your calls go so from now on.").waitFor();
  await bob.page.goto(`${world.url}/phone`);
  await bob.at("presence-status").selectOption("Do not disturb");
  const status = async () => (await caller.talk("102"))[0];
  await until("the desk answers for 102", async () => (await status()) === 200);
  const last = async () => (await api.get(`/api/tenant/calls?limit=1&search=102&from=${began}`)).rows[0];
  // Calls before the status held have records of their own.
  const record = await until("the record is closed", async () => {
    const call = await last();
    return call?.ended_at && call.status === "answered" && call;
  });
  assert.deepEqual([record.callee, record.callee_extension_id], ["102", desk.extension.id]);

  // An exception for everybody ends the call, whatever else is said.
  await bob.page.goto(`${world.url}/settings/forwarding`);
  await bob.press("add-exception");
  await bob.at("field-exceptions[0].caller").fill("101");
  await bob.at("field-exceptions[0].to").selectOption("end");
  await bob.press("save-forwarding");
  await bob.page.getByText("Your calls go so from now on.").waitFor();
  assert.equal(await status(), 480);
  await until("it says why", async () => (await last()).ended_reason === "ended_by_exception");

  // What it leads to is not deleted, and what leads there is named.
  const id = people.find((person) => person.number === "102").id;
  await assert.rejects(api.delete(`/api/tenant/extensions/${desk.extension.id}`), /409 .*the forwarding of extension 102/);

  await world.belfry.kill();
  await world.belfry.run();
  const kept = await (await world.tenantApi("Acme")).get(`/api/tenant/extensions/${id}/forwarding`);
  assert.equal(kept.exceptions[0].caller, "101");
  assert.equal(kept.do_not_disturb.open.extension_id, desk.extension.id);
});
