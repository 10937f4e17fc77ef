// Every page of the portal: who sees it, where it is, and what it needs beyond its address.

import { readFileSync } from "node:fs";
import { join } from "node:path";

import { writeTone } from "./tone.mjs";
import { pause } from "./wait.mjs";

/** How a page's answers are changed on their way; `long` asks every row for names that are too long. */
const ANSWERS = {
  fails: (route) => route.fulfill({ status: 503, contentType: "application/problem+json", body: JSON.stringify(PROBLEM) }),
  waits: () => {},
  gone: (route) => route.abort("connectionrefused"),
  empty: (route) => rewrite(route, emptied),
  long: (route) => rewrite(route, lengthened),
};
const PROBLEM = { status: 503, code: "busy", title: "The server is busy. Try again in a moment.", fields: [] };

/** What the wizard asks, and the answer to it that says the most. */
const WIZARD = /\/api\/admin\/wizard$/;
const APPLIED = {
  invitation: "https://pbx.example/link#a5o0bK3cB1aP7f3Qd8s9YtR2mXwZ4uVhLkJnEgCiOqM",
  warnings: ["The certificate is not for pbx.example: browsers that open that name will warn."],
};

/** What a page asks for itself; the session is left alone. */
const OWN_ANSWERS = /\/api\/(admin|tenant|user)(\/|\?|$)/;

/** A name and a number as long as the API takes them, without a place to break. */
const LONG = { name: "Dorothea-Wilhelmine-Friederike-von-und-zu-Hohenlohe-Langenburg", number: "12345678901234567890" };
const LONG_NAMES = ["name", "caller_name", "callee_name", "actor", "user_agent", "email", "domain", "subject", "user"];
const LONG_NUMBERS = ["number", "caller", "callee"];

const LONG_TEXT = "I have booked a table for four, by the window this time, because it was so loud at the bar.";

/** A mailbox with something in it, and how loud each message is. */
const VOICEMAILS = /\/api\/user\/voicemails(\?|$)/;
const PEAKS = /\/api\/(tenant|user)\/(voicemails|recordings)\/[^/]+\/peaks/;
/** Rooms in which somebody is. */
const CONFERENCES = /\/api\/(tenant|user)\/conferences$/;
/** Recordings of calls, an administrator's and one's own. */
const RECORDINGS = /\/api\/(tenant|user)\/recordings(\?|$)/;
/** Desk phones, what is told to them, the link of one, and one's own keys. */
const PHONES = /\/api\/tenant\/phones(\?|$)/;
const TELL_PHONES = /\/api\/tenant\/phones\/tell$/;
const PHONE_LINK = /\/api\/tenant\/phones\/[^/]+\/link\/reveal$/;
const OWN_KEYS = /\/api\/user\/phone-keys$/;
const LOUDNESS = Array.from({ length: 90 }, (_, index) => Math.round(128 + 110 * Math.sin(index / 3) * Math.cos(index / 11)));
const MINUTE_MILLIS = 60_000;

