// Conferences: phones and browsers meet in a room, and somebody moderates it in the portal.
import assert from "node:assert/strict";

import { hearsPhrase } from "../lib/phrase.mjs";
import { scenario } from "../lib/scenario.mjs";
import { tonesIn } from "../lib/tone.mjs";
import { until } from "../lib/wait.mjs";

/** Which of the tones a phone hears just now. */
const hears = (phone) => tonesIn(phone.soundLast());

async function standing(api) {
  return (await api.get("/api/tenant/conferences")).find(({ number }) => number === "8010");
}

// covers: CONF-02, CONF-08, CONF-09, CONF-11, CONF-13, CONF-14, CONF-16
scenario("three meet behind a PIN, and the administrator mutes, locks and sends out in the portal", async (world) => {
  const api = await world.tenantApi("Acme");
  const room = await api.post("/api/tenant/conference-rooms", { number: "8010", subject: "Monday", pin: "2468", moderator_pin: "1357" });
  const reader = await world.person("reader");
  const enter = async (phone, pin) => {
    const before = phone.events.length;
    await phone.dial("sip:8010@acme.localhost");
    await phone.event("CALL_ESTABLISHED", { after: before });
    await hearsPhrase(phone, reader.page, "conf_pin");
    for (const key of `${pin}#`) await phone.press(key);
  };
  const joined = (count) => until(`${count} are in the room`, async () => {
    const now = await standing(api);
    return now?.participants.filter(({ state }) => state === "joined").length === count && now;
  });
  const one = await world.phone("Acme", "101", { tone: "phone" });
  await enter(one, "9999");
  await hearsPhrase(one, reader.page, "conf_pin_wrong");
  for (const key of "1357#") await one.press(key);
  await joined(1);
  const two = await world.newPhone("Acme", "103", { tone: "desk" });
  await enter(two, "2468");
  const three = await world.newPhone("Acme", "104", { tone: "door", codecs: "opus" });
  await enter(three, "2468");
  const { participants } = await joined(3);
  assert.deepEqual(participants.map(({ number, moderator }) => [number, moderator]), [["101", true], ["103", false], ["104", false]]);
  const allHear = (expected) => until(`they hear ${JSON.stringify(expected)}`, () => {
    const now = { one: hears(one), two: hears(two) };
    return Object.entries(expected).every(([name, tones]) => tones.every((tone) => now[name].includes(tone)) && now[name].length === tones.length);
  }, 25);
  await allHear({ one: ["desk", "door"], two: ["phone", "door"] });

  const boss = await world.person("boss");
  await boss.signIn(world.url, world.belfry.tenant("Acme").admin);
  await boss.page.goto(`${world.url}/tenant/conferences/${room.id}`);
  const row = (number) => boss.page.locator(`[data-testid="participant"][data-number="${number}"]`);
  await row("104").waitFor();
  await row("104").getByTestId("mute").click();
  await allHear({ one: ["desk"], two: ["phone"] });
  await boss.press("mute-all");
  await allHear({ one: [], two: ["phone"] });
  await boss.press("mute-all");
  await allHear({ one: ["desk"], two: ["phone"] });
  await boss.press("lock");
  await until("the room is locked", async () => (await standing(api)).locked);
  const late = await world.phone("Acme", "102", { tone: "hall" });
  await late.dial("sip:8010@acme.localhost");
  await late.event("CALL_CLOSED");
  await row("103").getByTestId("participant-menu").click();
  await row("103").getByTestId("hang-up").click();
  await two.event("CALL_CLOSED");
  await joined(2);
  await api.delete(`/api/tenant/conference-rooms/${room.id}`);
  await one.event("CALL_CLOSED");
  await three.event("CALL_CLOSED");
});

// covers: CONF-10, CONF-12
scenario("a browser is called into the room, and the room is recorded", async (world) => {
  const api = await world.tenantApi("Acme");
  const room = await api.post("/api/tenant/conference-rooms", { number: "8010", subject: "Monday" });
  const one = await world.phone("Acme", "101", { tone: "phone" });
  await one.dial("sip:8010@acme.localhost");
  await one.event("CALL_ESTABLISHED");
  const person = await world.user("Acme", "102", "bob");
  await until("the room stands", () => standing(api));
  await api.post(`/api/tenant/conferences/${room.id}`, { do: "invite", number: "102" });
  await person.callState("incoming");
  await person.answer();
  await person.callState("talking");
  assert.ok((await person.heard(3)).phone > 1, "the browser hears the phone");
  await until("the phone hears the browser", () => hears(one).includes("bob"));
  await api.post(`/api/tenant/conferences/${room.id}`, { do: "record" });
  await until("it is recorded", async () => (await standing(api)).recorded);
  await until("some of it is kept", async () => (await person.heard(1)) && (await api.get("/api/tenant/recordings")).rows.length === 1);
  await api.post(`/api/tenant/conferences/${room.id}`, { do: "stop_recording" });
  await until("the recording is whole", async () => (await api.get("/api/tenant/recordings")).rows[0].millis > 500);
  await person.hangUp();
  await one.hangUp();
  await until("the room is empty", async () => (await standing(api)) === undefined);
});
