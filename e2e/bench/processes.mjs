// What a process and its children cost: processor time and memory, from /proc.
import { readdirSync, readFileSync } from "node:fs";

const CLOCK_TICKS_PER_SECOND = 100;

/** The process and all that descend from it. */
export function family(pid) {
  const children = new Map();
  for (const entry of readdirSync("/proc").filter((name) => /^\d+$/.test(name))) {
    const parent = fields(entry)?.[1];
    if (parent) children.set(Number(parent), [...(children.get(Number(parent)) ?? []), Number(entry)]);
  }
  const all = [pid];
  for (let index = 0; index < all.length; index += 1) all.push(...(children.get(all[index]) ?? []));
  return all;
}

/** Fields 3 and on of /proc/PID/stat. */
function fields(pid) {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  } catch {
    return null;
  }
}

/** User and system time of all threads of these processes so far, in microseconds. */
export function processorMicros(pids) {
  const ticks = pids.map((pid) => fields(pid)).map((found) => (found ? Number(found[11]) + Number(found[12]) : 0));
  return (ticks.reduce((sum, one) => sum + one, 0) / CLOCK_TICKS_PER_SECOND) * 1e6;
}

/** Time that the threads of these processes have run so far, in microseconds, by the scheduler's own account: exact where ticks are too coarse. Threads that have ended are not in it. */
export function scheduledMicros(pids) {
  let nanos = 0;
  for (const pid of pids) {
    for (const thread of readdirSync(`/proc/${pid}/task`)) {
      try {
        nanos += Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, "utf8").split(" ")[0]);
      } catch {
        // It has ended meanwhile.
      }
    }
  }
  return nanos / 1000;
}

/** Proportional set size of these processes in bytes: what they share counts once. */
export function memoryBytes(pids) {
  const sizes = pids.map((pid) => /^Pss:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, "utf8"))?.[1] ?? 0);
  return sizes.reduce((sum, kilobytes) => sum + Number(kilobytes) * 1024, 0);
}

/** Datagrams that the machine's sockets have received so far. */
export function datagramsReceived() {
  const [names, values] = readFileSync("/proc/net/snmp", "utf8").split("\n").filter((line) => line.startsWith("Udp:"));
  return Number(values.split(" ")[names.split(" ").indexOf("InDatagrams")]);
}