/** `[{as, name, path, act, answers}]`; `as` is an account of the demo or null, `act` brings the page to what is to be seen. */
export async function allPages(world) {
  const { belfry } = world;
  const admin = await world.adminApi();
  const tenantId = (await admin.get("/api/admin/tenants?search=Acme")).rows[0].tenant.id;
  const tenant = await world.tenantApi("Acme");
  const acme = belfry.tenant("Acme");
  const { admin: provider } = belfry.demo;
  const user = acme.extensions[1];
  const answered = (await tenant.get("/api/tenant/calls?status=answered")).rows[0].id;
  const own = (await (await world.userApi("Acme", "102")).get("/api/user/calls")).rows[0].id;
  // Something to see: a phone that is registered, one with a wrong password, a call that is refused.
  await world.phone("Acme", "101");
  await (await world.client("Acme", "102", { secret: "wrong" })).register();
  const alice = await world.client("Acme", "101");
  await alice.invite("sip:999@acme.localhost");
  const bob = await world.client("Acme", "102");
  for (const [from, to, text] of [[alice, "102", "Lunch at one?"], [bob, "101", "Yes.\nThe usual place?"], [alice, "102", LONG_TEXT]]) {
    await from.message(to, text);
  }
  const talked = await talk(world, tenant);
  await bringSounds(world, tenant);
  for (const [address, mask, action, description] of [["41.202.0.0", "255.255.0.0", "block", "Scanners of last week"], ["192.0.2.10", "", "allow", "Monitoring"], ["2001:db8:7::", "48", "block", ""]]) {
    await admin.post("/api/admin/ip-list", { address, mask, action, description });
  }
  for (let attempt = 0; attempt < 10; attempt += 1) {
    const guesser = await world.client("Acme", String(101 + (attempt % 2)), { secret: "wrong", from: "127.0.0.3" });
    await guesser.register({ headers: ["User-Agent: Linksys/SPA942 (guessing)"] });
  }
  const failed = (await tenant.get("/api/tenant/calls?status=failed")).rows[0].id;
  const page = (as, name, path, act) => ({ as, name, path, act });
  const press = (testId) => (person) => person.press(testId);
  const fromMenu = (menu, testId) => async (person) => {
    await person.press(menu);
    await person.press(testId);
  };
  const pages = [
    page(null, "sign-in", "/sign-in"), page(null, "setup", "/setup"), page(null, "link", "/link#wrong"),
    page(provider, "admin-home", "/admin"), page(provider, "admin-tenants", "/admin/tenants"),
    page(provider, "admin-tenant", `/admin/tenants/${tenantId}`), page(provider, "admin-activity", "/admin/activity"),
    page(provider, "admin-events", "/admin/events"), page(provider, "admin-log-files", "/admin/log-files"),
    page(provider, "admin-refusals", "/admin/refusals"), page(provider, "not-found", "/nowhere"),
    page(provider, "admin-system", "/admin/system"), page(provider, "admin-advanced", "/admin/system/advanced"),
    page(provider, "admin-transports", "/admin/system/transports"), page(provider, "admin-certificate", "/admin/system/certificate"),
    page(provider, "admin-network", "/admin/system/network"),
    page(provider, "admin-check", "/admin/system/check", (person) => person.at("findings").waitFor()),
    page(provider, "admin-mail-server", "/admin/system/mail-server"),
    page(provider, "admin-object-storage", "/admin/system/object-storage"),
    page(provider, "admin-mail-server-test", "/admin/system/mail-server", async (person) => {
      await person.at("field-server").fill("localhost");
      await person.at("field-port").fill("9");
      await person.at("field-sender").fill("pbx@example.com");
      await person.press("test-mail");
      await person.at("mail-test-failed").waitFor();
    }),
    page(provider, "admin-wizard", "/admin/wizard"),
    ...["domain", "transport", "certificate", "mail"].map((step) =>
      page(provider, `admin-wizard-${step}`, "/admin/wizard", press(`wizard-step-${step}`))),
    page(provider, "admin-wizard-problems", "/admin/wizard", async (person) => {
      await person.at("field-network.private_ipv4").fill("127.0.0.1");
      await person.at("field-network.web_domain").fill("no domain");
      await person.press("wizard-next");
      await person.page.locator("[aria-invalid]").first().waitFor();
    }),
    page(provider, "admin-home-offer", "/admin", async (person) => {
      await person.page.route(WIZARD, (route) => rewrite(route, (wizard) => ({ ...wizard, state: "skipped" })));
      await person.page.reload();
      await person.at("wizard-offer").waitFor();
    }),
    page(provider, "admin-wizard-applied", "/admin/wizard", async (person) => {
      await person.press("wizard-step-mail");
      await person.page.route(WIZARD, (route) => route.fulfill({ json: APPLIED }));
      await person.press("wizard-apply");
      await person.at("wizard-applied").waitFor();
    }),
    page(provider, "admin-services", "/admin/system/services"), page(provider, "admin-ports", "/admin/system/ports"),
    page(provider, "admin-security", "/admin/system/security"), page(provider, "admin-ip-list", "/admin/system/ip-list"),
    page(provider, "admin-ip-list-evidence", "/admin/system/ip-list", press("evidence")),
    page(provider, "admin-ip-list-new", "/admin/system/ip-list", async (person) => {
      await person.press("add-entry");
      await person.at("field-address").fill("41.202.0.0");
      await person.at("field-mask").fill("255.255.0.0");
    }),
    page(provider, "admin-numbers", "/admin/numbers"), page(provider, "admin-numbers-new", "/admin/numbers", press("add-numbers")),
    page(provider, "admin-trunks", "/admin/trunks"), page(provider, "admin-trunks-edit", "/admin/trunks", press("edit-trunk")),
    page(provider, "admin-trunks-new", "/admin/trunks", async (person) => {
      await person.press("add-trunk");
      await person.page.locator("details summary").last().click();
      await person.press("submit");
      await person.page.locator("[aria-invalid]").first().waitFor();
    }),
    page(provider, "admin-tenants-new", "/admin/tenants", press("create-tenant")),
    page(acme.admin, "tenant-home", "/tenant"), page(acme.admin, "tenant-extensions", "/tenant/extensions"),
    page(acme.admin, "tenant-groups", "/tenant/groups"),
    page(acme.admin, "tenant-groups-edit", "/tenant/groups", press("edit-group")),
    page(acme.admin, "tenant-groups-new", "/tenant/groups", async (person) => {
      await person.press("add-group");
      await person.press("submit");
      await person.page.locator("[aria-invalid]").first().waitFor();
    }),
    page(acme.admin, "tenant-inbound-rules", "/tenant/inbound-rules"),
    page(acme.admin, "tenant-inbound-rules-edit", "/tenant/inbound-rules", press("edit-rule")),
    page(acme.admin, "tenant-inbound-rules-import", "/tenant/inbound-rules", async (person) => {
      await person.press("rules-more");
      await person.press("import-rules");
      await person.at("field-csv").fill("name,trunk,called_number,open\nMain number,Nobody's,1,101\n");
      await person.press("submit");
      await person.at("failing-rows").waitFor();
    }),
    page(acme.admin, "tenant-outbound-rules", "/tenant/outbound-rules"),
    page(acme.admin, "tenant-outbound-rules-edit", "/tenant/outbound-rules", press("edit-rule")),
    page(acme.admin, "tenant-outbound-rules-hours", "/tenant/outbound-rules", async (person) => {
      await person.press("edit-rule");
      await person.at("field-hours").selectOption("own");
      await person.at("own-hours").waitFor();
    }),
    page(acme.admin, "tenant-ring-groups", "/tenant/ring-groups"),
    page(acme.admin, "tenant-ring-groups-new", "/tenant/ring-groups", press("add-group")),
    page(acme.admin, "tenant-ring-groups-paging", "/tenant/ring-groups", async (person) => {
      await person.press("add-group");
      await person.at("field-strategy").selectOption("paging");
    }),
    page(acme.admin, "tenant-receptionists", "/tenant/receptionists"),
    page(acme.admin, "tenant-receptionists-edit", "/tenant/receptionists", async (person) => {
      await person.page.getByRole("row").filter({ hasText: OPEN_MENU }).getByTestId("edit-receptionist").click();
      await person.at("flow-warnings").getByText("does nothing").waitFor();
    }),
    page(acme.admin, "tenant-receptionists-new", "/tenant/receptionists", async (person) => {
      await person.press("add-receptionist");
      await person.press("add-choice");
      await person.press("add-choice");
      await person.at("field-rows[1].keys").fill("1");
      await person.at("field-rows[1].action.to").selectOption("nothing");
      await person.at("field-dial_mode").selectOption("after_digits");
      await person.press("submit");
      await person.page.locator("[aria-invalid]").first().waitFor();
    }),
    page(acme.admin, "tenant-receptionists-servers", "/tenant/receptionists", async (person) => {
      await person.press("add-receptionist");
      await person.press("part-servers");
      await person.press("add-url");
      await person.at("field-urls[0].list").fill("22, 810000-880000");
      await person.at("field-urls[0].action").fill("https://app.example/route");
      await person.at("urls-help").locator("summary").click();
      await person.press("submit");
      await person.at("part-choices-problem").waitFor();
    }),
    page(acme.admin, "tenant-conferences", "/tenant/conferences"),
    page(acme.admin, "tenant-conferences-new", "/tenant/conferences", async (person) => {
      await person.press("add-room");
      await person.press("submit");
      await person.page.locator("[aria-invalid]").first().waitFor();
    }),
    page(acme.admin, "tenant-conference", "/tenant/conferences", press("manage-room")),
    page(acme.admin, "tenant-conference-filled", "/tenant/conferences", withConference),
    page(acme.admin, "tenant-conference-mail", "/tenant/conferences", async (person) => {
      await person.press("manage-room");
      await person.press("mail-invitation");
    }),
    page(acme.admin, "tenant-wallboard", "/tenant/wallboard", async (person) => { await person.at("queue").first().waitFor(); }),
    page(acme.admin, "tenant-wallboard-large", "/tenant/wallboard?screen=large", async (person) => { await person.at("queue").first().waitFor(); }),
    page(acme.admin, "tenant-queues", "/tenant/queues"),
    page(acme.admin, "tenant-queues-new", "/tenant/queues", async (person) => {
      await person.press("add-queue");
      await person.press("submit");
      await person.page.locator("[aria-invalid]").first().waitFor();
    }),
    page(acme.admin, "tenant-queues-waiting", "/tenant/queues", async (person) => {
      await person.press("add-queue");
      await person.press("part-waiting");
      await person.at("field-position").selectOption("every");
    }),
    page(acme.admin, "tenant-queues-lost", "/tenant/queues", async (person) => {
      await person.press("edit-queue");
      await person.press("part-lost");
      await person.at("lost-calls").getByText("No lost call").waitFor();
    }),
    page(acme.admin, "tenant-queue-history", "/tenant/queue-history"),
    page(acme.admin, "tenant-vips", "/tenant/vips"),
    page(acme.admin, "tenant-vips-new", "/tenant/vips", press("add-vip")),
    page(acme.admin, "tenant-exclusive-agents-new", "/tenant/exclusive-agents", press("add-exclusive")),
    page(acme.admin, "tenant-nuisances-new", "/tenant/nuisances", press("add-nuisance")),
    page(acme.admin, "tenant-music", "/tenant/music-on-hold"),
    page(acme.admin, "tenant-recording-rules", "/tenant/recording-rules"),
    page(acme.admin, "tenant-storage", "/tenant/storage"),
    page(acme.admin, "tenant-prompts", "/tenant/prompts"),
    page(acme.admin, "tenant-prompts-new", "/tenant/prompts", async (person) => {
      await person.press("add-prompt");
      await person.press("submit");
      await person.page.locator("[aria-invalid]").first().waitFor();
    }),
    page(acme.admin, "tenant-prompts-by-phone", "/tenant/prompts", async (person) => {
      await person.press("record-by-phone");
      await person.press("submit");
      await person.page.locator("[aria-invalid]").first().waitFor();
    }),
    page(acme.admin, "tenant-trunks", "/tenant/trunks"),
    page(acme.admin, "tenant-trunks-test", "/tenant/trunks", async (person) => {
      await person.press("test-trunk");
      await person.at("findings").waitFor();
    }), page(acme.admin, "tenant-trunks-new", "/tenant/trunks", press("add-trunk")),
    page(acme.admin, "tenant-trunks-tls", "/tenant/trunks", async (person) => {
      await person.press("add-trunk");
      await person.at("field-transport").selectOption("tls");
    }),
    page(acme.admin, "tenant-numbers", "/tenant/numbers"),
    page(acme.admin, "tenant-simulation", "/tenant/simulation", async (person) => {
      await person.at("field-dialled").fill("01001");
      await person.press("try");
      await person.at("simulation").waitFor();
    }),
    page(acme.admin, "tenant-calls", "/tenant/calls"), page(acme.admin, "tenant-call", `/tenant/calls/${answered}`),
    page(acme.admin, "tenant-call-failed", `/tenant/calls/${failed}`),
    page(acme.admin, "tenant-call-replay", `/tenant/calls/${talked}`, async (person) => {
      await person.press("replay");
      await person.page.locator('[data-testid="field-when"]:not(:placeholder-shown)').waitFor();
      await person.press("try");
      await person.at("simulation").waitFor();
    }),
    page(acme.admin, "tenant-call-recorded", `/tenant/calls/${talked}`, withRecordings),
    page(acme.admin, "tenant-recordings", "/tenant/recordings"),
    page(acme.admin, "tenant-recordings-filled", "/tenant/recordings", withRecordings),
    page(acme.admin, "tenant-recordings-none", "/tenant/recordings?search=nobody", async (person) => {
      await person.page.route(RECORDINGS, (route) => route.fulfill({ json: { rows: [], total: 0, next: null } }));
      await person.page.reload();
      await person.at("recordings").getByText("No recording matches").waitFor();
    }),
    page(acme.admin, "tenant-recordings-delete", "/tenant/recordings", async (person) => {
      await withRecordings(person);
      await person.press("delete-recording");
    }),
    page(acme.admin, "tenant-call-ladder", `/tenant/calls/${talked}`, async (person) => {
      await person.page.locator('[data-testid="ladder-message"] button').first().click();
    }),
    page(acme.admin, "tenant-registrations", "/tenant/registrations"), page(acme.admin, "tenant-refusals", "/tenant/refusals"),
    page(acme.admin, "tenant-refusal", "/tenant/refusals", press("explain")),
    page(acme.admin, "tenant-phones", "/tenant/phones"),
    page(acme.admin, "tenant-phones-filled", "/tenant/phones", withPhones),
    page(acme.admin, "tenant-phones-menu", "/tenant/phones", async (person) => {
      await withPhones(person);
      await person.press("row-menu");
    }),
    page(acme.admin, "tenant-phones-new", "/tenant/phones", async (person) => {
      await person.press("add-phone");
      await person.at("field-vendor").selectOption("polycom");
      await person.at("legacy").getByText("inside of your own network").waitFor();
      await person.press("save-phone");
      await person.page.locator("[aria-invalid]").first().waitFor();
    }),
    page(acme.admin, "tenant-phones-link", "/tenant/phones", async (person) => {
      await withPhones(person);
      await fromMenu("row-menu", "menu-link")(person);
      await person.at("value-file").waitFor();
      await person.press("renew-link");
    }),
    page(acme.admin, "tenant-phones-password", "/tenant/phones", async (person) => {
      await withPhones(person);
      await fromMenu("row-menu", "menu-web-password")(person);
    }),
    page(acme.admin, "tenant-phones-reboot", "/tenant/phones", async (person) => {
      await withPhones(person);
      await fromMenu("row-menu", "menu-reboot")(person);
    }),
    page(acme.admin, "tenant-phones-told", "/tenant/phones", async (person) => {
      await withPhones(person);
      await person.press("select-all");
      await person.press("reprovision-selected");
      await person.at("told").first().waitFor();
    }),
    page(acme.admin, "tenant-phones-help", "/tenant/phones", fromMenu("phones-more", "phone-help")),
    page(acme.admin, "tenant-network", "/tenant/network"),
    page(acme.admin, "tenant-system-extensions", "/tenant/system-extensions"),
    page(acme.admin, "tenant-profile", "/tenant/profile"),
    page(acme.admin, "tenant-office-hours", "/tenant/office-hours"),
    page(acme.admin, "tenant-office-hours-edited", "/tenant/office-hours", async (person) => {
      await person.at("hours-friday").locator('[data-testid="span-to"]').fill("02:00");
      await person.at("hours-monday").locator('[data-testid="add-span"]').click();
      await person.press("add-holiday");
      await person.at("holiday-name").fill("Christmas");
      await person.at("holiday-first-date").fill("2026-12-24");
      await person.press("save-hours");
      await person.page.locator("[aria-invalid]").first().waitFor();
    }),
    page(acme.admin, "tenant-mail-server", "/tenant/mail-server"),
    page(acme.admin, "tenant-dialing", "/tenant/dialing"),
    page(acme.admin, "tenant-dialing-trial", "/tenant/dialing", async (person) => {
      await person.page.locator('select[name="country"]').selectOption("US");
      await person.at("field-trial").fill("+44 20 7946 0000");
      await person.at("trial-answer").waitFor();
    }),
    page(acme.admin, "tenant-dialing-countries", "/tenant/dialing", async (person) => {
      await person.at("dialing-countries").getByTestId("search").fill("united");
      await person.at("country-GB").waitFor();
    }),
    page(acme.admin, "tenant-blocked-numbers", "/tenant/blocked-numbers"),
    page(acme.admin, "tenant-blocked-numbers-new", "/tenant/blocked-numbers", press("block-number")),
    page(acme.admin, "tenant-blocked-numbers-import", "/tenant/blocked-numbers", async (person) => {
      await person.press("blocked-more");
      await person.press("import-blocked");
      await person.at("field-csv").fill("number,description\n0900*,Expensive\n*,Everybody\n");
      await person.press("submit");
      await person.at("failing-rows").waitFor();
    }),
    page(acme.admin, "tenant-feature-codes", "/tenant/feature-codes"),
    page(acme.admin, "tenant-feature-codes-refused", "/tenant/feature-codes", async (person) => {
      await person.at("field-intercom").fill("*6");
      await person.press("save-feature-codes");
      await person.page.locator("[aria-invalid]").first().waitFor();
    }),
    page(acme.admin, "tenant-activity", "/tenant/activity"),
    page(acme.admin, "tenant-activity-undo", "/tenant/activity", press("undo")), page(acme.admin, "tenant-events", "/tenant/events"),
    page(acme.admin, "tenant-extensions-new", "/tenant/extensions", press("create-extension")),
    page(acme.admin, "tenant-extensions-menu", "/tenant/extensions", press("row-menu")),
    page(acme.admin, "tenant-extensions-edit", "/tenant/extensions", press("edit")),
    page(acme.admin, "tenant-extensions-direct", "/tenant/extensions", fromMenu("row-menu", "menu-direct")),
    page(acme.admin, "tenant-extensions-forwarding", "/tenant/extensions", fromMenu("row-menu", "menu-forwarding")),
    page(acme.admin, "tenant-extensions-mailbox", "/tenant/extensions", fromMenu("row-menu", "menu-mailbox")),
    page(acme.admin, "tenant-extensions-phones", "/tenant/extensions", async (person) => {
      await withPhones(person);
      await fromMenu("row-menu", "menu-phones")(person);
      await person.at("value-file").first().waitFor();
    }),
    page(acme.admin, "tenant-extensions-keys", "/tenant/extensions", async (person) => {
      await fromMenu("row-menu", "menu-keys")(person);
      await person.press("add-key");
      await person.press("add-key");
      await person.at("field-keys.1.kind").selectOption("custom_speed_dial");
      await person.press("save-phone-keys");
      await person.page.locator("[aria-invalid]").first().waitFor();
    }),
    page(acme.admin, "tenant-extensions-about", "/tenant/extensions", fromMenu("row-menu", "menu-personal")),
    page(acme.admin, "tenant-extensions-balance", "/tenant/extensions", async (person) => {
      await fromMenu("row-menu", "menu-balance")(person);
      await person.at("field-amount").fill("25");
      await person.at("field-note").fill("Paid by transfer");
      await person.press("change-balance");
      await person.at("balance-entry").first().waitFor();
    }),
    page(acme.admin, "tenant-extensions-delete", "/tenant/extensions", fromMenu("row-menu", "menu-delete")),
    page(acme.admin, "tenant-extensions-import", "/tenant/extensions", fromMenu("extensions-more", "import-extensions")),
    page(acme.admin, "palette", "/tenant", (person) => person.page.keyboard.press("Control+k")),
    page(user, "phone", "/phone", (person) => person.phoneReady()),
    page(user, "phone-call", "/phone", async (person) => {
      await person.phoneReady();
      await person.dial("101");
      await person.callState("ringing");
    }),
    page(user, "calls", "/calls"), page(user, "call", `/calls/${own}`), page(user, "settings", "/settings"),
    page(user, "forwarding", "/settings/forwarding"),
    page(user, "forwarding-exceptions", "/settings/forwarding", async (person) => {
      await person.press("add-exception");
      await person.at("field-exceptions[0].when").selectOption("own");
      await person.at("field-exceptions[0].caller").fill("12x");
      await person.at("field-no_answer").selectOption("outside");
      await person.press("save-forwarding");
      await person.page.locator("[aria-invalid]").first().waitFor();
    }),
    page(user, "feature-codes", "/feature-codes"),
    page(user, "phone-keys", "/settings/phone-keys"),
    page(user, "phone-keys-filled", "/settings/phone-keys", async (person) => {
      await person.page.route(OWN_KEYS, (route) => route.fulfill({ json: { keys: phoneKeys(), room: 3 } }));
      await person.page.reload();
      await person.at("key").first().waitFor();
    }),
    page(user, "conferences", "/conferences"),
    page(user, "conferences-filled", "/conferences", withOwnConference),
    page(user, "recordings", "/recordings"),
    page(user, "recordings-filled", "/recordings", withRecordings),
    page(user, "voicemail", "/voicemail"),
    page(user, "voicemail-messages", "/voicemail", withVoicemails),
    page(user, "voicemail-menu", "/voicemail", async (person) => {
      await withVoicemails(person);
      await person.press("row-menu");
    }),
    page(user, "mailbox", "/voicemail/mailbox"),
    page(user, "mailbox-refused", "/voicemail/mailbox", async (person) => {
      await person.at("field-pin").fill("1234");
      await person.press("save-mailbox");
      await person.page.locator("[aria-invalid]").first().waitFor();
    }),
    page(user, "mailbox-greeting-new", "/voicemail/mailbox", press("add-greeting")),
    page(user, "wallboard", "/wallboard"),
    page(user, "live-calls", "/live-calls", async (person) => { await person.at("live-calls-scope").waitFor(); }),
    page(user, "messages", "/messages"),
    page(user, "messages-talk", "/messages", async (person) => {
      await person.page.locator('[data-testid="chat-person"][data-number="101"]').click();
      await person.at("chat-talk").waitFor();
    }),
  ];
  const plain = (name) => pages.find((one) => one.name === name);
  const lists = ["admin-home", "admin-tenants", "tenant-home", "tenant-extensions", "tenant-groups", "tenant-receptionists", "tenant-conferences", "conferences", "wallboard", "live-calls", "tenant-music", "tenant-recording-rules", "tenant-storage", "admin-object-storage", "tenant-wallboard", "tenant-queues", "tenant-queue-history", "tenant-vips", "tenant-prompts", "voicemail", "mailbox", "tenant-calls", "tenant-recordings", "recordings", "tenant-registrations",
    "tenant-refusals", "tenant-activity", "admin-events", "calls", "feature-codes", "phone-keys", "tenant-phones", "phone", "forwarding",
    "admin-network", "admin-check", "admin-ip-list", "admin-ports", "admin-services", "admin-log-files", "admin-certificate",
    "admin-wizard", "admin-mail-server", "tenant-mail-server", "tenant-profile", "tenant-office-hours", "tenant-dialing", "tenant-blocked-numbers", "tenant-feature-codes", "admin-refusals", "admin-activity", "admin-security", "tenant-network", "tenant-events"].map(plain);
  const states = Object.keys(ANSWERS).flatMap((answers) =>
    lists.map((list) => ({ ...list, name: `${list.name}-${answers}`, answers, act: undefined })));
  return { pages, states };
}

