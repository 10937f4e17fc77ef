// Scanners of strangers find nothing that they could use.
import assert from "node:assert/strict";
import { createSocket } from "node:dgram";
import { writeFileSync } from "node:fs";
import { join } from "node:path";

import { scenario } from "../lib/scenario.mjs";
import { SipClient } from "../lib/sip_client.mjs";
import { findings, sipvicious } from "../lib/sipvicious.mjs";
import { until } from "../lib/wait.mjs";

const WORDS = 400;
const OFFER = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 39000 RTP/AVP 0\r\n";

/** Lets the scanners speak: by their names they are shut out. */
async function hear(world) {
  const admin = await world.adminApi();
  await admin.put("/api/admin/settings", { blocked_user_agents: [] });
}

// covers: SEC-07
scenario("a scanner that says its name gets no answer at all, and the provider reads why", async (world) => {
  const { home, addresses } = world.belfry;
  for (const method of ["OPTIONS", "REGISTER", "INVITE"]) {
    const output = await sipvicious("svmap", addresses.udp, home, ["-m", method]);
    assert.deepEqual(findings(output), [], output);
  }
  const admin = await world.adminApi();
  await until("the refusal is told", async () => {
    const { rows } = await admin.get("/api/admin/refusals?search=friendly");
    return rows.some((row) => row.trace.at(-1).code === "user_agent_blocked" && row.status === 0);
  });
  await hear(world);
  await until("it is heard when it is off the list", async () => findings(await sipvicious("svmap", addresses.udp, home, [])).length === 1);
});

// covers: S29
scenario("a scan of the network learns no version", async (world) => {
  await hear(world);
  for (const method of ["OPTIONS", "REGISTER", "INVITE"]) {
    const output = await sipvicious("svmap", world.belfry.addresses.udp, world.belfry.home, ["-m", method]);
    const devices = findings(output);
    assert.equal(devices.length, 1, `one device by ${method}:\n${output}`);
    assert.match(devices[0].join(" "), /Belfry/, output);
    assert.doesNotMatch(devices[0].slice(1).join(" "), /\d/, "no version, no date, no commit");
  }
});

// covers: S6
scenario("a scan for extensions cannot tell those that exist", async (world) => {
  await hear(world);
  const { home, addresses } = world.belfry;
  for (const method of ["REGISTER", "INVITE", "OPTIONS"]) {
    const output = await sipvicious("svwar", addresses.udp, home, ["-e", "95-125", "-m", method, "--maximumtime", "20"]);
    assert.deepEqual(findings(output), [], `${method}:\n${output}`);
  }
  // The same scan does find who is there where that shows.
  const talkative = await chatterbox((user) => (user === "101" ? 401 : 404));
  try {
    const output = await sipvicious("svwar", `127.0.0.1:${talkative.address().port}`, home, ["-e", "95-105", "--maximumtime", "20"]);
    assert.deepEqual(findings(output).map(([user]) => user), ["101"], output);
  } finally {
    talkative.close();
  }
});

// covers: S6
scenario("an extension that exists is answered like one that does not, by status, text and header", async (world) => {
  const { domain } = world.account("Acme", "101");
  const probe = async (user) => {
    const client = await SipClient.open(world.belfry.addresses.udp, { user, secret: "wrong", domain });
    world.others.push({ stop: () => client.close() });
    const own = `sip:${user}@${domain}`;
    const answers = [];
    for (const [method, uri] of [["REGISTER", `sip:${domain}`], ["INVITE", `sip:102@${domain}`], ["INVITE", own], ["MESSAGE", own],
      ["SUBSCRIBE", own], ["OPTIONS", own]]) {
      const options = { to: own, body: method === "INVITE" ? OFFER : "" };
      for (const { text } of [await client.once(method, uri, `probe-${method}`, options), await client.ask(method, uri, options)]) {
        assert.notEqual(text, "", `${method} is answered`);
        answers.push(`${method}: ${alike(text, user)}`);
      }
    }
    return answers;
  };
  assert.deepEqual(await probe("101"), await probe("777"));
});

