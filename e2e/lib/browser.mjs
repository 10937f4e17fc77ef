// A person in a browser of their own: a process with its own microphone, which plays that person's tone.
import { chromium } from "playwright-core";
import { join } from "node:path";

import { heardSeconds, TONES, writeTone } from "./tone.mjs";
import { until } from "./wait.mjs";

const CHROMIUM = process.env.BELFRY_CHROMIUM || "/usr/bin/chromium";
const RATE = 48000;
const TONE_SECONDS = 20;

/** One browser process with one page; `tab()` opens more. `host` is where it runs, of `network.mjs`. */
export class Person {
  static async start(folder, name, { viewport = { width: 1280, height: 800 }, scheme = "light", host } = {}) {
    const person = new Person();
    person.name = name;
    person.errors = [];
    person.said = [];
    person.paths = [];
    const tone = writeTone(join(folder, `${name}.wav`), { hz: TONES[name] ?? 800, rate: RATE, seconds: TONE_SECONDS });
    person.browser = await chromium.launch({
      executablePath: host ? host.wrap(folder, CHROMIUM) : CHROMIUM,
      headless: true,
      args: [
        // The certificate is of the installation's own root, which no test installs.
        "--ignore-certificate-errors",
        "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
        "--disable-component-update", "--disable-sync", "--autoplay-policy=no-user-gesture-required",
        "--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream", `--use-file-for-fake-audio-capture=${tone}`,
      ],
    });
    person.context = await person.browser.newContext({
      permissions: ["microphone", "clipboard-read", "clipboard-write"], viewport, colorScheme: scheme, acceptDownloads: true, ignoreHTTPSErrors: true,
    });
    person.page = await person.tab();
    return person;
  }

  async tab() {
    const page = await this.context.newPage();
    page.setDefaultTimeout(15_000);
    page.on("pageerror", (error) => this.errors.push(`${page.url()}: ${error.message}`));
    page.on("console", (message) => {
      // The browser itself reports each answer that is an error; the page is asked about its own words.
      if (!message.text().startsWith("Failed to load resource")) this.said.push(`${page.url()}: ${message.text()}`);
    });
    page.on("framenavigated", (frame) => {
      const { pathname } = new URL(frame.url(), "http://none");
      if (frame === page.mainFrame() && this.paths.at(-1) !== pathname) this.paths.push(pathname);
    });
    return page;
  }

  at(testId) {
    return this.page.getByTestId(testId);
  }

  /** Opens a one-time link and waits until the portal stands. */
  async openLink(link) {
    await this.page.goto(link);
    await until(`${this.name} is past the link`, () => !/\/(link|setup)$/.test(new URL(this.page.url()).pathname));
  }

  async signIn(url, { email, password }) {
    await this.page.goto(`${url}/sign-in`);
    await this.at("sign-in-email").fill(email);
    await this.at("sign-in-password").fill(password);
    await this.at("sign-in-submit").click();
    await until(`${this.name} is signed in`, () => !this.page.url().includes("/sign-in"));
  }

  /** Waits until the softphone is registered. */
  phoneReady(seconds = 20) {
    return until(`${this.name}'s phone is registered`, async () => (await this.phoneState()) === "ready", seconds);
  }

  phoneState() {
    return this.at("phone-state").first().getAttribute("data-state");
  }

  /** The states of the calls on the screen, those that ring here included. */
  callStates() {
    const calls = this.page.locator('[data-testid="call-state"], [data-testid="incoming-call"], [data-testid="other-call-state"]');
    return calls.evaluateAll((all) => all.map((one) => one.dataset.state));
  }

  callState(state, seconds = 20) {
    return until(`${this.name}'s call is ${state}`, async () => (await this.callStates()).includes(state), seconds);
  }

  /** Waits until no call is on the screen, or only ended ones. */
  callOver(seconds = 20) {
    return until(`${this.name}'s call is over`, async () => (await this.callStates()).every((state) => state === "ended"), seconds);
  }

  async dial(number) {
    await this.at("dial-input").first().fill(number);
    await this.at("call-button").first().click();
  }

  /** Makes a second call beside the one that runs. */
  async dialSecond(number) {
    await this.press("second-call");
    await this.dial(number);
  }

  /** Hands the call in front on to a number. */
  async transfer(number) {
    await this.press("transfer-button");
    await this.at("transfer-input").fill(number);
    await this.press("transfer-submit");
  }

  async answer() {
    await this.at("answer-button").first().click();
  }

  async hangUp() {
    await this.at("hangup-button").first().click();
  }

  async pressDigit(digit) {
    const word = { "*": "star", "#": "hash" }[digit] ?? digit;
    await this.page.getByRole("group", { name: "Keypad of the call" }).getByTestId(`keypad-${word}`).click();
  }

  async press(testId) {
    await this.at(testId).first().click();
  }

  /** Listens to what the page plays for `seconds`: seconds by tone. */
  async heard(seconds = 2) {
    const samples = await this.page.evaluate(record, { seconds, rate: RATE });
    return heardSeconds({ rate: RATE, samples: Float32Array.from(samples, (sample) => sample / 32768) });
  }

  async screenshot(path) {
    await this.page.screenshot({ path, animations: "disabled" }).catch(() => {});
  }

  async stop() {
    await this.browser.close().catch(() => {});
  }
}

/** Runs in the page: what every remote-audio element plays, as 16-bit samples. */
async function record({ seconds, rate }) {
  const context = new AudioContext({ sampleRate: rate });
  await context.resume();
  const analyser = context.createAnalyser();
  analyser.fftSize = 8192;
  const connected = new Set();
  // What an element plays may be another stream from one moment to the next.
  const follow = () => {
    for (const { srcObject, muted } of document.querySelectorAll('[data-testid="remote-audio"]')) {
      if (!srcObject || muted || connected.has(srcObject)) continue;
      connected.add(srcObject);
      context.createMediaStreamSource(srcObject).connect(analyser);
    }
  };
  const window = Math.round(rate / 10);
  const buffer = new Float32Array(analyser.fftSize);
  const samples = [];
  for (let count = 0; count < seconds * 10; count += 1) {
    follow();
    await new Promise((done) => setTimeout(done, 100));
    analyser.getFloatTimeDomainData(buffer);
    for (const sample of buffer.subarray(buffer.length - window)) samples.push(Math.round(sample * 32767));
  }
  await context.close();
  return samples;
}