/** A call between two phones, with all its messages; its id. */
async function talk(world, tenant) {
  const caller = await world.phone("Acme", "102", { tone: "phone" });
  const callee = await world.phone("Acme", "101", { tone: "desk", answer: "auto" });
  await caller.dial("sip:101@acme.localhost");
  await caller.event("CALL_ESTABLISHED");
  const { id } = (await tenant.get("/api/tenant/live-calls"))[0];
  await pause(2500);
  await caller.hangUp();
  await callee.event("CALL_CLOSED");
  await Promise.all([caller.stop(), callee.stop()]);
  return id;
}

/** The name of a receptionist with an open end. */
const OPEN_MENU = "Main menu";

/** A prompt, a receptionist with an open end, and a greeting of extension 102. */
async function bringSounds(world, tenant) {
  const path = writeTone(join(world.belfry.home, "prompt.wav"), { hz: 500, rate: 8000, seconds: 3 });
  const sound = readFileSync(path).toString("base64");
  const prompt = await tenant.post("/api/tenant/prompts", { name: "Welcome by day", sound });
  await (await world.userApi("Acme", "102")).post("/api/user/greetings", { name: "On holiday", sound });
  const [first, second] = (await tenant.get("/api/tenant/extensions")).rows.map((row) => row.extension.id);
  const lead = (to) => ({ do: "lead", to });
  await tenant.post("/api/tenant/receptionists", {
    number: "890", name: OPEN_MENU, prompt: prompt.id,
    rows: [
      { keys: "1", action: lead({ kind: "extension", extension_id: first }) },
      { keys: "2#", action: lead({ kind: "voicemail", mailbox_id: second }) },
      { keys: "3", action: { do: "nothing" } },
      { keys: "9*", action: { do: "repeat" } },
    ],
  });
}

