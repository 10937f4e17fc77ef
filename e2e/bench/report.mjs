// The table of docs/benchmarks.md. What stands below the line of the notes is kept from one run to the next.

const NOTES = "## Where the time goes";

export function report(rows, costs, facts, old) {
  const { sizes } = facts;
  const names = Object.keys(rows);
  const cell = (value, digits = 0) => (value === undefined || !Number.isFinite(value) ? "–" : value.toFixed(digits));
  const line = (what, of) => `| ${what} | ${names.map((name) => of(rows[name])).join(" | ")} |`;
  const streams = names.filter((name) => rows[name].streams);
  const streamLine = (what, of) => `| ${what} | ${streams.map((name) => of(rows[name].streams)).join(" | ")} |`;
  const notes = old.includes(NOTES) ? old.slice(old.indexOf(NOTES)) : `${NOTES}\n\nNot yet looked into.\n`;
  return `# Benchmarks

Written by \`make bench\`: what one operation costs the server, in processor time of all its threads and processes. Costs are compared within
one run on one machine; absolute times do not repeat elsewhere.

| Operation | ${names.join(" | ")} |
|---|${names.map(() => "---:").join("|")}|
${line("REGISTER with digest, renewing, µs", (row) => cell(row.registerMicros))}
${line("REGISTER with digest, a new binding, µs", (row) => cell(row.newRegisterMicros))}
${line("Call from INVITE to BYE, no sound sent, µs", (row) => cell(row.callMicros))}
${line(`One relayed RTP packet, ${sizes.SOUNDING_CALLS} calls, µs`, (row) => cell(row.packetMicros, 1))}
${line("Relayed packets a second meanwhile", (row) => cell(row.packetsPerSecond))}
${line("Memory of 1,000 registrations, kB", (row) => cell((row.registrationBytes * 1000) / 1000))}
${line("Memory of 100 held calls, kB", (row) => cell((row.callBytes * 100) / 1000))}
${line("Memory when idle, MB", (row) => cell(row.idleBytes / 1e6, 1))}

Phones with a connection each, ${sizes.STREAM_PHONES} of them:

| Operation | ${streams.join(" | ")} |
|---|${streams.map(() => "---:").join("|")}|
${["tcp", "tls", "wss"].flatMap((kind) => [
    streamLine(`${kind.toUpperCase()}: connecting and the first REGISTER, µs`, (of) => cell(of[kind].connectMicros)),
    streamLine(`${kind.toUpperCase()}: REGISTER with digest, renewing, µs`, (of) => cell(of[kind].registerMicros)),
    streamLine(`${kind.toUpperCase()}: memory of 1,000 registered phones, kB`, (of) => cell(of[kind].phoneBytes)),
  ]).join("\n")}

Sound, the media engine alone, in virtual time:

| Sound | Processor time |
|---|---:|
| A second of one in a room of 30 of whom four speak, all with G.711 (8 kHz), µs | ${cell(costs.room_8)} |
| The same, Opus of 16 kHz, µs | ${cell(costs.room_16)} |
| The same, Opus of 48 kHz, µs | ${cell(costs.room_48)} |
| A second that is said to a phone with G.711, µs | ${cell(costs.said_8)} |
| The same, with Opus, µs | ${cell(costs.said_16)} |
| A second of a call that is recorded, both ends with G.711, µs | ${cell(costs.recorded_8 + costs.kept_1)} |
| The same, both with Opus, µs | ${cell(costs.recorded_16 + costs.kept_1)} |
| of which writing it as Ogg Opus, µs | ${cell(costs.kept_1)} |
| and on two tracks, µs | ${cell(costs.kept_2)} |
| A second from Opus to G.711, or back, µs | ${cell(costs.translated)} |

Machine: ${facts.machine}; load average ${facts.load} when the run began. Kamailio ${facts.kamailio}; rtpengine ${facts.rtpengine}.

## Method

- Load is SIPp on the same machine, over UDP on the loopback interface. One system runs at a time. Over TCP, TLS and WebSocket it is a
  program of our own, as SIPp of Debian speaks no TLS: ${sizes.STREAM_PHONES} phones with a connection each register at ${sizes.STREAM_REGISTERS_PER_SECOND}/s.
- Processor time is user and system time from \`/proc/PID/stat\`, summed over all threads and child processes, before and after; it includes
  the second and a half of rest after each round, so that work which is put off is counted.
- Memory is the proportional set size from \`/proc/PID/smaps_rollup\`, after minus before. An allocator that already holds free memory makes
  a figure smaller than what the objects take.
- REGISTER: ${sizes.EXTENSIONS} accounts, first each once, then ${sizes.REGISTERS} renewals, at ${sizes.REGISTERS_PER_SECOND}/s. Each is two requests: the one that is challenged and the one with digest.
- Calls: ${sizes.CALLS} at ${sizes.CALLS_PER_SECOND}/s, each challenged, answered at once and ended by the caller after ${sizes.CALL_MILLIS} ms.
- RTP: ${sizes.HELD_CALLS} calls are held, in ${sizes.SOUNDING_CALLS} of them the caller sends G.711 every 20 ms, the callee echoes it; ${sizes.HELD_SECONDS} s are counted. A relayed packet is one datagram into the
  relay and one out of it; they are counted by the kernel (\`/proc/net/snmp\`). For Kamailio the packets are rtpengine's, and its processor
  time alone is counted; for Belfry it is that of the whole process.
- Sound: the processor time of a process that holds the engine alone (\`backend/media/benches/cost.rs\`, \`backend/sound/benches/cost.rs\`), 120 s of sound each, after a second that is not counted;
  no network and no encryption. Rooms add up at 16 kHz at the most, whatever a browser sends. Recording is a call that is recorded less the same call that is not, and the writing of its file;
  translating is a call of two codecs less the mean of two that have one. Asterisk and FreeSWITCH, which do the same, are not packaged by this Debian.
- What the systems do for it is not the same. Kamailio keeps its bindings in memory and writes no call records; alone it is a proxy that
  leaves the sound to the phones. Belfry writes bindings, call records and decision traces to SQLite, and anchors the sound of every call.

${notes}`;
}
