// SIPVicious: what strangers scan the Internet with, bounded.
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";

const cache = process.env.BELFRY_CACHE || join(process.env.XDG_CACHE_HOME || join(homedir(), ".cache"), "belfry");
const PROGRAMS = join(cache, "sipvicious/bin");
const SECONDS_MAX = 60;

/** Runs `svmap`, `svwar` or `svcrack` against `host:port`; gives all that it printed. `home` keeps its files. */
export function sipvicious(name, server, home, args) {
  const [host, port] = server.split(":");
  const program = join(PROGRAMS, `sipvicious_${name}`);
  if (!existsSync(program)) throw new Error(`${program} is missing: make setup`);
  const line = ["-p", port, "-b", "127.0.0.1", "-x", "127.0.0.1", "-v", ...args, host];
  return new Promise((done, fail) => {
    const options = { cwd: home, timeout: SECONDS_MAX * 1000, env: { ...process.env, HOME: home } };
    execFile(program, line, options, (error, stdout, stderr) => {
      if (error?.killed) fail(new Error(`${name} did not end within ${SECONDS_MAX} s:\n${stdout}\n${stderr}`));
      else done(stdout + stderr);
    });
  });
}

/** The cells of the rows of the table of findings that it printed. */
export function findings(output) {
  const rows = output.split("\n").filter((line) => /^[|│]/.test(line)).map((line) => line.split(/[|│]/).map((cell) => cell.trim()));
  return rows.slice(1).map((row) => row.slice(1, -1));
}