/** The page with phones on it of all kinds, whatever was added. */
async function withPhones(person) {
  const rows = phones();
  const told = (number, reason) => ({ phone_id: `phn_${number}`, confirmed: !reason, reason });
  const folder = "https://pbx.example/provision/k3cB1aP7f3Qd8s9YtR2mXwZ4uVhLkJnE/";
  await person.page.route(PHONES, (route) => route.fulfill({ json: { rows, total: rows.length, next: null } }));
  await person.page.route(PHONE_LINK, (route) => route.fulfill({ json: { folder, file: `${folder}001565123456.cfg` } }));
  await person.page.route(TELL_PHONES, (route) => route.fulfill({ json: [told(1, ""), told(2, "It is not registered.")] }));
  await person.page.reload();
  await person.at("rows").locator("tr").first().waitFor();
  await person.at("row-menu").first().waitFor();
}

function phones() {
  const settings = { mac: "001565123456", vendor: "yealink", model: "SIP-T46U", language: "de_DE", time_zone: "Europe/Berlin", transport: "tls", without_tls: true, without_folder: false };
  const phone = (number, more) => ({
    id: `phn_${number}`, tenant_id: "ten_1", extension_id: "ext_1", settings: { ...settings, ...more }, fetched_at: ago(90), fetched_from: "192.0.2.7", firmware: "108.86.0.20", created_at: ago(9_000),
  });
  const registration = (number, more) => ({
    id: `reg_${number}`, tenant_id: "ten_1", extension_id: "ext_1", number: "101", contact: "sip:101@192.0.2.7", transport: "tls", source: "192.0.2.7:5061", user_agent: "Yealink SIP-T46U 108.86.0.20",
    instance: "", reg_id: null, path: [], q: 1000, call_id: "1", cseq: 1, registered_at: ago(75), expires_at: ago(-30), reachable: true, ...more,
  });
  const row = (more) => ({ phone: null, extension_id: "ext_1", number: "101", name: "Alice Adams", registration: null, firmware: "", page: null, weak: { pin: false, no_pin: false }, ...more });
  return [
    row({ phone: phone(1), registration: registration(1), firmware: "108.86.0.20", page: "http://192.0.2.7/", weak: { pin: true, no_pin: false } }),
    row({ phone: phone(2, { mac: "000413a1b2c3", vendor: "snom", model: "D785" }), name: LONG.name, number: LONG.number, weak: { pin: false, no_pin: true } }),
    row({ registration: registration(3, { transport: "udp", user_agent: "Zoiper rv2.10.20.0", reachable: false }) }),
  ];
}