// covers: S6, S10
scenario("guessing a password gets one try a second and no further", async (world) => {
  await hear(world);
  const { home, addresses } = world.belfry;
  const { user, secret, domain } = world.account("Acme", "102");
  const crack = (list) => {
    const file = join(home, `words-${list.length}`);
    writeFileSync(file, `${list.join("\n")}\n`);
    return sipvicious("svcrack", addresses.udp, home, ["-u", `${user}@${domain}`, "-e", user, "-d", file, "--maximumtime", "15"]);
  };
  const lucky = await crack([secret]);
  assert.equal(findings(lucky)[0]?.[1], secret, `it would find a password that it may try:\n${lucky}`);
  const output = await crack([...Array.from({ length: WORDS }, (_, index) => `guess-${index}`), secret]);
  assert.deepEqual(findings(output), [], output);
});

// covers: S16
scenario("answers to a stranger weigh at most three times what it sent", async (world) => {
  const [host, port] = world.belfry.addresses.udp.split(":");
  const { domain } = world.account("Acme", "101");
  const socket = createSocket("udp4");
  world.others.push({ stop: () => socket.close() });
  await new Promise((done) => socket.bind(0, "127.0.0.1", done));
  const answers = [];
  socket.on("message", (bytes) => answers.push(bytes.toString()));
  const requests = ["OPTIONS", "REGISTER", "INVITE"].flatMap((method) => [domain, "a"].flatMap((to) => ["", "x".repeat(240)].map((filler) => {
    const callId = `${method}-${to}-${filler.length}`;
    const lines = [`${method} sip:${to} SIP/2.0`, `v:SIP/2.0/UDP 127.0.0.1:${socket.address().port}`, `f:sip:a@${to};tag=a`, `t:sip:a@${to}`,
      `i:${callId}`, `CSeq:1 ${method}`, "m:sip:a@127.0.0.1", ...(filler ? [`User-Agent:${filler}`] : []), "", ""];
    return { callId, text: lines.join("\r\n"), usual: filler !== "" };
  })));
  for (const { text } of requests) socket.send(text, Number(port), host);
  // Repeats of an answer that nobody acknowledges would come after 0.5, 1.5 and 3.5 s.
  await new Promise((done) => setTimeout(done, 4_500));
  for (const { callId, text, usual } of requests) {
    const own = answers.filter((answer) => answer.includes(`Call-ID: ${callId}\r\n`));
    const bytes = own.reduce((sum, answer) => sum + answer.length, 0);
    assert.ok(bytes <= 3 * text.length, `${callId}, ${text.length} bytes: ${bytes} bytes in ${own.length} answers`);
    if (usual) assert.equal(own.length, 1, `${callId} is answered once`);
  }
});

/** What is left of an answer when all that the asker chose, and what is random, is taken out. */
function alike(text, user) {
  return text.replaceAll(user, "USER").replace(/nonce="[^"]+"/g, "nonce").replace(/(branch|tag|rport|received)=[^;\r\n>]+/g, "$1")
    .replace(/Call-ID: .*/i, "Call-ID").replace(/CSeq: \d+/i, "CSeq").replace(/127\.0\.0\.1:\d+/g, "ADDRESS").replace(/Retry-After: \d+/i, "Retry-After");
}

/** A registrar that answers as it is told. */
function chatterbox(statusOf) {
  const socket = createSocket("udp4");
  socket.on("message", (bytes, { address, port }) => {
    const text = bytes.toString();
    const header = (name) => new RegExp(`^${name}: *(.*)$`, "im").exec(text)?.[1].trim() ?? "";
    const status = statusOf(/sip:([^@>]+)@/.exec(header("To"))?.[1] ?? "");
    const lines = [`SIP/2.0 ${status} ${status === 401 ? "Unauthorized" : "Not Found"}`, ...["Via", "From", "To", "Call-ID", "CSeq"].map((name) => `${name}: ${header(name)}`)];
    if (status === 401) lines.push('WWW-Authenticate: Digest realm="x", nonce="y", algorithm=MD5');
    socket.send([...lines, "Content-Length: 0", "", ""].join("\r\n"), port, address);
  });
  return new Promise((done) => socket.bind(0, "127.0.0.1", () => done(socket)));
}
