// The installation looks at itself, on the command line and on the page.
import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";

import { binary } from "../lib/belfry.mjs";
import { freePort } from "../lib/ports.mjs";
import { scenario } from "../lib/scenario.mjs";
import { until } from "../lib/wait.mjs";

/** Runs `belfry doctor` with the options that the server has: its exit code and its lines. */
function doctor({ data, addresses, home }) {
  const port = (name) => addresses[name].split(":")[1];
  const listen = ["--http", addresses.http, "--sip-udp", `0.0.0.0:${port("udp")}`, "--sip-tcp", `0.0.0.0:${port("tcp")}`];
  const run = spawnSync(binary(), ["doctor", "--data", data, ...listen], { cwd: home, encoding: "utf8", timeout: 60_000 });
  return { code: run.status, text: run.stdout + run.stderr };
}

// covers: OPS-04
scenario("the doctor finds a server that runs well, and names the ports of one that does not run", async (world) => {
  const well = doctor(world.belfry);
  assert.equal(well.code, 0, well.text);
  for (const check of ["Database", "UDP port", "TCP port", "Own address", "Public address", "Name", "SIP domains", "Certificate", "Clock", "Disk", "Sound"]) {
    assert.match(well.text, new RegExp(`^(ok  |WARN)  ${check}`, "m"));
  }
  assert.match(well.text, /50 packets went through/);
  const api = await world.adminApi();
  const found = await api.post("/api/admin/checks");
  assert.deepEqual(found.filter(({ verdict }) => verdict === "bad"), []);
  assert.equal(found.length, well.text.split("\n").filter((line) => /^(ok|WARN|BAD)/.test(line)).length, "the same checks in both places");
  await api.put("/api/admin/settings", { web_domain: "nobody.invalid" });
  const named = (await api.post("/api/admin/checks")).find(({ check }) => check === "Name");
  assert.equal(named.verdict, "bad");
  assert.match(named.fix, /A record/);

  await world.belfry.kill();
  const gone = doctor(world.belfry);
  assert.equal(gone.code, 1, gone.text);
  assert.match(gone.text, /^BAD {3}UDP port \d+: It does not answer/m);
  await world.belfry.run();
});

// covers: SET-19
scenario("names are looked up by the DNS servers that are set, from the next moment on, and phones' way by NAPTR and SRV", async (world) => {
  const api = await world.adminApi();
  const { ipv4 } = await api.get("/api/admin/network");
  const port = Number(world.belfry.addresses.udp.split(":")[1]);
  await api.post("/api/admin/tenants", { name: "Public", domain: "pbx.example.com", admin_email: "admin@pbx.example.com" });
  const found = async (name) => (await api.post("/api/admin/checks")).find(({ check }) => check === name);
  const here = new Dnsmasq("127.0.0.88", [
    "--naptr-record=pbx.example.com,10,10,s,SIP+D2U,,_sip._udp.pbx.example.com",
    `--srv-host=_sip._udp.pbx.example.com,one.example.com,${port},10,5`, `--host-record=one.example.com,${ipv4.private}`,
    `--host-record=web.example.com,${ipv4.private}`,
  ]);
  const elsewhere = new Dnsmasq("127.0.0.89", ["--host-record=pbx.example.com,203.0.113.77", "--host-record=web.example.com,203.0.113.77"]);
  try {
    await api.put("/api/admin/settings", { web_domain: "web.example.com", dns_servers: ["127.0.0.88"] });
    await until("both lead here", async () => (await found("Name")).verdict === "good" && (await found("SIP domains")).verdict === "good");
    await api.put("/api/admin/settings", { dns_servers: ["127.0.0.89"] });
    const moved = await until("the other server is asked", async () => {
      const sip = await found("SIP domains");
      return sip.verdict === "warning" ? sip : null;
    });
    assert.match(moved.detail, /pbx\.example\.com to 203\.0\.113\.77:5060, which is not here/);
    assert.match((await found("Name")).detail, /203\.0\.113\.77/);
    elsewhere.stop();
    await api.put("/api/admin/settings", { dns_servers: ["127.0.0.90"] });
    const silent = await found("SIP domains");
    assert.equal(silent.verdict, "bad");
    assert.match(silent.detail, /does not answer/);
  } finally {
    here.stop();
    elsewhere.stop();
  }
});

/** A DNS server that knows these records and nothing else. */
class Dnsmasq {
  constructor(address, records) {
    const line = ["--no-daemon", "--conf-file=/dev/null", "--no-resolv", "--no-hosts", "--bind-interfaces", `--listen-address=${address}`, "--except-interface=nothing", "--user=root", "--pid-file=", "--local=/example.com/"];
    this.process = spawn("/usr/sbin/dnsmasq", [...line, ...records], { stdio: "ignore" });
  }

  stop() {
    this.process.kill("SIGKILL");
  }
}

// covers: RTC-06, RTC-07, TRN-08
scenario("the page of a port for phones says whether a phone in this browser would work", async (world) => {
  const api = await world.adminApi();
  const [secure, plain] = [await freePort(), await freePort()];
  await api.post("/api/admin/transports", { protocol: "wss", port: secure });
  await api.post("/api/admin/transports", { protocol: "ws", port: plain });
  const bob = await world.person("bob");
  const states = (wanted) => until(`the steps are ${wanted}`, async () => {
    const found = await bob.page.locator("li").evaluateAll((all) => all.map((one) => one.dataset.state));
    return found.join(" ") === wanted;
  });
  await bob.page.goto(`https://127.0.0.1:${secure}/`);
  await states("good good good");
  assert.match(await bob.page.locator("#next").textContent(), /All is well/);
  // Not the loopback address, which browsers trust without HTTPS.
  const { ipv4 } = await api.get("/api/admin/network");
  await bob.page.goto(`http://${ipv4.private}:${plain}/`);
  await states("bad good bad");
  await bob.page.addInitScript(() => delete window.RTCPeerConnection);
  await bob.page.goto(`https://127.0.0.1:${secure}/`);
  await states("good good bad");
  assert.match(await bob.page.locator("#browser").textContent(), /Chrome, Edge or Firefox/);
});