function phoneKeys() {
  return [
    { kind: "blf", number: "101" }, { kind: "speed_dial", number: "199" }, { kind: "custom_speed_dial", number: "+442079460000", label: "Head office" },
    { kind: "change_status", status: "do_not_disturb" },
  ];
}

/** The page of a mailbox that holds something, whatever was left in it. */
async function withVoicemails(person) {
  await person.page.route(VOICEMAILS, (route) => route.fulfill({ json: { rows: voicemails(), total: 3, next: null } }));
  await person.page.route(PEAKS, (route) => route.fulfill({ json: { peaks: LOUDNESS } }));
  await person.page.reload();
  await person.at("voicemail").first().waitFor();
}

function voicemails() {
  const message = (number, caller, callerName, minutes, millis, heard) => ({
    id: `vm_${number}`, tenant_id: "ten_1", extension_id: "ext_1", call_id: `call_${number}`, sound_id: `snd_${number}`,
    caller, caller_name: callerName, millis, left_at: ago(minutes), heard_at: heard ? ago(minutes - 1) : null,
  });
  return [message(3, "+442079460000", "", 4, 21_400, false), message(2, "101", LONG.name, 90, 63_000, false), message(1, "", "", 4_000, 3_200, true)];
}

/** The page with recordings on it, one of which goes on, whatever was recorded. */
async function withRecordings(person) {
  const answer = { rows: recordings(), total: 4, next: null, may_delete: true };
  await person.page.route(RECORDINGS, (route) => route.fulfill({ json: answer }));
  await person.page.route(PEAKS, (route) => route.fulfill({ json: { peaks: LOUDNESS } }));
  await person.page.reload();
  await person.at("recording").first().waitFor();
}

