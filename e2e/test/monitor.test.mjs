// Somebody listens to a call of others, and is heard as it wants: three phones by other people.
import assert from "node:assert/strict";

import { scenario } from "../lib/scenario.mjs";
import { tonesIn } from "../lib/tone.mjs";
import { until } from "../lib/wait.mjs";

async function extensionId(api, number) {
  const { rows } = await api.get(`/api/tenant/extensions?search=${number}`);
  return rows.find((row) => row.extension.number === number).extension.id;
}

// covers: CTI-01, CTI-03, CTI-04, CTI-05, CTI-06, CTI-07, CTI-08, GRP-07
scenario("a supervisor listens, whispers, barges in and takes over, by the keys of a telephone", async (world) => {
  const api = await world.tenantApi("Acme");
  const caller = await world.phone("Acme", "101", { tone: "phone" });
  const agent = await world.phone("Acme", "102", { tone: "desk", answer: "auto" });
  const boss = await world.newPhone("Acme", "103", { tone: "door" });
  const dial = async () => {
    const before = boss.events.length;
    await boss.dial("sip:888*102@acme.localhost");
    return before;
  };
  await caller.dial("sip:102@acme.localhost");
  await caller.event("CALL_ESTABLISHED");

  await boss.event("CALL_CLOSED", { after: await dial() });
  const { tenant } = await api.get("/api/tenant/profile");
  await api.put("/api/tenant/profile", { options: { ...tenant.options, monitoring: true } });
  await boss.event("CALL_CLOSED", { after: await dial() });
  await api.post("/api/tenant/extension-groups", {
    name: "Queue Manager", members: [await extensionId(api, "102")], monitors: [await extensionId(api, "103")],
  });
  await boss.event("CALL_ESTABLISHED", { after: await dial() });

  const hear = (expected) => until(`they hear ${JSON.stringify(expected)}`, () => {
    const now = { boss: tonesIn(boss.soundLast()), agent: tonesIn(agent.soundLast()), caller: tonesIn(caller.soundLast()) };
    return Object.entries(expected).every(([who, tones]) => tones.every((tone) => now[who].includes(tone)) && now[who].length === tones.length);
  }, 20);
  await hear({ boss: ["phone", "desk"], agent: ["phone"], caller: ["desk"] });
  await boss.press("2");
  await hear({ boss: ["phone", "desk"], agent: ["phone", "door"], caller: ["desk"] });
  await boss.press("3");
  await hear({ boss: ["phone", "desk"], agent: ["phone", "door"], caller: ["desk", "door"] });
  await boss.press("1");
  await hear({ boss: ["phone", "desk"], agent: ["phone"], caller: ["desk"] });
  await boss.press("4");
  await agent.event("CALL_CLOSED");
  await hear({ boss: ["phone"], caller: ["door"] });
  await boss.hangUp();
  await caller.event("CALL_CLOSED");

  const log = (await api.get("/api/tenant/activity")).rows.filter(({ subject }) => subject.includes("102"));
  assert.ok(log.length >= 4, JSON.stringify(log));
});

// covers: CALL-01, CALL-02, GRP-04, CTI-03
scenario("a manager sees the running call of a member, listens to it once the list says so, and ends it", async (world) => {
  const api = await world.tenantApi("Acme");
  const [alice, bob] = [await extensionId(api, "101"), await extensionId(api, "102")];
  const manager = await world.user("Acme", "101", "manager");
  await manager.page.goto(`${world.url}/live-calls`);
  await manager.at("live-calls-scope").waitFor();
  await manager.at("empty").waitFor();
  assert.equal(await manager.at("tab-running").count(), 0, "whoever manages nobody has no such tab");
  const { id } = await api.post("/api/tenant/extension-groups", { name: "Desks", members: [bob], managers: [alice] });
  await manager.page.reload();
  await manager.at("tab-running").waitFor();

  const agent = await world.phone("Acme", "102", { tone: "desk" });
  const other = await world.newPhone("Acme", "103", { tone: "phone", answer: "auto" });
  await agent.dial("sip:103@acme.localhost");
  await agent.event("CALL_ESTABLISHED");
  const call = manager.at("live-call");
  await call.waitFor();
  assert.equal(await call.getByTestId("monitor-menu").count(), 0, "a manager who is on no list listens to nothing");
  await manager.at("monitor-note").waitFor();

  const { tenant } = await api.get("/api/tenant/profile");
  await api.put("/api/tenant/profile", { options: { ...tenant.options, monitoring: true } });
  await api.put(`/api/tenant/extension-groups/${id}`, { name: "Desks", members: [bob], managers: [alice], monitors: [alice] });
  await manager.page.reload();
  await call.getByTestId("monitor-menu").waitFor();
  assert.equal(await manager.at("monitor-note").count(), 0);
  await call.getByTestId("monitor-menu").click();
  await manager.page.getByTestId("monitor").first().waitFor();
  await manager.page.keyboard.press("Escape");

  await call.getByTestId("hang-up").click();
  await manager.press("confirm");
  await agent.event("CALL_CLOSED");
  await other.event("CALL_CLOSED");
  await manager.at("empty").waitFor();
  const log = (await api.get("/api/tenant/activity")).rows;
  assert.ok(log.some(({ operation }) => operation === "HangUpOwnCall"), JSON.stringify(log));
});