function recordings() {
  const recording = (number, [callerName, caller], [calleeName, callee], minutes, millis, more) => ({
    id: `rec_${number}`, tenant_id: "ten_1", call_id: `call_${number}`, sound_id: `snd_${number}`,
    caller, caller_name: callerName, callee, callee_name: calleeName, caller_extension_id: null, callee_extension_id: null,
    started_at: ago(minutes), millis, bytes: millis && millis * 3, tracks: 1, heard_at: null, sha256: millis && "0".repeat(64), ...more,
  });
  return [
    recording(4, ["Alice Adams", "101"], ["Bob Brown", "102"], 1, null),
    recording(3, ["", "+442079460000"], ["Alice Adams", "101"], 25, 93_400),
    recording(2, [LONG.name, "102"], [LONG.name, LONG.number], 190, 754_000, { tracks: 2, heard_at: ago(60) }),
    recording(1, ["", ""], ["Bob Brown", "102"], 4_000, 8_200, { heard_at: ago(60) }),
  ];
}

/** The page of a room with people in it, one of whom speaks, whoever is there. */
async function withConference(person) {
  await person.press("manage-room");
  await person.page.waitForURL(/\/conferences\/cnf_\d+$/);
  const room = new URL(person.page.url()).pathname.split("/").pop();
  await person.page.route(CONFERENCES, (route) => route.fulfill({ json: [conference(room)] }));
  await person.page.reload();
  await person.at("participant").first().waitFor();
}

/** The same for somebody who moderates it and has a room of their own. */
async function withOwnConference(person) {
  const settings = { number: "7000", subject: LONG.name, pin: "123456", moderator_pin: "", moderators: [], participants_max: 9 };
  const room = { id: "cnf_2", tenant_id: "ten_1", owner_id: "ext_1", language: "en_US", outbound_caller_id: "", silent: false, waits_for_moderator: false, records: false, ...settings };
  const answer = { standings: [{ ...conference("cnf_1"), moderates: true }], may_create: true, rooms: [room] };
  await person.page.route(CONFERENCES, (route) => route.fulfill({ json: answer }));
  await person.page.reload();
  await person.at("participant").first().waitFor();
}

function conference(room) {
  const participant = (number, name, caller, more) => ({
    call_id: `call_${number}`, number: caller, name, extension_id: null, state: "joined", moderator: false, muted: false, speaks: false, since: ago(number), ...more,
  });
  const participants = [
    participant(1, "Alice Adams", "101", { moderator: true, speaks: true }), participant(2, LONG.name, LONG.number, { muted: true }),
    participant(3, "", "+442079460000", { state: "invited" }), participant(4, "", "", { state: "waits" }),
  ];
  return { room_id: room, number: "8008", subject: "Round table", started_at: ago(75), locked: true, muted: false, recorded: true, participants };
}

/** So long ago, in microseconds. */
function ago(minutes) {
  return (Date.now() - minutes * MINUTE_MILLIS) * 1000;
}

/** Opens a page and brings it to what is to be seen; a function that undoes it comes back. */
export async function openPage(world, person, { path, act, answers }) {
  if (answers) await person.page.route(OWN_ANSWERS, ANSWERS[answers]);
  await person.page.goto(world.url + path);
  await person.page.locator("main, .door").first().waitFor();
  await person.page.locator("h1").first().waitFor();
  if (answers !== "waits") await person.page.waitForLoadState("networkidle").catch(() => {});
  await act?.(person);
  return () => person.page.unrouteAll({ behavior: "ignoreErrors" });
}

/** The pages, by the account that sees them: one browser each. */
export function byPerson(pages) {
  const groups = new Map();
  for (const page of pages) groups.set(page.as, [...(groups.get(page.as) ?? []), page]);
  return groups;
}

async function rewrite(route, change) {
  const response = await route.fetch();
  const text = await response.text();
  const json = response.headers()["content-type"]?.includes("json") && text;
  await route.fulfill({ response, body: json ? JSON.stringify(change(JSON.parse(text))) : text });
}

function emptied(answer) {
  if (Array.isArray(answer)) return [];
  if (answer?.rows) return { ...answer, rows: [], total: 0, next: null };
  return answer?.busiest ? { ...answer, busiest: [] } : answer;
}

function lengthened(answer) {
  if (Array.isArray(answer)) return answer.map(lengthened);
  if (answer === null || typeof answer !== "object") return answer;
  return Object.fromEntries(Object.entries(answer).map(([key, value]) => {
    if (typeof value !== "string") return [key, lengthened(value)];
    if (LONG_NAMES.includes(key)) return [key, LONG.name];
    return [key, LONG_NUMBERS.includes(key) ? LONG.number : value];
  }));
}
